"""Showing some of a flow's records, as they were read, to whoever keeps an eye on fields; it changes none of them."""

from collections.abc import Callable

from django.core.exceptions import ObjectDoesNotExist
from django.db import Error as DatabaseFailed

from classifier import PayloadKind
from privacy_service.enforcement.enforce import Payload
from privacy_service.enforcement.witnessing import WITNESSES, Passing, is_wanted, show
from privacy_service.inventory.passing import Onlooker
from privacy_service.inventory.restricting import TOPIC, source_at
from privacy_service.streams.brokers.types import Batch, Made
from workspaces.authentication import workspace_of
from workspaces.models import Workspace

Transforming = Callable[[Batch], Made]


def watch() -> None:
    """Have fields looked for in what this process carries."""
    if not WITNESSES:
        WITNESSES.append(Onlooker())


def witnessed(transform: Transforming, namespace: str) -> Transforming:
    """Return the same transforms, of whose batches one record is shown now and then."""

    def carry(batch: Batch) -> Made:
        made = transform(batch)
        if batch.records and WITNESSES:
            _show_one(batch, namespace)
        return made

    return carry


def _show_one(batch: Batch, namespace: str) -> None:
    try:
        workspace = workspace_of(namespace)
        if workspace is not None and is_wanted(workspace):
            show(_passing(workspace, batch))
    except (DatabaseFailed, ObjectDoesNotExist):
        return  # A flow runs without a database too, and without what stands in it.


def _passing(workspace: Workspace, batch: Batch) -> Passing:
    place = f"{TOPIC}{batch.origins[0]}"
    source = source_at(workspace, place)
    return Passing(workspace, source.slug if source else "", place, Payload(PayloadKind.NDJSON, batch.records[0].value))
