"""Moves of the release: who may, what must be green, and who has to agree."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from pytest_django import Settings

from privacy_service.exceptions import Forbidden, GatesClosed, PrivacyError, ReleaseRefused
from privacy_service.rollout import moves, release
from privacy_service.rollout.changes import preview, read_change
from privacy_service.rollout.models import PlannedMove, ReleaseMove
from privacy_service.rollout.moves import Wish
from privacy_service.rollout.stages import Position, Stage
from tests.factories import make_user, make_workspace
from tests.rollout.conftest import good_minute
from workspaces.models import User, Workspace

HOUR = timedelta(hours=1)


def position() -> str:
    """Return where the release stands."""
    return str(release.state().position)


def ask(text: str, by: User | None = None, **wish: str) -> moves.Answer:
    """Ask for a change."""
    return moves.ask(read_change(text), Wish(by, "test", **wish))


def code_of(answer: moves.Answer) -> str:
    """Return the code under which a move waits."""
    assert answer.waits is not None
    return answer.waits.code


def test_going_wider_waits_for_a_second_person_who_then_makes_the_move(erin: User, frank: User, green: None) -> None:
    answer = ask("dial 25", erin, why="Phase two.")
    before = position()
    made = moves.confirm(code_of(answer), frank).made

    assert (before, position()) == ("beta", "dial 25")
    assert made is not None
    assert (made.before, made.after, made.why) == ("beta", "dial 25", "Phase two.")
    assert (made.by_id, made.confirmed_by_id) == (erin.pk, frank.pk)
    assert made.gates["error-rate"]["state"] == "green"


def test_nobody_confirms_their_own_move(erin: User, green: None) -> None:
    answer = ask("dial 25", erin)

    with pytest.raises(ReleaseRefused, match="another administrator confirms it"):
        moves.confirm(code_of(answer), erin)
    assert position() == "beta"


@pytest.mark.parametrize("standing", [{}, {"is_staff": True}, {"is_superuser": True}])
def test_only_an_administrator_of_the_release_asks_or_confirms(
    erin: User, green: None, standing: dict[str, bool]
) -> None:
    answer = ask("dial 25", erin)
    somebody = make_user("somebody", **standing)

    with pytest.raises(Forbidden):
        ask("dial 30", somebody)
    with pytest.raises(Forbidden):
        moves.confirm(code_of(answer), somebody)
    assert position() == "beta"


def test_going_wider_needs_somebody_with_a_name(green: None) -> None:
    with pytest.raises(ReleaseRefused, match="--as EMAIL"):
        ask("public")


@pytest.mark.parametrize("change", ["off", "shadow", "internal", "beta", "dial 10"])
def test_going_narrower_needs_nobody_and_no_gate(workspace: Workspace, change: str) -> None:
    release.dial(Decimal(50))

    assert ask(change).made is not None
    assert position() == change


@pytest.mark.parametrize(
    ("before", "after", "widens"),
    [
        ("off", "shadow", False),
        ("off", "internal", True),
        ("shadow", "internal", True),
        ("internal", "beta", True),
        ("beta", "dial 0.01", True),
        ("dial 10", "dial 10", False),
        ("dial 100", "public", True),
        ("public", "dial 99", False),
        ("public", "off", False),
    ],
)
def test_what_counts_as_wider(workspace: Workspace, before: str, after: str, widens: bool) -> None:
    release.move_to(Position.read(before))

    assert read_change(after).widens() is widens


def test_leaving_off_is_wider_where_a_workspace_is_forced_on(workspace: Workspace) -> None:
    release.override(workspace, setting=True)
    release.turn_off()

    assert read_change("shadow").widens()


@pytest.mark.parametrize(
    ("stage", "forced", "setting", "widens"),
    [
        ("beta", None, "on", True),
        ("beta", False, "on", True),
        ("beta", True, "on", False),
        ("beta", None, "off", False),
        ("public", False, "clear", True),
        ("beta", False, "clear", False),
        ("public", True, "clear", False),
    ],
)
def test_which_overrides_count_as_wider(
    workspace: Workspace, stage: str, forced: bool | None, setting: str, widens: bool
) -> None:
    release.move_to(Position.read(stage))
    release.override(workspace, setting=forced)

    assert read_change(f"override acme {setting}").widens() is widens


@pytest.mark.parametrize(
    ("bad", "gate"),
    [
        ({"errors": 2}, "error-rate is red: 2 of 1000 answers were errors; at most 0.10% may be"),
        ({"seconds": [0] * 12 + [1000]}, "p95 is red"),
        ({"fail_closed": 1}, "fail-closed is red: 1 answers were withheld"),
        ({"leaks": 1}, "leaks is red: 1 leaks in 500 requests masked in shadow"),
        ({"requests": 0, "seconds": []}, "error-rate is no-data"),
        ({"sampled": 0}, "leaks is no-data"),
    ],
)
def test_a_gate_that_is_not_green_stops_the_move_and_says_why(erin: User, bad: dict[str, object], gate: str) -> None:
    good_minute(**bad)

    with pytest.raises(GatesClosed) as stopped:
        ask("dial 25", erin)
    assert gate in stopped.value.detail
    assert "--force REASON" in stopped.value.detail


def test_a_reason_passes_red_gates_and_is_kept_with_them(erin: User, frank: User) -> None:
    good_minute(errors=500)

    made = moves.confirm(code_of(ask("dial 25", erin, forced="The errors are of yesterday.")), frank).made

    assert made is not None
    assert made.forced == "The errors are of yesterday."
    assert made.gates["error-rate"]["state"] == "red"


def test_gates_are_read_again_when_the_second_person_confirms(erin: User, frank: User, green: None) -> None:
    answer = ask("dial 25", erin)
    good_minute(process="b", fail_closed=1)

    with pytest.raises(GatesClosed, match="fail-closed is red"):
        moves.confirm(code_of(answer), frank)
    assert position() == "beta"


def test_a_move_is_not_confirmed_once_the_release_has_moved(erin: User, frank: User, green: None) -> None:
    answer = ask("dial 25", erin)
    release.override(make_workspace("other"), setting=False)

    with pytest.raises(ReleaseRefused, match="moved after this was asked for"):
        moves.confirm(code_of(answer), frank)


def test_a_code_opens_once_and_for_an_hour(erin: User, frank: User, green: None) -> None:
    first, second = code_of(ask("dial 25", erin)), code_of(ask("dial 30", erin))
    PlannedMove.objects.filter(pk=second).update(expires_at=timezone.now())
    moves.confirm(first.lower(), frank)

    for code in (first, second, "NONE-SUCH"):
        with pytest.raises(ReleaseRefused, match="No move waits under this code"):
            moves.confirm(code, frank)
    assert position() == "dial 25"


def test_one_person_is_enough_where_the_installation_says_so(green: None, settings: Settings) -> None:
    settings.PRIVACY_RELEASE_SECOND_PERSON = False

    ask("dial 25")

    assert position() == "dial 25"


def test_a_scheduled_move_happens_at_its_time_and_no_earlier(erin: User, frank: User, green: None) -> None:
    at = timezone.now() + HOUR
    planned = moves.ask(read_change("public"), Wish(erin, "test"), run_at=at)
    unconfirmed = moves.run_due(at)
    moves.confirm(code_of(planned), frank)

    early = moves.run_due(at - timedelta(seconds=1))
    good_minute(until=at)
    [done] = moves.run_due(at)

    assert (unconfirmed, early) == ([], [])
    assert (done.outcome, position()) == ("done", "public")
    assert ReleaseMove.objects.first().through == "schedule"  # type: ignore[union-attr]


def test_a_scheduled_move_is_not_made_while_a_gate_is_red(erin: User, frank: User, green: None) -> None:
    at = timezone.now() + HOUR
    moves.confirm(code_of(moves.ask(read_change("public"), Wish(erin, "test"), run_at=at)), frank)
    good_minute(until=at, errors=1000)

    [refused] = moves.run_due(at)

    assert (refused.outcome, position()) == ("refused", "beta")
    assert "error-rate is red" in refused.told
    assert moves.run_due(at) == []


def test_a_scheduled_move_that_nobody_ran_in_time_is_not_made_later(erin: User, frank: User, green: None) -> None:
    at = timezone.now() + HOUR
    moves.confirm(code_of(moves.ask(read_change("public"), Wish(erin, "test"), run_at=at)), frank)

    [late] = moves.run_due(at + 2 * HOUR)

    assert (late.outcome, late.told) == ("refused", "Nobody ran it within an hour of its time.")


def test_taking_the_release_back_ends_what_was_planned(erin: User, frank: User, green: None) -> None:
    at = timezone.now() + HOUR
    moves.confirm(code_of(moves.ask(read_change("public"), Wish(erin, "test"), run_at=at)), frank)

    ask("internal")

    assert moves.run_due(at) == []
    assert PlannedMove.objects.get().outcome == "cancelled"


def test_an_override_for_one_customer_ends_no_plan(erin: User, frank: User, green: None) -> None:
    at = timezone.now() + HOUR
    moves.confirm(code_of(moves.ask(read_change("public"), Wish(erin, "test"), run_at=at)), frank)

    ask("override acme off", erin)

    assert PlannedMove.objects.get().outcome == "open"


def test_a_plan_is_cancelled_by_its_code(erin: User, green: None) -> None:
    code = code_of(ask("dial 25", erin))

    moves.cancel(code, Wish(erin, "test"))

    assert PlannedMove.objects.get().outcome == "cancelled"


def test_no_move_is_planned_for_the_past(erin: User, green: None) -> None:
    with pytest.raises(ReleaseRefused, match="This time has passed"):
        moves.ask(read_change("public"), Wish(erin, "test"), run_at=timezone.now())


def test_a_held_release_goes_no_wider_until_somebody_resumes(erin: User, frank: User, green: None) -> None:
    release.hold("error-rate is red")
    with pytest.raises(GatesClosed, match="held: error-rate is red"):
        ask("dial 25", erin)

    moves.resume(Wish(erin, "test"))
    moves.confirm(code_of(ask("dial 25", erin)), frank)

    assert position() == "dial 25"


@pytest.mark.parametrize("text", ["", "everybody", "dial", "dial x", "dial 101", "override acme", "override x maybe"])
def test_what_is_no_change_is_refused_in_words(workspace: Workspace, text: str) -> None:
    with pytest.raises(PrivacyError) as refused:
        read_change(text)

    assert refused.value.status == 400
    assert "dial N, public, or override" in refused.value.detail or "is not a percentage" in refused.value.detail


def test_a_preview_lists_who_would_gain_and_lose_and_moves_nothing(workspace: Workspace) -> None:
    for slug in ("globex", "initech", "umbrella"):
        make_workspace(slug)
    Workspace.objects.create(slug="ours", is_internal=True)
    release.override(workspace, setting=False)

    wider, narrower, one = (
        preview(read_change("public")),
        preview(read_change("off")),
        preview(read_change("override globex on")),
    )

    assert (wider.gains, wider.loses, wider.before, wider.after) == (("globex", "initech", "umbrella"), (), 1, 4)
    assert (narrower.gains, narrower.loses) == ((), ("ours",))
    assert (one.gains, one.before, one.after) == (("globex",), 1, 2)
    assert position() == "beta"


def test_a_preview_says_what_the_move_then_does(workspace: Workspace) -> None:
    workspaces = [make_workspace(f"w-{number}") for number in range(200)]
    said = set(preview(read_change("dial 40")).gains)

    release.dial(Decimal(40))

    assert said == {one.slug for one in [workspace, *workspaces] if release.is_live_for(one)}
    assert 50 < len(said) < 110


def test_stage_names_are_read_back_as_they_are_written() -> None:
    for text in ("off", "shadow", "internal", "beta", "dial 0.01", "dial 25", "dial 100", "public"):
        assert str(Position.read(text)) == text
    assert Position.read("dial 0") == Position(Stage.BETA)
