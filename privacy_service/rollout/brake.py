"""Watching the gates while the release is on: a gate that turns red is told, and holds the release or takes it back."""

import logging
from collections.abc import Callable

from django.conf import settings
from django.db import transaction

from privacy_service.observability import metrics
from privacy_service.rollout import release
from privacy_service.rollout.gates import Gate, GateName, Gates, measure
from privacy_service.rollout.models import PII_ACCESS, Flag, ReleaseMove
from privacy_service.rollout.release import Circumstances
from privacy_service.rollout.stages import Position, Stage

logger = logging.getLogger(__name__)

THROUGH = "brake"
# A leak found in shadow was shown to nobody; taking the release back would show everything. It holds, at most.
_NEVER_TAKEN_BACK_FOR = frozenset({GateName.LEAKS})


def watch(tell: Callable[[int], object]) -> ReleaseMove | None:
    """Do what PRIVACY_RELEASE_ON_BREACH says where a gate is newly red, and tell of it with the id of the move."""
    with transaction.atomic():
        flag = Flag.objects.select_for_update().filter(name=PII_ACCESS).first()
        if flag is None or not _reaches_somebody(flag):
            return None
        gates = measure()
        newly_red = [gate for gate in gates.red if gate.name not in flag.breached.split()]
        move = _brake(flag, newly_red, gates) if newly_red else None
        _remember(flag, gates)
        if move is None:
            return None
        transaction.on_commit(lambda: tell(move.pk))
    _speak(newly_red, move)
    return move


def _reaches_somebody(flag: Flag) -> bool:
    return flag.position.reaches_beyond(Position(Stage.OFF)) or flag.workspaces.exists()


def _remember(flag: Flag, gates: Gates) -> None:
    """Keep which gates are red, so that each breach is told once; this changes nobody's answer and no stamp."""
    flag.breached = " ".join(gate.name for gate in gates.red)
    Flag.objects.filter(pk=flag.pk).update(breached=flag.breached)


def _brake(flag: Flag, red: list[Gate], gates: Gates) -> ReleaseMove:
    told = Circumstances(through=THROUGH, why=words_of(red), gates=gates.as_dict())
    if settings.PRIVACY_RELEASE_ON_BREACH == "tell":
        return release.note_breach(told)
    takes_back = {gate.name for gate in red} - _NEVER_TAKEN_BACK_FOR
    held = release.hold(told.why[:200], told)
    if settings.PRIVACY_RELEASE_ON_BREACH == "hold" or not takes_back:
        return held
    return release.move_to(last_narrower(flag.position), told)


def last_narrower(position: Position) -> Position:
    """Return where the release stood before it reached this far; shadow where the history does not say."""
    for before in ReleaseMove.objects.filter(kind=ReleaseMove.Kind.POSITION).values_list("before", flat=True):
        try:
            earlier = Position.read(before)
        except ValueError:  # "unknown" or "missing".
            break
        if position.reaches_beyond(earlier) and earlier.stage is not Stage.OFF:
            return earlier
    return Position(Stage.SHADOW)


def words_of(gates: list[Gate]) -> str:
    """Say which gates are red and why, in numbers only."""
    return "; ".join(f"{gate.name} is {gate.state}: {gate.words}" for gate in gates)[:500]


def _speak(red: list[Gate], move: ReleaseMove) -> None:
    for gate in red:
        metrics.release_breaches.add(gate.name)
    metrics.flush()
    logger.error("A gate of the release is breached; now: %s → %s. %s", move.before, move.after, words_of(red))
