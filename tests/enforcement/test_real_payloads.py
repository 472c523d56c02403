"""Payloads as backends really send them: Segment events, a doctor's note, an export."""

import csv
import io
from typing import Any

import orjson
import pytest

from tests.asking import through_hot_path
from workspaces.models import User, Workspace

IDENTIFY = {
    "type": "identify",
    "userId": "97980cfea0067",
    "anonymousId": "507f191e810c19729de860ea",
    "traits": {
        "name": "Peter Gibbons",
        "email": "peter@example.com",
        "created_at": "2026-02-01T10:11:12Z",
        "account_id": 4711,
        "plan": "premium",
        "logins": 5,
        "address": {"street": "6th St", "city": "San Francisco", "postalCode": "94103", "country": "USA"},
    },
    "context": {
        "ip": "8.8.8.8",
        "userAgent": "Mozilla/5.0 (Macintosh)",
        "library": {"name": "analytics.js", "version": "2.11.1"},
        "page": {"path": "/academy/", "title": "Analytics Academy", "url": "https://example.com/academy/"},
    },
}
TRACK = {
    "type": "track",
    "event": "Article Completed",
    "userId": "97980cfea0067",
    "properties": {"title": "How to Create a Tracking Plan", "content": "Ask peter@example.com", "course": "Intro"},
}
NOTE = """Patient: Margaret Ainsworth
DOB: 03/14/1952   MRN: 00482913   SSN: 219-09-9999
Phone: (555) 010-4477, e-mail m.ainsworth@example.org

Presents with type 2 diabetes, hypertension and stage 3 chronic kidney disease.
Started lisinopril 10 mg daily. Follow-up in 6 weeks.
"""
EXPORT = (
    'id,name,email,notes\r\n1,"Ainsworth, Margaret",m.ainsworth@example.org,"said ""call 219-09-9999"""\r\n2,Bo,,\r\n'
)


@pytest.fixture
def acme(released_workspace: Workspace, bob: User) -> Workspace:
    """Return acme with the default policy."""
    del bob
    return released_workspace


def as_bob(key: str, body: bytes, content_type: str) -> bytes:
    """Return the body as bob reads it."""
    headers = {"Authorization": f"Bearer {key}", "X-Actor": "bob@example.com", "Content-Type": content_type}
    reply = through_hot_path("POST", "/v1/workspaces/acme/mask", body, headers)
    assert reply.headers["PII-Reason"] == "role-lacks-pii"
    return reply.body


def test_an_identify_event_keeps_what_is_not_personal(acme: Workspace, key: str) -> None:
    masked: dict[str, Any] = orjson.loads(as_bob(key, orjson.dumps(IDENTIFY), "application/json"))

    traits = masked["traits"]
    assert (traits["name"], traits["email"]) == ("<PERSON>", "<EMAIL_ADDRESS>")
    assert "94103" not in str(masked)
    assert masked["context"]["ip"] != "8.8.8.8"
    kept = {name: traits[name] for name in ("created_at", "account_id", "plan", "logins")}
    assert kept == {"created_at": "2026-02-01T10:11:12Z", "account_id": 4711, "plan": "premium", "logins": 5}
    assert masked["context"]["library"] == {"name": "analytics.js", "version": "2.11.1"}
    page = dict(IDENTIFY["context"]["page"])  # type: ignore[index]
    assert masked["context"]["page"] == page | {"title": "<ORGANIZATION>"}  # Analytics Academy reads like one.
    assert (masked["userId"], masked["anonymousId"]) == (IDENTIFY["userId"], IDENTIFY["anonymousId"])


def test_a_track_event_changes_only_in_its_personal_part(acme: Workspace, key: str) -> None:
    masked = orjson.loads(as_bob(key, orjson.dumps(TRACK), "application/json"))

    expected = orjson.loads(orjson.dumps(TRACK).replace(b"peter@example.com", b"<EMAIL_ADDRESS>"))
    assert masked == expected


def test_a_doctors_note_keeps_the_conditions_and_hides_the_patient(acme: Workspace, key: str) -> None:
    masked = as_bob(key, NOTE.encode(), "text/plain").decode()

    for value in ("Margaret", "Ainsworth", "1952", "00482913", "9999", "4477", "example.org"):
        assert value not in masked
    assert masked.endswith(NOTE[NOTE.index("Presents") :])


def test_an_export_keeps_its_shape(acme: Workspace, key: str) -> None:
    masked = as_bob(key, EXPORT.encode(), "text/csv").decode()

    rows = list(csv.reader(io.StringIO(masked, newline="")))
    assert rows[0] == ["id", "name", "email", "notes"]
    assert [row[0] for row in rows] == ["id", "1", "2"]
    assert "Ainsworth" not in masked
    assert "9999" not in masked
    assert rows[1][3].startswith('said "call ')
    assert rows[2][2:] == ["", ""]
