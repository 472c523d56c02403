"""A server process keeps its Python on one core, of its own."""

import os
import secrets
from collections.abc import Callable, Iterator
from threading import Thread

import pytest
from pytest_django import Settings

from privacy_service import pinning, serving
from privacy_service.hotpath import HotPath
from privacy_service.observability import background
from privacy_service.pinning import Core, usable_cores

pytestmark = pytest.mark.skipif(not usable_cores(), reason="this system does not let a thread choose its core")


@pytest.fixture
def number() -> int:
    """Return the number of a core that no machine has, so that no server that runs here holds it."""
    return 10**6 + secrets.randbelow(10**9)


@pytest.fixture
def claims(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Yield the claims that a test's processes make, and end them: only a process that ends would."""
    made: list[int] = []

    def claim(number: int) -> int | None:
        descriptor = real(number)
        made.extend([] if descriptor is None else [descriptor])
        return descriptor

    real = pinning._claim
    monkeypatch.setattr(pinning, "_claim", claim)
    yield made
    for descriptor in made:
        os.close(descriptor)


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> Core:
    """Return the last core of this machine as taken, whatever runs on it beside this test."""
    monkeypatch.setattr(pinning, "_claim", lambda _: 0)
    core = Core(usable_cores()[-1:])
    core.take()
    return core


def _allowed_after(work: Callable[[], object]) -> set[int]:
    """Return where a new thread may run once it has done the work."""
    allowed: set[int] = set()

    def run() -> None:
        work()
        allowed.update(os.sched_getaffinity(0))

    thread = Thread(target=run)
    thread.start()
    thread.join()
    return allowed


def test_a_thread_stays_where_its_process_is_and_no_other_thread_is_moved(taken: Core) -> None:
    before = os.sched_getaffinity(0)

    assert _allowed_after(taken.stay) == set(usable_cores()[-1:])
    assert os.sched_getaffinity(0) == before


def test_a_process_without_a_core_stays_nowhere() -> None:
    assert _allowed_after(Core(usable_cores()).stay) == set(usable_cores())


def test_a_core_that_cannot_be_had_costs_nobody_an_answer(
    number: int, claims: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    gone = Core([number])
    gone.take()

    assert _allowed_after(gone.stay) == set(usable_cores())
    gone.take()
    assert _allowed_after(gone.stay) == set(usable_cores())
    assert [record.message for record in caplog.records] == [
        f"This process cannot keep to core {number}: its threads run anywhere"
    ]
    assert len(claims) == 1


def test_two_processes_never_share_a_core(number: int, claims: list[int]) -> None:
    first, second = Core([number]), Core([number, number + 1])
    first.take()
    first.take()
    second.take()

    assert (first._number, second._number, len(claims)) == (number, number + 1, 2)


def test_a_core_is_free_again_once_who_held_it_is_gone(number: int, claims: list[int]) -> None:
    old, new = Core([number]), Core([number])
    old.take()
    new.take()
    assert new._number is None

    os.close(claims.pop())
    new.take()

    assert new._number == number


def test_what_answers_and_what_works_behind_it_stay(taken: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("privacy_service.hotpath.core", taken)
    answering = HotPath(lambda _environ, _start: [b""])
    environ = {"PATH_INFO": "/admin/", "REQUEST_METHOD": "GET"}

    assert _allowed_after(lambda: answering(environ, lambda *_: None)) == set(usable_cores()[-1:])  # type: ignore[arg-type]


def test_recurring_work_stays(taken: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "core", taken)
    seen: list[set[int]] = []

    class _EnoughError(BaseException):
        """Ends a loop that has no end."""

    def work() -> None:
        seen.append(os.sched_getaffinity(0))
        raise _EnoughError

    def run() -> None:
        with pytest.raises(_EnoughError):
            background._repeat(0, work)

    _allowed_after(run)

    assert seen == [set(usable_cores()[-1:])]


@pytest.mark.parametrize("is_told", [True, False])
def test_a_process_takes_a_core_where_it_is_told_to(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, number: int, claims: list[int], *, is_told: bool
) -> None:
    settings.PRIVACY_WEB_PIN = is_told
    again: list[float] = []
    monkeypatch.setattr(serving, "core", Core([number]))
    monkeypatch.setattr(serving, "every", lambda seconds, _: again.append(seconds))

    serving.keep_to_a_core()

    assert (len(claims), again) == ((1, [1]) if is_told else (0, []))
