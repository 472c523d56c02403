"""How a regulation stands: the answers of all systems about all of its people, as one word for each and one over all.

A system that cannot do what is asked never makes a regulation fail: what others have done is a partial success.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Max, Q
from django.utils import timezone

from privacy_service.subjects.lifecycle import State
from privacy_service.subjects.models import Regulation, Status, Wish

Standing = Regulation.Status
_OPEN = (State.PENDING, State.IN_PROGRESS)
_MOVING = frozenset({Standing.INITIALIZED, Standing.RUNNING})


@dataclass(slots=True)
class Answers:
    """What one system has answered about the people of one regulation."""

    id: UUID | None  # None where it was taken away.
    name: str
    counts: Counter[str] = field(default_factory=Counter)
    asked: int = 0
    problem: str = ""
    done_at: datetime | None = None

    def add(self, row: Mapping[str, Any]) -> None:
        """Count one kind of answer."""
        self.counts[row["status"]] += row["people"]
        self.asked += row["tried"]
        self.problem = self.problem or row["problem"]
        self.done_at = max(filter(None, (self.done_at, row["done_at"])), default=None)

    @property
    def status(self) -> Standing:
        """Return the one word for it."""
        if self.counts[Status.WAITING]:
            return Standing.RUNNING if self.asked else Standing.INITIALIZED
        if self.counts[Status.FAILED]:
            return self._failed()
        if not self.counts[Status.UNSUPPORTED]:
            return Standing.FINISHED
        return Standing.PARTIAL_SUCCESS if self.counts[Status.COMPLETED] else Standing.NOT_SUPPORTED

    def _failed(self) -> Standing:
        if self.counts[Status.COMPLETED]:
            return Standing.PARTIAL_SUCCESS
        return Standing.FAILED if self.id else Standing.INVALID


def overall(wish: Wish, each: Iterable[Standing], *, is_opened: bool) -> Standing:
    """Return the one word over all systems; what was done here counts as well."""
    told = set(each)
    if not is_opened or not told.isdisjoint(_MOVING):
        return Standing.INITIALIZED if told <= {Standing.INITIALIZED} else Standing.RUNNING
    words = told | ({Standing.FINISHED} if wish.suppresses or not told else set())
    if len(words) == 1:
        return words.pop()
    has_done = not words.isdisjoint({Standing.FINISHED, Standing.PARTIAL_SUCCESS})
    return Standing.PARTIAL_SUCCESS if has_done else Standing.FAILED


def answers_of(regulations: Sequence[Regulation]) -> dict[UUID, list[Answers]]:
    """Return what each system has answered about each of these regulations."""
    receipt = "subjectrequest__receipts__"
    rows = (
        Regulation.requests.through.objects.filter(regulation__in=[one.pk for one in regulations])
        .filter(**{f"{receipt}isnull": False})
        .values(
            "regulation_id",
            status=F(f"{receipt}status"),
            name=F(f"{receipt}name"),
            destination=F(f"{receipt}destination"),
        )
        .annotate(
            people=Count("pk"),
            tried=Count("pk", filter=Q(**{f"{receipt}attempts__gt": 0}) | Q(**{f"{receipt}code__isnull": False})),
            problem=Max(f"{receipt}problem"),
            done_at=Max(f"{receipt}done_at"),
        )
        .order_by("name")
    )
    found: dict[UUID, dict[str, Answers]] = defaultdict(dict)
    for row in rows:
        known = found[row["regulation_id"]]
        known.setdefault(row["name"], Answers(row["destination"], row["name"])).add(row)
    return {regulation: [*known.values()] for regulation, known in found.items()}


def refresh(regulations: Sequence[Regulation]) -> None:
    """Bring those up to date that are not finished; call it before they are shown."""
    moving = [one for one in regulations if one.finished_at is None]
    if not moving:
        return
    ids = [one.pk for one in moving]
    answers = answers_of(moving)
    unopened = set(Regulation.objects.filter(pk__in=ids, parts__isnull=False).values_list("pk", flat=True))
    links = Regulation.requests.through.objects.filter(regulation__in=ids, subjectrequest__state__in=_OPEN)
    running = set(links.values_list("regulation_id", flat=True))
    before = {one.pk: one.status for one in moving}
    for one in moving:
        words = [each.status for each in answers.get(one.pk, ())]
        one.status = overall(Wish(one.wish), words, is_opened=one.pk not in unopened)
        one.finished_at = None if one.pk in unopened | running else timezone.now()
    changed = [one for one in moving if one.finished_at or one.status != before[one.pk]]
    Regulation.objects.bulk_update(changed, ["status", "finished_at"])
