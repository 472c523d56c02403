"""nginx stands in front of an API that knows nothing of the privacy-service: docs/proxy.md."""

import gzip
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.services import free_port
from tests.signing import ed_signer
from tests.stories.conftest import ADMIN_KEY, DEMO_KEY, DEMO_SIGNER, Service
from tests.stories.proxies import Nginx, as_told, check_all_or_nothing, starting, told
from tests.stories.upstreams import Answer, Upstream, broken_off, chunked, packed, raw, serving, whole

CUSTOMERS = b'[{"name":"Ann","ssn":"123-45-6789","plan":"gold"},{"name":"Ben","ssn":"987-65-4321","plan":"free"}]'
MASKED = CUSTOMERS.replace(b"123-45-6789", b"***-**-****").replace(b"987-65-4321", b"***-**-****")
LARGE = b'{"x":"' + b"y" * 400_000 + b'"}'
PROMISED_SECONDS = 2.0
RECOVERED_WITHIN_SECONDS = 5.0

Start = Callable[..., tuple[Nginx, Upstream]]


@pytest.fixture
def start(demo_service: Service) -> Iterator[Start]:
    """Return a function that starts an API with these answers, and nginx in front of it."""
    with starting(Nginx, demo_service) as start:
        yield start


def until(is_so: Callable[[], bool]) -> float:
    """Wait until something is so, and return how many seconds that took."""
    started = time.monotonic()
    while not is_so():
        assert time.monotonic() - started < PROMISED_SECONDS + 10
        time.sleep(0.02)
    return time.monotonic() - started


def test_four_readers_get_four_answers(start: Start) -> None:
    proxy, upstream = start({"/customers": whole(CUSTOMERS)})

    answers = {reader: as_told(proxy.get("/customers", reader)) for reader in ("alice", "bob", "carol", "mallory")}

    assert answers == {
        "alice": (200, CUSTOMERS),
        "bob": (200, MASKED),
        "carol": (200, CUSTOMERS),
        "mallory": (403, "not-a-member"),
    }
    assert [asked.headers.get("x-reader") for asked in upstream.asked] == [
        f"{reader}@acme.example" for reader in ("alice", "bob", "carol")
    ]


NDJSON = b'{"ssn":"123-45-6789"}\n{"ssn":"987-65-4321"}\n'
KINDS = {
    "/lines": (NDJSON, "application/x-ndjson"),
    "/jsonl": (NDJSON, "application/jsonl"),
    "/table": (b"name,ssn\nAnn,123-45-6789\n", "text/csv; charset=utf-8"),
    "/text": (b"Her number is 123-45-6789.", "text/plain"),
    "/problem": (b'{"detail":"no 123-45-6789"}', "application/problem+json"),
    "/form": (b"ssn=123-45-6789", "application/x-www-form-urlencoded"),
    "/large": (b'{"ssn":"123-45-6789",' + LARGE[1:], "application/json"),
}


def test_every_kind_that_can_be_masked_is_and_keeps_its_type(start: Start) -> None:
    proxy, _ = start({path: whole(body, content_type=kind) for path, (body, kind) in KINDS.items()})

    replies = {path: proxy.get(path, "bob") for path in KINDS}

    assert {path: (reply.content, reply.headers["Content-Type"]) for path, reply in replies.items()} == {
        path: (body.replace(b"123-45-6789", b"***-**-****").replace(b"987-65-4321", b"***-**-****"), kind)
        for path, (body, kind) in KINDS.items()
    }


