"""Whose data lies at an address: a restricted source is read through its decision, by whatever name one comes to it."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace

from privacy_service.decisions.engine import decide
from privacy_service.decisions.types import AccessRequest, Effect
from privacy_service.inventory.models import SourceNote
from workspaces.models import Source, User, Workspace
from workspaces.stamp import StampedCache

TOPIC = "topic:"
_FILES = "file://"

_places = StampedCache()


def source_at(workspace: Workspace, address: str) -> Source | None:
    """Return the source that an address belongs to: that of the longest place which begins it.

    A restricted source comes first: no place within it that another names takes anything from it.
    """
    places = _places.get(workspace.pk, lambda: _places_of(workspace))
    fitting = [place for place in places if _is_within(address, place)]
    return places[max(fitting, key=lambda place: (places[place].is_restricted, len(place)))] if fitting else None


def check_may_read(workspace: Workspace, address: str, actor: User) -> None:
    """Raise AccessDenied where an address leads to a restricted source that is kept from the actor.

    A folder above its place leads there too, and so do a pattern that may match it and a link.
    """
    for source in reached_from(workspace, address):
        if not source.is_restricted:
            continue
        decision = decide(AccessRequest(actor, workspace, source))
        if decision.effect is Effect.DENY:
            raise decision.refusal


def of_its_source(access: AccessRequest, address: str) -> AccessRequest:
    """Return the request as one about the source that an address belongs to, whatever source was named."""
    source = source_at(access.workspace, address)
    return replace(access, source=source) if source else access


def reached_from(workspace: Workspace, address: str) -> Iterator[Source]:
    """Yield the sources that an address leads to: by a place around it, or within it, or that a pattern may match."""
    start, is_pattern = _start_of(address)
    for written, source in _places.get(workspace.pk, lambda: _places_of(workspace)).items():
        place = _as_it_lies(written)
        lies_below = place.startswith(start) if is_pattern else _is_within(place, start)
        if lies_below or _is_within(start, place):
            yield source


def _start_of(address: str) -> tuple[str, bool]:
    """Return the part of an address that every match of it begins with, and whether it is a pattern."""
    at = min((at for sign in "*?[" if (at := address.find(sign)) >= 0), default=None)
    if at is None:
        return _as_it_lies(address), False
    folder, slash, name = address[:at].rpartition("/")
    return (f"{_as_it_lies(folder + slash).removesuffix('/')}/{name}" if slash else name), True


def _as_it_lies(address: str) -> str:
    """Return an address of this machine as the system follows it, links included; any other as it is."""
    path = address.removeprefix(_FILES)
    return f"{_FILES}{os.path.realpath(path)}" if path != address else address


def _places_of(workspace: Workspace) -> Mapping[str, Source]:
    notes = SourceNote.objects.filter(source__workspace=workspace).select_related("source")
    return {place: note.source for note in notes for place in note.places}


def _is_within(address: str, place: str) -> bool:
    """Say whether an address is the place, or lies below it: orders-old is not below orders."""
    return address == place or address.startswith(place if place.endswith("/") else f"{place}/")
