"""record(): a decision is kept in the local spool before its answer goes out."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache, lru_cache
from time import time_ns
from typing import NamedTuple
from uuid import UUID

import orjson
from django.conf import settings

from privacy_service.decisions.audit.canonical import canonical
from privacy_service.decisions.models import DECISION
from privacy_service.decisions.spool import Spool
from privacy_service.decisions.types import AccessRequest, Decision, Effect, Reason
from privacy_service.http import Call, new_request_id
from privacy_service.observability import metrics
from workspaces.authentication import Stranger


class Occasion(NamedTuple):
    """On which call a decision was made."""

    id: str  # Of the record: one of its own where the caller names its requests, since two may have one name.
    endpoint: str
    key_id: UUID
    named: Mapping[str, str] | None = None

    @classmethod
    def of(cls, call: Call, endpoint: str, key_id: UUID) -> "Occasion":
        """Return the occasion that a call is."""
        if call.named is None:
            return cls(call.id, endpoint, key_id)
        return cls(new_request_id(), endpoint, key_id, call.named)


@cache
def spool() -> Spool:
    """Return this process's spool."""
    return Spool(settings.PRIVACY_AUDIT_SPOOL_DIR, limit_bytes=settings.PRIVACY_AUDIT_SPOOL_LIMIT_BYTES)


def record(decision: Decision, access: AccessRequest, occasion: Occasion, entities: Mapping[str, int]) -> None:
    """Keep a decision for the audit trail; raise OSError where it cannot be kept, and then nothing may be shown."""
    workspace, actor, _ = access.key
    stranger = _digest_of(access.actor.reference) if isinstance(access.actor, Stranger) else ""
    made = (decision.effect, decision.reason, decision.policy_version)
    # Strangers' names may never come again: they are not to fill what is kept.
    form = (_form_of.__wrapped__ if stranger else _form_of)(
        workspace, actor, stranger, occasion.endpoint, occasion.key_id.int, *made
    )
    spool().append(form.filled(occasion, time_ns(), entities))
    metrics.decisions.add(decision.effect, decision.reason)


class _Form(NamedTuple):
    """A record as `canonical` writes it, in pieces around that which each call fills in.

    Most of a record recurs from call to call; written anew each time, it would cost a decision more than its answer.
    """

    before_time: str
    before_entities: str
    before_id: str
    after_id: str

    def filled(self, occasion: Occasion, at: int, entities: Mapping[str, int]) -> bytes:
        """Write a record down, made at so many nanoseconds since 1970."""
        start, middle, before_id, end = self
        call, named = occasion.id, occasion.named
        detail = f',"detail":{orjson.dumps(named, option=orjson.OPT_SORT_KEYS).decode()}' if named else ""
        counted = f'"entities":{orjson.dumps(entities, option=orjson.OPT_SORT_KEYS).decode()},' if entities else ""
        its_id = f"{call[:8]}-{call[8:12]}-{call[12:16]}-{call[16:20]}-{call[20:]}"
        second, part = divmod(at, 1_000_000_000)
        time = f"{_written(second)}.{part // 1000:06}+00:00"
        return f'{start}"{time}"{detail}{middle}{counted}{before_id}"{its_id}"{end}'.encode()


@lru_cache(maxsize=8)
def _written(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).replace(tzinfo=None).isoformat()


@lru_cache(maxsize=10_000)
def _form_of(  # noqa: PLR0913, PLR0917 - all that recurs, and nothing else.
    workspace: bytes,
    actor: bytes,
    stranger: str,
    endpoint: str,
    key: int,
    effect: Effect,
    reason: Reason,
    policy_version: int,
) -> _Form:
    fields = {
        "actor_digest": stranger,
        "actor_id": None if stranger else UUID(bytes=actor),
        "at": _AT,
        "effect": effect,
        "endpoint": endpoint,
        "entities": _ENTITIES,
        "id": _ID,
        "key_id": UUID(int=key),
        "kind": DECISION,
        "policy_version": policy_version,
        "reason": reason,
        "workspace_id": UUID(bytes=workspace),
    }
    before_time, rest = canonical(fields).decode().split(f'"{_AT}"')
    before_entities, rest = rest.split(f'"entities":"{_ENTITIES}",')
    return _Form(before_time, before_entities, *rest.split(f'"{_ID}"'))


_AT, _ENTITIES, _ID = "@at", "@entities", "@id"


def _digest_of(reference: str) -> str:
    # A name nobody here knows may be anybody's e-mail: the trail keeps a keyed hash, enough to find it again.
    return hmac.digest(settings.PRIVACY_TOKEN_KEY.encode(), b"actor:" + reference.encode(), hashlib.sha256).hex()[:32]
