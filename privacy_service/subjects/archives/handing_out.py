"""zip_of(): an archive as the encrypted ZIP that somebody downloads, made piece by piece while they do."""

from collections.abc import Iterator
from datetime import datetime

from django.utils import timezone
from stream_zip import ZIP_64, Method, stream_zip

from privacy_service.exceptions import Conflict
from privacy_service.subjects.archives.packing import opened
from privacy_service.subjects.certificates.manifest import BY_HAND
from privacy_service.subjects.models import Archive, ArchivePart, Receipt, Status

README = "README.txt"
_PERMISSIONS = 0o600
_INTRODUCTION = """\
What is held about one person, system by system, as it was handed out on {date:%d %B %Y} (UTC).

Each folder is a system, each file in it a place there, such as a table. A line of a file is one record, in JSON.
"""
_SEEN = """
who-has-seen-personal-data.jsonl counts, for each reader, day, reason and outcome, what was shown or hidden in this
workspace. It is about everybody's data together: which of it was this person's is not recorded.
"""

_Member = tuple[str, datetime, int, Method, Iterator[bytes]]


def zip_of(archive: Archive) -> Iterator[bytes]:
    """Yield the archive as a ZIP, encrypted with its passphrase (AES-256); raise Conflict where that cannot be yet."""
    if archive.ready_at is None:
        message = "The archive is not ready: not every system has answered. The request's receipts say which."
        raise Conflict(message)
    passphrase = archive.passphrase
    if not passphrase:
        message = "It has no passphrase yet: POST to `passphrase` first, which shows you one, this once."
        raise Conflict(message)
    return _pieces(archive, passphrase)


def _pieces(archive: Archive, passphrase: str) -> Iterator[bytes]:
    yield from stream_zip(_members(archive), password=passphrase)
    Archive.objects.filter(pk=archive.pk).update(fetched_at=timezone.now())


def _members(archive: Archive) -> Iterator[_Member]:
    made_at = archive.ready_at or archive.created_at
    names = list(archive.parts.order_by("name").values_list("name", flat=True).distinct())
    yield (README, made_at, _PERMISSIONS, ZIP_64, iter([_introduction(archive, names).encode()]))
    key = archive.key
    for name in names:
        yield (name, made_at, _PERMISSIONS, ZIP_64, _contents(archive, name, key))


def _contents(archive: Archive, name: str, key: bytes) -> Iterator[bytes]:
    parts = ArchivePart.objects.filter(archive=archive, name=name).order_by("number")
    for part_id in list(parts.values_list("pk", flat=True)):  # One at a time: a cursor could not outlive the request.
        yield opened(archive, ArchivePart.objects.get(pk=part_id), key)


def _introduction(archive: Archive, names: list[str]) -> str:
    receipts = Receipt.objects.filter(request=archive.request_id).order_by("name")
    systems = "".join(f"{receipt.name}: {_said(receipt)}\n" for receipt in receipts)
    seen = _SEEN if any("/" not in name for name in names) else ""
    return f"{_INTRODUCTION.format(date=archive.ready_at)}\n{systems}{seen}"


def _said(receipt: Receipt) -> str:
    match receipt.status:
        case Status.UNSUPPORTED:
            return "cannot hand out what it holds, or does not know people by the names that were given"
        case _ if BY_HAND in receipt.evidence:
            return "was looked into by a person"
    counts = ", ".join(f"{count} in {place}" for place, count in sorted(receipt.evidence.items()))
    return counts or "holds nothing"
