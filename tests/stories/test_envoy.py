"""Envoy stands in front of an API that knows nothing of the privacy-service: docs/proxy.md."""

import gzip
import json
from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.services import free_port
from tests.signing import ed_signer
from tests.stories.conftest import DEMO_SIGNER, Service
from tests.stories.proxies import Broken, Envoy, as_told, check_all_or_nothing, starting, told
from tests.stories.upstreams import Answer, Upstream, broken_off, chunked, packed, raw, serving, whole

CUSTOMERS = b'[{"name":"Ann","ssn":"123-45-6789","plan":"gold"},{"name":"Ben","ssn":"987-65-4321","plan":"free"}]'
MASKED = CUSTOMERS.replace(b"123-45-6789", b"***-**-****").replace(b"987-65-4321", b"***-**-****")
TEXT = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"

Start = Callable[..., tuple[Envoy, Upstream]]


@pytest.fixture
def start(demo_service: Service) -> Iterator[Start]:
    """Return a function that starts an API with these answers, and Envoy in front of it."""
    with starting(Envoy, demo_service) as start:
        yield start


def test_four_readers_get_four_answers(start: Start) -> None:
    proxy, upstream = start({"/customers": whole(CUSTOMERS)})

    answers = {reader: as_told(proxy.get("/customers", reader)) for reader in ("alice", "bob", "carol", "mallory")}
    body = json.dumps({"note": "ü" * 3000}).encode()
    for reader in ("bob", "carol"):
        proxy.ask("POST", "/customers?a=%2F&b=1", reader, body, Content_Type="application/json", X_Mine="1")

    assert answers == {
        "alice": (200, CUSTOMERS),
        "bob": (200, MASKED),
        "carol": (200, CUSTOMERS),
        "mallory": (403, "not-a-member"),
    }
    assert [asked.headers["x-reader"] for asked in upstream.asked] == [
        f"{reader}@acme.example" for reader in ("alice", "bob", "carol", "bob", "carol")
    ]
    sent = [(asked.method, asked.path, asked.body, asked.headers["x-mine"]) for asked in upstream.asked[3:]]
    assert sent == [("POST", "/customers?a=%2F&b=1", body, "1")] * 2


# What an API may send, and what bob gets.
ANSWERS: dict[str, tuple[Answer, tuple[int, object]]] = {
    "/chunked": (chunked(CUSTOMERS[:20], CUSTOMERS[20:]), (200, MASKED)),
    "/table": (whole(b"name,ssn\nAnn,123-45-6789\n", content_type="text/csv"), (200, b"name,ssn\nAnn,***-**-****\n")),
    "/204": (raw(b"HTTP/1.1 204 No Content\r\n\r\n"), (204, b"")),
    "/404": (whole(b'{"ssn":"123-45-6789"}', "404 Not Found"), (404, b'{"ssn":"***-**-****"}')),
    "/500-page": (whole(b"<p>123-45-6789", "500 Oops", "text/html"), (500, "upstream-failed")),
    "/page": (whole(b"<p>123-45-6789", content_type="text/html"), (403, "type-blocked")),
    "/untyped": (whole(b"123-45-6789", content_type=""), (403, "type-blocked")),
    "/picture": (whole(b"\x89PNG", content_type="image/png"), (200, b"\x89PNG")),
    "/no-json": (whole(b'{"ssn": 123-45-6789'), (502, "upstream-unreadable")),
    "/gzip": (packed(CUSTOMERS), (502, "upstream-unreadable")),
    "/part": (whole(b"45-6789", "206 Partial Content", "text/plain"), (502, "upstream-unreadable")),
    "/304": (raw(b"HTTP/1.1 304 Not Modified\r\n\r\n"), (502, "upstream-unreadable")),
    "/unframed": (broken_off(TEXT + b"\r\n123-45-6789"), (502, "upstream-unreadable")),
    "/huge": (whole(b'"' + b"y" * 600_000 + b'"'), (502, "upstream-failed")),
    "/cut": (broken_off(TEXT + b"Content-Length: 99\r\n\r\n123-45-6"), (502, "upstream-failed")),
    "/cut-chunks": (chunked(b"her number: 123-45-6", content_type="text/plain", ends=False), (502, "upstream-failed")),
    "/cut-head": (broken_off(TEXT[:20]), (502, "upstream-failed")),
    "/slow": (broken_off(b"", after=6), (504, "upstream-timeout")),
    "/trickle": (chunked(*[b"123-45-6789 "] * 60, content_type="text/plain", pause=0.1), (502, "upstream-failed")),
}


