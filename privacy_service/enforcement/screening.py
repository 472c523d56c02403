"""What is asked about a body before it is masked: whether all of it may be taken in."""

from collections.abc import Callable
from typing import NamedTuple

from privacy_service.enforcement.enforce import Payload
from privacy_service.http import Headers
from workspaces.models import Workspace


class Screened(NamedTuple):
    """A body without what is not to be taken in, and the headers that say how many events that were."""

    payload: Payload
    headers: Headers = ()


Screen = Callable[[Workspace, Payload, str], Screened]
SCREENS: list[Screen] = []
"""Who looks at what is sent to be masked; they raise where that is to be refused, or cannot be told."""


def screened(workspace: Workspace, payload: Payload, destination: str = "") -> Screened:
    """Return what may be taken in of a body that goes on to a destination, empty where the call names none."""
    headers: Headers = ()
    for screen in SCREENS:
        seen = screen(workspace, payload, destination)
        payload, headers = seen.payload, (*headers, *seen.headers)
    return Screened(payload, headers)
