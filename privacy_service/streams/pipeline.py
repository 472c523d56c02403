"""A service's transforms, in order, over a batch: what goes to which sink, what to the dead letters, and the counts."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from privacy_service.streams.brokers.types import Batch, Letter, Made
from privacy_service.streams.errors import Unavailable
from privacy_service.streams.flow import Service
from privacy_service.streams.records import Failed, Function, Outcome, Record, Trouble

SPENT = Failed(Trouble.BROKEN, "a worker ended each time that it had this record")
READING = "read"  # Under which letters name what happens before the first function; it is counted for none.


@dataclass(frozen=True, slots=True)
class Step:
    """A transform under the name that its counts have."""

    name: str
    function: Function


def names_of(service: Service) -> list[str]:
    """Return the names of a service's steps; a later use of a function has one of its own."""
    uses = [transform.uses for transform in service.transforms]
    earlier = [uses[:at].count(name) for at, name in enumerate(uses)]
    return [f"{name}-{count + 1}" if count else name for name, count in zip(uses, earlier, strict=True)]


def steps_of(service: Service, functions: Iterable[Function]) -> tuple[Step, ...]:
    """Return a service's steps."""
    return tuple(Step(name, function) for name, function in zip(names_of(service), functions, strict=True))


class Pipeline:
    """The transforms of one service."""

    def __init__(
        self, service: Service, steps: Sequence[Step], *, readers: Mapping[str, Function], largest_bytes: int
    ) -> None:
        self.service = service
        self._steps = tuple(steps)
        self._readers = dict(readers)  # Of each source that promises what its records are, what sees that they are.
        self._largest = largest_bytes

    def __call__(self, batch: Batch) -> Made:
        """Return what becomes of a batch; raise Unavailable where a function cannot ask what it must."""
        made = Made()
        sources = list(range(len(batch.records)))
        if failed := self._unread(batch):
            made.letters += [self._letter(batch, at, READING, trouble) for at, trouble in failed.items()]
            sources = [at for at in sources if at not in failed]
        live = [batch.records[at] for at in sources] if failed else batch.records
        for step in self._steps:
            live, sources = self._through(step, batch, live, sources, made)
        self._to_sinks(batch, live, sources, made)
        return made

    def _unread(self, batch: Batch) -> dict[int, Failed]:
        """Return which records no function gets, and why."""
        failed: dict[int, Failed] = {}
        for at, record in enumerate(batch.records):
            if len(record.value) > self._largest:
                failed[at] = Failed(Trouble.TOO_LARGE, f"it has more than {self._largest} bytes")
            elif batch.spent and record.id in batch.spent:
                failed[at] = SPENT
        for topic, read in self._readers.items():
            places = [at for at, origin in enumerate(batch.origins) if origin == topic and at not in failed]
            outcomes = _outcomes(read, [batch.records[at] for at in places])
            failed |= {at: outcome for at, outcome in zip(places, outcomes, strict=True) if isinstance(outcome, Failed)}
        return failed

    def _through(
        self, step: Step, batch: Batch, live: Sequence[Record], sources: list[int], made: Made
    ) -> tuple[list[Record], list[int]]:
        """Return what a function made, and of each record the place of the one it came from."""
        passed: list[Record] = []
        origins: list[int] = []
        failures = 0
        for at, outcome in zip(sources, _outcomes(step.function, live), strict=True):
            if isinstance(outcome, Failed):
                if outcome.trouble is Trouble.UNAVAILABLE:
                    message = f"{step.name} of {self.service.name} cannot reach what it asks."
                    raise Unavailable(message)
                failures += 1
                made.letters.append(self._letter(batch, at, step.name, outcome))
            else:
                passed += outcome
                origins += [at] * len(outcome)
        made.counts[step.name] = (len(live) - failures, failures)
        return passed, origins

    def _to_sinks(self, batch: Batch, live: Sequence[Record], sources: list[int], made: Made) -> None:
        sinks = self.service.sinks
        made.outputs = {sink: [] for sink in sinks}
        for at, record in zip(sources, live, strict=True):
            if record.to and record.to not in made.outputs:
                stray = Failed(Trouble.REFUSED, "it is for a sink that its service does not have")
                made.letters.append(self._letter(batch, at, "route", stray))
                continue
            for sink in (record.to,) if record.to else sinks:
                made.outputs[sink].append(record)
                made.sources.setdefault(sink, []).append(at)

    def _letter(self, batch: Batch, at: int, function: str, failed: Failed) -> Letter:
        return Letter(batch.records[at], self.service.name, function, batch.origins[at], failed)


def _outcomes(function: Function, records: Sequence[Record]) -> list[Outcome]:
    """Return what a function makes of each record; one that raises all the same is asked about each record alone."""
    if not records:
        return []
    try:
        outcomes = function(records)
    except Exception as error:  # noqa: BLE001 - whatever it is, the stream goes on; its message may hold a value.
        if len(records) == 1:
            return [Failed(Trouble.BROKEN, type(error).__name__)]
        return list(_one_by_one(function, records))
    if len(outcomes) != len(records):
        return [Failed(Trouble.BROKEN, "it returned another number of outcomes than it got records")] * len(records)
    return outcomes


def _one_by_one(function: Function, records: Sequence[Record]) -> Iterator[Outcome]:
    for record in records:
        yield from _outcomes(function, [record])
