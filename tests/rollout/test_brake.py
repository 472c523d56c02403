"""A gate breached while the release is on: it holds, falls back or tells, as the installation chose."""

from decimal import Decimal
from typing import Any

import pytest
from celery import current_app
from django.core import mail
from pytest_django import Settings

from privacy_service.observability import metrics
from privacy_service.rollout import brake, release, tasks, telling
from privacy_service.rollout.models import PlannedMove, ReleaseMove
from privacy_service.rollout.reports import open_report
from privacy_service.rollout.stages import Position, Stage
from tests.rollout.conftest import good_minute
from workspaces.models import User, Workspace

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def told(workspace: Workspace) -> list[int]:
    """Return the ids of the moves that were told, while beta and then a quarter of the workspaces have the feature."""
    release.move_to(Position(Stage.INTERNAL))
    release.move_to(Position(Stage.BETA))
    release.dial(Decimal(25))
    return []


def stands() -> tuple[str, bool]:
    """Return where the release stands, and whether it is held."""
    state = release.state()
    return str(state.position), bool(state.held)


@pytest.mark.parametrize(
    ("choice", "bad", "expected"),
    [
        ("tell", {"errors": 500}, ("dial 25", False)),
        ("hold", {"errors": 500}, ("dial 25", True)),
        ("fall-back", {"errors": 500}, ("beta", True)),
        ("fall-back", {"seconds": [0] * 12 + [1000]}, ("beta", True)),
        ("fall-back", {"fail_closed": 1}, ("beta", True)),
        ("fall-back", {"leaks": 1}, ("dial 25", True)),
        ("fall-back", {"leaks": 1, "errors": 500}, ("beta", True)),
    ],
)
def test_each_choice_does_what_it_says(
    told: list[int], settings: Settings, choice: str, bad: dict[str, Any], expected: tuple[str, bool]
) -> None:
    settings.PRIVACY_RELEASE_ON_BREACH = choice
    good_minute(**bad)

    move = brake.watch(told.append)

    assert stands() == expected
    assert move is not None
    assert told == [move.pk]
    assert move.through == "brake"
    assert "is red" in move.why
    assert "red" in {gate["state"] for gate in move.gates.values() if isinstance(gate, dict)}


def test_an_open_report_is_a_breach_too(told: list[int], workspace: Workspace, green: None) -> None:
    open_report("Totals are stars.", by=None, workspace=workspace)

    brake.watch(told.append)

    assert stands() == ("dial 25", True)


def test_green_gates_and_missing_evidence_brake_nothing(told: list[int]) -> None:
    assert brake.watch(told.append) is None
    good_minute()
    assert brake.watch(told.append) is None
    assert stands() == ("dial 25", False)


def test_a_breach_is_told_once_and_takes_one_step_back(told: list[int], settings: Settings) -> None:
    settings.PRIVACY_RELEASE_ON_BREACH = "fall-back"
    good_minute(errors=500)
    for _ in range(5):
        brake.watch(told.append)

    assert len(told) == 1
    assert stands() == ("beta", True)


def test_another_gate_that_turns_red_is_told_as_well(told: list[int]) -> None:
    good_minute(errors=500)
    brake.watch(told.append)
    good_minute(fail_closed=1)
    brake.watch(told.append)

    assert len(told) == 2


def test_the_next_dial_up_is_watched_anew(told: list[int]) -> None:
    good_minute(errors=500)
    brake.watch(told.append)
    release.hold("")
    release.dial(Decimal(50))
    brake.watch(told.append)

    assert len(told) == 2
    assert stands() == ("dial 50", True)


def test_nothing_is_watched_while_nobody_is_reached(told: list[int]) -> None:
    release.turn_off()
    good_minute(errors=500)

    assert brake.watch(told.append) is None


def test_without_a_history_it_falls_back_to_shadow(workspace: Workspace) -> None:
    assert brake.last_narrower(Position.dialled(Decimal(50))) == Position(Stage.SHADOW)


def test_a_breach_is_counted(told: list[int]) -> None:
    before = metrics.release_breaches.flushed["error-rate",]
    good_minute(errors=500)

    brake.watch(told.append)

    assert metrics.release_breaches.flushed["error-rate",] == before + 1


def test_administrators_get_mail_of_their_own_and_nobody_else(
    told: list[int], erin: User, frank: User, bob: User, settings: Settings
) -> None:
    settings.EMAIL_HOST = "mail.example.com"
    good_minute(errors=500)
    brake.watch(told.append)

    tasks.tell_of_move(told[0])

    assert sorted(message.to[0] for message in mail.outbox) == ["erin@example.com", "frank@example.com"]
    assert all(len(message.to) == 1 for message in mail.outbox)
    assert mail.outbox[0].subject == "[privacy-service] A gate of the release is breached"
    assert "error-rate is red: 500 of 1000 answers were errors" in mail.outbox[0].body
    assert "It went from free to held." in mail.outbox[0].body


def test_without_a_mail_server_nothing_is_sent(told: list[int], erin: User, settings: Settings) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "django.core.mail.backends.smtp.EmailBackend", ""
    move = release.note_breach(release.UNTOLD)

    assert telling.tell_of_move(move) == 0
    assert mail.outbox == []


def test_a_scheduled_move_is_told_with_its_outcome(erin: User, settings: Settings) -> None:
    settings.EMAIL_HOST = "mail.example.com"
    plan = {"by": erin, "through": "test", "expires_at": "2026-12-01T00:00Z"}
    PlannedMove.objects.create(code="AAAA-AAAA", change="public", outcome="refused", told="leaks is red", **plan)
    PlannedMove.objects.create(code="BBBB-BBBB", change="dial 5", outcome="done", **plan)

    for code in ("AAAA-AAAA", "BBBB-BBBB"):
        tasks.tell_of_plan(code)

    assert [message.subject for message in mail.outbox] == [
        "[privacy-service] The scheduled move “public” was not made",
        "[privacy-service] The scheduled move “dial 5” was made",
    ]
    assert mail.outbox[0].body.startswith("leaks is red")


@pytest.mark.parametrize("name", ["run_due_moves", "watch_gates", "forget_minutes"])
def test_beat_runs_each_recurring_task(told: list[int], settings: Settings, name: str) -> None:
    planned = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    before = ReleaseMove.objects.count()

    current_app.tasks[f"rollout.{name}"]()

    assert f"rollout.{name}" in planned
    assert ReleaseMove.objects.count() == before  # There was nothing to do.
