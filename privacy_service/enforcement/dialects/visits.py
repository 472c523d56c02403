"""A call that names no reader, and no workspace but its key's own: that one's policy counts, and it always masks."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import classifier
from classifier import Entity, Matcher, OperatorConfig, Policy, Rewritten, Span, Tier
from classifier.rewriting import Write
from privacy_service.body import json_in
from privacy_service.decisions.access import Admission, admit_own
from privacy_service.decisions.audit import Occasion, record
from privacy_service.decisions.engine import decide_for_nobody
from privacy_service.decisions.types import AccessRequest, Decision, Effect, Reason
from privacy_service.enforcement.enforce import count_leak, limits, refusals_translated, tier
from privacy_service.exceptions import LeakBlocked, PrivacyError
from privacy_service.http import PRIVATE, Answer, Call, json_bytes
from privacy_service.observability import metrics
from privacy_service.systems import note_call
from workspaces.keys import Scope
from workspaces.stamp import stamp

Tallied = Mapping[str, int]

_KEEP, _REPLACE = OperatorConfig("keep"), OperatorConfig("replace")


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a request changes the policy for its own texts."""

    enabled: frozenset[Entity] | None = None  # None for what the policy hides.
    disabled: frozenset[Entity] = frozenset()
    matchers: tuple[Matcher, ...] = ()
    operator: OperatorConfig = _REPLACE
    is_shown: bool = True  # Whether the texts go out, and not just what was found in them.


class Visit(NamedTuple):
    """For which data somebody calls, what was decided, and on which occasion."""

    access: AccessRequest
    decision: Decision
    occasion: Occasion

    @property
    def policy(self) -> Policy:
        """Return what hides each kind of data."""
        return self.decision.operators


def received(call: Call, endpoint: str, *scopes: Scope) -> tuple[Visit, Any]:
    """Admit the caller, read the body, and return the visit with the JSON in it."""
    admission, before = admit_own(call, *scopes), stamp.current()
    body = call.read()
    if stamp.current() != before:
        admission = admit_own(call, *scopes)  # A right changed while the body was on its way.
    return visit(call, endpoint, admission), json_in(body)


def visit(call: Call, endpoint: str, admission: Admission) -> Visit:
    """Return the visit of a caller who is admitted."""
    access = AccessRequest(admission.caller.user, admission.workspace)
    return visit_for(call, endpoint, access, admission.caller.key_id)


def visit_for(call: Call, endpoint: str, access: AccessRequest, key_id: UUID) -> Visit:
    """Return the visit; raise PrivacyError, once that is recorded, where the policy is not to be had."""
    made = Visit(access, decide_for_nobody(access), Occasion.of(call, endpoint, key_id))
    if made.policy.everything:
        keep(made, {})
        raise PrivacyError(Retry_After="1")
    return made


class _Same(NamedTuple):
    """A policy looked up as the very object, which spares hashing its tables."""

    policy: Policy

    def __hash__(self) -> int:
        return id(self.policy)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.policy is self.policy


def policy_as(policy: Policy, wanted: Wanted) -> Policy:
    """Return a workspace's policy as a request wants it: its kinds, its own rules on top, its way of hiding."""
    return _policy_as(_Same(policy), wanted)


@lru_cache(64)  # Rules that a request brings come with it: tables of a few hundred kilobytes.
def _policy_as(same: _Same, wanted: Wanted) -> Policy:
    policy = same.policy
    # What the owners leave readable stays so, unless a request names it.
    unwanted = policy.compiled().kept if wanted.enabled is None else frozenset(Entity) - wanted.enabled
    kept = unwanted | wanted.disabled
    operators = {entity: _KEEP if entity in kept else wanted.operator for entity in Entity}
    own = replace(policy.own, matchers=(*policy.own.matchers, *wanted.matchers)) if wanted.matchers else policy.own
    looks = policy.leak_check and wanted.is_shown
    return replace(policy, operators=operators, default=wanted.operator, own=own, leak_check=looks)


def rewritten(
    visited: Visit, texts: Sequence[str], policy: Policy, writes: Sequence[Write], wanted: Tier | None = None
) -> Sequence[Rewritten]:
    """Replace what the policy does not keep; raise where the search cannot run, or a second look finds a leak."""
    try:
        with refusals_translated():
            return classifier.rewrite(texts, policy, writes, limits=limits(), tier=wanted or tier())
    except LeakBlocked as error:
        count_leak(error)
        record(visited.decision.withheld, visited.access, visited.occasion, error.entities)
        raise


def tally(spans: Iterable[Span]) -> Tallied:
    """Count what was found, by kind."""
    return Counter(span.entity.value for span in spans)


def keep(visited: Visit, entities: Tallied) -> None:
    """Record the visit before anything is answered, and count what was hidden."""
    record(visited.decision, visited.access, visited.occasion, entities)
    for entity, count in entities.items():
        metrics.masked_entities.add(entity, amount=count)


def keep_way_back(visited: Visit) -> None:
    """Record that stand-ins are turned back: nothing of the answer is hidden."""
    decision = Decision(Effect.PASS, Reason.NO_ACTOR, policy_version=visited.decision.policy_version)
    record(decision, visited.access, visited.occasion, {})


def answer(call: Call, visited: Visit, content: Any, entities: Tallied) -> Answer:
    """Answer JSON, with the same headers that tell of masking as everywhere."""
    decision = visited.decision
    note_call(call.header("HTTP_PII_SYSTEM"), visited.occasion.key_id, entities)
    headers = (
        ("Content-Type", "application/json"),
        ("PII-Decision", decision.effect),
        ("PII-Reason", decision.reason),
        ("PII-Entities", ", ".join(f"{entity}={count}" for entity, count in sorted(entities.items()))),
        ("PII-Policy", str(decision.policy_version)),
        ("PII-Request-Id", call.id),
        *PRIVATE,
    )
    return Answer(200, headers, json_bytes(content))
