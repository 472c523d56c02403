"""What built-in functions share: where one is used, and how its work on one record becomes that on a batch."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import orjson

from privacy_service.streams.flow import Operator
from privacy_service.streams.parts import Part
from privacy_service.streams.records import Failed, Function, Outcome, Record, Trouble

DROPPED: Outcome = ()
NO_JSON = Failed(Trouble.UNREADABLE, "the record is no JSON object")
SEVERAL = Failed(Trouble.REFUSED, "the record holds several events; send each as a record of its own")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a function is used: what the flow and the service around it say."""

    namespace: str
    sinks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A function that every installation has."""

    name: str
    operator: Operator
    make: Callable[[Part, Place], Function]  # Raises FlowError where its options are wrong; it asks nothing else yet.


@dataclass(frozen=True, slots=True)
class Each:
    """A function that looks at one record at a time; what breaks it is told by its kind alone."""

    work: Callable[[Record], Outcome]

    def __call__(self, records: Sequence[Record]) -> list[Outcome]:
        """Return what becomes of each record."""
        return [self._outcome(record) for record in records]

    def _outcome(self, record: Record) -> Outcome:
        try:
            return self.work(record)
        except Exception as error:  # noqa: BLE001 - the stream goes on; its words may quote the record.
            return Failed(Trouble.BROKEN, type(error).__name__)


def object_in(value: bytes) -> dict[str, object] | None:
    """Return the JSON object that a record is, None where it is none."""
    try:
        read = orjson.loads(value)
    except orjson.JSONDecodeError:
        return None
    return read if isinstance(read, dict) else None


def holds_several(event: Mapping[str, object]) -> bool:
    """Say whether a record is a batch of events, of which none would be asked what is asked of one."""
    return isinstance(event.get("batch"), list)


def leading_to(path: str) -> tuple[str, ...]:
    """Return the steps of a path to a field: `context.traits.email`, or a JSON pointer, `/context/traits/email`."""
    if path.startswith("/"):
        return tuple(step.replace("~1", "/").replace("~0", "~") for step in path[1:].split("/"))
    return tuple(path.split("."))


def found_at(value: object, steps: Sequence[str]) -> object:
    """Return what stands at a path, None where nothing does."""
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else None
    return value
