"""Two hosts that share a database and Redis follow `release off` either way; beat and a worker move it at its time."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django import Settings

from privacy_service.rollout import moves, release
from privacy_service.rollout.changes import read_change
from privacy_service.rollout.models import Flag, PlannedMove, ReleaseMove
from privacy_service.rollout.moves import Wish
from privacy_service.rollout.stages import Position, Stage
from tests.factories import make_policy, make_user
from tests.services import free_port
from tests.stories.conftest import ROOT, Service, worker
from workspaces.models import User, Workspace
from workspaces.stamp import bump

ALICE = b'{"name":"alice","ssn":"123-45-6789"}'
MASKED = b'{"name":"alice","ssn":"***-**-****"}'
PROMISED_SECONDS = 2.0


@pytest.fixture
def acme(workspace: Workspace, bob: User) -> Workspace:
    """Return acme, where numbers keep their shape and names stay."""
    make_policy(workspace, {"US_SSN": "shape", "PERSON": "keep"})
    return workspace


@pytest.fixture
def hosts(transactional_db: None, tmp_path: Path) -> Iterator[tuple[Service, Service]]:
    """Return two hosts, each with a data folder and a spool of its own."""
    bump()
    with ExitStack() as stack:
        found = []
        for name in ("first", "second"):
            folder = tmp_path / name
            folder.mkdir()
            host = Service(folder, workers=1, PRIVACY_AUDIT_SPOOL_DIR=str(folder / "spool"))
            host.start()
            stack.callback(host.stop)
            found.append(host)
        yield found[0], found[1]


def reads(host: Service, key: str) -> bytes:
    """Return what bob reads at this host."""
    return host.mask(ALICE, actor="bob@example.com", key=key).content


def wait_for(what: Callable[[], object], seconds: float = 60) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def wait_until_masked(hosts: tuple[Service, Service], key: str) -> None:
    """Wait until every host masks."""
    for host in hosts:
        wait_for(lambda host=host: reads(host, key) == MASKED)  # type: ignore[misc]


def last_masked(hosts: tuple[Service, Service], key: str, since: float) -> float:
    """Return after how long the last answer of either host was seen that was still masked."""
    seen = since
    while time.monotonic() - since < PROMISED_SECONDS + 1:
        if MASKED in [reads(host, key) for host in hosts]:
            seen = time.monotonic()
    return seen - since


def off(host: Service, **environment: str) -> "subprocess.Popen[str]":
    """Run the command on a host."""
    command = [sys.executable, "manage.py", "release", "off", "--why", "Two hosts."]
    return subprocess.Popen(
        command, cwd=ROOT, env={**host.environment, **environment}, stdout=subprocess.PIPE, text=True
    )


def test_off_at_one_host_holds_at_the_other_through_redis_or_the_database(
    hosts: tuple[Service, Service], acme: Workspace, key: str
) -> None:
    first, second = hosts
    release.move_to(Position(Stage.PUBLIC))
    wait_until_masked(hosts, key)
    with transaction.atomic():
        Flag.objects.select_for_update().get()
        bump()  # On SQLite the one lock there is; on PostgreSQL the row that every change writes.
        command = off(first)
        wait_for((first.folder / "release-off").exists)
        through_redis = last_masked(hosts, key, time.monotonic())
        said = command.communicate()[0]
        word_arrived = (second.folder / "release-off").exists()
        transaction.set_rollback(True)
    wait_for(lambda: release.state().position == Position(Stage.OFF))
    release.move_to(Position(Stage.PUBLIC))
    wait_until_masked(hosts, key)
    moved = ReleaseMove.objects.count()
    command = off(first, REDIS_URL=f"redis://127.0.0.1:{free_port()}/0")
    wait_for(lambda: ReleaseMove.objects.count() > moved)
    through_database = last_masked(hosts, key, time.monotonic())
    command.communicate()

    assert through_redis <= PROMISED_SECONDS
    assert word_arrived
    assert "other hosts follow through Redis" in said
    assert through_database <= PROMISED_SECONDS
    assert {reads(host, key) for host in hosts} == {ALICE}


def test_a_scheduled_move_is_made_by_beat_and_a_worker_at_its_time(
    service: Service, acme: Workspace, key: str, settings: Settings
) -> None:
    settings.PRIVACY_RELEASE_LEAST_REQUESTS = settings.PRIVACY_RELEASE_LEAST_SAMPLES = 0
    settings.PRIVACY_RELEASE_P95_SECONDS = 5.0  # How fast a busy machine is is not what this is about.
    quick = {"LEAST_REQUESTS": "0", "LEAST_SAMPLES": "0", "P95_SECONDS": "5"}
    service.environment |= {f"PRIVACY_RELEASE_{name}": value for name, value in quick.items()}
    erin, frank = (make_user(name, is_staff=True, is_superuser=True) for name in ("erin", "frank"))
    before = reads(service, key)
    at = timezone.now() + timedelta(seconds=4)
    asked = moves.ask(read_change("public"), Wish(erin, "test"), run_at=at)
    assert asked.waits
    moves.confirm(asked.waits.code, frank)

    with worker(service):
        wait_for(lambda: PlannedMove.objects.get().outcome != "open", 120)

    planned = PlannedMove.objects.get()
    assert (planned.outcome, planned.told) == ("done", "")
    made = ReleaseMove.objects.get(after="public")
    assert made.through == "schedule"
    assert (made.by_id, made.confirmed_by_id) == (erin.pk, frank.pk)
    assert at <= made.at < at + timedelta(seconds=60)  # Beat looks every five seconds; the rest is a busy machine's.
    wait_for(lambda: reads(service, key) == MASKED, PROMISED_SECONDS + 3)
    assert before == ALICE
