"""`filter-consent`: keeps an event from the sinks that its person has not agreed to.

The event says what was agreed to in `context.consent.categoryPreferences`: names of categories, each true or false. An
event without `context.consent` flows everywhere; a sink with categories needs all of them true.
"""

from collections.abc import Mapping
from dataclasses import replace

from privacy_service.streams.flow import Operator
from privacy_service.streams.functions.base import (
    DROPPED,
    NO_JSON,
    SEVERAL,
    BuiltIn,
    Each,
    Place,
    holds_several,
    object_in,
)
from privacy_service.streams.parts import Part
from privacy_service.streams.records import Function, Outcome, Record

Categories = Mapping[str, frozenset[str]]


def make(options: Part, place: Place) -> Function:
    """Read which categories each sink needs; a sink that is not named gets every event."""
    said = options.members(required=("categories",))["categories"]
    needed = {name: frozenset(category.text() for category in each.each()) for name, each in said.named().items()}
    for name, each in said.named().items():
        Part(name, each.file, each.trail, each.lines).among(place.sinks)
        if not needed[name]:
            each.refuse("name the categories that this sink needs, or leave it out.")
    if not needed:
        said.refuse("name the sinks that need consent, each with its categories.")
    return Each(lambda record: _agreed(record, needed, place.sinks))


def _agreed(record: Record, needed: Categories, sinks: tuple[str, ...]) -> Outcome:
    content = object_in(record.value)
    if content is None:
        return NO_JSON
    if holds_several(content):
        return SEVERAL
    given = _given(content)
    wished = (record.to,) if record.to else sinks
    allowed = tuple(sink for sink in wished if given is None or needed.get(sink, frozenset()) <= given)
    if len(allowed) == len(wished):
        return (record,)
    return tuple(replace(record, to=sink) for sink in allowed) or DROPPED


def _given(content: Mapping[str, object]) -> frozenset[str] | None:
    """Return the categories that were agreed to, None where the event says nothing of consent."""
    context = content.get("context")
    if not isinstance(context, dict) or context.get("consent") is None:
        return None
    preferences = context["consent"].get("categoryPreferences") if isinstance(context["consent"], dict) else None
    if not isinstance(preferences, dict):
        return frozenset()  # It says something that nobody can read: nothing was agreed to.
    return frozenset(name for name, is_agreed in preferences.items() if is_agreed is True)


FILTER_CONSENT = BuiltIn("filter-consent", Operator.FILTER, make)
