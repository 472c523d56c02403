"""Shadow: a sample of what passes for want of a release is masked beside its answer, and counted.

Nothing of it is on the path of an answer: a request leaves its body in a bounded queue, or is dropped where there is no
room; one thread a process works it off within its share of processor time. What is kept are counts by effect, folded
path and kind; bodies stay in memory until they were looked at.
"""

import logging
import random
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Protocol
from uuid import UUID

from django.conf import settings
from django.db import close_old_connections, transaction
from django.db.models import F
from django.utils import timezone

from privacy_service.observability import metrics
from privacy_service.observability.aside import Aside, rest_after
from privacy_service.rollout.models import ShadowCount
from privacy_service.rollout.release import cause_of
from privacy_service.rollout.stages import Cause

logger = logging.getLogger(__name__)

MOST_KEPT = 10_000  # Counts in one process between two writings.
MOST_FIELDS = 500  # Of one workspace, for good.
OTHERS = "…"

Key = tuple[UUID, str, str, str]


class Outcome(Protocol):
    """What became of one body; `enforcement.trial.Trial` is one."""

    @property
    def effect(self) -> str:
        """Return what would have been done, with its reason."""

    @property
    def fields(self) -> Mapping[tuple[str, str], int]:
        """Return how often each field would have been hidden, by folded path and kind."""

    @property
    def leaks(self) -> Mapping[str, int]:
        """Return how much proven personal data was still there afterwards, by kind."""


class Shadow(Aside[tuple[Any, Any]]):
    """The shadow of one process, and the counts that were not written yet."""

    def __init__(self, try_out: Callable[[Any, Any], Outcome]) -> None:
        super().__init__("shadow")
        self._try_out = try_out
        self._counts: Counter[Key] = Counter()

    @property
    def room(self) -> int:
        """Return how many bytes of bodies may wait."""
        room: int = settings.PRIVACY_SHADOW_QUEUE_BYTES
        return room

    @property
    def budget(self) -> float:
        """Return for how much of each second it may work."""
        budget: float = settings.PRIVACY_SHADOW_BUDGET_SECONDS
        return budget

    def offer(self, access: Any, payload: Any) -> None:
        """Take a body that was passed on, if the sample wants it and there is room; raise nothing, wait for nothing."""
        share: float = settings.PRIVACY_SHADOW_SHARE
        if random.random() >= share:  # noqa: S311 - a sample, not a secret.
            return
        try:
            wanted = cause_of(access.workspace) is Cause.NOT_REACHED
            if wanted and not self.take((access, payload), len(payload.body)):
                metrics.shadow_requests.add("dropped")
        except Exception:
            logger.exception("Shadow could not take a request; its answer is as it was")
            metrics.shadow_requests.add("dropped")

    def write(self) -> None:
        """Add what was counted to the table; what cannot be written is kept for the next time."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        try:
            with transaction.atomic():
                for key, count in sorted(
                    counts.items(), key=str
                ):  # One order for all processes: none locks another out.
                    _add(key, count)
        except Exception:
            self._add(counts)
            raise

    def look_at(self, thing: tuple[Any, Any]) -> None:
        """Try a body out, and count."""
        access, payload = thing
        close_old_connections()
        try:
            outcome = self._try_out(access, payload)
        except Exception:
            logger.exception("A request could not be masked in shadow; its answer was as it was")
            metrics.shadow_requests.add("broken")
            return
        metrics.shadow_requests.add("masked" if outcome.effect.startswith("mask") else "not-masked")
        self._add(_counts_of(access.workspace.pk, outcome))
        if outcome.leaks:
            metrics.shadow_leaks.add(amount=sum(outcome.leaks.values()))

    def _add(self, counts: Mapping[Key, int]) -> None:
        with self._lock:
            for key, count in counts.items():
                has_room = key in self._counts or len(self._counts) < MOST_KEPT
                self._counts[key if has_room else (*key[:2], OTHERS, "")] += count


def pause_after(took: float) -> float:
    """Return how long to rest after so much work, so that the budget of each second holds."""
    return rest_after(took, settings.PRIVACY_SHADOW_BUDGET_SECONDS)


def _counts_of(workspace_id: UUID, outcome: Outcome) -> Mapping[Key, int]:
    counts: Counter[Key] = Counter({(workspace_id, "effect", outcome.effect, ""): 1})
    for (path, entity), count in outcome.fields.items():
        counts[workspace_id, "field", path, entity] += count
    for entity, count in outcome.leaks.items():
        counts[workspace_id, "leak", "", entity] += count
    return counts


def _add(key: Key, count: int) -> None:
    workspace_id, kind, name, entity = key
    row = {"workspace_id": workspace_id, "kind": kind, "name": name, "entity": entity}
    now = timezone.now()
    if ShadowCount.objects.filter(**row).update(count=F("count") + count, last_at=now):
        return
    if ShadowCount.objects.filter(workspace_id=workspace_id, kind=kind).count() >= MOST_FIELDS:
        row |= {"name": OTHERS, "entity": ""}
    kept, is_new = ShadowCount.objects.get_or_create(**row, defaults={"count": count, "last_at": now})
    if not is_new:
        ShadowCount.objects.filter(pk=kept.pk).update(count=F("count") + count, last_at=now)
