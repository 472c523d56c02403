"""decide(): the questions, in order."""

import logging
from collections.abc import Callable
from functools import wraps

from classifier import Entity
from privacy_service.decisions.facts import Facts, facts_of
from privacy_service.decisions.policies import operators_from
from privacy_service.decisions.types import AccessRequest, Decision, Effect, Reason
from privacy_service.observability import metrics
from privacy_service.rollout.release import is_live_for
from workspaces.stamp import StampedCache

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
    """Say how this actor may see this workspace's data; what was answered holds as long as the access stamp."""
    return _decisions.get((access.workspace.pk, access.actor.pk), lambda: _answer(access))


def _answer(access: AccessRequest) -> Decision:
    if not is_live_for(access.workspace):
        return Decision(Effect.PASS, Reason.NOT_RELEASED)
    facts = facts_of(access.actor, access.workspace)
    if not facts.is_member:
        return Decision(Effect.DENY, Reason.NOT_A_MEMBER)
    if facts.views_pii:
        return Decision(Effect.PASS, Reason.ROLE_GRANTS_PII)
    return _masked(access, facts)


def _masked(access: AccessRequest, facts: Facts) -> Decision:
    workspace_id = access.workspace.pk
    # A stored version never changes, so its number is a safe name for its rules.
    version = (workspace_id, facts.policy_version)
    operators = _policies.get(version, lambda: operators_from(facts.rules, workspace_id))
    if facts.visible_entities:
        shown = operators.keeping(Entity(name) for name in facts.visible_entities)
        return Decision(Effect.MASK, Reason.GRANT_COVERS_PART, shown, facts.policy_version)
    return Decision(Effect.MASK, Reason.ROLE_LACKS_PII, operators, facts.policy_version)
