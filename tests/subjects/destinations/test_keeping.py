"""Connections that are kept for some seconds, with a clock of the test's own."""

from collections.abc import Iterator

import pytest

from privacy_service.subjects.destinations import keeping
from privacy_service.subjects.destinations.keeping import Kept


class Clock:
    """A time that the test sets."""

    now = 0.0

    def __call__(self) -> float:
        """Return it."""
        return self.now


@pytest.fixture
def closed() -> Iterator[list[str]]:
    """Return what was closed; no sort of this test is swept by others."""
    before = list(keeping._ALL)
    yield []
    keeping._ALL[:] = before


def test_a_thing_is_opened_once_for_its_time_and_closed_after_it(closed: list[str]) -> None:
    clock, opened = Clock(), iter(["first", "second"])
    kept = Kept(closed.append, seconds=30, clock=clock)
    seen = []

    for clock.now in (0, 29, 30):
        with kept.held("key", lambda: next(opened)) as thing:
            seen.append(thing)

    assert (seen, closed) == (["first", "first", "second"], ["first"])


def test_one_that_is_over_stays_open_for_whoever_still_uses_it(closed: list[str]) -> None:
    clock = Clock()
    kept = Kept(closed.append, seconds=30, clock=clock)

    with kept.held("key", lambda: "thing"):
        clock.now = 31
        kept.sweep()
        while_used = list(closed)

    assert (while_used, closed) == ([], ["thing"])


def test_of_two_that_are_opened_at_once_one_is_kept_and_the_other_closed(closed: list[str]) -> None:
    kept = Kept(closed.append)

    def opened_slowly() -> str:
        with kept.held("key", lambda: "faster"):
            return "slower"

    with kept.held("key", opened_slowly) as thing:
        mine = thing
    with kept.held("key", lambda: "never") as thing:
        next_ones = thing

    assert (mine, next_ones, closed) == ("slower", "faster", ["slower"])


def test_another_key_is_another_thing_and_a_sweep_of_everything_closes_all(closed: list[str]) -> None:
    kept = Kept(closed.append)
    for password in ("old", "new"):
        with kept.held(("url", password), lambda password=password: password):  # type: ignore[misc]
            pass

    keeping.sweep(everything=True)

    assert sorted(closed) == ["new", "old"]
