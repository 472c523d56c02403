"""Asking for a move of the release, confirming it, and what stands in between: gates, a second person, a time.

Going wider needs green gates, or a reason to pass red ones, and a second person. Going narrower needs nobody, and ends
whatever was planned to go wider.
"""

import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from privacy_service.exceptions import Forbidden, GatesClosed, OffNotKept, PrivacyError, ReleaseRefused
from privacy_service.rollout import off_switch, release
from privacy_service.rollout.changes import Change, read_change
from privacy_service.rollout.gates import Gates, measure
from privacy_service.rollout.models import PII_ACCESS, Flag, PlannedMove, ReleaseMove
from privacy_service.rollout.off_switch import Thrown
from privacy_service.rollout.release import Circumstances
from privacy_service.rollout.stages import Position, Stage
from workspaces.models import User

logger = logging.getLogger(__name__)

_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # None that is taken for another when it is read aloud.
LATEST_START = timedelta(hours=1)  # A move whose hour has passed was planned for another situation.


@dataclass(frozen=True, slots=True)
class Wish:
    """Who asks, which way, why, and with which reason to pass gates that are not green."""

    by: User | None
    through: str
    why: str = ""
    forced: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a wish: a move that was made, or one that waits."""

    made: ReleaseMove | None = None
    waits: PlannedMove | None = None


def may_move(user: User) -> bool:
    """Say whether this administrator may move the release."""
    return user.is_active and user.is_staff and user.has_perm("rollout.change_flag")


def ask(change: Change, wish: Wish, *, run_at: datetime | None = None) -> Answer:
    """Make the move, or plan it where it waits for a second person or its time; raise where it may not be."""
    _check_asker(wish)
    widens = _widens(change)
    if run_at is None and not widens:
        return Answer(made=_narrow(change, wish))
    if run_at is not None and run_at <= timezone.now():
        message = "This time has passed: schedule a move for a time to come."
        raise ReleaseRefused(message)
    if widens:
        check_gates(wish.forced)
    needs_confirmation = widens and settings.PRIVACY_RELEASE_SECOND_PERSON
    if needs_confirmation or run_at is not None:
        return Answer(waits=_plan(change, wish, run_at, needs_confirmation=needs_confirmation))
    return Answer(made=_make(change, wish, None))


def confirm(code: str, by: User) -> Answer:
    """Let a second person agree to a move: it is made, or waits for its time."""
    if not may_move(by):
        raise Forbidden(_NOT_ALLOWED)
    with transaction.atomic():
        planned = _waiting(code)
        _check_second(planned, by)
        wish = Wish(planned.by, planned.through, planned.why, planned.forced)
        check_gates(wish.forced)
        planned.confirmed_by, planned.needs_confirmation = by, False
        planned.save()
        if planned.run_at is not None:
            return Answer(waits=planned)
        return Answer(made=_carry_out(planned, wish))


def cancel(code: str, wish: Wish) -> PlannedMove:
    """End a planned move before it happens."""
    _check_asker(wish)
    with transaction.atomic():
        planned = _open(PlannedMove.objects.open().select_for_update(), code)
        return _end(planned, PlannedMove.Outcome.CANCELLED, "Cancelled by hand.")


def resume(wish: Wish) -> ReleaseMove:
    """Let the release go wider again after a gate had held it."""
    _check_asker(wish)
    return release.hold("", Circumstances(wish.by, wish.through, wish.why))


def run_due(now: datetime | None = None) -> Sequence[PlannedMove]:
    """Make every scheduled move whose time has come and return those that were looked at, with their outcome."""
    now = now or timezone.now()
    return [_run(code, now) for code in PlannedMove.objects.due(now).order_by("run_at").values_list("pk", flat=True)]


def off(wish: Wish) -> ReleaseMove:
    """Take the release back from everybody; raise OffNotKept where it holds and the database was not written."""
    thrown = off_switch.throw(by_id=str(wish.by.pk) if wish.by else "", why=wish.why)
    is_told = off_switch.tell_other_hosts(thrown)
    try:
        return _write_off(thrown, Circumstances(wish.by, wish.through, wish.why, at=thrown.at))
    except DatabaseError as error:
        off_switch.look()
        others = "other hosts follow through Redis" if is_told else "Redis is away too: run it on every other host"
        raise OffNotKept(_OFF_HERE.format(error=type(error).__name__, others=others)) from error


def write_off_down() -> None:
    """Keep in the database that the switch was thrown, once it can be written."""
    thrown = off_switch.thrown_here()
    if thrown is None:
        return
    try:
        by = User.objects.filter(pk=thrown.by_id).first() if thrown.by_id else None
        _write_off(thrown, Circumstances(by, "off switch", thrown.why, at=thrown.at))
    except DatabaseError:
        logger.warning("The release is off on this host; the database does not take it yet")


@transaction.atomic
def _write_off(thrown: Thrown, told: Circumstances) -> ReleaseMove:
    """Keep that the switch was thrown, unless another process has done so or somebody has moved the release since."""
    Flag.objects.select_for_update().filter(name=PII_ACCESS).first()
    transaction.on_commit(off_switch.clear)
    newest = off_switch.newest_move()
    if newest and thrown.is_outdated:
        return newest
    _end_planned("The release was turned off.")
    return release.move_to(Position(Stage.OFF), told)


def check_gates(forced: str) -> Gates:
    """Return the gates where the release may go wider, or where a reason passes them; raise GatesClosed."""
    gates = measure()
    held = release.state().held
    if forced or (gates.are_green and not held):
        return gates
    raise GatesClosed(_closed_words(gates, held))


def _closed_words(gates: Gates, held: str) -> str:
    lines = [f"{gate.name} is {gate.state}: {gate.words}" for gate in gates.closed]
    if held:
        lines.append(f"the release is held: {held} (`release resume` lets it go on)")
    return "The release does not go wider: " + "; ".join(lines) + ". Mend that, or pass it with --force REASON."


def _narrow(change: Change, wish: Wish) -> ReleaseMove:
    if change.is_off:
        return off(wish)
    with transaction.atomic():
        if change.narrows():
            _end_planned("The release was taken back meanwhile.")
        transaction.on_commit(off_switch.clear)
        return change.carry_out(Circumstances(wish.by, wish.through, wish.why))


def _make(change: Change, wish: Wish, confirmed_by: User | None) -> ReleaseMove:
    gates = measure().as_dict()
    told = Circumstances(wish.by, wish.through, wish.why, confirmed_by, wish.forced, gates)
    move = change.carry_out(told)
    transaction.on_commit(off_switch.clear)
    return move


def _plan(change: Change, wish: Wish, run_at: datetime | None, *, needs_confirmation: bool) -> PlannedMove:
    if needs_confirmation and wish.by is None:
        message = "Going wider needs two people: say who you are with --as EMAIL."
        raise ReleaseRefused(message)
    now = timezone.now()
    return PlannedMove.objects.create(
        code=_new_code(),
        change=str(change),
        by=wish.by,
        through=wish.through,
        why=wish.why,
        forced=wish.forced,
        asked_at=now,
        expires_at=now + timedelta(seconds=settings.PRIVACY_RELEASE_CONFIRM_SECONDS),
        after_move=_newest_move(),
        needs_confirmation=needs_confirmation,
        run_at=run_at,
    )


def _run(code: str, now: datetime) -> PlannedMove:
    """Make one scheduled move, or say why not; another worker may have been faster."""
    with transaction.atomic():
        planned = PlannedMove.objects.select_for_update().get(pk=code)
        if planned.outcome != PlannedMove.Outcome.OPEN or planned.run_at is None:
            return planned
        if now - planned.run_at > LATEST_START:
            return _end(planned, PlannedMove.Outcome.REFUSED, "Nobody ran it within an hour of its time.")
        try:
            _carry_out(planned, Wish(planned.by, "schedule", planned.why, planned.forced))
        except PrivacyError as error:
            return _end(planned, PlannedMove.Outcome.REFUSED, error.detail)
        return planned


def _carry_out(planned: PlannedMove, wish: Wish) -> ReleaseMove:
    """Make a planned move; raise ReleaseRefused or GatesClosed where the situation is no longer that of the plan."""
    change = read_change(planned.change)
    if planned.confirmed_by is None and settings.PRIVACY_RELEASE_SECOND_PERSON and _widens(change):
        message = "It would go wider by now, and nobody confirmed it."
        raise ReleaseRefused(message)
    if planned.confirmed_by is not None and not _widens(change):
        message = "The release has gone further meanwhile; this move would take it back."
        raise ReleaseRefused(message)
    if _widens(change):
        check_gates(wish.forced)
        move = _make(change, wish, planned.confirmed_by)
    else:
        move = _narrow(change, wish)
    _end(planned, PlannedMove.Outcome.DONE, "")
    return move


def _check_asker(wish: Wish) -> None:
    if wish.by is not None and not may_move(wish.by):
        raise Forbidden(_NOT_ALLOWED)


def _check_second(planned: PlannedMove, by: User) -> None:
    if planned.by_id == by.pk:
        message = "You asked for this move yourself: another administrator confirms it."
        raise ReleaseRefused(message)
    if planned.after_move != _newest_move():
        message = "The release was moved after this was asked for: ask again."
        raise ReleaseRefused(message)


def _waiting(code: str) -> PlannedMove:
    return _open(PlannedMove.objects.waiting(timezone.now()).select_for_update(), code)


def _open(planned: QuerySet[PlannedMove], code: str) -> PlannedMove:
    try:
        return planned.get(pk=code.strip().upper())
    except PlannedMove.DoesNotExist:
        message = "No move waits under this code: it was confirmed, cancelled or overtaken, or has expired."
        raise ReleaseRefused(message) from None


def _end_planned(why: str) -> None:
    """End what was planned to go wider; a later plan starts from where the release stands now."""
    for planned in PlannedMove.objects.open().exclude(change="off"):
        _end(planned, PlannedMove.Outcome.CANCELLED, why)


def _end(planned: PlannedMove, outcome: PlannedMove.Outcome, told: str) -> PlannedMove:
    planned.outcome, planned.told = outcome, told[:500]
    planned.save()
    return planned


def _widens(change: Change) -> bool:
    # Where the switch is thrown, nobody is reached, whatever the database says.
    return change.widens() or (off_switch.is_thrown() and not change.is_off)


def _newest_move() -> int:
    newest = ReleaseMove.objects.order_by("-id").first()
    return newest.pk if newest else 0


def _new_code() -> str:
    letters = "".join(secrets.choice(_LETTERS) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


_OFF_HERE = (
    "Off holds on this host within two seconds; {others}. The database could not be written ({error}); the servers "
    "keep it there as soon as they can."
)
_NOT_ALLOWED = "Only an administrator of the installation who may change the release flag moves the release."
