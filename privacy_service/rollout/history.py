"""What the history of the release says about a moment in the past."""

from datetime import datetime
from uuid import UUID

from privacy_service.rollout.models import PII_ACCESS, Flag, ReleaseMove
from privacy_service.rollout.release import FORCED_WORDS, STANDING_WORDS
from privacy_service.rollout.stages import Position, Standing, bucket_of, cause_for
from workspaces.models import Workspace

_FORCED = {words: setting for setting, words in FORCED_WORDS.items()}
_STANDINGS = {words: standing for standing, words in STANDING_WORDS.items()}


def position_at(at: datetime) -> Position | None:
    """Return where the release stood at a moment; None where the history does not reach."""
    position = _last(ReleaseMove.Kind.POSITION, None, at)
    return None if position is None else Position.read(position)


def was_live_for(workspace: Workspace, at: datetime) -> bool | None:
    """Say whether the feature was released to this workspace at a moment; None where the history does not reach."""
    position = position_at(at)
    if position is None:
        return None
    overridden = _last(ReleaseMove.Kind.OVERRIDE, workspace.pk, at)
    standing = _last(ReleaseMove.Kind.STANDING, workspace.pk, at)
    is_internal, is_beta_tester = _STANDINGS[standing] if standing else (False, False)
    then = Standing(
        bucket_of(_salt(), workspace.pk),
        is_internal=is_internal,
        is_beta_tester=is_beta_tester,
        forced=_FORCED[overridden] if overridden else None,
    )
    return cause_for(position, then).is_live


def _last(kind: ReleaseMove.Kind, workspace_id: UUID | None, at: datetime) -> str | None:
    moves = ReleaseMove.objects.filter(kind=kind, workspace_id=workspace_id, at__lte=at)
    return moves.values_list("after", flat=True).first()


def _salt() -> str:
    # Nobody changes it while there is a history: it would draw the workspaces anew.
    flag: Flag | None = Flag.objects.filter(name=PII_ACCESS).first()
    return flag.salt if flag else PII_ACCESS
