"""Making a system known, or changing it: the same checks for the API, for files of systems and for the admin."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.db import transaction

from privacy_service.managing.errors import invalid_fields
from privacy_service.subjects.destinations import KINDS, OptionsRefused, driver_of
from privacy_service.subjects.destinations.base import CannotTell, NotDone, Subject
from privacy_service.subjects.identifiers import Identifier
from privacy_service.subjects.models import Destination
from workspaces.acts import Act, note
from workspaces.models import Source, User, Workspace
from workspaces.sealing import SealBroken

PLAIN = ("name", "options", "identifiers", "layer", "region", "processor", "contact", "is_active")
# Up to whatever ends an authority (RFC 3986, section 3.2), in JSON.
_HOST = re.compile(r'[A-Za-z][A-Za-z0-9+.-]*://[^/?#"]*')


@dataclass(frozen=True, slots=True)
class Tested:
    """Whether a system answers, and what to know of it."""

    is_well: bool
    detail: str


def filled_in(destination: Destination, asked: Mapping[str, Any]) -> Destination:
    """Return a system as it is wished, not kept yet; raise InvalidFields where it cannot be so."""
    _check_secrets_stay(destination, asked)
    for name in PLAIN:
        if name in asked:
            setattr(destination, name, asked[name])
    if "sources" in asked:
        destination.sources = _ids_of(destination.workspace, asked["sources"])
    if "secrets" in asked:
        _check_secrets(destination, asked["secrets"])
        destination.keep_secrets(asked["secrets"])
    _check_options(destination)
    return destination


@transaction.atomic
def keep(destination: Destination, *, by: User | None = None) -> Destination:
    """Keep a system that was filled in."""
    destination.save()
    note(Act.DESTINATION_CHANGED, destination.workspace, by, destination, kind=destination.kind)
    return destination


@transaction.atomic
def take_away(destination: Destination, *, by: User | None = None) -> None:
    """Forget a system; its receipts stay, and what it has not answered yet needs a person."""
    note(Act.DESTINATION_CHANGED, destination.workspace, by, destination, removed=True)
    destination.delete()


def tested(destination: Destination) -> Tested:
    """Ask a system how much it holds about somebody who does not exist."""
    nobody = Subject(tuple(Identifier(kind, str(uuid4())) for kind in destination.known_by))
    try:
        found = driver_of(destination).find(nobody)
    except CannotTell as told:
        return Tested(is_well=True, detail=f"Its options are in order. {told.problem}")
    except (NotDone, OptionsRefused, SealBroken) as error:
        return Tested(is_well=False, detail=str(error))
    return Tested(is_well=True, detail=f"It answers, and looks into {', '.join(found)}.")


def sources_of(destination: Destination) -> list[str]:
    """Return the slugs of the sources whose data comes to a system; of one that is gone, its id."""
    if not destination.sources:
        return []
    slugs = {str(one.pk): one.slug for one in Source.objects.filter(pk__in=destination.sources)}
    return [slugs.get(source_id, source_id) for source_id in destination.sources]


def _ids_of(workspace: Workspace, slugs: Iterable[str]) -> list[str]:
    ids = dict(Source.objects.filter(workspace=workspace, slug__in=list(slugs)).values_list("slug", "pk"))
    if missing := [slug for slug in slugs if slug not in ids]:
        raise invalid_fields({"sources": [f"The workspace has no source {', '.join(missing)[:200]}."]})
    return [str(ids[slug]) for slug in slugs]


def _check_secrets(destination: Destination, secrets: Mapping[str, str]) -> None:
    known = KINDS[destination.kind].secrets
    if unknown := sorted(set(secrets) - set(known)):
        allowed = f"There is no such secret here; allowed: {', '.join(known) or 'none'}."
        raise invalid_fields({f"secrets.{name[:80]}": [allowed] for name in unknown})


def _check_secrets_stay(destination: Destination, asked: Mapping[str, Any]) -> None:
    """Refuse to send what is kept for one host to another: whoever moves a system must know its secrets."""
    if not destination.sealed or "secrets" in asked or "options" not in asked:
        return
    if _hosts_in(asked["options"]) - _hosts_in(destination.options):
        raise invalid_fields({"secrets": ["These are for the host that was named before: send them again."]})


def _hosts_in(options: Any) -> frozenset[str]:
    """Return every scheme, host and port that stands anywhere in options."""
    return frozenset(match.lower() for match in _HOST.findall(json.dumps(options)))


def _check_options(destination: Destination) -> None:
    try:
        driver_of(destination)
    except OptionsRefused as error:
        where = "secrets" if error.option in KINDS[destination.kind].secrets else "options"
        raise invalid_fields({f"{where}.{error.option}": [error.advice]}) from None
    except SealBroken as error:
        raise invalid_fields({"secrets": [str(error)]}) from None
