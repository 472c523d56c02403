"""`route`: sends each record to the sinks that one of its fields names."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from privacy_service.streams.flow import Operator
from privacy_service.streams.functions.base import NO_JSON, BuiltIn, Each, Place, found_at, leading_to, object_in
from privacy_service.streams.parts import Part
from privacy_service.streams.records import Failed, Function, Outcome, Record, Trouble

_NO_ROUTE = Failed(Trouble.REFUSED, "the field has no value that `to` names, and there is no `else`")
_SPELLED = {True: "true", False: "false", None: "null"}


def make(options: Part, place: Place) -> Function:
    """Read which value leads where; what nothing names goes to `else`, or to the dead letters."""
    said = options.members(required=("field", "to"), optional=("else",))
    steps = leading_to(said["field"].text())
    to = {name: _sinks(each, place) for name, each in said["to"].named().items()}
    otherwise = _sinks(said["else"], place) if "else" in said else None
    return Each(lambda record: _routed(record, steps, to, otherwise))


def _sinks(part: Part, place: Place) -> tuple[str, ...]:
    """Return one sink, or several."""
    named = part.each() if isinstance(part.value, list) else (part,)
    return tuple(each.among(place.sinks) for each in named)


def _routed(
    record: Record, steps: Sequence[str], to: Mapping[str, tuple[str, ...]], otherwise: tuple[str, ...] | None
) -> Outcome:
    content = object_in(record.value)
    if content is None:
        return NO_JSON
    sinks = to.get(_spelled(found_at(content, steps)), otherwise)
    return _NO_ROUTE if sinks is None else tuple(replace(record, to=sink) for sink in sinks)


def _spelled(value: object) -> str:
    """Write a value as the keys of `to` do; an object or a list is none of them."""
    if value is None or isinstance(value, bool):
        return _SPELLED[value]
    return str(value) if isinstance(value, str | int) else ""


ROUTE = BuiltIn("route", Operator.MAP, make)
