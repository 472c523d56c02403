"""Is the feature released to a workspace, and the writers that change it; each change is recorded with its reason."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Case, Exists, OuterRef, QuerySet, Value, When
from django.utils import timezone

from privacy_service.rollout import off_switch
from privacy_service.rollout.models import PII_ACCESS, Flag, ReleaseMove
from privacy_service.rollout.stages import Cause, Position, Stage, Standing, bucket_of, cause_for
from workspaces.acts import Act, note
from workspaces.models import User, Workspace
from workspaces.stamp import StampedCache
from workspaces.standing import as_parameter

FORCED_WORDS = {True: "forced on", False: "forced off", None: "by stage and dial"}

_causes = StampedCache()


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Who changes the release, which way, and why: what the history keeps beside the change itself."""

    by: User | None = None
    through: str = ""
    why: str = ""
    confirmed_by: User | None = None
    forced: str = ""
    gates: Mapping[str, Any] = field(default_factory=dict)
    at: datetime | None = None  # Now, unless it happened before it could be written down.


UNTOLD = Circumstances()


@dataclass(frozen=True, slots=True)
class ReleaseState:
    """How far the release has come."""

    position: Position
    forced_on: tuple[str, ...] = ()
    forced_off: tuple[str, ...] = ()
    held: str = ""  # Why nothing goes wider now.


def is_live_for(workspace: Workspace) -> bool:
    """Say whether the feature is released to this workspace; raise Flag.DoesNotExist where nobody can tell."""
    return cause_of(workspace).is_live


def cause_of(workspace: Workspace) -> Cause:
    """Say why the feature is or is not released to this workspace; raise Flag.DoesNotExist where nobody can tell."""
    if off_switch.is_thrown():
        return Cause.OFF
    cause = _causes.get(workspace.pk, lambda: _ask(workspace.pk))
    if cause is None:  # Remembered as well: a flag that is missing must not cost a query at each question.
        message = f"The flag {PII_ACCESS} is missing."
        raise Flag.DoesNotExist(message)
    return cause


def state() -> ReleaseState:
    """Return how far the release has come."""
    flag = Flag.objects.get(name=PII_ACCESS)
    return ReleaseState(
        flag.position,
        tuple(flag.workspaces.values_list("slug", flat=True)),
        tuple(flag.excluded_workspaces.values_list("slug", flat=True)),
        flag.held,
    )


def turn_on(told: Circumstances = UNTOLD) -> None:
    """Release to every workspace that is not forced off."""
    move_to(Position(Stage.PUBLIC), told)


def turn_off(told: Circumstances = UNTOLD) -> None:
    """Take the release back from everybody at once, forced on or not."""
    move_to(Position(Stage.OFF), told)


def dial(percent: Decimal, told: Circumstances = UNTOLD) -> None:
    """Release to this share of workspaces, from 0 to 100, beside internal ones, beta testers and those forced on."""
    move_to(Position.dialled(percent), told)


@transaction.atomic
def move_to(position: Position, told: Circumstances = UNTOLD) -> ReleaseMove:
    """Bring the release to a position, and the flag back where somebody lost it."""
    flag, is_new = Flag.objects.select_for_update().get_or_create(name=PII_ACCESS)
    before = "missing" if is_new else str(flag.position)
    flag.position, flag.breached = position, ""
    flag.save()
    return _record(ReleaseMove(kind=ReleaseMove.Kind.POSITION, before=before, after=str(position)), told)


@transaction.atomic
def override(workspace: Workspace, *, setting: bool | None, told: Circumstances = UNTOLD) -> ReleaseMove:
    """Force the feature on or off for one workspace, or with None leave it to the dial; raise Flag.DoesNotExist."""
    # Never made here: without the flag everything is masked, and one override must not end that for everybody.
    flag = Flag.objects.select_for_update().get(name=PII_ACCESS)
    before = standing_of(workspace).forced
    flag.workspaces.remove(workspace)
    flag.excluded_workspaces.remove(workspace)
    if setting is not None:
        (flag.workspaces if setting else flag.excluded_workspaces).add(workspace)
    flag.save()
    move = ReleaseMove(kind=ReleaseMove.Kind.OVERRIDE, before=FORCED_WORDS[before], after=FORCED_WORDS[setting])
    return _record(_about(move, workspace), told, workspace)


@transaction.atomic
def hold(why: str, told: Circumstances = UNTOLD) -> ReleaseMove:
    """Let nothing go wider until somebody resumes; an empty `why` resumes."""
    flag = Flag.objects.select_for_update().get(name=PII_ACCESS)
    before, flag.held = "held" if flag.held else "free", why
    flag.save()
    return _record(ReleaseMove(kind=ReleaseMove.Kind.HOLD, before=before, after="held" if why else "free"), told)


