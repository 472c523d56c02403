"""What is asked about a body before it is masked: whether all of it may be taken in."""

from collections.abc import Callable
from typing import NamedTuple

from privacy_service.enforcement.enforce import Payload
from workspaces.models import Workspace


class Screened(NamedTuple):
    """A body without what is not to be taken in, and how many events that were."""

    payload: Payload
    left_out: int = 0


Screen = Callable[[Workspace, Payload], Screened]
SCREENS: list[Screen] = []
"""Who looks at what is sent to be masked; they raise where that is to be refused, or cannot be told."""


def screened(workspace: Workspace, payload: Payload) -> Screened:
    """Return what may be taken in of a body."""
    left_out = 0
    for screen in SCREENS:
        seen = screen(workspace, payload)
        payload, left_out = seen.payload, left_out + seen.left_out
    return Screened(payload, left_out)
