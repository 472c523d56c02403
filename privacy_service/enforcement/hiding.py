"""mask(): a body masked by a policy, under the keys of the people it is about where the policy asks for that.

The classifier knows no database and this package no people: whoever keeps their keys puts itself into `KEEPERS`.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol
from uuid import UUID

import classifier
from classifier import Keyring, Limits, Masked, PayloadKind, Policy, Refused, Tier


class Means(NamedTuple):
    """How deep a body may be nested, and how thoroughly it is searched."""

    limits: Limits
    tier: Tier


class Keeper(Protocol):
    """Keeps the keys of people; where they cannot be read it raises PrivacyError, and nothing may be sent."""

    def mask(self, body: bytes, policy: Policy, kind: PayloadKind, means: Means, person: str) -> Masked:
        """Return a body masked, each record under the key of its person, or all under that of a person who is named."""
        ...

    def mask_many(self, bodies: Sequence[bytes], policy: Policy, means: Means) -> list[Masked | Refused]:
        """Return JSON documents masked, each as `mask` would alone."""
        ...

    def keyrings(self, workspace_id: UUID, key_ids: frozenset[str]) -> Sequence[Keyring]:
        """Return the keyrings of these ids that were not destroyed."""
        ...


KEEPERS: list[Keeper] = []
"""Who keeps the keys of people: one, or none where the service keeps no people."""


def mask(  # noqa: PLR0913 - one line a choice of the caller.
    body: bytes, policy: Policy, *, kind: PayloadKind, limits: Limits, tier: Tier, person: str = ""
) -> Masked:
    """Return a body masked; raise what `classifier.mask` raises, and PrivacyError where keys cannot be read."""
    if policy.compiled().is_per_person:
        for keeper in KEEPERS:
            return keeper.mask(body, policy, kind, Means(limits, tier), person)
    return classifier.mask(body, policy, kind=kind, limits=limits, tier=tier)


def mask_many(bodies: Sequence[bytes], policy: Policy, *, limits: Limits, tier: Tier) -> list[Masked | Refused]:
    """Return JSON documents masked, or why one cannot be; raise as `mask` does."""
    if policy.compiled().is_per_person:
        for keeper in KEEPERS:
            return keeper.mask_many(bodies, policy, Means(limits, tier))
    return classifier.mask_many(bodies, policy, limits=limits, tier=tier)
