"""One request out, one answer back: whatever the upstream does, its reader sees what they may see."""

import asyncio
import gzip
import json
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connections
from pytest_django import Settings

from classifier import PayloadKind
from privacy_service.decisions import audit
from privacy_service.decisions.models import AuditRecord, Policy
from privacy_service.enforcement.endpoints import ONLOOKERS
from privacy_service.enforcement.enforce import Payload
from privacy_service.gateway.models import Upstream
from privacy_service.gateway.proxy import Gateway
from privacy_service.observability import metrics
from privacy_service.rollout import release
from privacy_service.rollout.models import Flag
from tests.backend import Backend, Handler, slowly
from tests.gateway.conftest import Asker, end, one_of
from tests.leaking import forget_to_hide
from tests.signing import key_server
from workspaces.models import Workspace
from workspaces.stamp import stamp

RAW = b'{"name": "alice", "ssn": "123-45-6789"}'
MASKED = b'{"name": "alice", "ssn": "***-**-****"}'
CANARY = b"6789"
READERS = ("alice", "bob", "carol", "mallory")
JSON = "application/json"
NDJSON = "application/x-ndjson"


def reason(body: bytes) -> str:
    """Return the reason of a problem."""
    found: str = json.loads(body)["reason"]
    return found


# --- Who gets what ---------------------------------------------------------------------------------------------------


def test_four_readers_get_four_answers(asker: Asker, backend: Backend) -> None:
    backend.on("/api/customers", RAW, Content_Type=JSON)

    got = {actor: asker.ask("/customers", actor) for actor in READERS}

    assert got["alice"].body == got["carol"].body == RAW
    assert got["bob"].body == MASKED
    assert (got["mallory"].status, reason(got["mallory"].body)) == (403, "not-a-member")
    assert len(backend.asked) == 3


def test_before_the_release_everybody_reads_as_ever(asker: Asker, backend: Backend) -> None:
    release.turn_off()
    backend.on("/api/customers", RAW, Content_Type=JSON)

    got = {actor: asker.ask("/customers", actor) for actor in READERS}

    assert {one.body for one in got.values()} == {RAW}


TEXTS = [
    (JSON, RAW, MASKED),
    ("application/vnd.api+json; charset=UTF-8", RAW, MASKED),
    ("application/problem+json", RAW, MASKED),
    (NDJSON, RAW + b"\n" + RAW, MASKED + b"\n" + MASKED),
    ("text/csv", b"name,ssn\nalice,123-45-6789\n", b"name,ssn\nalice,***-**-****\n"),
    ("text/tab-separated-values", b"name\tssn\nalice\t123-45-6789\n", b"name\tssn\nalice\t***-**-****\n"),
    ("text/plain", b"my ssn is 123-45-6789", b"my ssn is ***-**-****"),
    ("application/x-www-form-urlencoded", b"ssn=123-45-6789", b"ssn=***-**-****"),
    (JSON, b"", b""),
]


def test_every_kind_of_text_is_masked(asker: Asker, backend: Backend) -> None:
    for content_type, body, masked in TEXTS:
        backend.on("/api/x", body, Content_Type=content_type)

        got = asker.ask("/x")

        assert (got.status, got.body, got.is_whole) == (200, masked, True)


def test_an_error_page_of_the_upstream_is_masked_too(asker: Asker, backend: Backend) -> None:
    backend.on("/api/x", b'{"error": "no order for ssn 123-45-6789"}', 500, Content_Type=JSON)

    got = asker.ask("/x")

    assert (got.status, got.body) == (500, b'{"error": "no order for ssn ***-**-****"}')


