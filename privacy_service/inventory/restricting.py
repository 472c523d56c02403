"""Whose data lies at an address: a restricted source is read through its decision, by whatever name one comes to it."""

from collections.abc import Mapping
from dataclasses import replace

from privacy_service.decisions.engine import decide
from privacy_service.decisions.types import AccessRequest, Effect
from privacy_service.inventory.models import SourceNote
from workspaces.models import Source, User, Workspace
from workspaces.stamp import StampedCache

TOPIC = "topic:"

_places = StampedCache()


def source_at(workspace: Workspace, address: str) -> Source | None:
    """Return the source that an address belongs to: that of the longest place which begins it."""
    places = _places.get(workspace.pk, lambda: _places_of(workspace))
    fitting = [place for place in places if _is_within(address, place)]
    return places[max(fitting, key=len)] if fitting else None


def check_may_read(workspace: Workspace, address: str, actor: User) -> None:
    """Raise AccessDenied where an address is of a restricted source that is kept from the actor."""
    source = source_at(workspace, address)
    if source is None or not source.is_restricted:
        return
    decision = decide(AccessRequest(actor, workspace, source))
    if decision.effect is Effect.DENY:
        raise decision.refusal


def of_its_source(access: AccessRequest, address: str) -> AccessRequest:
    """Return the request as one about the source that an address belongs to, whatever source was named."""
    source = source_at(access.workspace, address)
    return replace(access, source=source) if source else access


def _places_of(workspace: Workspace) -> Mapping[str, Source]:
    notes = SourceNote.objects.filter(source__workspace=workspace).select_related("source")
    return {place: note.source for note in notes for place in note.places}


def _is_within(address: str, place: str) -> bool:
    """Say whether an address is the place, or lies below it: orders-old is not below orders."""
    return address == place or address.startswith(place if place.endswith("/") else f"{place}/")
