"""Masking under the keys of people: each record of a body under that of the person it is about."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import ParamSpec, TypeVar
from uuid import UUID

from django.db import Error as DatabaseFailed

import classifier
from classifier import Keyring, Masked, PayloadKind, Policy, Refused
from privacy_service.enforcement.hiding import Means
from privacy_service.exceptions import PrivacyError
from privacy_service.observability import metrics
from privacy_service.subjects.cutting import apart, put_together
from privacy_service.subjects.tokens.keeping import keyrings_named, keyrings_of
from privacy_service.subjects.tokens.whose import named_by, people_in
from workspaces.sealing import SealBroken

P = ParamSpec("P")
T = TypeVar("T")
Keyrings = Sequence[Keyring | None]

_PLACE = "token-keys"
_UNREADABLE = "The keys of the people this is about cannot be read now. Nothing was passed on; try again."
_EACH = frozenset({PayloadKind.NDJSON, PayloadKind.CSV})


def _or_nothing_goes_on(ask: Callable[P, T]) -> Callable[P, T]:
    """Refuse what is to be masked where the keys cannot be read: sealed under no key it would be lost for good."""

    @wraps(ask)
    def asked(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return ask(*args, **kwargs)
        except (DatabaseFailed, SealBroken):
            metrics.fail_closed.add(_PLACE)
        raise PrivacyError(_UNREADABLE, Retry_After="1")

    return asked


class KeysOfPeople:
    """What masking and unmasking ask for the keys of people; see `enforcement.hiding`."""

    def mask(self, body: bytes, policy: Policy, kind: PayloadKind, means: Means, person: str) -> Masked:
        """Return a body masked; what names nobody is hidden for good."""
        owner = _owner_of(policy)
        if owner is None:
            return _masked(body, policy, kind, means, ())
        if person:
            return _masked(body, policy, kind, means, _keyrings_of(owner, [named_by(person)])[0] or ())
        keyrings = _keyrings_of(owner, people_in(kind, body, means.tier))
        if kind in _EACH or not any(keyrings):
            return _masked(body, policy, kind, means, keyrings)
        if len(set(keyrings)) == 1:
            return _masked(body, policy, kind, means, keyrings[0] or ())
        return _masked_apart(body, policy, means, keyrings) or _masked(body, policy, kind, means, ())

    def mask_many(self, bodies: Sequence[bytes], policy: Policy, means: Means) -> list[Masked | Refused]:
        """Return JSON documents masked; one that holds several people by itself."""
        owner = _owner_of(policy)
        named = [people_in(PayloadKind.JSON, body, means.tier) for body in bodies] if owner else []
        if owner is None or any(len(people) != 1 for people in named):
            return [self._masked_alone(body, policy, means) for body in bodies]
        whose = _keyrings_of(owner, [people[0] for people in named])
        return classifier.mask_many(bodies, policy, limits=means.limits, tier=means.tier, whose=whose)

    def keyrings(self, workspace_id: UUID, key_ids: frozenset[str]) -> Sequence[Keyring]:
        """Return the keyrings of these ids that were not destroyed."""
        return _or_nothing_goes_on(keyrings_named)(workspace_id, key_ids)

    def _masked_alone(self, body: bytes, policy: Policy, means: Means) -> Masked | Refused:
        try:
            return self.mask(body, policy, PayloadKind.JSON, means, "")
        except (classifier.InvalidEncoding, classifier.InvalidPayload, classifier.TooDeep) as error:
            return error.with_traceback(None)


_keyrings_of = _or_nothing_goes_on(keyrings_of)


def _owner_of(policy: Policy) -> UUID | None:
    """Return the workspace whose keys a policy has; None for one of the command line, which knows no people."""
    try:
        return UUID(policy.keyring.workspace_id) if policy.keyring else None
    except ValueError:
        return None


def _masked(body: bytes, policy: Policy, kind: PayloadKind, means: Means, whose: Keyring | Keyrings) -> Masked:
    return classifier.mask(body, policy, kind=kind, limits=means.limits, tier=means.tier, whose=whose)


def _masked_apart(body: bytes, policy: Policy, means: Means, keyrings: Keyrings) -> Masked | None:
    """Return a document with the events of its array masked one by one; None where it cannot be cut."""
    cut = apart(body)
    if cut is None or len(cut.elements) != len(keyrings):
        return None
    elements = [element.encode() for element in cut.elements]
    each = classifier.mask_many(elements, policy, limits=means.limits, tier=means.tier, whose=keyrings)
    around = _masked(cut.around.encode(), policy, PayloadKind.JSON, means, ())
    masked = [one for one in each if isinstance(one, Masked)]
    whole = put_together(cut, around.payload.decode(), [one.payload.decode() for one in masked])
    if whole is None or len(masked) < len(each):
        return None
    counts = dict(around.entities)
    for one in masked:
        for entity, count in one.entities.items():
            counts[entity] = counts.get(entity, 0) + count
    return Masked(whole.encode(), counts)
