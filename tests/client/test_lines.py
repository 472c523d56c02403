"""NDJSON as it flows: whole lines, soon, in bounded memory."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy_service.client import BodyTooLarge, Unavailable
from privacy_service.client.lines import MOST_AT_ONCE, Lines
from tests.client.answering import BOB, Service, asynchronous, blocking, decided, masked, pieces_of, problem

LINE = b'{"ssn":"123-45-6789"}\n'


def echo(request: httpx.Request) -> httpx.Response:
    """Answer with the lines in capitals, and say of everybody that they are masked."""
    if request.url.path.endswith("/decision"):
        return decided(max_age=0)
    return masked(request.content.upper(), "application/x-ndjson")


@given(st.lists(st.tuples(st.binary(max_size=30), st.sampled_from([0.0, 1.0])), max_size=20))
def test_all_bytes_come_out_in_order_and_no_line_is_cut(pieces: list[tuple[bytes, float]]) -> None:
    now = [0.0]
    lines = Lines(clock=lambda: now[0])
    whole = []
    for piece, pause in pieces:
        now[0] += pause
        whole += list(lines.feed(piece))

    assert b"".join([*whole, *lines.rest()]) == b"".join(piece for piece, _ in pieces)
    assert all(line.endswith(b"\n") for line in whole)


def test_a_slow_stream_is_not_delayed_and_a_fast_one_makes_few_calls() -> None:
    now = [0.0]
    lines = Lines(clock=lambda: now[0])
    slow, fast = [], []
    for _ in range(5):
        now[0] += 1
        slow += list(lines.feed(LINE))
    for _ in range(10_000):
        fast += list(lines.feed(LINE))

    assert slow == [LINE] * 5
    assert 3 <= len(fast) <= 4
    assert b"".join([*fast, *lines.rest()]) == LINE * 10_000


def test_a_large_piece_goes_in_portions() -> None:
    portions = list(Lines().feed(LINE * 200_000))

    assert b"".join(portions) == LINE * 200_000
    assert max(map(len, portions)) <= MOST_AT_ONCE
    assert all(portion.endswith(b"\n") for portion in portions)


def test_a_line_over_a_portion_goes_alone() -> None:
    long = b"1" * (MOST_AT_ONCE + 5) + b"\n"

    assert list(Lines().feed(LINE + long + LINE)) == [LINE, long, LINE]


def test_a_line_that_does_not_end_is_an_error_and_not_a_full_memory() -> None:
    lines = Lines()
    pieces = (line for _ in range(100) for line in lines.feed(b"1" * MOST_AT_ONCE))

    with pytest.raises(BodyTooLarge):
        list(pieces)


@pytest.mark.parametrize("size", [1, 7, 50, 1000])
def test_a_stream_is_masked_wherever_it_is_cut(size: int) -> None:
    assert b"".join(blocking(Service(echo)).mask_lines(BOB, pieces_of(LINE * 5, size))) == LINE.upper() * 5


def test_an_asynchronous_stream_too() -> None:
    async def cut() -> AsyncIterator[bytes]:
        for piece in pieces_of(LINE * 3 + b"{}", 7):
            yield piece

    async def read() -> bytes:
        return b"".join([line async for line in asynchronous(Service(echo)).mask_lines(BOB, cut())])

    assert asyncio.run(read()) == LINE.upper() * 3 + b"{}"


def test_a_line_comes_out_before_the_next_is_there() -> None:
    seen: list[bytes] = []

    def flow() -> Iterator[bytes]:
        yield LINE
        assert seen == [LINE.upper()]
        yield LINE

    seen.extend(blocking(Service(echo)).mask_lines(BOB, flow()))

    assert seen == [LINE.upper()] * 2


def test_a_service_that_goes_away_ends_the_stream_with_an_error() -> None:
    service = Service(decided(max_age=60), masked(LINE.upper(), "application/x-ndjson"), problem(500, "unavailable"))
    lines = blocking(service).mask_lines(BOB, [LINE, LINE])

    assert next(lines) == LINE.upper()
    with pytest.raises(Unavailable):
        next(lines)


def test_a_right_that_is_taken_ends_in_the_middle_of_a_stream() -> None:
    service = Service(
        decided("pass", "role-grants-pii", 0),
        masked(LINE, "application/x-ndjson", PII_Decision="pass"),
        decided("mask", max_age=0),
        masked(LINE.upper(), "application/x-ndjson"),
    )

    assert list(blocking(service).mask_lines(BOB, [LINE, LINE])) == [LINE, LINE.upper()]
