"""Where jobs of a workspace may read and write: places that whoever runs the installation has listed, and no others."""

import os
from dataclasses import replace
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from django.conf import settings

from privacy_service.jobs.errors import JobRefused
from privacy_service.jobs.places import Found, Place, before_pattern


def allowed_places(slug: str) -> list[str]:
    """Return the folders that jobs of this workspace may read and write below."""
    return [one.replace("{workspace}", slug) for one in settings.PRIVACY_JOBS_PLACES]


def allowed_place(address: str, slug: str) -> Place:
    """Return the place that an address names; raise JobRefused where jobs of this workspace have no business there."""
    places = allowed_places(slug)
    if not places:
        message = "No place is open to jobs here: whoever runs the service lists places in PRIVACY_JOBS_PLACES."
        raise JobRefused(message)
    if _is_well_formed(address) and any(_lies_in(address, place) for place in places):
        return Place.at(address)
    raise _refused(places)


def check_still_allowed(place: Place, slug: str) -> None:
    """Refuse a place whose folder has meanwhile become a link to elsewhere; raise JobRefused."""
    if not place.is_local:
        allowed_place(place.address, slug)
    elif leads_out(place, slug):
        raise _refused(allowed_places(slug))


def leads_out(place: Place, slug: str) -> bool:
    """Say whether a path of this machine leads out of the workspace's places, as the system follows its links.

    The path is one file's: what would be signs of a pattern in an address are letters of its name.
    """
    around = (one.removeprefix("file://") for one in allowed_places(slug) if one.startswith("file://"))
    return place.is_local and not any(_is_below(place.address, one) for one in around)


def in_place(found: Found, slug: str) -> Found:
    """Leave away what a link shows of elsewhere, so that nothing tells it apart from what is not there.

    What is named by itself stays, to be refused; without a workspace all stays.
    """
    if not slug or found.is_one:
        return found
    return replace(found, names=[name for name in found.names if not leads_out(found.at(name), slug)])


def _refused(places: list[str]) -> JobRefused:
    return JobRefused(f"Jobs of this workspace may not go there; they may go below {', '.join(places)}.")


def is_in_sight(address: str, slug: str) -> bool:
    """Say whether this process sees the place in which an address lies; the workers may see more."""
    around = [one for one in allowed_places(slug) if _lies_in(address, one)]
    return any(not one.startswith("file://") or os.path.isdir(one.removeprefix("file://")) for one in around)  # noqa: PTH112 - an address, not a path.


def _is_well_formed(address: str) -> bool:
    """Say whether an address means what it seems to: no way up, no address within an address."""
    parts = urlsplit(address)
    names = PurePosixPath(address.partition("://")[2]).parts
    return bool(parts.scheme) and ".." not in names and "::" not in address and "\x00" not in address


def _lies_in(address: str, allowed: str) -> bool:
    if not allowed.startswith("file://"):
        return address.startswith(allowed.rstrip("/") + "/")
    if not address.startswith("file:///"):
        return False
    # What a pattern matches is checked file by file.
    return _is_below(before_pattern(address).removeprefix("file://"), allowed.removeprefix("file://"))


def _is_below(path: str, folder: str) -> bool:
    # As the system follows them, links included, be they in the place itself.
    real, root = os.path.realpath(path), os.path.realpath(folder)
    return real == root or real.startswith(root.rstrip("/") + "/")
