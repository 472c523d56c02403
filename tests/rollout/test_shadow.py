"""Shadow: a sample of what passes is masked beside its answer; it changes nothing and takes no more than its share."""

import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from pytest_django import Settings

from privacy_service.enforcement import endpoints
from privacy_service.enforcement.trial import try_out
from privacy_service.observability import metrics
from privacy_service.rollout import release, shadow
from privacy_service.rollout.models import ShadowCount
from privacy_service.rollout.shadow import Shadow, pause_after
from privacy_service.rollout.stages import Position, Stage
from tests.asking import through_hot_path
from workspaces.models import User, Workspace

pytestmark = pytest.mark.django_db(transaction=True)

CANARY = b'{"user":{"email":"canary@example.com"},"alice":{"ssn":"123-45-6789"}}'
BIG = b'{"note":"%s"}' % (b"x" * 10_000)


class StillShadow(Shadow):
    """A shadow whose thread does not start: the test itself works the queue off."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._thread = threading.current_thread()

    def work_all(self) -> None:
        """Look at everything that waits."""
        while self._queue:
            self.work_off()


@pytest.fixture
def still(workspace: Workspace, settings: Settings) -> Iterator[StillShadow]:
    """Return a shadow over the hot path, in the stage of that name, which takes every request."""
    settings.PRIVACY_SHADOW_SHARE = 1.0
    release.move_to(Position(Stage.SHADOW))
    still = StillShadow(try_out)
    endpoints.ONLOOKERS.append(still.offer)
    yield still
    endpoints.ONLOOKERS.remove(still.offer)


def ask(key: str, body: bytes = CANARY, actor: str = "bob@example.com") -> bytes:
    """Post a body to acme and return the answer."""
    headers = {"Authorization": f"Bearer {key}", "X-Actor": actor, "Content-Type": "application/json"}
    reply = through_hot_path("POST", "/v1/workspaces/acme/mask", body, headers)
    assert reply.status == 200
    return reply.body


def outcomes() -> dict[str, int]:
    """Return how many requests came to which outcome, since the process started."""
    metrics.flush()
    return {labels[0]: count for labels, count in metrics.shadow_requests.flushed.items()}


def grown(before: dict[str, int]) -> dict[str, int]:
    """Return what was counted since."""
    return {name: count - before.get(name, 0) for name, count in outcomes().items() if count != before.get(name, 0)}


def test_the_answer_is_as_it_was_and_counts_and_paths_are_kept(
    still: StillShadow, workspace: Workspace, bob: User, mallory: User, key: str
) -> None:
    answers = [ask(key), ask(key), ask(key, actor="mallory@example.com")]
    still.work_all()
    still.write()

    kept = {
        (row.kind, row.name, row.entity): row.count for row in ShadowCount.objects.filter(workspace_id=workspace.pk)
    }
    assert answers == [CANARY] * 3
    assert kept == {
        ("effect", "mask role-lacks-pii", ""): 2,
        ("effect", "deny not-a-member", ""): 1,
        ("field", "/user/email", "EMAIL_ADDRESS"): 2,
        ("field", "/*/ssn", "US_SSN"): 2,
    }
    assert "canary" not in str(kept)
    assert "alice" not in str(kept)


def test_counts_of_several_writings_and_processes_add_up(
    still: StillShadow, workspace: Workspace, bob: User, key: str
) -> None:
    other = StillShadow(try_out)
    for one in (still, other, still):
        endpoints.ONLOOKERS[:] = [one.offer]
        ask(key)
        one.work_all()
        one.write()
    endpoints.ONLOOKERS[:] = [still.offer]

    assert ShadowCount.objects.get(name="/user/email").count == 3


@pytest.mark.parametrize("stage", [Stage.OFF, Stage.PUBLIC])
def test_nothing_is_sampled_where_the_release_is_off_or_has_arrived(
    still: StillShadow, bob: User, key: str, stage: Stage
) -> None:
    release.move_to(Position(stage))
    ask(key)

    assert not still._queue


def test_workspaces_not_yet_reached_stay_in_shadow_at_later_stages(still: StillShadow, bob: User, key: str) -> None:
    release.move_to(Position(Stage.BETA))
    ask(key)

    assert len(still._queue) == 1


def test_a_workspace_forced_off_is_left_alone(still: StillShadow, workspace: Workspace, bob: User, key: str) -> None:
    release.override(workspace, setting=False)
    ask(key)

    assert not still._queue


def test_the_share_is_that_of_the_setting(still: StillShadow, bob: User, key: str, settings: Settings) -> None:
    settings.PRIVACY_SHADOW_SHARE = 0.2
    for _ in range(400):
        ask(key)

    assert 40 < len(still._queue) < 130


def test_a_full_queue_drops_and_counts_and_keeps_nobody_waiting(
    still: StillShadow, bob: User, key: str, settings: Settings
) -> None:
    settings.PRIVACY_SHADOW_QUEUE_BYTES = 70 * len(CANARY)
    before = outcomes()
    for _ in range(100):
        ask(key)

    assert len(still._queue) == 70
    assert grown(before) == {"dropped": 30}


def test_a_body_too_large_for_the_queue_is_dropped(still: StillShadow, bob: User, key: str, settings: Settings) -> None:
    settings.PRIVACY_SHADOW_QUEUE_BYTES = 10 * len(BIG)
    before = outcomes()

    assert ask(key, BIG) == BIG
    assert grown(before) == {"dropped": 1}


@dataclass
class Broken:
    """Something in the place of the trial that fails with a value in its message."""

    tried: list[bytes] = field(default_factory=list)

    def __call__(self, access: Any, payload: Any) -> Any:
        """Fail."""
        del access
        self.tried.append(payload.body)
        raise ValueError(payload.body)


def test_a_failure_is_counted_and_tells_no_value(
    still: StillShadow, bob: User, key: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    still._try_out = Broken()
    before = outcomes()
    with caplog.at_level(logging.ERROR):
        answer = ask(key)
        still.work_all()
    still.write()

    from privacy_service.observability.logging import LineFormatter  # noqa: PLC0415 - as the service logs.

    logged = [LineFormatter().format(record) for record in caplog.records]
    assert answer == CANARY
    assert grown(before) == {"broken": 1}
    assert len(logged) == 1
    assert "canary" not in logged[0]
    assert not ShadowCount.objects.exists()


def test_a_release_that_cannot_be_asked_changes_no_answer(
    still: StillShadow, bob: User, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(_: object) -> None:
        raise ConnectionError

    before = outcomes()
    monkeypatch.setattr(shadow, "cause_of", gone)

    assert ask(key) == CANARY
    assert grown(before) == {"dropped": 1}


@dataclass(frozen=True)
class Leaky:
    """An outcome with a leak."""

    effect: str = "mask role-lacks-pii"
    fields: dict[tuple[str, str], int] = field(default_factory=dict)
    leaks: dict[str, int] = field(default_factory=lambda: {"CREDIT_CARD": 2})


def test_a_leak_is_counted_for_the_gate(still: StillShadow, workspace: Workspace, bob: User, key: str) -> None:
    before = metrics.shadow_leaks.flushed.total()
    still._try_out = lambda *_: Leaky()
    ask(key)
    still.work_all()
    still.write()
    metrics.flush()

    assert metrics.shadow_leaks.flushed.total() - before == 2
    assert ShadowCount.objects.get(kind="leak").count == 2
    assert ShadowCount.objects.get(kind="leak").entity == "CREDIT_CARD"


def test_a_workspace_with_endless_fields_fills_no_table(
    still: StillShadow, workspace: Workspace, bob: User, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shadow, "MOST_FIELDS", 5)
    many = {(f"/{'user' * number}", "PERSON"): 1 for number in range(1, 20)}
    still._try_out = lambda *_: Leaky(fields=many, leaks={})
    ask(key)
    still.work_all()
    still.write()

    rows = ShadowCount.objects.filter(kind="field")
    assert rows.count() == 6
    assert rows.get(name="…").count == 14


def test_what_could_not_be_written_is_kept_for_the_next_time(
    still: StillShadow, bob: User, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(key)
    still.work_all()

    def vanish(*_: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as patched:
        patched.setattr(shadow, "_add", vanish)
        with pytest.raises(ConnectionError):
            still.write()
    still.write()

    assert ShadowCount.objects.get(name="/user/email").count == 1


@pytest.mark.parametrize(("budget", "took", "pause"), [(0.01, 0.001, 0.099), (0.5, 0.01, 0.01), (0.0, 0.1, 60.0)])
def test_after_each_body_the_thread_rests_as_the_budget_asks(
    settings: Settings, budget: float, took: float, pause: float
) -> None:
    settings.PRIVACY_SHADOW_BUDGET_SECONDS = budget

    assert pause_after(took) == pytest.approx(pause)


def test_under_a_flood_shadow_takes_no_more_than_its_share_of_the_processor(
    workspace: Workspace, bob: User, settings: Settings
) -> None:
    settings.PRIVACY_SHADOW_SHARE, settings.PRIVACY_SHADOW_BUDGET_SECONDS = 1.0, 0.05
    release.move_to(Position(Stage.SHADOW))
    spent: list[float] = []

    def costly(*_: object) -> Leaky:
        started = time.thread_time()
        while time.thread_time() - started < 0.002:
            pass
        spent.append(time.thread_time() - started)
        return Leaky(leaks={})

    flooded = Shadow(costly)
    access = type("Access", (), {"workspace": workspace})()
    payload = type("Payload", (), {"body": CANARY})()
    started = time.monotonic()
    while time.monotonic() - started < 2:
        flooded.offer(access, payload)
        time.sleep(0.001)

    assert len(spent) > 5
    assert sum(spent) <= 0.05 * 2 + 0.02
