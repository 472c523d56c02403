"""A release from off to public, a breached gate, and off when the database or Redis does not help; over HTTP."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import transaction
from openfeature import api as openfeature
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode
from pytest_django import Settings

from privacy_service.decisions.models import Policy
from privacy_service.rollout import brake, moves, release
from privacy_service.rollout.changes import read_change
from privacy_service.rollout.models import Flag, Minute, ReleaseMove, ShadowCount
from privacy_service.rollout.moves import Wish
from privacy_service.rollout.stages import Position, Stage
from tests.factories import make_key, make_member, make_policy, make_user, make_workspace
from tests.stories.conftest import ROOT, Service
from workspaces.models import User, Workspace
from workspaces.stamp import bump

ALICE = b'{"name":"alice","ssn":"123-45-6789"}'
MASKED = b'{"name":"alice","ssn":"***-**-****"}'
PASSWORD = "erin and frank move the release"
PROMISED_SECONDS = 2.0
PROCESSES = 2


@pytest.fixture
def service(transactional_db: None, tmp_path: Path, settings: Settings) -> Iterator[Service]:
    """Return a service of two processes that writes its minutes every second and shadows every request."""
    bump()
    settings.PRIVACY_RELEASE_LEAST_REQUESTS, settings.PRIVACY_RELEASE_LEAST_SAMPLES = 20, 5
    settings.PRIVACY_RELEASE_P95_SECONDS = 5.0
    quick = {
        "PRIVACY_RELEASE_COUNT_SECONDS": "1",
        "PRIVACY_RELEASE_LEAST_REQUESTS": "20",
        "PRIVACY_RELEASE_LEAST_SAMPLES": "5",
        "PRIVACY_RELEASE_P95_SECONDS": "5",
        "PRIVACY_SHADOW_SHARE": "1",
        "PRIVACY_SHADOW_BUDGET_SECONDS": "0.5",
    }
    running = Service(tmp_path, workers=PROCESSES, **quick)
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture
def acme(service: Service, workspace: Workspace, bob: User, settings: Settings) -> Workspace:
    """Return acme, ours; beside it a beta tester and a customer, each with bob's like."""
    # The commands of this story run with production's settings, which know no quick digest of passwords.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    release.move_to(Position(Stage.OFF))
    workspace.is_internal = True
    workspace.save()
    for slug, is_tester in (("tester", True), ("customer", False)):
        other = make_workspace(slug)
        other.is_beta_tester = is_tester
        other.save()
        make_member(other, f"bob-of-{slug}")
        make_policy(other, {"US_SSN": "shape", "PERSON": "keep"})
    make_policy(workspace, {"US_SSN": "shape", "PERSON": "keep"})
    for name in ("erin", "frank"):
        make_user(name, is_staff=True, is_superuser=True, password=PASSWORD)
    return workspace


@pytest.fixture
def backend(acme: Workspace) -> str:
    """Return the key of a backend that serves every workspace."""
    return make_key(name="everywhere")


def manage(service: Service, *words: str) -> str:
    """Run a command of the release as erin or frank would, password included."""
    command = [sys.executable, "manage.py", "release", *words]
    finished = subprocess.run(
        command,
        check=False,
        cwd=ROOT,
        env=service.environment,
        input=f"{PASSWORD}\n",
        capture_output=True,
        text=True,
    )
    return finished.stdout + finished.stderr


def wider(change: str) -> None:
    """Let erin ask and frank confirm, as their requests to the admin do."""
    erin, frank = (User.objects.get(email=f"{name}@example.com") for name in ("erin", "frank"))
    asked = moves.ask(read_change(change), Wish(erin, "admin"))
    assert asked.waits is not None
    moves.confirm(asked.waits.code, frank)


def read(service: Service, slug: str, key: str) -> bytes:
    """Return what bob's like of a workspace reads."""
    reader = "bob@example.com" if slug == "acme" else f"bob-of-{slug}@example.com"
    headers = {"Authorization": f"Bearer {key}", "X-Actor": reader, "Content-Type": "application/json"}
    return service.client.post(f"/v1/workspaces/{slug}/mask", content=ALICE, headers=headers).content


def reads(service: Service, key: str) -> dict[str, bool]:
    """Say for each workspace, once the promised time has passed, whether every process masks for its reader."""
    slugs = ("acme", "tester", "customer")
    time.sleep(PROMISED_SECONDS)
    deadline = time.monotonic() + PROMISED_SECONDS + 5
    while time.monotonic() < deadline:
        seen = [{slug: read(service, slug, key) == MASKED for slug in slugs} for _ in range(3 * PROCESSES)]
        if all(one == seen[0] for one in seen):
            return seen[0]
    pytest.fail("the processes do not agree")


