"""record(): a decision is kept in the local spool before its answer goes out."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import NamedTuple
from uuid import UUID

import orjson
from django.conf import settings

from privacy_service.decisions.spool import Spool
from privacy_service.decisions.types import AccessRequest, Decision
from privacy_service.observability import metrics
from workspaces.authentication import Stranger


class Occasion(NamedTuple):
    """On which call a decision was made."""

    id: str
    endpoint: str
    key_id: UUID


@cache
def spool() -> Spool:
    """Return this process's spool."""
    return Spool(settings.PRIVACY_AUDIT_SPOOL_DIR, limit_bytes=settings.PRIVACY_AUDIT_SPOOL_LIMIT_BYTES)


def record(decision: Decision, access: AccessRequest, occasion: Occasion, entities: Mapping[str, int]) -> None:
    """Keep a decision for the audit trail; raise OSError where it cannot be kept, and then nothing may be shown."""
    actor = access.actor
    stranger = actor.reference if isinstance(actor, Stranger) else ""
    line = {
        "id": occasion.id,
        "at": datetime.now(UTC),
        "endpoint": occasion.endpoint,
        "workspace_id": access.workspace.pk,
        "key_id": occasion.key_id,
        "actor_id": None if stranger else actor.pk,
        "actor_digest": _digest_of(stranger) if stranger else "",
        "effect": decision.effect,
        "reason": decision.reason,
        "policy_version": decision.policy_version,
        "entities": dict(entities),
    }
    spool().append(orjson.dumps(line))
    metrics.decisions.add(decision.effect, decision.reason)


def _digest_of(reference: str) -> str:
    # A name nobody here knows may be anybody's e-mail: the trail keeps a keyed hash, enough to find it again.
    return hmac.digest(settings.PRIVACY_TOKEN_KEY.encode(), b"actor:" + reference.encode(), hashlib.sha256).hex()[:32]