def note_breach(told: Circumstances) -> ReleaseMove:
    """Record that a gate was red while nothing was done about it."""
    where = str(state().position)
    return _record(ReleaseMove(kind=ReleaseMove.Kind.BREACH, before=where, after=where), told)


def note_standing(workspace: Workspace) -> None:
    """Record that a workspace became, or no longer is, internal or a beta tester, where that is so."""
    known = ReleaseMove.objects.filter(kind=ReleaseMove.Kind.STANDING, workspace_id=workspace.pk).first()
    before, after = known.after if known else STANDING_WORDS[False, False], _standing_words(workspace)
    if before != after:
        move = ReleaseMove(kind=ReleaseMove.Kind.STANDING, before=before, after=after)
        _record(_about(move, workspace), UNTOLD, workspace)


STANDING_WORDS = {
    (False, False): "customer",
    (True, False): "internal",
    (False, True): "beta tester",
    (True, True): "internal, beta tester",
}


def _standing_words(workspace: Workspace) -> str:
    return STANDING_WORDS[workspace.is_internal, workspace.is_beta_tester]


def standing_of(workspace: Workspace) -> Standing:
    """Return what decides about this workspace beside the position; raise Flag.DoesNotExist."""
    return next(iter(standings(Workspace.objects.filter(pk=workspace.pk)).values()))


def standings(workspaces: QuerySet[Workspace]) -> dict[UUID, Standing]:
    """Return what decides about each workspace beside the position, in two queries; raise Flag.DoesNotExist."""
    flag = Flag.objects.get(name=PII_ACCESS)
    rows = workspaces.annotate(forced=_forced(flag.pk)).values_list("pk", "is_internal", "is_beta_tester", "forced")
    return {
        pk: Standing(bucket_of(flag.salt, pk), is_internal=internal, is_beta_tester=beta, forced=forced)
        for pk, internal, beta, forced in rows
    }


def _about(move: ReleaseMove, workspace: Workspace) -> ReleaseMove:
    move.workspace_id, move.workspace_slug = workspace.pk, workspace.slug
    return move


def _record(move: ReleaseMove, told: Circumstances, workspace: Workspace | None = None) -> ReleaseMove:
    move.at = told.at or timezone.now()
    move.by_id = told.by.pk if told.by else None
    move.confirmed_by_id = told.confirmed_by.pk if told.confirmed_by else None
    move.through, move.why, move.forced, move.gates = told.through, told.why, told.forced, dict(told.gates)
    move.save()
    note(Act.RELEASE_MOVED, workspace, told.by, None, **_summary(move))
    return move


def _summary(move: ReleaseMove) -> dict[str, str | None]:
    """Return what the audit trail keeps of a move beside who made it."""
    confirmed_by = str(move.confirmed_by_id) if move.confirmed_by_id else None
    kept = {"kind": move.kind, "before": move.before, "after": move.after, "through": move.through}
    return {**kept, "confirmed_by": confirmed_by, "reason": move.forced or move.why or None}


def _forced(flag_id: Any) -> Case:
    """Return, for a query of workspaces, whether each is forced on or off by the flag with this id."""
    here = {"flag": flag_id, "workspace": OuterRef("pk")}
    return Case(
        When(Exists(Flag.excluded_workspaces.through.objects.filter(**here)), then=Value(value=False)),
        When(Exists(Flag.workspaces.through.objects.filter(**here)), then=Value(value=True)),
    )


def _ask(workspace_id: UUID) -> Cause | None:
    """Ask everything about one workspace in one query, however many there are; None where the flag is missing.

    By hand: making this statement anew would cost the ORM more than all else of a decision that is not remembered.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ABOUT_ONE, {"workspace": as_parameter(workspace_id), "name": PII_ACCESS})
        row = cursor.fetchone()
    if row is None:
        return None
    stage, percent, everyone, salt, is_internal, is_beta_tester, forced_off, forced_on = row
    flag = Flag(
        stage=stage,
        percent=None if percent is None else Decimal(str(percent)),
        everyone=None if everyone is None else bool(everyone),
    )
    standing = Standing(
        bucket_of(salt, workspace_id),
        is_internal=bool(is_internal),
        is_beta_tester=bool(is_beta_tester),
        forced=False if forced_off else True if forced_on else None,
    )
    return cause_for(flag.position, standing)


_ABOUT_ONE = """
    SELECT f.stage, f.percent, f.everyone, f.salt, w.is_internal, w.is_beta_tester,
        EXISTS (SELECT 1 FROM rollout_flag_excluded_workspaces x WHERE x.flag_id = f.id AND x.workspace_id = w.id),
        EXISTS (SELECT 1 FROM rollout_flag_workspaces x WHERE x.flag_id = f.id AND x.workspace_id = w.id)
    FROM rollout_flag f LEFT JOIN workspaces_workspace w ON w.id = %(workspace)s WHERE f.name = %(name)s"""