def test_whatever_the_api_sends_a_masked_reader_gets_all_of_it_masked_or_none_of_it(start: Start) -> None:
    check_all_or_nothing(start, ANSWERS)


def test_headers_are_masked_too_and_what_asks_for_the_old_body_is_left_out(start: Start) -> None:
    given = {"ETag": '"1"', "Set_Cookie": "session=1", "Link": "</customers?page=2>; rel=next"}
    personal = {"X_Customer_Ssn": "123-45-6789", "X_Owner": "ann.lee%40gmail.com"}
    proxy, upstream = start(
        {
            "/customers": whole(CUSTOMERS, **given, **personal),
            "/moved": whole(b"123-45-6789", "302 Found", "text/html", Location="/customers?page=2"),
            "/moved-to-ann": whole(b"", "302 Found", Location="/customers?email=ann.lee%40gmail.com"),
        }
    )

    page = proxy.get("/customers", "bob", If_None_Match='"1"', Range="bytes=0-9")
    moved, to_ann = proxy.get("/moved", "bob"), proxy.get("/moved-to-ann", "bob")

    assert told(page, "PII-Decision", "PII-Reason", "PII-Entities") == ["mask", "role-lacks-pii", "US_SSN=2"]
    assert told(page, "ETag", "Set-Cookie", "Link") == [None, "session=1", "</customers?page=2>; rel=next"]
    assert told(page, "X-Customer-Ssn", "X-Owner") == [None, None]
    assert not {"if-none-match", "range"} & set(upstream.asked[0].headers)
    assert (moved.status_code, moved.content, *told(moved, "Location")) == (302, b"", "/customers?page=2")
    assert as_told(to_ann) == (502, "upstream-unreadable")


def test_a_reader_who_may_see_it_gets_it_as_it_was_sent(start: Start) -> None:
    page = gzip.compress(CUSTOMERS)
    kept = {"Content_Encoding": "gzip", "ETag": '"1"', "Cache_Control": "public, max-age=600"}
    huge = whole(b"y" * 3_000_000, content_type="text/plain")
    answers = {"/gzip": whole(page, **kept), "/huge": huge, "/cut": broken_off(TEXT[:20])}
    proxy, _ = start(answers, PROXY_ANSWER_LIMIT="500000")

    with proxy.client.stream("GET", "/gzip", headers={"X-Reader": "carol@acme.example"}) as reply:
        sent = b"".join(reply.iter_raw())

    assert sent == page
    assert told(reply, "ETag", "PII-Decision", "Cache-Control") == ['"1"', "pass", "private, no-store"]
    assert len(proxy.get("/huge", "carol").content) == 3_000_000
    assert proxy.get("/cut", "carol").json()["reason"] == "upstream-failed"


