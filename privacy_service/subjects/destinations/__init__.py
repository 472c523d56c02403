"""Systems that can forget somebody, one file for each kind; a new kind is a file, a line here and a table of tests."""

from collections.abc import Mapping

from privacy_service.subjects.destinations.base import DestinationKind, Driver, OptionsRefused
from privacy_service.subjects.destinations.http_api import HTTP
from privacy_service.subjects.destinations.manual import MANUAL
from privacy_service.subjects.destinations.redis_store import REDIS
from privacy_service.subjects.destinations.sql import SQL
from privacy_service.subjects.destinations.webhook import WEBHOOK
from privacy_service.subjects.models import Destination

KINDS: Mapping[str, DestinationKind] = {kind.name: kind for kind in (SQL, HTTP, WEBHOOK, REDIS, MANUAL)}


def driver_of(destination: Destination) -> Driver:
    """Return what reaches a destination; raise OptionsRefused or SealBroken. Nothing is connected to yet."""
    kind = KINDS.get(destination.kind)
    if kind is None:
        raise OptionsRefused(option="kind", advice=f"there is none such here; kinds: {', '.join(KINDS)}.")
    return kind.open(destination.options, destination.secrets)


__all__ = ["KINDS", "Driver", "OptionsRefused", "driver_of"]
