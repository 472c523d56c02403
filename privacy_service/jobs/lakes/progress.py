"""How far each person is forgotten in a lake that takes longer than one call: it is gone through in one fixed order."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from django.utils import timezone

from privacy_service.jobs.models import LakeProgress
from privacy_service.subjects.destinations.base import Subject
from privacy_service.subjects.identifiers import digester_of
from workspaces.models import Workspace

_KEPT = timedelta(days=60)  # Longer than any law gives.


@dataclass(slots=True)
class Mark:
    """One person: the last file that was gone through for them, and what was theirs so far."""

    digest: bytes
    cursor: str = ""
    counts: Counter[str] = field(default_factory=Counter)


def order_of(address: str) -> str:
    """Return where a file comes in the order; it says nothing of the file's name, which may name a person."""
    return hashlib.blake2s(address.encode(errors="surrogateescape"), digest_size=8).hexdigest()


def marks_of(workspace: Workspace, lake: str, subjects: Sequence[Subject]) -> list[Mark]:
    """Return how far each person is."""
    marks = [Mark(_digest(workspace, lake, subject)) for subject in subjects]
    rows = LakeProgress.objects.filter(workspace=workspace, digest__in=[mark.digest for mark in marks])
    known = {bytes(row.digest): row for row in rows}
    for mark in marks:
        if row := known.get(mark.digest):
            mark.cursor, mark.counts = row.cursor, Counter(row.counts)
    return marks


def keep(workspace: Workspace, marks: Sequence[Mark], *, is_whole: bool) -> None:
    """Keep how far they are; once the whole lake is gone through nothing of them stays."""
    rows = LakeProgress.objects.filter(workspace=workspace)
    rows.filter(digest__in=[mark.digest for mark in marks]).delete()
    rows.filter(at__lt=timezone.now() - _KEPT).delete()
    if not is_whole:
        LakeProgress.objects.bulk_create(
            LakeProgress(workspace=workspace, digest=mark.digest, cursor=mark.cursor, counts=dict(mark.counts))
            for mark in {mark.digest: mark for mark in marks}.values()
        )


def _digest(workspace: Workspace, lake: str, subject: Subject) -> bytes:
    digest = digester_of(workspace.pk).digest
    hashed = hashlib.blake2s(lake.encode(), digest_size=16)
    for one in sorted(map(digest, subject.identifiers)):
        hashed.update(one)
    return hashed.digest()
