"""The history of the release: what it kept, and whether the feature was released to a workspace at a moment."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from privacy_service.rollout import release
from privacy_service.rollout.history import was_live_for
from privacy_service.rollout.models import Flag, ReleaseMove
from privacy_service.rollout.release import Circumstances, is_live_for
from privacy_service.rollout.stages import Position, Stage
from tests.factories import make_user, make_workspace
from workspaces.models import Workspace

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def at(hour: int) -> Circumstances:
    """Return circumstances so many hours after noon."""
    return Circumstances(at=NOON + hour * HOUR)


def answers(workspace: Workspace, *hours: float) -> list[bool | None]:
    """Return what was true at each of these hours after noon."""
    return [was_live_for(workspace, NOON + hour * HOUR) for hour in hours]


def test_each_stage_is_remembered_from_its_moment_on(db: None) -> None:
    customer = make_workspace("customer")
    release.move_to(Position(Stage.INTERNAL), at(1))
    release.turn_on(at(2))
    release.turn_off(at(3))

    assert answers(customer, 0.5, 1, 1.5, 2, 2.5, 3, 9) == [None, False, False, True, True, False, False]


def test_an_override_counts_from_its_moment_to_the_next(workspace: Workspace) -> None:
    other = make_workspace("other")
    release.move_to(Position(Stage.BETA), at(0))
    release.override(workspace, setting=True, told=at(1))
    release.override(workspace, setting=None, told=at(2))
    release.turn_on(at(3))
    release.override(workspace, setting=False, told=at(4))

    assert answers(workspace, 0.5, 1.5, 2.5, 3.5, 4.5) == [False, True, False, True, False]
    assert answers(other, 0.5, 1.5, 2.5, 3.5, 4.5) == [False, False, False, True, True]


def test_off_beats_an_override_in_the_past_too(workspace: Workspace) -> None:
    release.override(workspace, setting=True, told=at(0))
    release.turn_off(at(1))

    assert answers(workspace, 2) == [False]


def test_a_workspace_that_becomes_internal_is_reached_from_then_on(workspace: Workspace) -> None:
    release.move_to(Position(Stage.INTERNAL), at(0))
    workspace.is_internal = True
    workspace.save()
    became = ReleaseMove.objects.filter(kind=ReleaseMove.Kind.STANDING).get()

    assert (became.before, became.after, became.workspace_slug) == ("customer", "internal", "acme")
    assert was_live_for(workspace, became.at - HOUR) is False
    assert was_live_for(workspace, became.at) is True
    assert is_live_for(workspace)


def test_a_change_of_name_is_no_move(workspace: Workspace) -> None:
    before = ReleaseMove.objects.count()
    workspace.name = "Acme Incorporated"
    workspace.save()

    assert ReleaseMove.objects.count() == before


def test_a_move_tells_who_when_from_where_to_where_and_why(workspace: Workspace) -> None:
    erin, frank = make_user("erin"), make_user("frank")
    told = Circumstances(erin, "command", "All green.", frank, "Never mind.", {"error-rate": {"state": "red"}}, NOON)

    release.dial(Decimal(25), told)

    move = ReleaseMove.objects.get(at=NOON)
    assert str(move) == "beta → dial 25"
    assert (move.by_id, move.confirmed_by_id, move.through) == (erin.pk, frank.pk, "command")
    assert (move.why, move.forced, move.gates) == ("All green.", "Never mind.", {"error-rate": {"state": "red"}})


def test_a_flag_brought_back_says_that_it_was_missing(workspace: Workspace) -> None:
    Flag.objects.all().delete()

    assert str(release.move_to(Position(Stage.OFF))) == "missing → off"


def test_a_move_is_neither_changed_nor_deleted(workspace: Workspace) -> None:
    move = ReleaseMove.objects.first()
    assert move is not None

    for change in (move.save, move.delete, ReleaseMove.objects.all().delete):
        with pytest.raises(TypeError, match="append-only"):
            change()
    with pytest.raises(TypeError, match="append-only"):
        ReleaseMove.objects.update(why="")


def is_refused(sql: str) -> bool:
    """Say whether the database refuses a statement."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    except DatabaseError:
        return True
    return False


def test_postgres_itself_refuses_whoever_goes_around_the_model(workspace: Workspace) -> None:
    attempts = ("UPDATE rollout_releasemove SET why = ''", "DELETE FROM rollout_releasemove")

    refused = [is_refused(attempt) for attempt in attempts]

    assert refused == [connection.vendor == "postgresql"] * 2  # SQLite is for trying out.
