"""Events on their way through the gateway to an upstream that keeps them."""

import gzip
import json

import pytest
from django.db import DatabaseError
from pytest_django import Settings

from privacy_service.consent import screening
from privacy_service.gateway.models import Upstream
from privacy_service.subjects import suppressions
from privacy_service.subjects.identifiers import Identifier, Kind
from privacy_service.subjects.suppressions import change_in_mask, suppress
from tests.backend import Backend
from tests.consent.conftest import make_settings
from tests.gateway.conftest import Asker

JSON, NDJSON = "application/json", "application/x-ndjson"
GONE = b'{"userId": "canary-9"}'
NO = b'{"userId": "canary-2", "context": {"consent": {"categoryPreferences": {"marketing": false}}}}'
YES = b'{"userId":  "u1", "context": {"consent": {"categoryPreferences": {"marketing": true}}}}'
KEPT = [
    (JSON, YES, YES),
    (JSON, b"[" + NO + b"," + YES + b"," + GONE + b"]", b"[" + YES + b"]"),
    (NDJSON, GONE + b"\n" + YES + b"\n", YES + b"\n"),
    ("text/plain", b"canary", b"canary"),
]


@pytest.fixture
def ingest(orders: Upstream, backend: Backend) -> Upstream:
    """Return an upstream for ads that keeps events; somebody is suppressed, and marketing needs consent."""
    suppressions.forget()
    backend.on("/api/track", b"{}", Content_Type=JSON)
    orders.screens_events, orders.destination = True, "ads"
    orders.save()
    make_settings(orders.workspace, in_mask="drop")
    suppress(orders.workspace, [Identifier(Kind.USER_ID, "canary-9")])
    change_in_mask(orders.workspace, "drop")
    return orders


def test_what_may_not_be_taken_in_does_not_reach_the_upstream(ingest: Upstream, asker: Asker, backend: Backend) -> None:
    for content_type, sent, _ in KEPT:
        got = asker.ask("/track", "carol", method="POST", body=sent, Content_Type=content_type, Content_MD5="of it")
        assert (got.status, got.body) == (200, b"{}")
    nothing = asker.ask("/track", "carol", method="POST", body=GONE, Content_Type=JSON)
    read = asker.ask("/track", "carol")

    bodies = [(asked.body, asked.header("Content-Length")) for asked in backend.asked]
    expected = [(kept, str(len(kept))) for _, _, kept in KEPT]
    assert bodies == [*expected, (b"", None)]
    assert all(asked.header("Content-MD5") is None for asked in backend.asked)
    assert (nothing.status, nothing.header("PII-Suppressed"), nothing.body) == (204, "1", b"")
    assert read.status == 200


def test_what_cannot_be_told_is_refused(
    ingest: Upstream, asker: Asker, backend: Backend, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(body: bytes, **sent: str) -> tuple[int, str]:
        got = asker.ask("/track", "carol", method="POST", body=body, **{"Content_Type": JSON} | sent)
        assert b"canary" not in got.body
        return got.status, json.loads(got.body)["reason"]

    packed = asked(gzip.compress(NO), Content_Encoding="gzip")
    unknown = asked(NO, Content_Type="image/png")
    settings.PRIVACY_BODY_LIMIT_BYTES = 10
    long = asked(NO)
    settings.PRIVACY_BODY_LIMIT_BYTES = 1000

    def fail(*_: object) -> None:
        raise DatabaseError

    monkeypatch.setattr(screening, "rules_of", fail)
    untold = asked(YES)

    assert [packed, unknown, long, untold] == [
        (415, "unsupported-media-type"),
        (415, "unsupported-media-type"),
        (413, "body-too-large"),
        (503, "unavailable"),
    ]
    assert backend.asked == []


def test_other_upstreams_get_every_byte(ingest: Upstream, asker: Asker, backend: Backend) -> None:
    ingest.screens_events = False
    ingest.save()

    asker.ask("/track", "carol", method="POST", body=GONE, Content_Type=JSON)

    assert [asked.body for asked in backend.asked] == [GONE]
