"""What is asked about a body before it is masked: whether all of it may be taken in."""

from collections.abc import Callable
from typing import NamedTuple
from uuid import UUID

from privacy_service.enforcement.enforce import Payload
from privacy_service.http import Headers
from workspaces.models import Workspace


class Screened(NamedTuple):
    """A body without what is not to be taken in, and the headers that say how many events that were."""

    payload: Payload
    headers: Headers = ()


class Way(NamedTuple):
    """Where a body goes, and which source it comes from; empty and None where the call does not say."""

    destination: str = ""
    source_id: UUID | None = None


Screen = Callable[[Workspace, Payload, Way], Screened]
SCREENS: list[Screen] = []
"""Who looks at what is sent to be masked; they raise where that is to be refused, or cannot be told."""


def screened(workspace: Workspace, payload: Payload, way: Way) -> Screened:
    """Return what may be taken in of a body that goes this way."""
    headers: Headers = ()
    for screen in SCREENS:
        seen = screen(workspace, payload, way)
        payload, headers = seen.payload, (*headers, *seen.headers)
    return Screened(payload, headers)
