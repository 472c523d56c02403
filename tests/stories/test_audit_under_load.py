"""Many decisions a second, a process that dies in between, a database that stops: nothing answered is lost."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from uuid import UUID

import httpx
import pytest
from django.db import transaction

from privacy_service.decisions.audit.verifying import missing_chains, verify
from privacy_service.decisions.models import AuditChain, AuditRecord
from tests.stories.conftest import Service
from workspaces.models import User, Workspace
from workspaces.stamp import bump

CLIENTS = 8
ENOUGH = 300
PATH = "/v1/workspaces/acme/decision?actor=bob@example.com"


class Client(Thread):
    """A backend that asks again and again, and keeps the ids of what was answered."""

    def __init__(self, service: Service, key: str, done: Event) -> None:
        super().__init__(daemon=True)
        self.address, self.key, self.done = f"http://127.0.0.1:{service.port}", key, done
        self.answered: set[str] = set()
        self.broken = 0

    def run(self) -> None:
        """Ask until it is done; a server that has gone is asked again."""
        while not self.done.is_set():
            try:
                self._ask_on()
            except httpx.TransportError:
                self.broken += 1
                time.sleep(0.02)

    def _ask_on(self) -> None:
        headers = {"Authorization": f"Bearer {self.key}"}
        with httpx.Client(base_url=self.address, headers=headers, timeout=10) as client:
            while not self.done.is_set():
                reply = client.get(PATH)
                assert reply.status_code == httpx.codes.OK
                self.answered.add(reply.headers["PII-Request-Id"])


def a_worker_of(service: Service) -> int:
    """Return the process id of one worker."""
    pid = service.process.pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return next(int(one) for one in children if "resource_tracker" not in Path(f"/proc/{one}/cmdline").read_text())


def recorded(expected: set[str]) -> set[str]:
    """Return the ids in the trail, once those expected are there."""
    wanted = {UUID(one) for one in expected}
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        there = set(AuditRecord.objects.decisions().values_list("pk", flat=True))
        if wanted <= there:
            break
        time.sleep(0.2)
    return {one.hex for one in there}


def test_a_worker_killed_under_load_loses_no_answered_decision(
    service: Service, released_workspace: Workspace, bob: User, key: str
) -> None:
    done = Event()
    clients = [Client(service, key, done) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    while sum(len(client.answered) for client in clients) < ENOUGH:
        time.sleep(0.01)
    os.kill(a_worker_of(service), signal.SIGKILL)
    time.sleep(0.5)
    done.set()
    for client in clients:
        client.join(timeout=15)
    service.kill()
    service.start()

    answered = set().union(*(client.answered for client in clients))
    there = recorded(answered)
    assert len(answered) >= ENOUGH
    assert answered <= there
    # What was recorded and not answered was on its way when the process died: one request a client at most, each time.
    assert len(there - answered) <= CLIENTS + sum(client.broken for client in clients)
    assert [verify(chain.pk).faults for chain in AuditChain.objects.all()] == [()] * AuditChain.objects.count()
    assert list(missing_chains()) == []


@pytest.fixture
def narrow_service(transactional_db: None, tmp_path: Path) -> Iterator[Service]:
    """Return a service of one process whose spool has room for its open segment and little more."""
    bump()
    running = Service(tmp_path, workers=1, PRIVACY_AUDIT_SPOOL_LIMIT_BYTES=str((1 << 20) + 50_000))
    try:
        running.start()
        yield running
    finally:
        running.stop()


def test_while_the_database_takes_no_records_the_service_stops_answering_before_it_loses_any(
    narrow_service: Service, released_workspace: Workspace, bob: User, key: str
) -> None:
    headers = {"Authorization": f"Bearer {key}"}
    replies = [narrow_service.client.get(PATH, headers=headers)]
    recorded({replies[0].headers["PII-Request-Id"]})

    deadline = time.monotonic() + 30
    with transaction.atomic():  # Holds the chain on PostgreSQL, every write on SQLite.
        AuditChain.objects.select_for_update().get(pk=released_workspace.pk)
        while replies[-1].status_code == httpx.codes.OK and time.monotonic() < deadline:
            replies.append(narrow_service.client.get(PATH, headers=headers))
    refused = replies[-1]
    while replies[-1].status_code != httpx.codes.OK and time.monotonic() < deadline:
        time.sleep(0.2)
        replies.append(narrow_service.client.get(PATH, headers=headers))

    assert (refused.status_code, refused.json()["reason"]) == (503, "unavailable")
    assert replies[-1].status_code == httpx.codes.OK
    answered = {reply.headers["PII-Request-Id"] for reply in replies if reply.status_code == httpx.codes.OK}
    assert answered <= recorded(answered)
    assert verify(released_workspace.pk).faults == ()
