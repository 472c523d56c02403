"""decide(): the questions, asked of what is known now."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import wraps

from django.utils import timezone

from privacy_service.decisions.facts import facts_at, facts_of
from privacy_service.decisions.policies import newest_for, operators_from
from privacy_service.decisions.questions import Situation, answered
from privacy_service.decisions.types import AccessRequest, Decision, Effect, Reason
from privacy_service.observability import metrics
from privacy_service.rollout.history import position_at, was_live_for
from privacy_service.rollout.release import is_live_for
from workspaces.models import Workspace
from workspaces.stamp import StampedCache
from workspaces.standing import Standing

logger = logging.getLogger(__name__)

_decisions = StampedCache()

Decide = Callable[[AccessRequest], Decision]


def fails_closed(decide: Decide) -> Decide:
    """Answer with a mask over everything whenever a question could not be answered."""

    @wraps(decide)
    def safely(access: AccessRequest) -> Decision:
        try:
            return decide(access)
        except Exception:
            logger.exception("A decision could not be made; everything is masked")
            metrics.fail_closed.add("decide")
            return Decision(Effect.MASK, Reason.UNAVAILABLE)

    return safely


@fails_closed
def decide(access: AccessRequest) -> Decision:
    """Say how this actor may see this data; what was answered holds as long as the access stamp and its grants."""
    decision = _decisions.get(access.key, lambda: _answer(access))
    if decision.valid_until is not None and decision.valid_until <= timezone.now():
        return _decisions.renew(access.key, lambda: _answer(access))
    return decision


@fails_closed
def decide_for_nobody(access: AccessRequest) -> Decision:
    """Mask, by the workspace's policy, for a call that names no reader: whatever the release or a role would say."""
    return _decisions.get((access.key[0], None), lambda: _for_nobody(access.workspace))


def _for_nobody(workspace: Workspace) -> Decision:
    version, operators = newest_for(workspace)
    return Decision(Effect.MASK, Reason.NO_ACTOR, operators, version)


def _answer(access: AccessRequest) -> Decision:
    return answered(situation_now(access))[0]


def once_released(access: AccessRequest) -> Decision:
    """Say how this actor sees this data where the feature is released, or would if it were; asks each time."""
    return answered(situation_now(access, is_live=lambda _: True))[0]


def situation_now(
    access: AccessRequest,
    *,
    is_live: Callable[[Workspace], bool] = is_live_for,
    standing: Standing | None = None,
) -> Situation:
    """Return what the questions are asked about at this moment; of somebody with this standing, where one is given."""
    workspace = access.workspace
    return Situation(
        timezone.now(),
        is_live=lambda: is_live(workspace),
        facts=lambda: replace(facts_of(access), standing=standing) if standing else facts_of(access),
        operators=lambda facts: operators_from(facts.rules, workspace.pk),
    )


def situation_at(access: AccessRequest, at: datetime) -> Situation | None:
    """Return what the questions would have been asked about at a moment; None where the history does not reach it."""
    workspace = access.workspace
    was_live = was_live_for(workspace, at)
    if was_live is None:
        return None  # The journal of rights is as old as the history of the release.
    return Situation(
        at,
        is_live=lambda: was_live,
        facts=lambda: facts_at(access, at),
        operators=lambda facts: operators_from(facts.rules, workspace.pk),
    )


def stage_at(at: datetime) -> str:
    """Return how far the release had come at a moment, such as `beta` or `dial 25`."""
    return str(position_at(at) or "unknown")