def wait_for(what: Callable[[], object], seconds: float = 20) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_release_goes_from_shadow_to_public_and_back(service: Service, acme: Workspace, backend: str) -> None:
    shadow = manage(service, "shadow")
    for _ in range(30):
        assert read(service, "customer", backend) == ALICE
    wait_for(lambda: ShadowCount.objects.filter(kind="field", name="/ssn", entity="US_SSN").exists())
    wait_for(lambda: sum(Minute.objects.values_list("sampled", flat=True)) >= 5)
    seen = [reads(service, backend)]
    asked = manage(service, "internal", "--as", "erin@example.com")
    code = asked.split("release confirm ")[1].split()[0]
    manage(service, "confirm", code, "--as", "frank@example.com")
    seen.append(reads(service, backend))
    for change in ("beta", "dial 100", "public"):
        wider(change)
        seen.append(reads(service, backend))
    off = manage(service, "off")
    seen.append(reads(service, backend))

    assert shadow.startswith("pii_access: in shadow")
    assert off.startswith("pii_access: off for everybody")
    nobody, all_three = dict.fromkeys(seen[0], False), dict.fromkeys(seen[0], True)
    assert seen == [
        nobody,
        {"acme": True, "tester": False, "customer": False},
        {"acme": True, "tester": True, "customer": False},
        all_three,
        all_three,
        nobody,
    ]
    history = manage(service, "history").splitlines()
    assert "needs a second person" in asked
    assert sum("by erin@example.com (command); confirmed by frank@example.com" in line for line in history) == 1
    assert sum("by erin@example.com (admin); confirmed by frank@example.com" in line for line in history) == 3

    assert "public → off" in history[0]
    assert "canary" not in service.log.read_text()


def test_a_breached_gate_stops_the_release_and_takes_it_back(
    service: Service, acme: Workspace, backend: str, settings: Settings
) -> None:
    settings.PRIVACY_RELEASE_ON_BREACH = "fall-back"
    release.move_to(Position(Stage.INTERNAL))
    release.move_to(Position(Stage.BETA))
    before = reads(service, backend)
    # A policy that cannot be read: every answer for acme fails closed.
    Policy.objects.filter(workspace=acme).update(rules={"operators": 1})
    bump()
    wait_for(lambda: read(service, "acme", backend) not in {ALICE, MASKED})
    hidden = read(service, "acme", backend)
    wait_for(lambda: sum(Minute.objects.values_list("fail_closed", flat=True)) > 0)

    refused = manage(service, "dial", "50", "--as", "erin@example.com")
    told: list[int] = []
    brake.watch(told.append)

    assert before == {"acme": True, "tester": True, "customer": False}
    assert b"123-45-6789" not in hidden
    assert "fail-closed is red" in refused
    move = ReleaseMove.objects.get(pk=told[0])
    assert (move.before, move.after, move.through) == ("beta", "internal", "brake")
    assert release.state().held.startswith("fail-closed is red")
    wait_for(lambda: not reads(service, backend)["tester"])


def test_off_holds_in_every_process_though_the_database_takes_no_write_and_is_kept_later(
    service: Service, acme: Workspace, backend: str
) -> None:
    release.move_to(Position(Stage.PUBLIC))
    before = reads(service, backend)
    with transaction.atomic():
        Flag.objects.select_for_update().get()
        bump()  # On SQLite the one lock there is; on PostgreSQL the row that every change writes.
        started = time.monotonic()
        off = subprocess.Popen(
            [sys.executable, "manage.py", "release", "off", "--why", "Too slow."],
            cwd=ROOT,
            env=service.environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        wait_for((service.folder / "release-off").exists)
        thrown = time.monotonic()
        everybody_off = _all_pass_within(service, backend, thrown)
        said = off.communicate()[0]
        still_public = Flag.objects.get().stage
        transaction.set_rollback(True)

    assert set(before.values()) == {True}
    assert everybody_off <= PROMISED_SECONDS
    assert "off for everybody on this host" in said
    assert "The database could not be written" in said
    assert still_public == "public"
    assert started < thrown
    wait_for(lambda: release.state().position == Position(Stage.OFF), 20)
    assert ReleaseMove.objects.filter(kind="position").first().why == "Too slow."  # type: ignore[union-attr]
    wait_for(lambda: not (service.folder / "release-off").exists())
    assert set(reads(service, backend).values()) == {False}


def _all_pass_within(service: Service, key: str, since: float) -> float:
    """Return after how long the last answer was seen that was still masked."""
    last_masked = since
    while time.monotonic() - since < PROMISED_SECONDS + 1:
        if read(service, "customer", key) == MASKED:
            last_masked = time.monotonic()
    return last_masked - since


def test_an_openfeature_client_reads_the_same_flag(service: Service, acme: Workspace, backend: str) -> None:
    base = f"http://127.0.0.1:{service.port}"
    openfeature.set_provider(OFREPProvider(base, headers_factory=lambda: {"X-Api-Key": backend}))
    client = openfeature.get_client()
    contexts = {slug: EvaluationContext(slug) for slug in ("acme", "tester", "nowhere")}
    try:
        release.move_to(Position(Stage.INTERNAL))
        wait_for(lambda: reads(service, backend)["acme"])
        told = {
            slug: client.get_boolean_details("pii_access", default_value=False, evaluation_context=context)
            for slug, context in contexts.items()
        }
        missing = client.get_boolean_details("no_such_flag", default_value=True, evaluation_context=contexts["acme"])
    finally:
        openfeature.clear_providers()

    assert [(one.value, one.reason) for one in (told["acme"], told["tester"])] == [
        (True, "TARGETING_MATCH"),
        (False, "SPLIT"),
    ]
    assert (told["nowhere"].value, told["nowhere"].error_code) == (False, ErrorCode.INVALID_CONTEXT)
    assert (missing.value, missing.error_code) == (True, ErrorCode.FLAG_NOT_FOUND)
