"""Beat on a machine whose clock is set: what is due is ordered, once, whichever way the clock went."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from celery import Celery, current_app

from privacy_service.beating import SteadyScheduler

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
EVERY_SECONDS = 5.0


class Ordering(SteadyScheduler):
    """Writes orders down in place of sending them."""

    def __init__(self, **told: Any) -> None:
        self.ordered: list[str] = []
        super().__init__(**told)

    def apply_entry(self, entry: Any, producer: object = None) -> None:
        """Note one."""
        del producer
        self.ordered.append(entry.name)


class Told(Celery):
    """An app that is told what time it is."""

    at = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)

    def now(self) -> datetime:
        """Return it."""
        return self.at


@pytest.fixture
def app() -> Iterator[Told]:
    """Return an app with one order; it is the current one meanwhile, whose clock a schedule asks."""
    before = cast("Celery", cast("Any", current_app)._get_current_object())
    app = Told("told", broker="memory://", set_as_current=False)
    app.conf.result_expires = None  # Else beat has an order of its own.
    app.conf.beat_schedule = {"sweep": {"task": "sweep", "schedule": EVERY_SECONDS}}
    app.set_current()
    yield app
    before.set_current()


@pytest.fixture
def beat(app: Told, tmp_path: Path) -> Iterator[Ordering]:
    """Return beat, which has just begun."""
    with closing(started(app, tmp_path)) as beat:
        beat.tick()
        yield beat


def started(app: Told, folder: Path) -> Ordering:
    return Ordering(app=app, schedule_filename=str(folder / "schedule"))


def ticked(beat: Ordering, *, seconds: float) -> list[str]:
    """Let time pass, second by second, and return what was ordered meanwhile."""
    beat.ordered.clear()
    for _ in range(int(seconds)):
        cast("Told", beat.app).at += SECOND
        beat.tick()
    return list(beat.ordered)


@pytest.mark.parametrize("jump", [DAY, -DAY, timedelta(hours=1), -10 * SECOND])
def test_after_a_jump_what_is_due_is_ordered_as_often_as_before(app: Told, beat: Ordering, jump: timedelta) -> None:
    assert ticked(beat, seconds=20) == ["sweep"] * 4

    app.at += jump

    assert len(ticked(beat, seconds=20)) in {3, 4, 5}


def test_a_clock_that_was_wrong_for_a_moment_stops_nothing(app: Told, beat: Ordering) -> None:
    app.at += DAY
    assert ticked(beat, seconds=1) == ["sweep"]

    app.at -= DAY

    assert len(ticked(beat, seconds=20)) in {3, 4}


def test_what_an_earlier_beat_wrote_down_under_a_wrong_clock_stops_nothing(app: Told, tmp_path: Path) -> None:
    app.at += DAY
    with closing(started(app, tmp_path)) as beat:
        ticked(beat, seconds=10)
    app.at -= DAY

    with closing(started(app, tmp_path)) as beat:
        assert len(ticked(beat, seconds=20)) in {3, 4}
