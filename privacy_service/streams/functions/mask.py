"""`mask`: hides what is personal in a record, by a workspace's policy or by one that every installation has.

A record that is JSON is masked as JSON, lines of JSON line by line, and everything else as a text.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid5

from django.conf import settings
from django.db import Error as DatabaseFailed

import classifier
from classifier import ENTITIES, POLICY_NAMES, Entity, OperatorConfig, PayloadKind, Policy, Tier
from classifier.operators import config_from
from privacy_service.decisions.policies import operators_for, operators_from
from privacy_service.enforcement import hiding
from privacy_service.enforcement.enforce import count_leak, limits
from privacy_service.exceptions import PrivacyError
from privacy_service.streams.errors import FlowError
from privacy_service.streams.flow import Operator
from privacy_service.streams.functions.base import BuiltIn, Place
from privacy_service.streams.parts import NAMESPACE, Part
from privacy_service.streams.records import Failed, Function, Outcome, Record, Trouble
from workspaces.authentication import workspace_of
from workspaces.stamp import StampedCache, stamp

_policies = StampedCache()
_OPENERS = (b"{", b"[", b'"')
_ALONE, _LINES = (PayloadKind.JSON,), (PayloadKind.JSON, PayloadKind.NDJSON)
_OPTIONS = ("policy", "workspace", "tier", "entities", "keep", "operators")
_NAMESPACES = UUID("2d0d3a5c-9a64-4c0e-8f4b-0f1d2a7f5b61")  # Under which what is no workspace gets keys of its own.
_NOT_UTF8 = Failed(Trouble.UNREADABLE, "the record is not UTF-8")


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which policy masks, and what is different from it here."""

    workspace: str
    is_named: bool  # By the flow; else it is its namespace, which may be no workspace.
    policy: str | None
    entities: frozenset[Entity] | None
    keep: frozenset[Entity]
    operators: tuple[tuple[Entity, OperatorConfig], ...]


@dataclass(frozen=True, slots=True)
class Mask:
    """Hides what is personal in records; a policy that changes reaches it within two seconds."""

    policy: Callable[[], Policy]
    tier: Tier

    def __call__(self, records: Sequence[Record]) -> list[Outcome]:
        """Return each record masked."""
        try:
            if stamp.age() > settings.PRIVACY_STAMP_POLL_SECONDS:  # A worker has no thread that follows it.
                stamp.read()
            policy = self.policy()
        except DatabaseFailed:
            return [Failed(Trouble.UNAVAILABLE, "the policy could not be read")] * len(records)
        except FlowError as error:
            return [Failed(Trouble.UNAVAILABLE, str(error))] * len(records)
        try:
            known = self._together(records, policy)
            return [self._masked(record, policy, known.get(at)) for at, record in enumerate(records)]
        except PrivacyError:
            return [Failed(Trouble.UNAVAILABLE, "the keys of people could not be read")] * len(records)

    def _together(self, records: Sequence[Record], policy: Policy) -> dict[int, bytes]:
        """Return those masked that are JSON, by their places: searched together they take half the time."""
        places = [at for at, record in enumerate(records) if kinds_of(record.value)]
        values = [records[at].value for at in places]
        try:
            masked = hiding.mask_many(values, policy, limits=limits(), tier=self.tier)
        except classifier.ClassifierError:
            return {}  # One of them breaks it: each alone shows which.
        known = zip(places, masked, strict=True)
        return {at: one.payload for at, one in known if isinstance(one, classifier.Masked)}

    def _masked(self, record: Record, policy: Policy, value: bytes | None) -> Outcome:
        try:
            key = self._text(record.key, policy) if record.key else b""
            value = self._value(record.value, policy) if value is None else value
            return (Record(value, key, record.id, record.to),)
        except classifier.InvalidEncoding:
            return _NOT_UTF8
        except classifier.TooDeep:
            return Failed(Trouble.UNREADABLE, "the record is nested too deeply")
        except classifier.LeakFound as error:
            count_leak(error)
            return Failed(Trouble.BROKEN, "its masked copy still showed something; see the alert PrivacyLeakBlocked")
        except classifier.ClassifierError as error:
            return Failed(Trouble.BROKEN, type(error).__name__)

    def _value(self, value: bytes, policy: Policy) -> bytes:
        for kind in kinds_of(value):
            try:
                return self._as(kind, value, policy)
            except classifier.InvalidPayload:
                continue
        return self._text(value, policy)

    def _text(self, value: bytes, policy: Policy) -> bytes:
        if b"\x00" in value:  # Text of two bytes a letter, which nothing personal would be found in.
            raise classifier.InvalidEncoding(value.index(b"\x00"))
        return self._as(PayloadKind.TEXT, value, policy)

    def _as(self, kind: PayloadKind, value: bytes, policy: Policy) -> bytes:
        return hiding.mask(value, policy, kind=kind, limits=limits(), tier=self.tier).payload


