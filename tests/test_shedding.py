"""The door of the hot path: bursts wait, a line that stands is shortened, nobody is kept out by one who is stuck."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import Event, Thread

import pytest

from privacy_service.exceptions import Overloaded
from privacy_service.shedding import Door, Limits

LIMITS = Limits(at_work=1, in_line=2, after_seconds=0.03, wary_seconds=0.05, stuck_seconds=60)


class Guest(Thread):
    """Somebody who asks to be let in, and works until told to stop."""

    def __init__(self, door: Door) -> None:
        super().__init__(daemon=True)
        self.door = door
        self.is_in, self.is_refused, self.may_leave = Event(), Event(), Event()
        self.start()

    def run(self) -> None:
        """Ask, work, leave."""
        try:
            self.door.enter()
        except Overloaded:
            self.is_refused.set()
            return
        self.is_in.set()
        self.may_leave.wait(5)
        self.door.leave()


@contextmanager
def guests(door: Door, count: int) -> Iterator[list[Guest]]:
    """Let so many come, one after the other, and go at the end."""
    come = []
    for _ in range(count):
        come.append(Guest(door))
        time.sleep(0.002)
    yield come
    for guest in come:
        guest.may_leave.set()
    for guest in come:
        guest.join(5)


def at_the_same_time(act: Callable[[], None], times: int) -> None:
    """Have so many threads do the same, and wait for them."""
    threads = [Thread(target=act) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)


def test_one_works_and_the_others_follow_in_the_order_in_which_they_came() -> None:
    door = Door(replace(LIMITS, after_seconds=5))

    with guests(door, 4) as come:
        for number, guest in enumerate(come):
            assert guest.is_in.wait(2)
            assert not any(later.is_in.is_set() for later in come[number + 1 :])
            guest.may_leave.set()

    assert not any(guest.is_refused.is_set() for guest in come)


def test_as_many_as_may_work_at_once() -> None:
    door = Door(replace(LIMITS, at_work=3, after_seconds=5))

    with guests(door, 4) as come:
        assert all(guest.is_in.wait(2) for guest in come[:3])
        assert not come[3].is_in.is_set()


def test_a_burst_longer_than_the_line_waits() -> None:
    door = Door(replace(LIMITS, after_seconds=5))

    with guests(door, 6) as come:
        for guest in come:
            guest.may_leave.set()
        assert all(guest.is_in.wait(2) for guest in come)


def test_a_line_that_has_stood_takes_nobody_more_than_it_holds_and_those_in_it_are_let_in() -> None:
    door = Door(LIMITS)

    with guests(door, 2) as early:
        time.sleep(0.04)
        with guests(door, 2) as late:
            assert late[1].is_refused.wait(2)
            for guest in early:
                guest.may_leave.set()
            assert late[0].is_in.wait(2)


@pytest.mark.parametrize(("wary_seconds", "waits"), [(0.05, True), (30, False)])
def test_who_comes_after_an_empty_moment_waits_again_once_nobody_has_been_refused_for_a_while(
    wary_seconds: float, waits: bool
) -> None:
    door = Door(replace(LIMITS, after_seconds=0.15, wary_seconds=wary_seconds))
    with guests(door, 3):
        time.sleep(0.16)
        with guests(door, 1) as refused:
            assert refused[0].is_refused.wait(2)
    time.sleep(0.06)

    with guests(door, 4) as come:
        for guest in come:
            guest.may_leave.set()
        assert all(guest.is_in.wait(2) for guest in come[:3])
        assert (come[3].is_in if waits else come[3].is_refused).wait(2)


def test_bursts_do_not_keep_up_what_an_overload_began() -> None:
    door = Door(replace(LIMITS, after_seconds=60, wary_seconds=30))
    door._refused_at = began = time.monotonic()

    with guests(door, 3), guests(door, 1) as refused:
        assert refused[0].is_refused.wait(2)

    assert door._refused_at == began


def test_those_who_come_back_together_make_a_new_line() -> None:
    door = Door(replace(LIMITS, in_line=1, after_seconds=5))
    door._empty_at -= 60  # Nobody has asked for a minute.
    door.come_back()

    def come_and_go() -> None:
        door.come_back()
        door.leave()

    second = Thread(target=come_and_go)
    second.start()
    time.sleep(0.02)

    with guests(door, 1) as late:
        door.leave()
        assert late[0].is_in.wait(2)
    second.join(5)


def test_whoever_comes_back_from_outside_into_an_empty_house_keeps_nobody_out() -> None:
    door = Door(replace(LIMITS, in_line=1))
    door.enter()
    door.leave()
    time.sleep(0.04)  # Its body was slow.
    door.come_back()

    with guests(door, 1) as come:
        door.leave()
        assert come[0].is_in.wait(2)


@pytest.mark.parametrize(("callers", "seconds"), [(2, 0.03), (5, 0.01), (12, 0.005)])
def test_as_many_callers_as_fit_are_never_refused_however_busy_they_keep_it(callers: int, seconds: float) -> None:
    door = Door(Limits(at_work=1, in_line=11, after_seconds=0.1))
    refused: list[Overloaded] = []

    def ask_again_and_again() -> None:
        until = time.monotonic() + 0.5
        while time.monotonic() < until:
            try:
                door.enter()
            except Overloaded as error:
                refused.append(error)
                return
            time.sleep(seconds)
            door.leave()

    at_the_same_time(ask_again_and_again, callers)

    assert refused == []


def test_who_is_stuck_keeps_nobody_out() -> None:
    door = Door(replace(LIMITS, after_seconds=5, stuck_seconds=0.02))

    with guests(door, 3) as come:
        assert all(guest.is_in.wait(2) for guest in come)


def test_who_waits_for_something_outside_gives_the_place_away_and_comes_back_before_the_line() -> None:
    door = Door(replace(LIMITS, after_seconds=5))
    door.enter()

    with guests(door, 2) as come:
        had_place = door.leave()
        assert come[0].is_in.wait(2)
        back = Thread(target=door.come_back)
        back.start()
        time.sleep(0.01)
        come[0].may_leave.set()
        back.join(2)

        assert had_place
        assert not back.is_alive()
        assert not come[1].is_in.is_set()


def test_who_has_no_place_gives_none_back() -> None:
    door = Door(LIMITS)

    assert door.leave() is False


def test_a_door_that_refuses_nobody() -> None:
    door = Door(replace(LIMITS, after_seconds=0))

    with guests(door, 1) as first:
        time.sleep(0.04)
        with guests(door, 4) as others:
            time.sleep(0.03)
            assert not any(guest.is_refused.is_set() for guest in others)
            for guest in (*first, *others):
                guest.may_leave.set()
            assert all(guest.is_in.wait(2) for guest in others)


@pytest.mark.parametrize("at_once", [2, 16])
def test_no_place_is_lost_or_doubled_however_many_come_and_go(at_once: int) -> None:
    door = Door(Limits(at_work=1, in_line=4, after_seconds=0.001, stuck_seconds=60))
    inside, most, refused = [0], [0], [0]

    def come_and_go() -> None:
        for _ in range(50):
            try:
                door.enter()
            except Overloaded:
                refused[0] += 1
                continue
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            inside[0] -= 1
            if door.leave():
                door.come_back()
                door.leave()

    at_the_same_time(come_and_go, at_once)

    assert most[0] == 1
    assert door.leave() is False
    door.enter()  # The place is there, and the line empty.
    assert door.leave() is True
