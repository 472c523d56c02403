"""What is to be scanned, from the words that name it."""

import os
import re

from django.utils.text import slugify

from privacy_service.inventory.restricting import TOPIC
from privacy_service.jobs.allowed import allowed_place
from privacy_service.jobs.errors import JobRefused
from privacy_service.scanning.sources.base import ScanRefused, Source
from privacy_service.scanning.sources.destinations import PREFIX, source_of
from privacy_service.scanning.sources.files import Files
from privacy_service.scanning.sources.tables import Tables, is_database
from privacy_service.scanning.sources.topics import Topics
from privacy_service.subjects.models import Destination
from workspaces.models import Workspace

FROM_ENVIRONMENT = "env:"
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]*")


def confined_target_of(workspace: Workspace, written: str, *, rows: int) -> Source:
    """Return what somebody over HTTP names: a topic, a destination, or files that jobs may read; raise ScanRefused."""
    if written.startswith(TOPIC):
        return Topics(workspace, written.removeprefix(TOPIC))
    if written.startswith(PREFIX):
        return source_of(_destination(workspace, written.removeprefix(PREFIX)), rows)
    try:
        allowed_place(written, workspace.slug)
    except JobRefused as error:
        raise ScanRefused(str(error)) from None
    return Files(written, confined_to=workspace.slug)


def target_of(workspace: Workspace, written: str, *, rows: int, schema: str | None = None) -> Source:
    """Return what whoever runs the installation names: a database, a topic, a destination or files."""
    if written.startswith(FROM_ENVIRONMENT):
        written = _from_environment(written.removeprefix(FROM_ENVIRONMENT))
    if is_database(written):
        return Tables(written, schema)
    if written.startswith(TOPIC):
        return Topics(workspace, written.removeprefix(TOPIC))
    if written.startswith(PREFIX):
        return source_of(_destination(workspace, written.removeprefix(PREFIX)), rows)
    known = Destination.objects.filter(workspace=workspace, slug=written).first() if _SLUG.fullmatch(written) else None
    return source_of(known, rows) if known else Files(written)


def slug_for(source: Source) -> str:
    """Return the slug of the source that fields are written down for where nobody names one."""
    return slugify(getattr(source, "name", "").replace(".", "-").replace("_", "-"))[:80] or "scanned"


def _destination(workspace: Workspace, slug: str) -> Destination:
    found = Destination.objects.filter(workspace=workspace, slug=slug).first()
    if found is None:
        message = f"{workspace} has no destination {slug[:80]}."
        raise ScanRefused(message)
    return found


def _from_environment(name: str) -> str:
    written = os.environ.get(name, "")
    if not written:
        message = f"The environment variable {name[:80]} is not set: it holds the address that is scanned."
        raise ScanRefused(message)
    return written