EVENTS = [b"data: 123-45-6789\n\n"] * 40
TEXT = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
# What an API may send, and what bob gets.
ANSWERS: dict[str, tuple[Answer, tuple[int, object]]] = {
    "/gzip": (packed(CUSTOMERS), (200, MASKED)),
    "/chunked": (chunked(CUSTOMERS[:20], CUSTOMERS[20:]), (200, MASKED)),
    "/empty": (whole(b""), (200, b"")),
    "/204": (raw(b"HTTP/1.1 204 No Content\r\n\r\n"), (204, b"")),
    "/404": (whole(b'{"ssn":"123-45-6789"}', "404 Not Found"), (404, b'{"ssn":"***-**-****"}')),
    "/500": (whole(b"at 123-45-6789", "500 Oops", "text/plain"), (500, b"at ***-**-****")),
    "/500-page": (whole(b"<p>123-45-6789", "500 Oops", "text/html"), (500, "upstream-failed")),
    "/page": (whole(b"<p>123-45-6789", content_type="text/html"), (403, "type-blocked")),
    "/archive": (whole(b"123-45-6789", content_type="application/zip"), (403, "type-blocked")),
    "/untyped": (whole(b"123-45-6789", content_type=""), (403, "type-blocked")),
    "/picture": (whole(b"\x89PNG", content_type="image/png"), (200, b"\x89PNG")),
    "/events": (chunked(*EVENTS, content_type="text/event-stream", pause=0.1), (403, "type-blocked")),
    "/no-json": (whole(b'{"ssn": 123-45-6789'), (502, "upstream-unreadable")),
    "/latin": (whole(b"123-45-6789", content_type="text/plain; charset=latin-1"), (502, "upstream-unreadable")),
    "/brotli": (whole(CUSTOMERS, Content_Encoding="br"), (502, "upstream-unreadable")),
    "/part": (whole(b"45-6789", "206 Partial Content", "text/plain"), (502, "upstream-unreadable")),
    "/304": (raw(b"HTTP/1.1 304 Not Modified\r\n\r\n"), (502, "upstream-unreadable")),
    "/huge": (whole(b'"' + b"y" * 600_000 + b'"'), (502, "upstream-unreadable")),
    "/huge-chunks": (chunked(*[b"y" * 60_000] * 20, content_type="text/plain"), (502, "upstream-unreadable")),
    "/bomb": (packed(b"0" * 10_000_000), (502, "upstream-unreadable")),
    "/unframed": (broken_off(TEXT + b"\r\n123-45-6789"), (502, "upstream-unreadable")),
    # Half an identifier is not recognised as one.
    "/cut": (broken_off(TEXT + b"Content-Length: 99\r\n\r\n123-45-6"), (502, "upstream-failed")),
    "/cut-chunks": (chunked(b"her number: 123-45-6", content_type="text/plain", ends=False), (502, "upstream-failed")),
    "/cut-gzip": (packed(CUSTOMERS, lost=20), (502, "upstream-failed")),
    "/cut-head": (broken_off(TEXT[:20]), (502, "upstream-failed")),
    "/no-http": (broken_off(b"123-45-6789"), (502, "upstream-failed")),
    "/slow": (broken_off(b"", after=6), (504, "upstream-timeout")),
    "/trickle": (chunked(*[b"123-45-6789 "] * 60, content_type="text/plain", pause=0.1), (504, "upstream-timeout")),
}


def test_whatever_the_api_sends_a_masked_reader_gets_all_of_it_masked_or_none_of_it(start: Start) -> None:
    check_all_or_nothing(start, ANSWERS)


def test_headers_are_masked_too_and_what_asks_for_the_old_body_is_left_out(start: Start) -> None:
    proxy, upstream = start(
        {
            "/customers": whole(
                CUSTOMERS,
                ETag='"1"',
                Last_Modified="Wed, 25 Nov 2026 10:00:00 GMT",
                Cache_Control="public, max-age=600",
                Set_Cookie="session=1",
                Link="</customers?page=2>; rel=next",
                X_Customer_Ssn="123-45-6789",
                X_Owner="ann.lee%40gmail.com",
            ),
            "/moved": whole(b"123-45-6789", "302 Found", "text/html", Location="/customers?page=2", Set_Cookie="a=1"),
            "/moved-to-ann": whole(b"", "302 Found", Location="/customers?email=ann.lee%40gmail.com"),
        }
    )

    asking = {"If_None_Match": '"1"', "If_Modified_Since": "Wed, 25 Nov 2026 10:00:00 GMT", "Range": "bytes=0-9"}
    page, moved = proxy.get("/customers", "bob", **asking), proxy.get("/moved", "bob")

    assert told(page, "PII-Decision", "PII-Reason", "PII-Entities") == ["mask", "role-lacks-pii", "US_SSN=2"]
    assert told(page, "Cache-Control", "ETag", "Last-Modified") == ["private, no-store", None, None]
    assert told(page, "Set-Cookie", "Link") == ["session=1", "</customers?page=2>; rel=next"]
    assert told(page, "X-Customer-Ssn", "X-Owner") == [None, None]
    assert not {"if-none-match", "if-modified-since", "range"} & set(upstream.asked[0].headers)
    assert (moved.status_code, moved.content) == (302, b"")
    assert told(moved, "Location", "Set-Cookie") == ["/customers?page=2", "a=1"]
    assert as_told(proxy.get("/moved-to-ann", "bob")) == (502, "upstream-unreadable")


