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

from privacy_service.decisions.models import DECISION
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
    call, now = occasion.id, datetime.now(UTC)
    # Written down as `canonical` would, which leaves out what holds nothing; here for a third of the time.
    line: dict[str, object] = {
        "at": now if now.microsecond else now.replace(microsecond=1),  # A whole second would lack its six digits.
        "effect": decision.effect,
        "endpoint": occasion.endpoint,
        "id": f"{call[:8]}-{call[8:12]}-{call[12:16]}-{call[16:20]}-{call[20:]}",
        "key_id": occasion.key_id,
        "kind": DECISION,
        "reason": decision.reason,
        "workspace_id": access.workspace.pk,
    }
    if isinstance(access.actor, Stranger):
        line["actor_digest"] = _digest_of(access.actor.reference)
    else:
        line["actor_id"] = access.actor.pk
    if entities:
        line["entities"] = dict(entities)
    if decision.policy_version:
        line["policy_version"] = decision.policy_version
    spool().append(orjson.dumps(line, option=orjson.OPT_SORT_KEYS))
    metrics.decisions.add(decision.effect, decision.reason)


def _digest_of(reference: str) -> str:
    # A name nobody here knows may be anybody's e-mail: the trail keeps a keyed hash, enough to find it again.
    return hmac.digest(settings.PRIVACY_TOKEN_KEY.encode(), b"actor:" + reference.encode(), hashlib.sha256).hex()[:32]
