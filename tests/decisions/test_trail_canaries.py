"""No value of a payload, no header and no stranger's name leaves with the trail, by whichever way it leaves."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings as current
from django.core.management import call_command
from django.test import Client

from privacy_service.decisions import audit
from privacy_service.decisions.audit import forwarding
from privacy_service.decisions.models import AuditRecord
from tests.asking import through_django
from tests.decisions.conftest import Receiver
from tests.factories import make_source
from workspaces.keys import Scope, issue_key
from workspaces.models import User, Workspace

CANARIES = ("canary-5e7a", "canary.5e7a@example.com", "123-45-6789", "Kanarie", "4111111111111111", "canary_key")
BODY = (
    b'{"name":"Kanarie Vogel","email":"canary.5e7a@example.com","ssn":"123-45-6789","canary_key":"canary-5e7a",'
    b'"note":"card 4111111111111111 of Kanarie"}'
)
READERS = ("bob@example.com", "carol@example.com", "canary.5e7a@example.com", "canary-5e7a")
STREAM = "trail-of-the-canaries"

pytestmark = pytest.mark.usefixtures("happenings")


@pytest.fixture
def happenings(released_workspace: Workspace, bob: User, carol: User, key: str) -> None:
    """Let every call happen that is recorded, for readers who see all, a part, or nothing, with and without faults."""
    make_source(released_workspace, "web")
    json = {"Content-Type": "application/json"}
    for reader in READERS:
        named = {"Authorization": f"Bearer {key}", "X-Actor": reader}
        for path in ("mask", "classify", "explain"):
            through_django("POST", f"/v1/workspaces/acme/{path}", BODY, {**named, **json})
        through_django("POST", "/v1/workspaces/acme/mask", BODY[:-1], {**named, **json})
        through_django("POST", "/v1/workspaces/acme/mask", BODY, {**named, "Content-Type": "text/plain"})
        through_django("POST", "/v1/workspaces/acme/mask", BODY, {**named, **json, "PII-Source": "canary-5e7a"})
        through_django("GET", f"/v1/workspaces/acme/decision?actor={reader}", b"", {"X-Api-Key": key})
        compared = b'{"readers":["%b"],"payload":%b}' % (reader.encode(), BODY)
        through_django("POST", "/v1/workspaces/acme/compare", compared, {**named, **json})
    audit.ship()
    assert AuditRecord.objects.filter(workspace_id=released_workspace.pk, kind="decision").count() > 4 * len(READERS)


@pytest.fixture
def stream(settings: Any) -> Iterator[redis.Redis]:
    """Return Redis, with a stream that is set to receive the trail."""
    settings.PRIVACY_AUDIT_STREAM = STREAM
    with redis.Redis.from_url(current.REDIS_URL) as client:
        client.delete(STREAM)
        yield client
        client.delete(STREAM)


def check(left: bytes) -> None:
    """See that something left, and no canary with it."""
    assert b"role-grants-pii" in left
    assert b"not-a-member" in left
    assert [canary for canary in CANARIES if canary.encode() in left] == []


def over_http(alice: User, written_as: str) -> bytes:
    """Return what an owner exports."""
    headers = {"Authorization": f"Bearer {issue_key(alice, scopes=(Scope.AUDIT,))[1]}"}
    return through_django("GET", f"/v1/workspaces/acme/audit/export?format={written_as}", b"", headers).body


def by_the_command(folder: Path, written_as: str) -> bytes:
    """Return what an operator exports."""
    call_command("audit", "export", format=written_as, output=folder / written_as)
    return (folder / written_as).read_bytes()


def in_the_admin(client: Client, action: str) -> bytes:
    """Return what an administrator exports."""
    chosen = {"action": action, "select_across": "1", "_selected_action": ["0"]}
    return client.post("/admin/decisions/auditrecord/", chosen).getvalue()


def test_no_export_holds_a_value(alice: User, client: Client, tmp_path: Path) -> None:
    client.force_login(User.objects.create_superuser("root@example.com", "only for tests"))

    left = [over_http(alice, written_as) for written_as in ("jsonl", "csv")]
    left += [by_the_command(tmp_path, written_as) for written_as in ("jsonl", "csv")]
    left += [in_the_admin(client, action) for action in ("export_csv", "export_json_lines")]

    for one in left:
        check(one)


def test_nothing_that_is_forwarded_holds_a_value(receiver: Receiver, stream: redis.Redis) -> None:
    forwarding.forward()

    check(b"".join(f"{path}{headers}".encode() + body for path, headers, body in receiver.taken))
    check(repr(stream.xrange(STREAM)).encode())
