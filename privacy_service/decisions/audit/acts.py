"""Acts of management: kept in the transaction that carries them out, until shipping lays them into the chain."""

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

import classifier
from privacy_service.decisions.audit.canonical import canonical
from privacy_service.decisions.audit.chain import INSTALLATION
from privacy_service.decisions.models import PendingAct
from privacy_service.http import names_now
from workspaces.acts import Noted, noted

LONGEST_TEXT = 500
_TYPED = "reason"  # What a person wrote themselves, and might have put anything into.
_gathered: ContextVar[list[PendingAct] | None] = ContextVar("gathered", default=None)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


def connect() -> None:
    """Keep whatever is noted from now on."""
    noted.connect(_keep, dispatch_uid="audit-acts")


@contextmanager
def kept_together() -> Iterator[None]:
    """Write what is noted within in one statement, at the end: within the transaction of the acts, as each would be."""
    acts: list[PendingAct] = []
    token = _gathered.set(acts)
    try:
        yield
    finally:
        _gathered.reset(token)
    PendingAct.objects.bulk_create(acts)


def _keep(*, told: Noted, **_: object) -> None:
    act = PendingAct(line=canonical(_fields(told)).decode())
    if (acts := _gathered.get()) is None:
        act.save(force_insert=True)
    else:
        acts.append(act)


def _fields(told: Noted) -> dict[str, Any]:
    return {
        "id": str(uuid.uuid4()),
        "at": datetime.now(UTC).isoformat(timespec="microseconds"),
        "kind": str(told.act),
        "workspace_id": str(told.workspace_id or INSTALLATION),
        "actor_id": str(told.actor_id) if told.actor_id else None,
        "resource_type": told.resource_type,
        "resource_id": told.resource_id,
        "resource_name": _clean(told.resource_name),
        "detail": {**{key: _detail(key, value) for key, value in told.detail.items()}, **names_now()},
    }


def _detail(key: str, value: str | int | bool | list[str]) -> str | int | bool | list[str]:  # noqa: FBT001 - a value.
    if isinstance(value, list):
        return [_clean(one) for one in value]
    if not isinstance(value, str):
        return value
    text = _clean(value)
    return without_personal_data(text) if key == _TYPED else text


def _clean(text: str) -> str:
    """Leave out what no database or terminal should be given, and cut what is longer than a record should be."""
    return _CONTROLS.sub(" ", text)[:LONGEST_TEXT]


def without_personal_data(text: str) -> str:
    """Return what somebody typed with every person in it masked."""
    strict = classifier.Policy.named("strict")
    return classifier.mask(text.encode(), strict, kind=classifier.PayloadKind.TEXT).payload.decode()
