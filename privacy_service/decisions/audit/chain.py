"""The chain of a workspace: each record's hash covers the record before it, and a sealed row remembers both ends."""

import hashlib
import hmac
from collections.abc import Collection
from functools import cache
from uuid import UUID

from django.conf import settings
from django.db import transaction

from privacy_service.decisions.models import AuditChain

INSTALLATION = UUID(int=0)
"""Whose chain holds what concerns no workspace or all of them, and counts the others."""

GENESIS = "0" * 64
"""Stands for the hash of the record before the first."""


class ChainMissing(LookupError):
    """A workspace has no chain yet."""


def hash_of(previous_hash: bytes, line: bytes) -> bytes:
    """Return the hash of a record: SHA-256 over the previous hash and the canonical record; hashes in hexadecimal."""
    return hashlib.sha256(previous_hash + line).hexdigest().encode()


def seal_of(chain: AuditChain) -> str:
    """Return the seal over a chain's ends, which nobody can make without the service's secret."""
    ends = (chain.first_position, chain.anchor_hash, chain.last_position, chain.last_hash)
    sealed = ":".join(map(str, (chain.workspace_id, chain.number, chain.opened, *ends)))
    return hmac.digest(_key(settings.PRIVACY_TOKEN_KEY), sealed.encode(), hashlib.sha256).hex()


def is_sealed(chain: AuditChain) -> bool:
    """Say whether the chain's ends are those that the service wrote."""
    return hmac.compare_digest(chain.seal, seal_of(chain))


def locked(workspace_ids: Collection[UUID]) -> dict[UUID, AuditChain]:
    """Return the chains of these workspaces, held until the transaction ends; raise ChainMissing where one has none.

    Always in the order of their ids, so that no two transactions wait for each other.
    """
    rows = AuditChain.objects.select_for_update().filter(pk__in=workspace_ids).order_by("pk")
    chains = {chain.pk: chain for chain in rows}
    if len(chains) < len(workspace_ids):
        raise ChainMissing
    return chains


def store(chains: Collection[AuditChain]) -> None:
    """Seal the chains and write down where they end now."""
    for chain in chains:
        chain.seal = seal_of(chain)
    AuditChain.objects.bulk_create(
        chains,
        update_conflicts=True,
        unique_fields=["workspace_id"],
        update_fields=["opened", "first_position", "anchor_hash", "last_position", "last_hash", "seal"],
    )


@transaction.atomic
def open_chains(workspace_ids: Collection[UUID]) -> None:
    """Begin a chain for each of these workspaces that has none, and count it in the installation's."""
    AuditChain.objects.get_or_create(pk=INSTALLATION, defaults=vars_of_new(INSTALLATION, 0))
    installation = AuditChain.objects.select_for_update().get(pk=INSTALLATION)
    known = set(AuditChain.objects.filter(pk__in=workspace_ids).values_list("pk", flat=True))
    opened = []
    for workspace_id in sorted(set(workspace_ids) - known):
        installation.opened += 1
        opened.append(AuditChain(pk=workspace_id, **vars_of_new(workspace_id, installation.opened)))
    store([installation, *opened])


def vars_of_new(workspace_id: UUID, number: int) -> dict[str, object]:
    """Return the fields of a chain without records."""
    chain = AuditChain(workspace_id=workspace_id, number=number, anchor_hash=GENESIS, last_hash=GENESIS)
    return {"number": number, "anchor_hash": GENESIS, "last_hash": GENESIS, "seal": seal_of(chain)}


@cache
def _key(secret: str) -> bytes:
    return hmac.digest(secret.encode(), b"audit-seal", hashlib.sha256)
