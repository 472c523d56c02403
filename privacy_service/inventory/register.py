"""Writing fields down as they are seen: new ones come into the Inbox, known ones learn what was found anew."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from classifier import Colour
from privacy_service.inventory.alerts import tell_soon
from privacy_service.inventory.looking import MOST_EXAMPLES, Look
from privacy_service.inventory.models import LONGEST_PLACE, Field, SeenIn, strictest
from workspaces.models import Workspace

MOST_OF_TRAFFIC = 5_000  # Fields of one workspace: beyond these what passes adds no new ones; a scan does.
_SEEN_AGAIN = timedelta(minutes=10)  # So often it is written down that a field was seen once more.
_MOST = 1 << 62


@dataclass(frozen=True, slots=True)
class Where:
    """A place of a source in which fields were seen, and through what."""

    source: str
    place: str
    seen_in: SeenIn


@dataclass(frozen=True, slots=True)
class Written:
    """What came of writing fields down."""

    fields: int = 0
    new: int = 0
    new_red: int = 0

    def __add__(self, other: "Written") -> "Written":
        return Written(self.fields + other.fields, self.new + other.new, self.new_red + other.new_red)


@transaction.atomic
def write_down(workspace: Workspace, where: Where, looks: Iterable[Look]) -> Written:
    """Add the fields that nobody knew, and what was found to those that are known.

    A scan tells the whole of what a place holds now; what passes adds to what was seen before.
    """
    now = timezone.now()
    rows = Field.objects.filter(workspace=workspace, source=where.source, place=where.place[:LONGEST_PLACE])
    known = {row.path: row for row in rows.select_for_update()}
    seen = {look.path: look for look in looks}
    new = [_new(workspace, where, look, now) for path, look in seen.items() if path not in known]
    new = new[: _room_for(workspace, where)]
    # Another process may have seen them in the same moment: then they are its.
    Field.objects.bulk_create(new, ignore_conflicts=True)
    changed = [row for path, row in known.items() if path in seen and _learn(row, seen[path], where, now)]
    Field.objects.bulk_update(changed, _LEARNED)
    red = [row for row in new if row.recommended == Colour.RED]
    if red or any(row.told_at is None and row.recommended == Colour.RED for row in changed):
        tell_soon(workspace)
    return Written(len(new) + len(seen.keys() & known.keys()), len(new), len(red))


_LEARNED = ("kinds", "recommended", "found_by", "sampled", "found", "examples", "last_seen_at", "seen_in", "told_at")


def _room_for(workspace: Workspace, where: Where) -> int:
    if where.seen_in is not SeenIn.TRAFFIC:
        return _MOST
    return max(0, MOST_OF_TRAFFIC - Field.objects.filter(workspace=workspace).count())


def _new(workspace: Workspace, where: Where, look: Look, now: datetime) -> Field:
    return Field(
        workspace=workspace,
        source=where.source,
        place=where.place[:LONGEST_PLACE],
        path=look.path,
        seen_in=where.seen_in,
        kinds=dict(look.kinds),
        recommended=look.recommended,
        found_by=look.found_by,
        sampled=look.sampled,
        found=look.found,
        examples=look.examples,
        first_seen_at=now,
        last_seen_at=now,
    )


def _learn(row: Field, look: Look, where: Where, now: datetime) -> bool:
    """Take up what was found; say whether anything is worth writing."""
    before = row.recommended
    if where.seen_in is SeenIn.SCAN:
        row.kinds, row.sampled, row.found = dict(look.kinds), look.sampled, look.found
        row.examples, row.recommended, row.seen_in = look.examples, look.recommended, where.seen_in
    else:
        if not _tells_more(row, look) and now - row.last_seen_at < _SEEN_AGAIN:
            return False
        row.kinds = _sum(row.kinds, look.kinds)
        row.sampled, row.found = row.sampled + look.sampled, row.found + look.found
        row.examples = row.examples[:MOST_EXAMPLES]
        row.recommended = strictest((row.recommended, look.recommended))
    row.found_by, row.last_seen_at = look.found_by or row.found_by, now
    if row.recommended == Colour.RED != before and row.colour in {"", Colour.GREEN}:
        row.told_at = None
    return True


def _tells_more(row: Field, look: Look) -> bool:
    return (
        not row.kinds.keys() >= look.kinds.keys() or strictest((row.recommended, look.recommended)) != row.recommended
    )


def _sum(before: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    return {kind: before.get(kind, 0) + more.get(kind, 0) for kind in {**before, **more}}
