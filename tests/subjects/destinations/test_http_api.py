"""HTTP APIs and webhooks of a real server that answers as it is told."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from time import thread_time
from typing import Any

import httpx
import pytest
from pytest_django import Settings

from privacy_service.subjects.destinations import OptionsRefused
from privacy_service.subjects.destinations.base import CannotTell, NotDone, Refused, Subject, TryAgain, abilities
from privacy_service.subjects.destinations.http_api import HttpApi
from privacy_service.subjects.destinations.sending import _read
from privacy_service.subjects.destinations.webhook import Webhook
from privacy_service.subjects.identifiers import Identifier, Kind
from privacy_service.subjects.models import Ability
from tests.backend import Backend
from tests.subjects.conftest import DORA, DORA_HERSELF

AWKWARD = Subject((Identifier(Kind.USER_ID, "../admin?x=1#é"),))


@pytest.fixture(autouse=True)
def _this_machine_is_allowed(settings: Settings) -> None:
    settings.PRIVACY_SUBJECTS_NETWORKS = ["127.0.0.0/8"]


def test_each_identifier_is_one_call_and_is_quoted(backend: Backend) -> None:
    backend.on("/users/9", status=204)
    backend.on("/users/..%2Fadmin%3Fx%3D1%23%C3%A9", status=204)
    api = HttpApi({"url": f"{backend.url}/users/{{user_id}}"}, {"authorization": "Bearer secret"})

    done = [api.delete(subject) for subject in (DORA_HERSELF, AWKWARD)]

    assert [(one.code, one.counts) for one in done] == [(204, {"calls": 1})] * 2
    assert [(asked.method, asked.path) for asked in backend.asked] == [
        ("DELETE", "/users/9"),
        ("DELETE", "/users/..%2Fadmin%3Fx%3D1%23%C3%A9"),
    ]
    assert {asked.header("Authorization") for asked in backend.asked} == {"Bearer secret"}


def test_a_body_is_made_of_templates_and_its_values_stay_values(backend: Backend) -> None:
    backend.on("/erase", b'{"ok": true}')
    body = {"who": {"mail": "{email}", "ids": ["{user_id}"]}, "reason": "gdpr"}
    api = HttpApi({"method": "POST", "url": f"{backend.url}/erase", "body": body}, {})
    two = Subject((DORA, Identifier(Kind.USER_ID, '9", "admin": "'), Identifier(Kind.USER_ID, "10")))

    done = api.delete(two)

    assert done.counts == {"calls": 2}
    assert [json.loads(asked.body)["who"]["ids"] for asked in backend.asked] == [['9", "admin": "'], ["10"]]
    assert backend.asked[0].header("Content-Type") == "application/json"


def test_a_token_is_fetched_with_client_credentials(backend: Backend) -> None:
    backend.on("/token", b'{"access_token": "t0k"}')
    backend.on("/users/9", status=204)
    options = {"url": f"{backend.url}/users/{{user_id}}", "token": {"url": f"{backend.url}/token", "scope": "erase"}}

    HttpApi(options, {"client_id": "us", "client_secret": "s&t"}).delete(DORA_HERSELF)

    token, call = backend.asked
    assert token.body == b"grant_type=client_credentials&client_id=us&client_secret=s%26t&scope=erase"
    assert call.header("Authorization") == "Bearer t0k"


def test_a_key_in_a_header_of_its_own_is_a_secret(backend: Backend) -> None:
    backend.on("/users/9", status=204)
    options = {"url": f"{backend.url}/users/{{user_id}}", "secret_headers": {"X-Api-Key": "api_key"}}

    HttpApi(options, {"api_key": "s3cret"}).delete(DORA_HERSELF)

    assert backend.asked[0].header("X-Api-Key") == "s3cret"


ANSWERS: list[tuple[int, bytes, dict[str, str], type[NotDone] | None, str]] = [
    (200, b"{}", {}, None, ""),
    (404, b"", {}, None, ""),
    (500, b"canary", {}, TryAgain, "answered 500"),
    (503, b"", {"Retry_After": "120"}, TryAgain, "answered 503"),
    (429, b"", {}, TryAgain, "answered 429"),
    (401, b"canary", {}, Refused, "answered 401"),
    (302, b"", {"Location": "http://169.254.169.254/"}, Refused, "points elsewhere"),
    (200, b"x" * 70_000, {}, Refused, "longer than 64 KB"),
]


@pytest.mark.parametrize(("status", "body", "headers", "error", "told"), ANSWERS)
def test_an_answer_is_done_or_later_or_never(
    backend: Backend, status: int, body: bytes, headers: dict[str, str], error: type[NotDone] | None, told: str
) -> None:
    backend.on("/users/9", body, status, **headers)
    api = HttpApi({"url": f"{backend.url}/users/{{user_id}}"}, {})

    if error is None:
        assert api.delete(DORA_HERSELF).code == status
        return
    with pytest.raises(error, match=told) as refused:
        api.delete(DORA_HERSELF)
    assert ("canary" in str(refused.value), len(backend.asked)) == (False, 1)
    assert getattr(refused.value, "after_seconds", None) == (120.0 if headers.get("Retry_After") else None)


@pytest.mark.parametrize(
    ("body", "is_done"), [(b'{"status": {"ok": true}}', True), (b'{"status": {"ok": false}}', False), (b"ok", False)]
)
def test_an_answer_whose_body_says_otherwise_is_a_failure(backend: Backend, body: bytes, is_done: bool) -> None:
    backend.on("/users/9", body)
    success = {"pointer": "/status/ok", "equals": True}
    api = HttpApi({"url": f"{backend.url}/users/{{user_id}}", "success": success}, {})

    if is_done:
        assert api.delete(DORA_HERSELF).code == 200
    else:
        with pytest.raises(Refused):
            api.delete(DORA_HERSELF)


def test_whoever_is_known_by_something_else_cannot_be_named(backend: Backend) -> None:
    api = HttpApi({"url": f"{backend.url}/users/{{anonymous_id}}"}, {})

    with pytest.raises(Refused, match="knows people by anonymous_id"):
        api.delete(DORA_HERSELF)
    with pytest.raises(CannotTell):
        api.find(DORA_HERSELF)
    assert backend.asked == []


UNUSABLE: list[tuple[dict[str, Any], str]] = [
    ({}, "url"),
    ({"url": "ftp://example.com/{user_id}"}, "url"),
    ({"url": "https://user:pass@example.com/{user_id}"}, "url"),
    ({"url": "https://{user_id}.example.com/"}, "url"),
    ({"url": "https://example.com/users"}, "url"),
    ({"url": "https://example.com/{settings.SECRET_KEY}"}, "template"),
    ({"url": "https://example.com/{user_id", "body": {"a": "{user_id}"}}, "template"),
    ({"url": "https://example.com/{user_id!r}"}, "template"),
    ({"url": "https://example.com/{user_id}", "method": "BREW"}, "method"),
    ({"url": "https://example.com/{user_id}", "headers": {"Host": "x"}}, r"headers\.Host"),
    (
        {"url": "https://example.com/{user_id}", "headers": {"X-Api-Key": "canary"}},
        r"headers\.X-Api-Key: .*secret_headers",
    ),
    ({"url": "https://example.com/{user_id}", "headers": {"cookie": "canary"}}, r"headers\.cookie"),
    ({"url": "https://example.com/{user_id}", "secret_headers": {"X-Api-Key": "canary"}}, "secret_headers: "),
    (
        {"url": "https://example.com/{user_id}", "secret_headers": {"X-Api-Key": "api_key"}},
        r"secret_headers\.X-Api-Key",
    ),
    ({"url": "https://example.com/{user_id}", "expects": []}, "expects"),
    ({"url": "https://example.com/{user_id}", "token": {"url": "https://example.com/t"}}, "token"),
    ({"url": "https://example.com/{user_id}", "colour": "red"}, r"options\.colour"),
]


@pytest.mark.parametrize(("options", "option"), UNUSABLE)
def test_options_that_cannot_be_say_which_and_what_to_write(options: dict[str, Any], option: str) -> None:
    with pytest.raises(OptionsRefused, match=option):
        HttpApi(options, {})


def test_an_address_inside_is_not_asked_and_plain_http_is_for_development_alone(
    backend: Backend, settings: Settings
) -> None:
    settings.PRIVACY_SUBJECTS_NETWORKS = []
    with pytest.raises(Refused, match="PRIVACY_SUBJECTS_NETWORKS"):
        HttpApi({"url": f"{backend.url}/{{user_id}}"}, {}).delete(DORA_HERSELF)

    settings.PRIVACY_DEVELOPMENT = False
    with pytest.raises(OptionsRefused, match="https"):
        HttpApi({"url": f"{backend.url}/{{user_id}}"}, {})
    assert backend.asked == []


def test_a_server_that_is_away_is_tried_again() -> None:
    with pytest.raises(TryAgain):
        HttpApi({"url": "http://127.0.0.1:1/{user_id}"}, {}).delete(DORA_HERSELF)


def test_a_webhook_gets_a_signed_delete_event_for_each_user_id(backend: Backend) -> None:
    backend.on("/hook", status=202)
    hook = Webhook({"url": f"{backend.url}/hook"}, {"shared_secret": "s3cret"})

    done = hook.delete(DORA_HERSELF)

    [asked] = backend.asked
    event = json.loads(asked.body)
    assert (done.code, done.counts, sorted(event)) == (202, {"events": 1}, ["timestamp", "type", "userId"])
    assert (event["type"], event["userId"]) == ("delete", "9")
    assert asked.header("X-Signature") == hmac.new(b"s3cret", asked.body, hashlib.sha1).hexdigest()


def test_a_webhook_cannot_be_told_of_somebody_without_a_user_id(backend: Backend) -> None:
    with pytest.raises(Refused, match="user_id"):
        Webhook({"url": f"{backend.url}/hook"}, {}).delete(Subject((DORA,)))


def exporting(backend: Backend, **members: object) -> HttpApi:
    """Return an API with a call that hands out."""
    call = {"place": "orders", "url": f"{backend.url}/users/{{user_id}}/orders", **members}
    return HttpApi({"url": f"{backend.url}/users/{{user_id}}", "export": call}, {"authorization": "Bearer secret"})


def test_what_is_held_is_fetched_page_after_page(backend: Backend) -> None:
    first, second = {"data": [{"id": 1}, {"id": 2}], "links": {"next": "/more?page=2"}}, {"data": [{"id": 3}]}
    backend.on("/users/9/orders", json.dumps(first).encode())
    backend.on("/more", json.dumps(second).encode())
    api = exporting(backend, records="/data", next="/links/next")

    records = list(api.export(DORA_HERSELF))

    assert records == [("orders", {"id": 1}), ("orders", {"id": 2}), ("orders", {"id": 3})]
    assert [(asked.method, asked.header("Authorization")) for asked in backend.asked] == [("GET", "Bearer secret")] * 2


def test_a_cursor_is_given_back_in_the_address(backend: Backend) -> None:
    bodies = iter([b'{"items": [7], "cursor": "a&b"}', b'{"items": [], "cursor": null}'])
    backend.does("/users/9/orders", lambda handler: handler.whole(200, next(bodies), {}))
    url = f"{backend.url}/users/{{user_id}}/orders?size=1"
    api = exporting(backend, url=url, records="/items", next="/cursor", cursor="after")

    assert list(api.export(DORA_HERSELF)) == [("orders", {"value": 7})]
    assert backend.asked[1].path == "/users/9/orders?size=1&after=a%26b"


HANDED_OUT: list[tuple[int, bytes, list[tuple[str, object]] | None]] = [
    (200, b'{"name": "Dora"}', [("orders", {"name": "Dora"})]),
    (200, b"[]", []),
    (404, b"never heard of canary", []),
    (204, b"", []),
    (200, b"<html>canary</html>", None),
    (403, b"canary", None),
]


@pytest.mark.parametrize(("status", "body", "records"), HANDED_OUT)
def test_an_answer_is_records_or_nobody_or_refused(
    backend: Backend, status: int, body: bytes, records: list[tuple[str, object]] | None
) -> None:
    backend.on("/users/9/orders", body, status=status)
    api = exporting(backend)

    if records is not None:
        assert list(api.export(DORA_HERSELF)) == records
        return
    with pytest.raises(Refused) as refused:
        list(api.export(DORA_HERSELF))
    assert "canary" not in str(refused.value)


ENDLESS = [
    (b'{"next": "/users/9/orders"}', "pages do not end"),
    (b'{"next": "https://elsewhere.example.com/"}', "lies elsewhere"),
    (b'{"next": ["/more"]}', "neither an address nor a cursor"),
]


@pytest.mark.parametrize(("body", "problem"), ENDLESS)
def test_a_next_page_is_another_one_of_the_same_api(backend: Backend, body: bytes, problem: str) -> None:
    backend.on("/users/9/orders", body)

    with pytest.raises(Refused, match=problem):
        list(exporting(backend, next="/next").export(DORA_HERSELF))


def test_who_is_known_by_other_names_cannot_be_told_of(backend: Backend) -> None:
    with pytest.raises(CannotTell):
        list(exporting(backend).export(Subject((DORA,))))


def test_a_copy_says_which_calls_the_request_had_no_identifiers_for(backend: Backend) -> None:
    backend.on("/orders/9", b'[{"id": 1}]')
    export = [
        {"place": "orders", "url": f"{backend.url}/orders/{{user_id}}"},
        {"place": "letters", "url": f"{backend.url}/letters/{{email}}/{{user_id}}"},
    ]
    api = HttpApi({"url": f"{backend.url}/users/{{user_id}}", "export": export}, {})

    records = list(api.export(Subject((Identifier(Kind.USER_ID, "9"),))))

    not_asked = {"place": "letters", "not asked, as the request names no": ["email"]}
    assert records == [("orders", {"id": 1}), ("not_asked", not_asked)]


def test_an_answer_in_very_many_pieces_is_put_together_in_time() -> None:
    def pieces() -> Iterator[bytes]:
        yield from (b"eight in" for _ in range(300_000))

    began = thread_time()
    answer = _read(httpx.Response(200, content=pieces()), 4 << 20)

    assert len(answer.content) == 2_400_000
    assert thread_time() - began < 3.0  # Copied anew with each piece it would be hundreds of gigabytes.


NO_EXPORTS: list[tuple[object, str]] = [
    ({"url": "https://api.example.com/all"}, "export.url: put an identifier"),
    ([{"url": "https://api.example.com/{email}", "records": "data"}], r"export\[0\].records: write a JSON pointer"),
    ({"url": "https://api.example.com/{email}", "cursor": "after"}, "export.cursor: say in `next`"),
    ({"url": "https://api.example.com/{email}", "expects": ["200"]}, "export.expects: list the codes"),
    ({"url": "https://api.example.com/{email}", "method": "DELETE"}, "export.method: write one of GET, POST"),
    ({"url": "https://api.example.com/{email}", "pages": 3}, "export.pages: there is no such option"),
    ([{"url": "https://api.example.com/{email}"}] * 21, "export: list at most 20 calls"),
]


@pytest.mark.parametrize(("told", "advice"), NO_EXPORTS)
def test_a_call_that_cannot_hand_out_is_refused_with_advice(told: object, advice: str) -> None:
    with pytest.raises(OptionsRefused, match=advice):
        HttpApi({"url": "https://api.example.com/{user_id}", "export": told}, {})


def test_an_api_can_hand_out_where_it_is_told_a_call_for_that(backend: Backend) -> None:
    plain = HttpApi({"url": f"{backend.url}/users/{{user_id}}"}, {})

    assert Ability.EXPORT in abilities(exporting(backend))
    assert Ability.EXPORT not in abilities(plain)