def test_a_name_from_outside_counts_for_nothing_and_a_token_is_verified(start: Start) -> None:
    outside, unasked = start({"/customers": whole(CUSTOMERS)}, PROXY_TRUSTED="192.0.2.1")
    tokens = {"PROXY_TRUSTED": "", "PROXY_READER_TOKEN": "$privacy_bearer"}
    signed, upstream = start({"/customers": whole(CUSTOMERS)}, **tokens)
    inside, _ = start({"/customers": whole(CUSTOMERS)}, PROXY_REQUEST_LIMIT="20000")

    def with_token(token: str) -> tuple[int, object]:
        headers = {"Authorization": f"Bearer {token}", "X-Reader": "carol@acme.example"}
        return as_told(signed.client.get("/customers", headers=headers))

    twice = [("X-Reader", "bob@acme.example"), ("X-Reader", "carol@acme.example")]
    refused = [
        as_told(outside.get("/customers", "carol")),
        as_told(inside.client.get("/customers", headers=twice)),
        as_told(inside.client.get("/customers", headers={"X_Reader": "carol@acme.example"})),
        as_told(inside.get("/a%2f..%2fb", "bob")),
        as_told(inside.get("/customers", "bob", Upgrade="websocket", Connection="upgrade")),
        as_told(inside.ask("POST", "/customers", "bob", b"x" * 100_000)),
        with_token(ed_signer().token("carol@acme.example")),
    ]

    assert [with_token(DEMO_SIGNER.token(f"{one}@acme.example")) for one in ("bob", "carol")] == [
        (200, MASKED),
        (200, CUSTOMERS),
    ]
    assert {asked.headers.get("x-reader") for asked in upstream.asked} == {None}
    assert unasked.asked == []
    assert refused == [
        (401, "actor-missing"),
        (400, "actor-unclear"),
        (400, "bad-request"),
        (400, "bad-request"),
        (501, "upgrade-refused"),
        (413, "body-too-large"),
        (401, "actor-token-refused"),
    ]


def test_without_the_service_and_with_a_filter_that_fails_nobody_gets_anything(
    start: Start, demo_service: Service
) -> None:
    answers = {"/customers": whole(CUSTOMERS)}
    with (
        serving({"/v1/workspaces/acme/decision": whole(b'{"effect":"mask","reason":"x"}')}) as impostor,
        starting(Broken, demo_service) as start_broken,
    ):
        dead, _ = start(answers, PROXY_SERVICE=f"http://127.0.0.1:{free_port()}")
        another, _ = start(answers, PROXY_SERVICE=f"http://127.0.0.1:{impostor.port}", PROXY_SYSTEM="crm")
        wrong_key, _ = start(answers, PROXY_API_KEY="a-key-that-nobody-has-issued")
        broken, unasked = start_broken(answers)

        replies = [proxy.get("/customers", "bob") for proxy in (dead, another, wrong_key)]
        failed = [broken.get("/customers", reader) for reader in ("alice", "bob")]

    assert [as_told(reply) for reply in replies] == [(503, "unavailable")] * 3
    assert impostor.asked[0].headers["pii-system"] == "crm; way=envoy"
    assert [as_told(reply) for reply in failed] == [(503, "unavailable")] * 2
    assert unasked.asked == []


def test_no_log_holds_anything_of_a_request(start: Start) -> None:
    canaries = ["canary-query", "canary-body", "canary-header", "canary-answer", "canary-path", "bob@acme.example"]
    answer = json.dumps({"note": "canary-answer", "ssn": "123-45-6789"}).encode()
    cut = chunked(b"canary-answer", content_type="text/plain", ends=False)
    proxy, _ = start({"/canary-path": whole(answer), "/canary-path/cut": cut})

    def ask(path: str, reader: str) -> httpx.Response:
        return proxy.ask("POST", f"{path}?q=canary-query", reader, b"canary-body", X_Note="canary-header")

    replies = [ask("/canary-path", "bob"), ask("/canary-path", "carol"), ask("/canary-path/cut", "bob")]
    proxy.process.terminate()
    proxy.process.wait(timeout=10)

    assert [reply.status_code for reply in replies] == [200, 200, 502]
    written = proxy.log.read_text() + proxy.access_log.read_text()
    assert [canary for canary in [*canaries, "123-45"] if canary in written] == []
    assert proxy.outcomes() == ["masked", "passed", "upstream-failed"]
