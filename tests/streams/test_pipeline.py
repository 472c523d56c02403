"""What becomes of a batch: where each record goes, what is counted, and that one bad record costs no other."""

from collections.abc import Sequence

import pytest

from privacy_service.streams.brokers.types import Batch, derived
from privacy_service.streams.errors import Unavailable
from privacy_service.streams.flow import Operator, Service, Transform
from privacy_service.streams.pipeline import Pipeline, steps_of
from privacy_service.streams.records import Failed, Function, Outcome, Record, Trouble

CANARY = b"canary-123-45-6789"


def batch_of(*texts: bytes, spent: frozenset[str] = frozenset()) -> Batch:
    """Return records of the topic `raw`, with ids from 0 on."""
    return Batch([Record(text, id=str(at)) for at, text in enumerate(texts)], ["raw"] * len(texts), spent)


def pipeline_of(*functions: Function, sinks: tuple[str, ...] = ("masked",), readers: dict[str, Function] | None = None):  # type: ignore[no-untyped-def]  # noqa: ANN201
    """Return the service `mask` with these functions, whose names are theirs."""
    transforms = tuple(Transform(Operator.MAP, function.__name__) for function in functions)  # type: ignore[attr-defined]
    service = Service("mask", ("raw",), transforms, sinks)
    return Pipeline(service, steps_of(service, functions), readers=readers or {}, largest_bytes=100)


def shout(records: Sequence[Record]) -> list[Outcome]:
    """Return records in capitals, and refuse numbers."""
    refused = Failed(Trouble.REFUSED, "it is a number")
    return [refused if one.value.isdigit() else (Record(one.value.upper(), id=one.id),) for one in records]


def twice(records: Sequence[Record]) -> list[Outcome]:
    """Return each record twice, and an empty one not at all."""
    return [(one, one) if one.value else () for one in records]


def breaks(records: Sequence[Record]) -> list[Outcome]:
    """Break on what holds the canary, quoting it."""
    for one in records:
        if CANARY in one.value:
            raise ValueError(CANARY.decode())
    return [(one,) for one in records]


def too_few(records: Sequence[Record]) -> list[Outcome]:
    """Lose a record."""
    return [(one,) for one in records[1:]]


def unreachable(records: Sequence[Record]) -> list[Outcome]:
    """Ask in vain."""
    return [Failed(Trouble.UNAVAILABLE)] * len(records)


def to_b(records: Sequence[Record]) -> list[Outcome]:
    """Send records to the sink `b`, and those that are lost to one that is not there."""
    return [(Record(one.value, to="nowhere" if one.value == b"lost" else "b"),) for one in records]


def test_each_function_gets_what_the_one_before_made_and_counts_for_itself() -> None:
    made = pipeline_of(twice, shout)(batch_of(b"a", b"", b"1"))

    assert [one.value for one in made.outputs["masked"]] == [b"A", b"A"]
    assert made.counts == {"twice": (3, 0), "shout": (2, 2)}
    assert [(one.record.value, one.function, one.failed.words) for one in made.letters] == [
        (b"1", "shout", "it is a number")
    ] * 2


def test_a_function_that_breaks_costs_its_record_alone_and_its_words_stay_with_it() -> None:
    made = pipeline_of(breaks)(batch_of(b"a", CANARY, b"c"))

    assert [one.value for one in made.outputs["masked"]] == [b"a", b"c"]
    assert [one.failed for one in made.letters] == [Failed(Trouble.BROKEN, "ValueError")]
    assert made.counts == {"breaks": (2, 1)}


def test_a_function_that_loses_count_passes_nothing_on() -> None:
    made = pipeline_of(too_few)(batch_of(b"a", b"b"))

    assert made.outputs == {"masked": []}
    assert [one.failed.trouble for one in made.letters] == [Trouble.BROKEN] * 2


def test_what_cannot_be_asked_holds_the_batch_instead_of_failing_it() -> None:
    with pytest.raises(Unavailable, match="unreachable of mask cannot reach"):
        pipeline_of(unreachable)(batch_of(b"a"))


@pytest.mark.parametrize(
    ("value", "trouble"),
    [(b"x" * 101, Trouble.TOO_LARGE), (b"spent", Trouble.BROKEN), (b"7", Trouble.REFUSED)],
)
def test_what_no_function_should_get_goes_to_the_dead_letters_before(value: bytes, trouble: Trouble) -> None:
    pipeline = pipeline_of(twice, readers={"raw": shout})

    made = pipeline(batch_of(value, b"a", spent=frozenset({"0"}) if value == b"spent" else frozenset()))

    assert [one.value for one in made.outputs["masked"]] == [b"a", b"a"]
    assert [(one.record.value, one.function, one.failed.trouble) for one in made.letters] == [(value, "read", trouble)]
    assert made.counts == {"twice": (1, 0)}


def test_a_record_goes_to_every_sink_or_to_the_one_it_is_for() -> None:
    everywhere = pipeline_of(shout, sinks=("a", "b"))(batch_of(b"x"))
    routed = pipeline_of(to_b, sinks=("a", "b"))(batch_of(b"x", b"lost"))

    assert {sink: [one.value for one in made] for sink, made in everywhere.outputs.items()} == {
        "a": [b"X"],
        "b": [b"X"],
    }
    assert {sink: [one.value for one in made] for sink, made in routed.outputs.items()} == {"a": [], "b": [b"x"]}
    assert [one.record.value for one in routed.letters] == [b"lost"]


def test_the_second_use_of_a_function_counts_under_a_name_of_its_own() -> None:
    made = pipeline_of(shout, twice, shout)(batch_of(b"a"))

    assert made.counts == {"shout": (1, 0), "twice": (1, 0), "shout-2": (2, 0)}


def test_ids_elsewhere_come_from_the_source_and_are_the_same_every_time() -> None:
    batch = batch_of(b"a", b"b")
    made = pipeline_of(twice)(batch)

    ids = [one.id for one in derived("mask", batch, made.outputs["masked"], made.sources["masked"])]

    assert ids == ["mask:raw/0", "mask:raw/0#2", "mask:raw/1", "mask:raw/1#2"]
