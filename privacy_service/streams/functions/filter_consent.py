"""`filter-consent`: keeps an event from the sinks that its person has not agreed to.

The event says what was agreed to in `context.consent.categoryPreferences`: names of categories, each true or false. An
event without `context.consent` flows everywhere; a sink with categories needs all of them true. With `destinations` the
workspace's consent settings say what a sink needs, and what an event means that says nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from django.db import Error as DatabaseFailed

from privacy_service.consent.preferences import Agreed, agreed_in, allows
from privacy_service.consent.rules import rules_of
from privacy_service.exceptions import UnknownDestination
from privacy_service.streams.flow import Operator
from privacy_service.streams.functions.base import (
    DROPPED,
    NO_JSON,
    SEVERAL,
    BuiltIn,
    Place,
    holds_several,
    object_in,
)
from privacy_service.streams.parts import NAMESPACE, Part
from privacy_service.streams.records import Failed, Function, Outcome, Record, Trouble
from workspaces.authentication import workspace_of

Event = Mapping[str, object]
Needed = Mapping[str, Agreed]
# What each event's person has agreed to, and what each sink needs.
Asked = tuple[Sequence[Agreed | None], Needed]
_UNTOLD = Failed(Trouble.UNAVAILABLE, "consent could not be read")


class _Unasked(Exception):
    """Nobody can tell what is needed; the batch waits."""

    def __init__(self, outcome: Failed) -> None:
        super().__init__()
        self.outcome = outcome


@dataclass(frozen=True, slots=True)
class FilterConsent:
    """Asks about a whole batch at once; where nobody can tell, nothing goes on."""

    sinks: tuple[str, ...]
    ask: Callable[[Sequence[Event]], Asked]

    def __call__(self, records: Sequence[Record]) -> list[Outcome]:
        """Return each record with the sinks that its person has agreed to."""
        events = [object_in(record.value) for record in records]
        try:
            agreed, needed = self.ask([event or {} for event in events])
        except _Unasked as unasked:
            return [unasked.outcome] * len(records)
        together = zip(records, events, agreed, strict=True)
        return [self._outcome(record, event, one, needed) for record, event, one in together]

    def _outcome(self, record: Record, event: Event | None, agreed: Agreed | None, needed: Needed) -> Outcome:
        if event is None:
            return NO_JSON
        if holds_several(event):
            return SEVERAL
        wished = (record.to,) if record.to else self.sinks
        allowed = tuple(sink for sink in wished if allows(agreed, needed.get(sink, frozenset())))
        if len(allowed) == len(wished):
            return (record,)
        return tuple(replace(record, to=sink) for sink in allowed) or DROPPED


def make(options: Part, place: Place) -> Function:
    """Read which categories each sink needs, or under which name the workspace says so; others get every event."""
    said = options.members(optional=("categories", "destinations", "workspace"))
    if ("categories" in said) == ("destinations" in said):
        options.refuse("say either `categories`, what each sink needs, or `destinations`, its name in the workspace.")
    if "categories" in said:
        if "workspace" in said:
            said["workspace"].refuse("leave this out: `categories` say all; only `destinations` ask a workspace.")
        return FilterConsent(place.sinks, _asking_events(_needed(said["categories"], place)))
    names = {name: each.text() for name, each in said["destinations"].named().items()}
    _check_sinks(said["destinations"], place)
    workspace = said["workspace"].text(NAMESPACE) if "workspace" in said else place.namespace
    return FilterConsent(place.sinks, _asking_workspace(workspace, names))


def _needed(said: Part, place: Place) -> Needed:
    _check_sinks(said, place)
    needed = {name: frozenset(category.text() for category in each.each()) for name, each in said.named().items()}
    for name, each in said.named().items():
        if not needed[name]:
            each.refuse("name the categories that this sink needs, or leave it out.")
    return needed


def _check_sinks(said: Part, place: Place) -> None:
    for name, each in said.named().items():
        Part(name, each.file, each.trail, each.lines).among(place.sinks)
    if not said.named():
        said.refuse("name the sinks that need consent.")


def _asking_events(needed: Needed) -> Callable[[Sequence[Event]], Asked]:
    return lambda events: ([agreed_in(event) for event in events], needed)


def _asking_workspace(slug: str, names: Mapping[str, str]) -> Callable[[Sequence[Event]], Asked]:
    def ask(events: Sequence[Event]) -> Asked:
        try:
            workspace = workspace_of(slug)
            if workspace is None:
                raise _Unasked(Failed(Trouble.UNAVAILABLE, f"there is no workspace {slug}"))
            rules = rules_of(workspace.pk)
            return rules.agreed(events), {sink: rules.needed_by(name) for sink, name in names.items()}
        except UnknownDestination:
            words = "the workspace does not say which consent one of `destinations` needs"
            raise _Unasked(Failed(Trouble.UNAVAILABLE, words)) from None
        except DatabaseFailed:
            raise _Unasked(_UNTOLD) from None

    return ask


FILTER_CONSENT = BuiltIn("filter-consent", Operator.FILTER, make)
