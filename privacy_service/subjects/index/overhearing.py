"""What events that pass tell of who is known by which names, where a workspace wants it kept in the index.

Nothing of it is on the path of an answer: names go into a bounded queue in this process's memory, which a thread files
once a second. What a process that dies had not filed comes again with the person's next event. Only events in the six
shapes of Segment's specification count: what else passes may speak of several people.
"""

import logging
import threading
from collections import OrderedDict, deque
from collections.abc import Iterable, Mapping, Sequence
from time import monotonic
from typing import Any
from uuid import UUID

from django.db import DatabaseError

from privacy_service.enforcement.enforce import Payload
from privacy_service.enforcement.screening import Screened, Way
from privacy_service.observability import metrics
from privacy_service.subjects.cutting import events_in, holds_events
from privacy_service.subjects.events import identifiers_in
from privacy_service.subjects.identifiers import Identifier, Kind
from privacy_service.subjects.index.keeping import Sighting, keep
from privacy_service.subjects.models import IndexSettings
from privacy_service.subjects.suppressions import suppressed_among
from workspaces.models import Workspace
from workspaces.stamp import drop_broken_connections, in_transaction

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
MOST_WAITING = 10_000
AGAIN_SECONDS = 600.0  # What was filed may have been taken out of the index since.
_MOST_REMEMBERED = 50_000
_CALLS = frozenset({"identify", "alias", "track", "page", "screen", "group"})
_PREVIOUS = "previousId"  # Of `alias`: an id from before somebody was known.

Names = frozenset[Identifier]


class Overheard:
    """What this process has heard and not filed yet, and what it has filed lately."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[tuple[UUID, Names]] = deque()
        self._lately: OrderedDict[tuple[UUID, int], float] = OrderedDict()

    def add(self, workspace_id: UUID, names: Names) -> None:
        """Take what an event says, unless it said so lately or there is no room."""
        key = (workspace_id, hash(names))  # Two people with one hash: the next event of either tells again.
        with self._lock:
            if monotonic() - self._lately.get(key, float("-inf")) < AGAIN_SECONDS:
                return
            if len(self._waiting) >= MOST_WAITING:
                metrics.index_events.add("dropped")
                return
            self._waiting.append((workspace_id, names))
            self._lately[key] = monotonic()
            self._lately.move_to_end(key)
            if len(self._lately) > _MOST_REMEMBERED:
                self._lately.popitem(last=False)
        metrics.index_events.add("heard")

    def take(self) -> list[tuple[UUID, Names]]:
        """Return what waits, and wait for more."""
        with self._lock:
            taken, self._waiting = list(self._waiting), deque()
        return taken

    def give_back(self, taken: Iterable[tuple[UUID, Names]]) -> None:
        """Have what could not be filed wait again, as far as there is room."""
        with self._lock:
            room = MOST_WAITING - len(self._waiting)
            self._waiting.extend(list(taken)[:room])

    def forget(self) -> None:
        """Remember nothing of what was filed."""
        with self._lock:
            self._lately.clear()


overheard = Overheard()


def overhear(workspace: Workspace, payload: Payload, way: Way) -> Screened:
    """Note who the events of a body are about, where the workspace wants it; the body is never changed."""
    del way
    if holds_events(payload) and is_on(workspace.pk):
        overhear_events(workspace.pk, events_in(payload))
    return Screened(payload)


def overhear_events(workspace_id: UUID, events: Iterable[Any]) -> None:
    """Note who these events are about."""
    for event in events:
        names = names_in(event)
        if names:
            overheard.add(workspace_id, names)


def names_in(event: Any) -> Names:
    """Return the names of an event's person; none where it is no event, or names nobody who lasts."""
    if not isinstance(event, dict) or event.get("type") not in _CALLS:
        return frozenset()
    names = identifiers_in(event)
    if event["type"] == "alias" and isinstance(event.get(_PREVIOUS), str) and event[_PREVIOUS]:
        names.append(Identifier(Kind.ANONYMOUS_ID, event[_PREVIOUS]))
    # A visitor without a name is found by their anonymous id as it is.
    return frozenset(names) if len({one.kind for one in names}) > 1 else frozenset()


def file() -> int:
    """Put what was heard into the index; return how many entries that touched. Suppressed people are left out."""
    taken = overheard.take()
    try:
        return _file_all(taken)
    except Exception:
        overheard.give_back(taken)  # Filed twice is filed once.
        raise


def _file_all(taken: Iterable[tuple[UUID, Names]]) -> int:
    heard: dict[UUID, list[Names]] = {}
    for workspace_id, names in taken:
        heard.setdefault(workspace_id, []).append(names)
    if not heard:
        return 0
    drop_broken_connections()
    workspaces: Mapping[UUID, Workspace] = Workspace.objects.in_bulk(list(heard))
    return sum(_file(workspaces[each], names) for each, names in heard.items() if each in workspaces)


def _file(workspace: Workspace, heard: Sequence[Names]) -> int:
    flat = [(place, one) for place, names in enumerate(heard) for one in names]
    answers = suppressed_among(workspace.pk, [one for _, one in flat])
    out = {place for (place, _), is_so in zip(flat, answers, strict=True) if is_so}
    return keep(workspace, [Sighting(tuple(sorted(names))) for place, names in enumerate(heard) if place not in out])


_switches: dict[UUID, tuple[float, bool]] = {}


def is_on(workspace_id: UUID) -> bool:
    """Say whether a workspace's events tell the index, at most a second behind."""
    if in_transaction():
        return _is_on(workspace_id)
    looked_at, is_so = _switches.get(workspace_id, (float("-inf"), False))
    if monotonic() - looked_at > LOOK_SECONDS:
        try:
            is_so = _is_on(workspace_id)
        except DatabaseError:
            logger.exception("Whether events tell the index could not be read; it stays as it was")
        _switches[workspace_id] = (monotonic(), is_so)
    return is_so


def forget() -> None:
    """Ask anew whether workspaces want it, and file anew whatever is heard."""
    _switches.clear()
    overheard.forget()


def _is_on(workspace_id: UUID) -> bool:
    drop_broken_connections()
    return IndexSettings.objects.filter(pk=workspace_id, from_events=True).exists()
