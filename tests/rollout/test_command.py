"""`manage.py release`: what one types, and what it says."""

import io
from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from pytest_django import Settings

from privacy_service.rollout import off_switch, release
from privacy_service.rollout.models import Flag, PlannedMove, ReleaseMove
from privacy_service.rollout.release import is_live_for
from tests.factories import make_workspace
from tests.rollout.conftest import PASSWORD, good_minute
from workspaces.models import User, Workspace


@pytest.fixture
def type_in(monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Return what runs the command, with a line on its standard input, and gives what it prints."""

    def run(*arguments: str, line: str = PASSWORD) -> str:
        output = StringIO()
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{line}\n"))
        call_command("release", *arguments, stdout=output)
        return output.getvalue()

    return run


@pytest.fixture
def alone(settings: Settings, workspace: Workspace) -> None:
    """Let one person do everything, as `make run` does."""
    settings.PRIVACY_RELEASE_SECOND_PERSON = False
    settings.PRIVACY_RELEASE_LEAST_REQUESTS = settings.PRIVACY_RELEASE_LEAST_SAMPLES = 0


Type = Callable[..., str]


def test_it_turns_on_dials_overrides_and_turns_off(alone: None, workspace: Workspace, type_in: Type) -> None:
    make_workspace("globex")
    typed = [
        "on",
        "dial 12.5%",
        "override acme on",
        "override globex off",
        "off",
        "shadow",
        "internal",
        "beta",
        "public",
    ]

    said = [type_in(*words.split()) for words in typed]

    assert [text.splitlines()[0] for text in said] == [
        "pii_access: on for every workspace (2 in all)",
        "pii_access: on for 12.5 % of workspaces, internal ones and beta testers (2 in all)",
        "pii_access: on for 12.5 % of workspaces, internal ones and beta testers (2 in all)",
        "pii_access: on for 12.5 % of workspaces, internal ones and beta testers (2 in all)",
        "pii_access: off for everybody (2 in all)",
        "pii_access: in shadow, on for nobody but those forced on (2 in all)",
        "pii_access: on for internal workspaces (2 in all)",
        "pii_access: on for internal workspaces and beta testers (2 in all)",
        "pii_access: on for every workspace (2 in all)",
    ]
    assert said[4].splitlines()[1:] == ["forced on:  acme", "forced off: globex"]


def test_two_people_move_it_and_the_history_names_both(erin: User, frank: User, green: None, type_in: Type) -> None:
    said = type_in("dial", "25", "--as", "erin@example.com", "--why", "Phase two.")
    code = PlannedMove.objects.get().code
    assert said.startswith("waiting: dial 25 needs a second person.")
    assert f"manage.py release confirm {code} --as EMAIL" in said

    said = type_in("confirm", code, "--as", "frank@example.com")

    assert said.startswith("pii_access: on for 25 % of workspaces")
    newest = type_in("history").splitlines()[0]
    assert "beta → dial 25; by erin@example.com (command); confirmed by frank@example.com; Phase two." in newest


def test_two_people_at_one_terminal_move_it_at_once(erin: User, frank: User, green: None, type_in: Type) -> None:
    both = ("--as", "erin@example.com", "--confirmed-by", "frank@example.com")

    moved = type_in("dial", "25", *both, line=f"{PASSWORD}\n{PASSWORD}")
    planned = type_in("schedule", "2126-12-01T09:00", "public", *both, line=f"{PASSWORD}\n{PASSWORD}")

    assert moved.startswith("pii_access: on for 25 % of workspaces")
    assert planned.startswith("planned: public at 2126-12-01 09:00:00 UTC; code ")
    newest = type_in("history").splitlines()[0]
    assert "beta → dial 25; by erin@example.com (command); confirmed by frank@example.com" in newest


@pytest.mark.parametrize(
    ("second", "password", "complaint"),
    [
        ("frank@example.com", "a guess", "frank@example.com is not an administrator who may change the release"),
        ("erin@example.com", PASSWORD, "another administrator confirms it"),
        ("nobody@example.com", PASSWORD, "nobody@example.com is not an administrator"),
    ],
)
def test_a_second_person_who_is_none_leaves_no_plan_behind(
    erin: User, frank: User, green: None, type_in: Type, second: str, password: str, complaint: str
) -> None:
    with pytest.raises(CommandError, match=complaint):
        type_in("dial", "25", "--as", "erin@example.com", "--confirmed-by", second, line=f"{PASSWORD}\n{password}")

    assert not PlannedMove.objects.exists()
    assert str(release.state().position) == "beta"


@pytest.mark.parametrize(
    ("email", "password"),
    [("erin@example.com", "a guess"), ("nobody@example.com", PASSWORD), ("bob@example.com", PASSWORD)],
)
def test_whoever_cannot_show_that_they_may_is_refused(
    erin: User, bob: User, green: None, type_in: Type, email: str, password: str
) -> None:
    bob.set_password(PASSWORD)
    bob.save()

    with pytest.raises(
        CommandError, match="is not an administrator who may change the release, or the password is wrong"
    ):
        type_in("dial", "25", "--as", email, line=password)
    assert not PlannedMove.objects.exists()


def test_a_closed_gate_is_named_and_passed_with_a_reason(erin: User, frank: User, type_in: Type) -> None:
    good_minute(errors=100)

    with pytest.raises(CommandError, match="error-rate is red: 100 of 1000 answers were errors"):
        type_in("dial", "25", "--as", "erin@example.com")
    type_in("dial", "25", "--as", "erin@example.com", "--force", "A test sent them.")
    type_in("confirm", PlannedMove.objects.get().code, "--as", "frank@example.com")

    assert "gates passed because: A test sent them." in type_in("history").splitlines()[0]


def test_status_says_where_it_stands_what_is_planned_and_how_the_gates_are(
    erin: User, green: None, type_in: Type
) -> None:
    type_in("schedule", "2126-12-01T09:00", "public", "--as", "erin@example.com")

    said = type_in("status").splitlines()

    assert said[0] == "pii_access: on for internal workspaces and beta testers (1 in all)"
    assert said[3] == "planned:"
    assert "public" in said[4]
    assert "waits to happen at 2126-12-01 09:00:00 UTC for a second person until" in said[4]
    assert said[5] == "gates over the last 15 minutes, as 1 processes on 1 hosts counted:"
    assert [line.split()[:2] for line in said[6:]] == [
        [gate, "green"] for gate in ("error-rate", "p95", "fail-closed", "leaks", "reports")
    ]


def test_a_schedule_is_confirmed_and_cancelled(erin: User, frank: User, green: None, type_in: Type) -> None:
    type_in("schedule", "2126-12-01 09:00", "dial", "50", "--as", "erin@example.com")
    code = PlannedMove.objects.get().code

    confirmed = type_in("confirm", code, "--as", "frank@example.com")
    cancelled = type_in("cancel", code, "--as", "frank@example.com")

    assert confirmed == f"planned: dial 50 at 2126-12-01 09:00:00 UTC; code {code}\n"
    assert cancelled == f"cancelled: dial 50 ({code})\n"


@pytest.mark.parametrize("at", ["tomorrow", "2026-13-01T00:00", "9:00"])
def test_a_time_that_is_none_is_refused_in_words(workspace: Workspace, type_in: Type, at: str) -> None:
    with pytest.raises(CommandError, match="is not a time: write it as 2026-12-01T09:00"):
        type_in("schedule", at, "public")


def test_an_open_report_stops_the_release_until_it_is_closed(erin: User, green: None, type_in: Type) -> None:
    opened = type_in("report", "Exports show stars in the total.", "--workspace", "acme")
    number = opened.split()[1]
    with pytest.raises(CommandError, match="reports is red: open reports: 1; none may be"):
        type_in("dial", "25", "--as", "erin@example.com")

    type_in("close", number, "The total was a phone number.", "--as", "erin@example.com")

    assert "acme: Exports show stars in the total. — The total was a phone number." in type_in("reports")
    assert type_in("dial", "25", "--as", "erin@example.com").startswith("waiting")
    with pytest.raises(CommandError, match=f"No report {number} is open"):
        type_in("close", number, "Again.", "--as", "erin@example.com")


def test_nothing_reported_is_said_too(workspace: Workspace, type_in: Type) -> None:
    assert type_in("reports") == "Nothing was reported.\n"


@pytest.mark.parametrize("words", ["40", "40%", "dial 40", "public", "override acme on"])
def test_preview_moves_nothing(workspace: Workspace, type_in: Type, words: str) -> None:
    said = type_in("preview", *words.split()).splitlines()

    assert said[0].startswith("on for 0 workspaces now, ")
    assert str(release.state().position) == "beta"


def test_stale_says_what_to_remove_and_when(alone: None, workspace: Workspace, type_in: Type) -> None:
    early = type_in("stale")
    type_in("on")
    late = type_in("stale")

    assert early.startswith("keep the flag: the release is not public (now: beta)")
    assert "keep the flag: it has been public for 0 days; wait for 21" in late
    assert "  privacy_service/rollout/" in late
    assert "  privacy_service/decisions/engine.py:" in late


@pytest.mark.parametrize("percent", ["-1", "100.01", "many", "nan"])
def test_a_percentage_that_is_none_is_refused_in_words(workspace: Workspace, type_in: Type, percent: str) -> None:
    with pytest.raises(CommandError, match="is not a percentage: give a number from 0 to 100"):
        type_in("dial", percent)


def test_an_unknown_workspace_is_refused_in_words(workspace: Workspace, type_in: Type) -> None:
    with pytest.raises(CommandError, match="There is no workspace 'nowhere'"):
        type_in("override", "nowhere", "off")


def test_an_override_does_not_bring_a_missing_flag_back(workspace: Workspace, type_in: Type) -> None:
    Flag.objects.all().delete()

    with pytest.raises(CommandError, match="The flag is missing, so everything is masked"):
        type_in("override", "acme", "on")

    assert not Flag.objects.exists()


def test_off_holds_though_the_database_cannot_be_written(workspace: Workspace, type_in: Type) -> None:
    release.override(workspace, setting=True)
    moves_before = ReleaseMove.objects.count()

    def read_only(execute: Callable[..., object], sql: str, *arguments: object) -> object:
        if not sql.startswith(("SELECT", "SAVEPOINT", "ROLLBACK", "RELEASE")):
            raise DatabaseError
        return execute(sql, *arguments)

    with connection.execute_wrapper(read_only):
        said = type_in("off", "--why", "Too slow.")
        live = is_live_for(workspace)

    assert said.splitlines()[0] == "pii_access: off for everybody on this host"
    assert "other hosts follow through Redis. The database could not be written (DatabaseError)" in said
    assert not live
    assert ReleaseMove.objects.count() == moves_before
    assert off_switch.thrown_here() is not None
