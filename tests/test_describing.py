"""The description of the API is made once a process; whoever has it is told that nothing has changed."""

from django.test import Client

from privacy_service.describing import description

PATH = "/docs/openapi.yaml"


def test_a_second_request_makes_no_description(client: Client, db: None) -> None:
    first = client.get(PATH)
    made = description("yaml", "")
    second = client.get(PATH)

    assert description("yaml", "") is made
    assert (first.status_code, first.content, first["ETag"]) == (200, made.body, made.etag)
    assert (second.content, second["Cache-Control"]) == (made.body, "public, max-age=300")
    assert second["Content-Type"] == "application/vnd.oai.openapi; charset=utf-8"


def test_whoever_has_the_description_gets_no_second_copy(client: Client, db: None) -> None:
    etag = description("yaml", "").etag
    kept = client.get(PATH, headers={"If-None-Match": etag})
    old = client.get(PATH, headers={"If-None-Match": '"of-an-older-version"'})
    head = client.head(PATH)

    assert (kept.status_code, kept.content, kept["ETag"]) == (304, b"", etag)
    assert (old.status_code, head.status_code, head.content) == (200, 200, b"")
