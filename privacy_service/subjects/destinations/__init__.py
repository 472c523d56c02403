"""Systems that can forget somebody, one file for each kind; a new kind is a file, a line here and a table of tests."""

from privacy_service.subjects.destinations.base import DestinationKind, Driver, InWorkspace, OptionsRefused, abilities
from privacy_service.subjects.destinations.http_api import HTTP
from privacy_service.subjects.destinations.manual import MANUAL
from privacy_service.subjects.destinations.opendsr import OPENDSR
from privacy_service.subjects.destinations.own_models import DJANGO
from privacy_service.subjects.destinations.redis_store import REDIS
from privacy_service.subjects.destinations.sql import SQL
from privacy_service.subjects.destinations.webhook import WEBHOOK
from privacy_service.subjects.models import Ability, Destination
from workspaces.sealing import SealBroken

KINDS: dict[str, DestinationKind] = {kind.name: kind for kind in (SQL, HTTP, WEBHOOK, OPENDSR, REDIS, DJANGO, MANUAL)}


def register(kind: DestinationKind) -> None:
    """Add a kind that lives in a package above this one; call it when the apps are ready."""
    KINDS[kind.name] = kind


def driver_of(destination: Destination) -> Driver:
    """Return what reaches a destination; raise OptionsRefused or SealBroken. Nothing is connected to yet."""
    kind = KINDS.get(destination.kind)
    if kind is None:
        raise OptionsRefused(option="kind", advice=f"there is none such here; kinds: {', '.join(KINDS)}.")
    driver = kind.open(destination.options, destination.secrets)
    return driver.in_workspace(destination.workspace) if isinstance(driver, InWorkspace) else driver


def is_seen_to_by_a_person(destination: Destination | None) -> bool:
    """Say whether no program reaches a destination, so that asking it does nothing."""
    kind = KINDS.get(destination.kind) if destination else None
    return kind is not None and kind.asks_a_person


def abilities_of(destination: Destination) -> frozenset[Ability]:
    """Return what a destination can do; nothing where its options or secrets cannot be used any more."""
    try:
        return abilities(driver_of(destination))
    except (OptionsRefused, SealBroken):
        return frozenset()


__all__ = ["KINDS", "Driver", "OptionsRefused", "abilities_of", "driver_of", "is_seen_to_by_a_person", "register"]
