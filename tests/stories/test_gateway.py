"""A backend behind the built-in gateway, over the wire: what its readers, and whoever watches, get to see."""

import socket
import threading
import time
from collections.abc import Callable

import httpx
import pytest

from privacy_service.decisions.models import AuditRecord
from tests.backend import Backend, Handler
from tests.stories.conftest import Service
from tests.stories.gateways import NDJSON, endless, gateway, headers_of, lines_of, long_answer, streamed
from workspaces.grants import grant
from workspaces.models import Membership
from workspaces.roles import Role

RAW = b'{"name": "alice", "ssn": "123-45-6789", "note": "canary"}'
MASKED = b'{"name": "alice", "ssn": "***-**-****", "note": "canary"}'
__all__ = ["gateway"]  # A fixture.

JSON = "application/json"


def read(gateway: Service, key: str, actor: str, path: str, method: str = "GET", **headers: str) -> httpx.Response:
    """Ask the upstream `orders` of acme for a path, on behalf of an actor."""
    named = headers_of(key, actor) | {name.replace("_", "-"): value for name, value in headers.items()}
    return gateway.client.request(method, f"/gateway/acme/orders{path}", headers=named)


def broken_off(handler: Handler) -> None:
    handler.head(200, {"Content-Type": NDJSON, "Transfer-Encoding": "chunked"})
    handler.chunk(RAW + b"\n")
    time.sleep(0.2)
    handler.close_connection = True


def test_a_day_behind_the_gateway(gateway: Service, backend: Backend, key: str) -> None:
    backend.on("/api/customers", RAW, Content_Type=JSON, ETag='"v1"')
    backend.on("/api/moved", b"", 302, Location="/api/customers")
    backend.answers["/api/nothing"] = lambda handler: handler.head(204, {})
    backend.does("/api/broken", broken_off)

    # Four readers, four answers.
    got = {actor: read(gateway, key, actor, "/customers") for actor in ("alice", "bob", "carol", "mallory")}
    assert [got[actor].content for actor in ("alice", "bob", "carol")] == [RAW, MASKED, RAW]
    assert (got["mallory"].status_code, got["mallory"].json()["reason"]) == (403, "not-a-member")
    assert len(backend.asked) == 3

    # HEAD, 304, 204 and a redirect, as they look on the wire.
    head = read(gateway, key, "bob", "/customers", "HEAD")
    assert (head.status_code, head.content, head.headers["content-type"]) == (200, b"", JSON)
    backend.on("/api/customers", b"", 304, ETag='"v1"')
    unchanged = read(gateway, key, "bob", "/customers", If_None_Match=got["bob"].headers["etag"])
    assert (unchanged.status_code, backend.asked[-1].header("If-None-Match")) == (304, '"v1"')
    nothing = read(gateway, key, "bob", "/nothing")
    assert (nothing.status_code, nothing.content) == (204, b"")
    assert read(gateway, key, "bob", "/moved").headers["location"] == "/gateway/acme/orders/customers"

    # Half an answer is not taken for a whole one, masked or not.
    for actor in ("bob", "carol"):
        with pytest.raises(httpx.RemoteProtocolError, match="incomplete chunked read"):
            read(gateway, key, actor, "/broken")

    # A WebSocket is refused politely, and the connection is as good as before.
    upgrade = read(gateway, key, "bob", "/x", Connection="Upgrade", Upgrade="websocket", Sec_WebSocket_Version="13",
                   Sec_WebSocket_Key="dGhlIHNhbXBsZSBub25jZQ==")  # fmt: skip
    assert (upgrade.status_code, upgrade.json()["reason"]) == (501, "upgrade-refused")

    # A right given takes effect here as fast as anywhere.
    backend.on("/api/customers", RAW, Content_Type=JSON)
    grant(Membership.objects.get(user__name="Bob"), Role.PII_VIEWER)
    deadline = time.monotonic() + 2
    while read(gateway, key, "bob", "/customers").content != RAW:
        assert time.monotonic() < deadline
        time.sleep(0.05)

    # The trail knows each answer; the log and the metrics know nothing of what was in them.
    sent = {one.headers["pii-request-id"] for one in (*got.values(), head, unchanged, nothing)}
    deadline = time.monotonic() + 10
    while not sent <= {row.id.hex for row in AuditRecord.objects.decisions()}:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    shown = gateway.log.read_text() + gateway.client.get("/metrics").text
    assert 'privacy_upstream_requests_total{outcome="2xx",upstream="orders"}' in shown
    assert 'privacy_stage_seconds_count{stage="upstream"}' in shown
    assert not any(word in shown for word in ("6789", "canary", "customers", key))


def fast(sent: list[int]) -> Callable[[Handler], None]:
    """Answer 60 MB as fast as they are taken, and note how many bytes were."""

    def answering(handler: Handler) -> None:
        handler.head(200, {"Content-Type": NDJSON, "Transfer-Encoding": "chunked"})
        for _ in range(2000):
            handler.chunk((RAW + b"\n") * 500)
            sent.append(len(RAW) * 500)

    return answering


def half_an_upload(gateway: Service, key: str) -> None:
    """Hang up in the middle of a body."""
    with socket.create_connection(("127.0.0.1", gateway.port)) as connection:
        lines = [f"{name}: {value}" for name, value in headers_of(key, "bob").items()]
        start = "\r\n".join(["POST /gateway/acme/orders/half HTTP/1.1", "Host: x", "Content-Length: 100", *lines])
        connection.sendall(start.encode() + b"\r\n\r\n" + b"y" * 50)
        time.sleep(0.3)


def test_bodies_of_any_length_stream_both_ways(gateway: Service, backend: Backend, key: str) -> None:
    # A reader who leaves takes the request to the upstream along.
    seen = threading.Event()
    endless(backend, "/api/endless", RAW, seen=seen)
    with gateway.client.stream("GET", "/gateway/acme/orders/endless", headers=headers_of(key, "bob")) as response:
        assert next(response.iter_lines()) == MASKED.decode()
    assert seen.wait(5)

    # An upload streams; one that breaks off is not taken for whole.
    for path in ("upload", "half"):
        backend.on(f"/api/{path}", b'"done"', Content_Type=JSON)
    pieces = (b"x" * 50_000 for _ in range(40))
    done = gateway.client.post("/gateway/acme/orders/upload", headers=headers_of(key, "bob"), content=pieces)
    assert (done.json(), len(backend.asked[-1].body)) == ("done", 2_000_000)
    half_an_upload(gateway, key)
    assert [len(asked.body) for asked in backend.asked if asked.path == "/api/half"] in ([], [50])

    # A hundred megabytes go through masked, and leave no more memory taken than a hundred kilobytes do.
    backend.does("/api/long", long_answer(100))
    took = streamed(gateway, headers_of(key, "bob"), "/gateway/acme/orders/long")
    assert (took.lines, took.masked) == (lines_of(100), lines_of(100))
    assert took.grown_megabytes < 40

    # A slow reader slows the upstream down: nothing piles up in between.
    sent: list[int] = []
    backend.does("/api/fast", fast(sent))
    with gateway.client.stream("GET", "/gateway/acme/orders/fast", headers=headers_of(key, "carol")) as response:
        next(response.iter_bytes(100))
        time.sleep(1.0)
        assert 0 < sum(sent) < 20_000_000