def test_an_answer_that_was_masked_badly_is_withheld_where_the_policy_looks_again(
    asker: Asker, backend: Backend, acme: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = Policy.objects.get(workspace=acme).rules
    Policy.objects.create(workspace=acme, rules={**rules, "leak_check": True})
    forget_to_hide(monkeypatch)
    backend.on("/api/x", RAW, Content_Type=JSON)
    backend.on("/api/lines", RAW + b"\n", Content_Type=NDJSON)

    got = [asker.ask(path) for path in ("/x", "/lines")]
    audit.ship()

    rows = {(row.effect, row.reason, tuple(row.entities.items())) for row in AuditRecord.objects.decisions()}
    assert [(one.status, reason(one.body)) for one in got] == [(503, "leak-found")] * 2
    assert CANARY not in got[0].body + got[1].body
    assert rows == {("deny", "leak-found", (("US_SSN", 1),))}


def test_what_was_decided_is_in_the_trail_with_what_was_hidden(asker: Asker, backend: Backend) -> None:
    backend.on("/api/x", RAW, Content_Type=JSON)
    got = {actor: asker.ask("/x", actor) for actor in READERS}
    audit.ship()

    rows = {(row.endpoint, row.effect, tuple(row.entities.items())) for row in AuditRecord.objects.decisions()}

    assert rows == {("gateway", "pass", ()), ("gateway", "mask", (("US_SSN", 1),)), ("gateway", "deny", ())}
    assert got["bob"].header("pii-entities") == "US_SSN=1"
    assert AuditRecord.objects.decisions().get(effect="mask").id.hex == got["bob"].header("pii-request-id")


def test_what_cannot_be_decided_is_hidden_altogether(asker: Asker, backend: Backend) -> None:
    Flag.objects.all().delete()
    stamp.renew()
    backend.on("/api/x", RAW, Content_Type=JSON, X_Note="123-45-6789", ETag='"v1"', Location="/api/123-45-6789?a=1")
    backend.on("/api/y", b"ssn,note\n123-45-6789,x\n", Content_Type="text/csv")

    got = {actor: asker.ask("/x", actor) for actor in READERS}
    table = asker.ask("/y", "carol")

    assert {one.body for one in got.values()} == {b'{"name": "[REDACTED]", "ssn": "[REDACTED]"}'}
    assert {one.header("pii-reason") for one in got.values()} == {"unavailable"}
    assert table.body == b"[REDACTED],[REDACTED]\n[REDACTED],[REDACTED]\n"
    assert not any("6789" in str(one) for one in got.values())


def test_what_passes_before_the_release_is_shown_to_those_who_look_on(asker: Asker, backend: Backend) -> None:
    seen: list[Payload] = []
    release.turn_off()
    backend.on("/api/x", gzip.compress(RAW), Content_Type=JSON, Content_Encoding="gzip")
    backend.on("/api/large", b"x" * 100_000, Content_Type="text/plain")
    backend.on("/api/png", b"123", Content_Type="image/png")
    ONLOOKERS.append(lambda _, payload: seen.append(payload))

    for path in ("/x", "/large", "/png"):
        asker.ask(path)
    ONLOOKERS.pop()

    assert seen == [Payload(PayloadKind.JSON, RAW)]


def test_nothing_is_shown_that_cannot_be_recorded(asker: Asker, backend: Backend, settings: Settings) -> None:
    settings.PRIVACY_AUDIT_SPOOL_DIR = "/proc/nowhere"
    backend.on("/api/x", RAW, Content_Type=JSON)

    got = {actor: asker.ask("/x", actor) for actor in READERS}

    assert {one.status for one in got.values()} == {503}
    assert not any(CANARY in one.body for one in got.values())


# --- What cannot be masked -------------------------------------------------------------------------------------------


UNREADABLE = [
    (b'{"ssn": "123-45-6789"', {"Content_Type": JSON}),
    (b'{"ssn": "123-45-6789"', {"Content_Type": NDJSON}),
    (b"\xff\xfe1\x002\x003\x00", {"Content_Type": "text/plain"}),
    (b"s\x00s\x00n\x00 123-45-6789", {"Content_Type": "text/csv"}),
    (b"ssn 123-45-6789", {"Content_Type": "text/plain; charset=utf-16"}),
    (b"[" * 200 + b'"123-45-6789"' + b"]" * 200, {"Content_Type": JSON}),
    (RAW, {"Content_Type": JSON, "Content_Encoding": "br"}),
    (RAW, {"Content_Type": JSON, "Content_Encoding": "gzip"}),
    (gzip.compress(RAW)[:-9], {"Content_Type": JSON, "Content_Encoding": "gzip"}),
]
BLOCKED = [
    (b"<p>123-45-6789</p>", {"Content_Type": "text/html"}),
    (b"\x89PNG 123-45-6789", {"Content_Type": "image/png"}),
    (b"123-45-6789", {}),
    (b"123-45-6789", {"Content_Type": "image/png, text/plain"}),
]


def test_what_cannot_be_masked_is_refused_to_whom_it_would_be_masked_for(asker: Asker, backend: Backend) -> None:
    cases = [
        *((one, (502, "upstream-unreadable")) for one in UNREADABLE),
        *((one, (403, "type-blocked")) for one in BLOCKED),
    ]
    for (body, headers), expected in cases:
        backend.on("/api/x", body, 200, **headers)

        masked, passed = asker.ask("/x"), asker.ask("/x", "carol")

        assert (masked.status, reason(masked.body)) == expected
        assert CANARY not in masked.body
        assert (passed.status, passed.body) == (200, body)


def test_types_that_the_upstream_passes_reach_everybody_and_others_do_not(
    asker: Asker, backend: Backend, orders: Upstream
) -> None:
    orders.passed_types = "image/*, application/pdf"
    orders.save()
    packed = gzip.compress(b"pixels")
    for name, content_type in (("a", "image/png"), ("b", "application/pdf"), ("c", "text/html")):
        backend.on(f"/api/{name}", packed, Content_Type=content_type, Content_Encoding="gzip")

    got = [asker.ask(f"/{name}") for name in "abc"]

    assert [one.status for one in got] == [200, 200, 403]
    assert got[0].body == packed
    assert got[0].header("content-encoding") == "gzip"


def test_a_document_over_the_limit_gives_not_one_byte(asker: Asker, backend: Backend, settings: Settings) -> None:
    settings.PRIVACY_BODY_LIMIT_BYTES = 100
    backend.on("/api/x", b"[" + b",".join([RAW] * 10) + b"]", Content_Type=JSON)
    packed = gzip.compress(b'"' + b"a" * 20_000_000 + b'"')
    backend.on("/api/bomb", packed, Content_Type=JSON, Content_Encoding="gzip")

    for path in ("/x", "/bomb"):
        got = asker.ask(path)

        assert (got.status, reason(got.body)) == (502, "upstream-unreadable")


# --- Codings, pieces, and ends that are none -------------------------------------------------------------------------


def raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


PACKED = [
    ("gzip", gzip.compress(RAW)),
    ("x-gzip", gzip.compress(RAW[:20]) + gzip.compress(RAW[20:])),
    ("deflate", zlib.compress(RAW)),
    ("deflate", raw_deflate(RAW)),
    ("gzip, identity, deflate", zlib.compress(gzip.compress(RAW))),
]


def test_a_packed_body_is_masked_and_passed_as_it_is(asker: Asker, backend: Backend) -> None:
    for encoding, packed in PACKED:
        backend.on("/api/x", packed, Content_Type=JSON, Content_Encoding=encoding)

        masked, passed = asker.ask("/x"), asker.ask("/x", "carol", Accept_Encoding="br")

        assert (masked.body, masked.header("content-encoding")) == (MASKED, None)
        assert masked.header("content-length") == str(len(MASKED))
        assert (passed.body, passed.header("content-encoding")) == (packed, encoding)
    assert [one.header("Accept-Encoding") for one in backend.asked] == ["gzip, deflate", "br"] * len(PACKED)


def chunked(*chunks: bytes, content_type: str = NDJSON, is_whole: bool = True) -> Callable[[Handler], None]:
    """Answer in these chunks, and end as one should or not."""

    def answering(handler: Handler) -> None:
        handler.head(200, {"Content-Type": content_type, "Transfer-Encoding": "chunked"})
        for chunk in chunks:
            handler.chunk(chunk)
            time.sleep(0.01)
        if is_whole:
            handler.chunk(b"")
        handler.close_connection = not is_whole

    return answering


def test_lines_are_masked_as_they_come_wherever_chunks_are_cut(asker: Asker, backend: Backend) -> None:
    body = RAW + b"\n\n" + RAW + b"\r\n" + RAW
    backend.does("/api/x", chunked(*[body[at : at + 7] for at in range(0, len(body), 7)]))

    masked, passed = asker.ask("/x"), asker.ask("/x", "carol")

    assert (masked.body, masked.is_whole) == (MASKED + b"\n\n" + MASKED + b"\r\n" + MASKED, True)
    assert (passed.body, passed.is_whole) == (body, True)


def test_a_failure_in_the_middle_breaks_the_answer_off(asker: Asker, backend: Backend) -> None:
    for second, ends in ((b'{"ssn": "123-4', False), (b'{"ssn": "123-45-6789\n', True), (b"\xff\n", True)):
        backend.does("/api/x", chunked(RAW + b"\n", second, is_whole=ends))

        got = asker.ask("/x")

        assert (got.status, got.body, got.is_whole) == (200, MASKED + b"\n", False)


def test_an_upstream_that_falls_silent_in_the_middle_breaks_the_answer_off(asker: Asker, backend: Backend) -> None:
    def silent(handler: Handler) -> None:
        handler.head(200, {"Content-Type": NDJSON, "Transfer-Encoding": "chunked"})
        handler.chunk(RAW + b"\n")
        time.sleep(1.5)

    backend.does("/api/x", silent)

    for actor, body in (("bob", MASKED), ("carol", RAW)):
        got = asker.ask("/x", actor)

        assert (got.status, got.body, got.is_whole) == (200, body + b"\n", False)


def test_a_right_that_ends_in_the_middle_of_an_answer_ends_the_answer(
    asker: Asker, backend: Backend, orders: Upstream
) -> None:
    def long(handler: Handler) -> None:
        handler.head(200, {"Content-Type": NDJSON, "Transfer-Encoding": "chunked"})
        for at in range(30):
            handler.chunk(RAW + b"\n")
            if at == 3:
                release.override(orders.workspace, setting=False)
                release.override(orders.workspace, setting=True)
                orders.workspace.memberships.filter(user__name="Carol").delete()
                connections.close_all()  # Those of this thread, which nobody else would close.
            time.sleep(0.1)
        handler.chunk(b"")

    backend.does("/api/x", long)

    got = asker.ask("/x", "carol")

    assert not got.is_whole
    assert 0 < got.body.count(b"\n") < 30


# --- Many at once, and failures one after the other ------------------------------------------------------------------


def several(asker: Asker, path: str, *, times: int, is_at_once: bool) -> list[int]:
    """Ask one gateway several times and return the statuses, in order."""

    async def ask() -> list[int]:
        gateway = Gateway()
        headers = [(b"X-Api-Key", asker.key.encode()), (b"X-Actor", b"bob@example.com")]
        asked = [one_of(gateway, "GET", asker.prefix + path, headers) for _ in range(times)]
        try:
            got = await asyncio.gather(*asked) if is_at_once else [await one for one in asked]
        finally:
            await end(gateway)
        return [one.status for one in got]

    return asyncio.run(ask())


def test_connections_are_bounded_and_whoever_finds_none_is_told_to_come_again(
    asker: Asker, backend: Backend, orders: Upstream, settings: Settings
) -> None:
    settings.PRIVACY_GATEWAY_CONNECTIONS = 1
    orders.read_seconds = 5.0
    orders.save()
    backend.does("/api/x", slowly(1.5))

    statuses = several(asker, "/x", times=3, is_at_once=True)

    assert sorted(statuses) == [200, 503, 503]


def test_an_upstream_that_fails_again_and_again_is_left_alone(
    asker: Asker, backend: Backend, settings: Settings
) -> None:
    settings.PRIVACY_GATEWAY_BREAKER_FAILURES = 3
    backend.does("/api/x", hangs_up)

    statuses = several(asker, "/x", times=6, is_at_once=False)

    assert statuses == [502, 502, 502, 503, 503, 503]
    assert len(backend.asked) == 3


def test_an_error_page_is_an_answer_and_opens_no_breaker(asker: Asker, backend: Backend, settings: Settings) -> None:
    settings.PRIVACY_GATEWAY_BREAKER_FAILURES = 2
    backend.on("/api/x", b"{}", 503, Content_Type=JSON)

    assert several(asker, "/x", times=4, is_at_once=False) == [503] * 4
    assert len(backend.asked) == 4


# --- An upstream that fails ------------------------------------------------------------------------------------------


def test_an_upstream_that_is_slow_or_gone_is_said_to_be_so(asker: Asker, backend: Backend, orders: Upstream) -> None:
    backend.does("/api/x", slowly(1.0))

    slow = asker.ask("/x")
    backend.stop()
    gone = asker.ask("/x")
    backend.start()

    assert (slow.status, reason(slow.body)) == (504, "upstream-timeout")
    assert (gone.status, reason(gone.body)) == (502, "upstream-failed")


def hangs_up(handler: Handler) -> None:
    handler.close_connection = True


def cut_short(handler: Handler) -> None:
    handler.head(200, {"Content-Type": JSON, "Content-Length": "1000"})
    handler.wfile.write(RAW)
    handler.close_connection = True


def endless_length(handler: Handler) -> None:
    handler.head(200, {"Content-Type": "text/plain", "Connection": "close"})
    handler.wfile.write(b"my ssn is 123-45-67")
    handler.close_connection = True


def test_a_body_whose_end_cannot_be_told_from_a_break_is_not_masked(asker: Asker, backend: Backend) -> None:
    backend.does("/api/x", endless_length)

    masked, passed = asker.ask("/x"), asker.ask("/x", "carol")

    assert (masked.status, reason(masked.body)) == (502, "upstream-unreadable")
    assert b"123-45" not in masked.body
    assert (passed.status, passed.body) == (200, b"my ssn is 123-45-67")


def switches(handler: Handler) -> None:
    handler.head(101, {"Upgrade": "websocket", "Connection": "Upgrade"})
    handler.wfile.write(RAW)
    handler.close_connection = True


def nonsense(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 two hundred\r\n\r\n")
    handler.close_connection = True


def test_an_answer_that_breaks_before_its_first_byte_is_a_problem(asker: Asker, backend: Backend) -> None:
    for answering in (hangs_up, cut_short, switches, nonsense):
        backend.does("/api/x", answering)

        got = asker.ask("/x")

        assert (got.status, reason(got.body)) == (502, "upstream-failed")
        assert CANARY not in got.body


def test_addresses_inside_the_network_are_not_reached_unless_allowed(
    asker: Asker, backend: Backend, orders: Upstream, settings: Settings
) -> None:
    settings.PRIVACY_GATEWAY_NETWORKS = ["10.0.0.0/8"]
    orders.url = backend.url.replace("127.0.0.1", "localhost")
    orders.save()

    got = asker.ask("/x")

    assert (got.status, reason(got.body)) == (502, "upstream-failed")
    assert "PRIVACY_GATEWAY_NETWORKS" in json.loads(got.body)["detail"]
    assert backend.asked == []


def test_a_certificate_is_checked_by_the_upstreams_name_and_not_by_its_address(
    asker: Asker, orders: Upstream, settings: Settings, tmp_path: Path
) -> None:
    settings.PRIVACY_GATEWAY_NETWORKS = ["127.0.0.0/8", "::1/128"]
    with key_server(tmp_path) as (server, certificate):
        server.serve({"ssn": "123-45-6789"})
        statuses = []
        # The certificate is for 127.0.0.1, and its issuer is known only where the setting says so.
        for host, ca_file in (("127.0.0.1", str(certificate)), ("localhost", str(certificate)), ("127.0.0.1", "")):
            settings.PRIVACY_GATEWAY_CA_FILE = ca_file
            orders.url = f"https://{host}:{server.host.partition(':')[2]}"
            orders.save()
            statuses.append(asker.ask("/x", "carol").status)

    assert statuses == [200, 502, 502]


def test_the_upstreams_failures_are_not_counted_as_this_services_own(asker: Asker, backend: Backend) -> None:
    metrics.flush()
    before = metrics.requests.flushed.copy()
    backend.on("/api/broken", RAW[:-1], Content_Type=JSON)
    backend.on("/api/500", RAW, 500, Content_Type=JSON)

    for path in ("/broken", "/500"):
        asker.ask(path)
    asker.ask("/x", "mallory")
    metrics.flush()

    counted = metrics.requests.flushed - before
    assert counted == {("upstream", "502"): 1, ("upstream", "500"): 1, ("gateway", "403"): 1}
