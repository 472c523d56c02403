"""Where a controller finds the copy that it asked for, and what lies there."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings
from django.db.models import Sum
from django.utils import timezone

from privacy_service.subjects.archives.packing import opened
from privacy_service.subjects.models import Archive, ArchivePart, ControllerRequest, SubjectRequest
from privacy_service.subjects.opendsr.words import VERSIONS


def archive_for(asked: ControllerRequest) -> Archive | None:
    """Return the copy that a controller may have, None while, or once, there is none.

    What a person asked for themselves is theirs: the passphrase that they were shown opens it, and no controller's key.
    """
    ready = Archive.objects.filter(request=asked.request_id, ready_at__isnull=False, expires_at__gt=timezone.now())
    return None if asked.cancelled_at else ready.filter(request__proof=SubjectRequest.Proof.OWNER).first()


def results_of(asked: ControllerRequest) -> Mapping[str, Any]:
    """Return what an answer says of results: where they lie, and how many records there are."""
    archive = archive_for(asked)
    if archive is None:
        return {}
    version, slug = VERSIONS[asked.version], asked.workspace.slug
    path = f"/opendsr/{slug}/v{version.number}/{version.path}/{asked.number}/results"
    count = ArchivePart.objects.filter(archive=archive).aggregate(records=Sum("records"))["records"]
    return {"results_url": f"{settings.PRIVACY_PUBLIC_URL}{path}", "results_count": count or 0}


def lines_of(archive: Archive) -> Iterator[bytes]:
    """Yield each record as a line of JSON, with the file of the archive that it stands in; a part at a time."""
    key = archive.key
    parts = ArchivePart.objects.filter(archive=archive).order_by("name", "number").values_list("pk", flat=True)
    for part_id in list(parts):
        part = ArchivePart.objects.get(pk=part_id)
        start = b'{"file":"%s","record":' % part.name.encode()
        records = opened(archive, part, key).splitlines()
        yield b"".join(start + record + b"}\n" for record in records)
    Archive.objects.filter(pk=archive.pk).update(fetched_at=timezone.now())
