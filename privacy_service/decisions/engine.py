"""decide(): the questions, in order."""

import logging
from collections.abc import Callable
from functools import wraps

from django.utils import timezone

from privacy_service.decisions.facts import Facts, facts_of
from privacy_service.decisions.policies import operators_from, showing
from privacy_service.decisions.types import AccessRequest, Decision, Effect, Reason
from privacy_service.observability import metrics
from privacy_service.rollout.release import is_live_for
from workspaces.stamp import StampedCache
from workspaces.standing import Sight

logger = logging.getLogger(__name__)

_decisions = StampedCache()
_policies = StampedCache()

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
    key = (access.workspace.pk, access.actor.pk, access.source and access.source.pk)
    decision = _decisions.get(key, lambda: _answer(access))
    if decision.valid_until is not None and decision.valid_until <= timezone.now():
        return _decisions.renew(key, lambda: _answer(access))
    return decision


def _answer(access: AccessRequest) -> Decision:
    if not is_live_for(access.workspace):
        return Decision(Effect.PASS, Reason.NOT_RELEASED)
    return once_released(access)


def once_released(access: AccessRequest) -> Decision:
    """Say how this actor sees this data where the feature is released, or would if it were; asks each time."""
    facts = facts_of(access)
    if not facts.standing.is_member:
        return Decision(Effect.DENY, Reason.NOT_A_MEMBER)
    sight = facts.standing.sight(facts.source, timezone.now())
    if sight.everything:
        reason = Reason.BREAK_GLASS if sight.is_emergency else Reason.ROLE_GRANTS_PII
        return Decision(Effect.PASS, reason, valid_until=sight.valid_until)
    return _masked(access, facts, sight)


def _masked(access: AccessRequest, facts: Facts, sight: Sight) -> Decision:
    workspace_id = access.workspace.pk
    # A stored version never changes, so its number is a safe name for its rules.
    version = (workspace_id, facts.policy_version)
    operators = _policies.get(version, lambda: operators_from(facts.rules, workspace_id))
    shown = showing(operators, sight)
    if shown is operators:
        return Decision(Effect.MASK, Reason.ROLE_LACKS_PII, operators, facts.policy_version)
    return Decision(Effect.MASK, Reason.GRANT_COVERS_PART, shown, facts.policy_version, sight.valid_until)
