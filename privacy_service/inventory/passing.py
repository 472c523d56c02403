"""Fields of what passes: a sample is looked at beside its answers, and names, kinds and counts are written down.

Bodies stay in memory until they were looked at; of their values nothing is kept, not even a shape.
"""

import logging
import random
from collections.abc import Iterator
from csv import reader
from io import StringIO
from itertools import zip_longest
from time import monotonic
from typing import Any
from urllib.parse import parse_qsl

import orjson
from django.conf import settings

from classifier import PayloadKind, Tier
from classifier.payloads.csv_body import sniff_delimiter
from classifier.payloads.csv_pieces import MEANINGLESS, header_apart
from privacy_service.decisions.policies import own_rules_of
from privacy_service.enforcement.enforce import Payload
from privacy_service.enforcement.witnessing import Passing
from privacy_service.inventory.looking import Look, Looking
from privacy_service.inventory.models import InventorySettings, SeenIn
from privacy_service.inventory.names import Names
from privacy_service.inventory.register import Where, write_down
from privacy_service.observability import metrics
from privacy_service.observability.aside import Aside
from workspaces.models import Workspace
from workspaces.stamp import StampedCache, drop_broken_connections

logger = logging.getLogger(__name__)

MOST_RECORDS = 50  # Of one body.
_PLAN_BYTES = 1 << 14  # A longer body is looked at as far as this, where it can be cut.
_AGAIN_SECONDS = 600.0  # What was seen so lately is not written down again.
_MOST_KNOWN = 20_000
_CUT = frozenset({PayloadKind.NDJSON, PayloadKind.CSV})

_watched = StampedCache()


class Onlooker(Aside[Passing]):
    """The witness of one process."""

    def __init__(self) -> None:
        super().__init__("inventory")
        self._known: dict[tuple[Any, ...], float] = {}

    @property
    def room(self) -> int:
        """Return how many bytes of bodies may wait."""
        room: int = settings.PRIVACY_INVENTORY_QUEUE_BYTES
        return room

    @property
    def budget(self) -> float:
        """Return for how much of each second it may work."""
        budget: float = settings.PRIVACY_INVENTORY_BUDGET_SECONDS
        return budget

    def wants(self, workspace: Workspace) -> bool:
        """Say whether the sample takes the next body."""
        if random.random() >= settings.PRIVACY_INVENTORY_SHARE:  # noqa: S311 - a sample, not a secret.
            return False
        try:
            return is_watched(workspace)
        except Exception:
            logger.exception("It cannot be told whether traffic is looked at for fields; this body is not")
            return False

    def see(self, passing: Passing) -> None:
        """Take a body along where there is room."""
        payload = passing.payload
        if payload.kind in _CUT and len(payload.body) > _PLAN_BYTES:
            payload = Payload(payload.kind, payload.body[: payload.body.rfind(b"\n", 0, _PLAN_BYTES) + 1])
        if not self.take(passing._replace(payload=payload), len(payload.body)):
            metrics.inventory_looks.add("dropped")

    def look_at(self, thing: Passing) -> None:
        """Look at a body, and write down what is new."""
        drop_broken_connections()
        try:
            self._look_at(thing)
        except Exception as error:  # noqa: BLE001 - whatever it is, its words may hold a value.
            logger.warning("A body could not be looked at for fields (%s)", type(error).__name__)
            metrics.inventory_looks.add("broken")
            return
        metrics.inventory_looks.add("looked")

    def _look_at(self, passing: Passing) -> None:
        records = [record for record, _ in zip(records_of(passing.payload), range(MOST_RECORDS), strict=False)]
        looking = Looking(Names(), own_rules_of(passing.workspace), tier=Tier.FAST, shows_shapes=False)
        looking.add(records)
        new = [look for look in looking.looks.values() if self._is_news(passing, look)]
        if new:
            where = Where(passing.source, passing.place, SeenIn.TRAFFIC)
            write_down(passing.workspace, where, new)

    def _is_news(self, passing: Passing, look: Look) -> bool:
        """Say whether this was not seen just so in the last minutes."""
        key = (passing.workspace.pk, passing.source, passing.place, look.path, frozenset(look.kinds))
        now = monotonic()
        if now - self._known.get(key, float("-inf")) < _AGAIN_SECONDS:
            return False
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[key] = now
        return True


def is_watched(workspace: Workspace) -> bool:
    """Say whether a workspace has its traffic looked at."""
    return _watched.get(workspace.pk, lambda: _is_watched(workspace))


def _is_watched(workspace: Workspace) -> bool:
    said = InventorySettings.objects.filter(workspace=workspace).values_list("watches_traffic", flat=True).first()
    return said is not False


def records_of(payload: Payload) -> Iterator[dict[str, Any]]:
    """Yield the records of a body; running text has none."""
    match payload.kind:
        case PayloadKind.JSON:
            yield from _objects_in(orjson.loads(payload.body))
        case PayloadKind.NDJSON:
            for line in payload.body.splitlines():
                yield from _objects_in(orjson.loads(line)) if line.strip() else ()
        case PayloadKind.FORM:
            yield dict(parse_qsl(payload.body.decode()))
        case PayloadKind.CSV:
            yield from _rows_of(payload.body.decode())


def _objects_in(document: Any) -> Iterator[dict[str, Any]]:
    for one in document if isinstance(document, list) else [document]:
        if isinstance(one, dict):
            yield one


def _rows_of(text: str) -> Iterator[dict[str, Any]]:
    delimiter = sniff_delimiter(text)
    _, header, rest = header_apart(text, delimiter, {"tier": Tier.FAST})
    table = reader(StringIO(header + rest), delimiter=delimiter)
    names = next(table, []) if header else []
    # Without a header, and below one that jobs put where there is none, columns go by their places.
    by_place = not header or set(names) == {MEANINGLESS}
    for row in table:
        cells = enumerate(zip_longest(names, row), 1)
        yield {str(at) if by_place else name: value for at, (name, value) in cells if value and (by_place or name)}