def test_a_reader_who_may_see_it_gets_it_as_it_was_sent(start: Start) -> None:
    page = gzip.compress(CUSTOMERS)
    proxy, upstream = start(
        {
            "/gzip": whole(page, Content_Encoding="gzip", ETag='"1"', Cache_Control="public, max-age=600"),
            "/part": whole(b"45-6789", "206 Partial Content", "text/plain", Content_Range="bytes 4-10/11"),
            "/304": raw(b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n'),
            "/page": whole(b"<p>123-45-6789", content_type="text/html"),
            "/huge": whole(b"y" * 9_000_000, content_type="text/plain"),
        },
        PROXY_ANSWER_LIMIT="500000",
    )

    with proxy.client.stream("GET", "/gzip", headers={"X-Reader": "carol@acme.example"}) as reply:
        sent = b"".join(reply.iter_raw())
    others = [as_told(proxy.get(path, "carol", If_None_Match='"1"')) for path in ("/part", "/304", "/page")]

    assert sent == page
    assert told(reply, "ETag", "PII-Decision", "PII-Reason") == ['"1"', "pass", "role-grants-pii"]
    assert reply.headers["Cache-Control"] == "private, no-store"
    assert others == [(206, b"45-6789"), (304, b""), (200, b"<p>123-45-6789")]
    assert upstream.asked[-1].headers["if-none-match"] == '"1"'
    assert len(proxy.get("/huge", "carol").content) == 9_000_000


def test_requests_reach_the_api_unchanged(start: Start) -> None:
    proxy, upstream = start({"/orders": whole(b'{"ssn":"123-45-6789"}', "201 Created")}, PROXY_REQUEST_LIMIT="20000")
    body = json.dumps({"note": "ü" * 3000}).encode()

    for reader in ("bob", "carol"):
        reply = proxy.ask("POST", "/orders?a=%2F&b=1", reader, body, Content_Type="application/json", X_Mine="1")
        assert reply.status_code == 201
    head = proxy.ask("HEAD", "/orders", "bob")
    too_large = proxy.ask("POST", "/orders", "bob", b"x" * 20_001)
    upgrade = proxy.get("/orders", "bob", Upgrade="websocket", Connection="upgrade")
    unclear = [as_told(proxy.get(path, "bob")) for path in ("/a%2f..%2fb", "/a/%2e%2e/b", "/a%5cb")]

    sent = [(asked.method, asked.path, asked.body, asked.headers["x-mine"]) for asked in upstream.asked[:2]]
    assert sent == [("POST", "/orders?a=%2F&b=1", body, "1")] * 2
    assert (head.status_code, head.content, head.headers.get("Content-Length")) == (201, b"", None)
    assert upstream.asked[2].method == "HEAD"
    assert as_told(too_large) == (413, "body-too-large")
    assert as_told(upgrade) == (501, "upgrade-refused")
    assert unclear == [(400, "bad-request")] * 3
    assert len(upstream.asked) == 3


def test_a_name_from_outside_counts_for_nothing(start: Start) -> None:
    outside, unasked = start({"/customers": whole(CUSTOMERS)}, PROXY_TRUSTED="192.0.2.1")
    inside, upstream = start({"/customers": whole(CUSTOMERS)})
    twice = [("X-Reader", "bob@acme.example"), ("X-Reader", "carol@acme.example")]

    forged = outside.get("/customers", "carol")
    doubled = inside.client.get("/customers", headers=twice)
    smuggled = inside.get("/customers", "bob", X_Actor="carol@acme.example", Actor="carol@acme.example")
    with socket.create_connection(("127.0.0.1", inside.port)) as connection:
        request = b"GET /customers HTTP/1.1\r\nHost: x\r\nX_Reader: carol@acme.example\r\nConnection: close\r\n\r\n"
        connection.sendall(request)
        underscored = connection.makefile("rb").read()

    assert (as_told(forged), unasked.asked) == ((401, "actor-missing"), [])
    assert as_told(doubled) == (400, "actor-unclear")
    assert as_told(smuggled) == (200, MASKED)
    assert underscored.startswith(b"HTTP/1.1 401")
    assert len(upstream.asked) == 1


def test_a_token_names_the_reader_and_the_service_verifies_it(start: Start) -> None:
    proxy, upstream = start({"/customers": whole(CUSTOMERS)}, PROXY_TRUSTED="", PROXY_READER_TOKEN="$privacy_bearer")

    def with_token(token: str) -> httpx.Response:
        return proxy.client.get("/customers", headers={"Authorization": f"Bearer {token}", "X-Reader": "carol"})

    as_bob, as_carol = (with_token(DEMO_SIGNER.token(f"{reader}@acme.example")) for reader in ("bob", "carol"))
    forged = with_token(ed_signer().token("carol@acme.example"))

    assert [as_told(as_bob), as_told(as_carol)] == [(200, MASKED), (200, CUSTOMERS)]
    assert as_told(forged) == (401, "actor-token-refused")
    assert {asked.headers.get("x-reader") for asked in upstream.asked} == {None}


def move_release(service: Service, to: str) -> None:
    """Move the release, as an administrator does, past gates that stories before this one may have closed."""
    moved = {"to": to, "why": "A story of nginx.", "force": "Stories break the service on purpose."}
    reply = service.client.post("/v1/release/moves", json=moved, headers={"X-Api-Key": ADMIN_KEY})
    assert reply.status_code == 201, reply.text


def test_before_the_release_nothing_changes_and_shadow_is_shown_a_share(start: Start, demo_service: Service) -> None:
    kept = {"Cache_Control": "public, max-age=600", "ETag": '"1"'}
    proxy, upstream = start({"/customers": whole(CUSTOMERS, **kept)}, PROXY_SHADOW_SHARE="1")

    move_release(demo_service, "off")
    try:
        seen = until(lambda: as_told(proxy.get("/customers", "mallory")) == (200, CUSTOMERS))
        asked = len(upstream.asked)
        reply = proxy.get("/customers", "mallory")
    finally:
        move_release(demo_service, "internal")
    until(lambda: as_told(proxy.get("/customers", "bob")) == (200, MASKED))

    assert seen < PROMISED_SECONDS
    assert told(reply, "Cache-Control", "ETag", "PII-Decision") == ["public, max-age=600", '"1"', None]
    assert len(upstream.asked) == asked + 2 + 1  # For shadow, for mallory and for bob.


def test_a_right_that_is_taken_away_is_gone_within_two_seconds(start: Start, demo_service: Service) -> None:
    proxy, _ = start({"/customers": whole(CUSTOMERS)})
    grants, headers = "/v1/workspaces/acme/grants", {"X-Api-Key": DEMO_KEY, "X-Actor": "alice@acme.example"}
    asked = demo_service.client.get(grants, headers=headers).json()["grants"]
    [given] = [one for one in asked if one["role"] == "pii_viewer"]
    before = proxy.get("/customers", "carol").content

    demo_service.client.delete(f"{grants}/{given['id']}", headers=headers).raise_for_status()
    seconds = until(lambda: proxy.get("/customers", "carol").content == MASKED)
    again = {"member": given["holder"]["id"], "role": "pii_viewer"}
    demo_service.client.post(grants, json=again, headers=headers).raise_for_status()
    until(lambda: proxy.get("/customers", "carol").content == CUSTOMERS)

    assert (before, seconds < PROMISED_SECONDS) == (CUSTOMERS, True)


def test_the_service_dies_under_load_and_nobody_gets_a_raw_body(start: Start, demo_service: Service) -> None:
    proxy, _ = start({"/customers": whole(CUSTOMERS)})
    replies: list[tuple[int, object]] = []
    is_over = threading.Event()

    def keep_asking() -> None:
        with httpx.Client(base_url=proxy.client.base_url, headers={"X-Reader": "bob@acme.example"}) as client:
            while not is_over.is_set():
                replies.append(as_told(client.get("/customers")))

    threads = [threading.Thread(target=keep_asking) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        time.sleep(0.5)
        demo_service.kill()
        time.sleep(0.5)
        down_from = len(replies)
        as_carol = as_told(proxy.get("/customers", "carol"))
        time.sleep(0.5)
        down_until = len(replies)
        demo_service.start()
        seconds = until(lambda: as_told(proxy.get("/customers", "bob")) == (200, MASKED))
    finally:
        is_over.set()
        for thread in threads:
            thread.join()

    assert set(replies) == {(200, MASKED), (503, "unavailable")}
    assert set(replies[down_from:down_until]) == {(503, "unavailable")}
    assert as_carol == (503, "unavailable")
    assert seconds < RECOVERED_WITHIN_SECONDS


def test_a_service_that_refuses_its_key_or_is_not_one_shows_nothing(start: Start) -> None:
    with serving({"/v1/workspaces/acme/decision": whole(b'{"effect":"mask"}')}) as impostor:
        wrong_key, _ = start({"/customers": whole(CUSTOMERS)}, PROXY_API_KEY="a-key-that-nobody-has-issued")
        nobody, _ = start({"/customers": whole(CUSTOMERS)}, PROXY_SERVICE=f"http://127.0.0.1:{free_port()}")
        another, _ = start(
            {"/customers": whole(CUSTOMERS)}, PROXY_SERVICE=f"http://127.0.0.1:{impostor.port}", PROXY_SYSTEM="crm"
        )

        replies = [proxy.get("/customers", "carol") for proxy in (wrong_key, nobody, another)]

    assert [as_told(reply) for reply in replies] == [(503, "unavailable")] * 3
    assert [reply.headers["Retry-After"] for reply in replies] == ["1"] * 3
    assert impostor.asked[0].headers["pii-system"] == "crm; way=nginx"


def test_no_log_and_no_file_holds_anything_of_a_request(start: Start) -> None:
    canaries = ["canary-query", "canary-body", "canary-header", "canary-answer", "canary-path", "bob@acme.example"]
    answer = json.dumps({"note": "canary-answer " * 4000, "ssn": "123-45-6789"}).encode()
    cut = chunked(b"canary-answer", content_type="text/plain", ends=False)
    answers = {"/canary-path": whole(answer), "/canary-path/cut": cut}
    up, _ = start(answers)
    down, _ = start(answers, PROXY_SERVICE=f"http://127.0.0.1:{free_port()}")

    def ask(proxy: Nginx) -> list[int]:
        path, sent = "/canary-path?q=canary-query", b"canary-body" * 50_000
        asked = [("bob", path), ("carol", path), ("mallory", path), ("bob", "/canary-path/cut?q=canary-query")]
        return [proxy.ask("POST", where, who, sent, X_Note="canary-header").status_code for who, where in asked]

    statuses = ask(up), ask(down)

    assert statuses == ([200, 200, 403, 502], [503] * 4)
    until(lambda: len(up.outcomes()) == len(down.outcomes()) == 4)  # A line is written after its answer is sent.
    files = [path for proxy in (up, down) for path in proxy.folder.rglob("*") if path.is_file()]
    written = "".join(path.read_text(errors="replace") for path in files)
    assert [canary for canary in [*canaries, "123-45"] if canary in written] == []
    assert up.outcomes() == ["masked", "passed", "not-a-member", "upstream-failed"]
    assert down.outcomes() == ["unavailable"] * 4