def kinds_of(value: bytes) -> tuple[PayloadKind, ...]:
    """Return what a record may be besides a text, by how it begins."""
    if value[:1] not in _OPENERS and value.lstrip()[:1] not in _OPENERS:
        return ()
    return _LINES if b"\n" in value and b"\n" in value.strip() else _ALONE


def make(options: Part, place: Place) -> Function:
    """Read the options; the policy is asked for with each batch."""
    said = options.members(optional=_OPTIONS)
    if "entities" in said and "keep" in said:
        said["keep"].refuse("`entities` are all that is hidden, so that there is nothing to `keep` beside them.")
    chosen = Chosen(
        workspace=said["workspace"].text(NAMESPACE) if "workspace" in said else place.namespace,
        is_named="workspace" in said,
        policy=said["policy"].among(POLICY_NAMES) if "policy" in said else None,
        entities=_entities(said["entities"]) if "entities" in said else None,
        keep=_entities(said["keep"]) if "keep" in said else frozenset(),
        operators=_operators(said.get("operators")),
    )
    tier = said["tier"].one_of(Tier) if "tier" in said else Tier.FAST
    return Mask(lambda: _policies.get(chosen, lambda: _policy(chosen)), tier)


def _policy(chosen: Chosen) -> Policy:
    """Return the policy as it is now; raise FlowError where its workspace has gone."""
    workspace = workspace_of(chosen.workspace)
    if workspace is None and chosen.is_named:
        message = f"there is no workspace {chosen.workspace}"
        raise FlowError(message)
    if workspace is not None and chosen.policy is None:
        return _narrowed(operators_for(workspace), chosen)
    rules = Policy.named(chosen.policy).as_dict() if chosen.policy else None
    owner = workspace.pk if workspace else uuid5(_NAMESPACES, chosen.workspace)
    return _narrowed(operators_from(rules, owner), chosen)


def _narrowed(policy: Policy, chosen: Chosen) -> Policy:
    """Return the policy with other operators for some kinds, and with what this function leaves alone readable."""
    for entity, operator in chosen.operators:
        policy = policy.with_operator(entity, operator)
    if chosen.entities is None:
        return policy.keeping(chosen.keep) if chosen.keep else policy
    hidden = {entity for entity in Entity if _is_in(entity, chosen.entities)}
    narrowed = policy.keeping(set(Entity) - hidden)
    for entity in sorted(hidden):  # A part of what is kept is kept with it, unless it is named.
        narrowed = narrowed.with_operator(entity, policy.operator_of(entity))
    return narrowed


def _is_in(entity: Entity, entities: Collection[Entity]) -> bool:
    whole = ENTITIES[entity].part_of
    return entity in entities or (whole is not None and whole in entities)


def _entities(part: Part) -> frozenset[Entity]:
    return frozenset(each.one_of(Entity) for each in part.each())


def _operators(part: Part | None) -> tuple[tuple[Entity, OperatorConfig], ...]:
    operators = []
    for name, each in part.named().items() if part else ():
        if name not in Entity.__members__.values():
            each.refuse("this is no kind of personal data; docs/entities.md lists them.")
        try:
            operators.append((Entity(name), config_from(each.value)))
        except classifier.PolicyError as error:
            each.refuse(str(error))
    return tuple(operators)


MASK = BuiltIn("mask", Operator.MAP, make)
