"""Showing a sample of what passes to whoever keeps an eye on it; it changes no answer and keeps nobody waiting."""

from typing import NamedTuple, Protocol

from privacy_service.enforcement.enforce import Payload
from workspaces.models import Workspace


class Passing(NamedTuple):
    """A body on its way, before anything of it is hidden: whose, of which source, and in which place it was met."""

    workspace: Workspace
    source: str
    place: str
    payload: Payload


class Witness(Protocol):
    """Whoever looks; neither call raises or waits."""

    def wants(self, workspace: Workspace) -> bool:
        """Say whether it wants to see the next body; most are not wanted."""
        ...

    def see(self, passing: Passing) -> None:
        """Take a body along."""
        ...


WITNESSES: list[Witness] = []


def is_wanted(workspace: Workspace) -> bool:
    """Say whether anybody wants to see the next body of a workspace; it may ask the database."""
    for witness in WITNESSES:  # noqa: SIM110 - any() takes three times as long, on the hot path.
        if witness.wants(workspace):
            return True
    return False


def show(passing: Passing) -> None:
    """Show a body that was wanted."""
    for witness in WITNESSES:
        witness.see(passing)
