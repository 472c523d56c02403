"""Off without the database: a file on this host, a word to the others, and both forgotten once they are outdated."""

import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.core import signing
from django.core.cache import cache
from django.utils import timezone
from pytest_django import Settings

from privacy_service.rollout import moves, off_switch, release
from privacy_service.rollout.models import ReleaseMove
from privacy_service.rollout.moves import Wish
from privacy_service.rollout.release import is_live_for
from privacy_service.rollout.stages import Position, Stage
from tests.services import free_port
from workspaces.models import User, Workspace

pytestmark = pytest.mark.django_db(transaction=True)  # Outside a transaction, so that answers are really cached.


@pytest.fixture
def other_host(tmp_path: Path, settings: Settings) -> Path:
    """Return the data folder of another host; `settings.PRIVACY_DATA_DIR` says on which one we are."""
    folder = tmp_path / "other-host"
    folder.mkdir()
    return folder


def test_what_is_cached_ends_with_the_switch_and_comes_back_with_it(released_workspace: Workspace) -> None:
    live = [is_live_for(released_workspace)]
    off_switch.throw()
    off_switch.look()
    live.append(is_live_for(released_workspace))
    off_switch.clear()
    live.append(is_live_for(released_workspace))

    assert live == [True, False, True]


def test_the_switch_is_kept_in_the_database_once_and_then_put_back(released_workspace: Workspace, alice: User) -> None:
    thrown = off_switch.throw(by_id=str(alice.pk), why="Too slow.")
    for _ in range(8):
        moves.write_off_down()

    kept = ReleaseMove.objects.filter(after="off")
    assert [(move.at, move.by_id, move.through, move.why) for move in kept] == [
        (thrown.at, alice.pk, "off switch", "Too slow.")
    ]
    assert off_switch.thrown_here() is None
    assert not is_live_for(released_workspace)


def test_a_switch_thrown_before_the_newest_move_says_nothing(released_workspace: Workspace) -> None:
    off_switch.throw()
    release.move_to(Position(Stage.BETA))  # By another host, whose Redis is away.
    off_switch.look()

    assert is_live_for(released_workspace)
    assert off_switch.thrown_here() is None


def test_a_clock_that_runs_ahead_elsewhere_does_not_outdate_the_switch(released_workspace: Workspace) -> None:
    ahead = timezone.now() + timedelta(minutes=5)
    release.move_to(Position(Stage.BETA), release.Circumstances(at=ahead))

    off_switch.throw()
    off_switch.look()

    assert not is_live_for(released_workspace)


def test_word_in_redis_throws_the_switch_of_another_host(
    released_workspace: Workspace, other_host: Path, settings: Settings
) -> None:
    off_switch.tell_other_hosts(off_switch.throw())
    settings.PRIVACY_DATA_DIR = other_host
    off_switch.look()
    before = is_live_for(released_workspace)

    off_switch.look_at_redis()

    assert (before, is_live_for(released_workspace)) == (True, False)
    cache.clear()  # Redis forgets; the host does not.
    off_switch.look()
    assert not is_live_for(released_workspace)


def test_the_other_host_goes_on_with_the_database_once_that_knows(
    released_workspace: Workspace, other_host: Path, settings: Settings
) -> None:
    first = settings.PRIVACY_DATA_DIR
    off_switch.tell_other_hosts(off_switch.throw())
    settings.PRIVACY_DATA_DIR = other_host
    off_switch.look_at_redis()
    settings.PRIVACY_DATA_DIR = first
    moves.write_off_down()
    release.move_to(Position(Stage.BETA))

    settings.PRIVACY_DATA_DIR = other_host
    off_switch.look()

    assert is_live_for(released_workspace)


@pytest.mark.parametrize(
    "written",
    ["", "off", signing.dumps({"at": "2026-11-25T00:00:00+00:00"}, key="k" * 40)],
    ids=["empty", "unsigned", "another-key"],
)
def test_a_file_or_a_word_that_nobody_signed_is_ignored(
    released_workspace: Workspace, written: str, settings: Settings
) -> None:
    (settings.PRIVACY_DATA_DIR / "release-off").write_text(written)
    cache.set("release-off", written)

    off_switch.look()
    off_switch.look_at_redis()

    assert is_live_for(released_workspace)


def test_redis_that_is_away_delays_nothing(released_workspace: Workspace, settings: Settings) -> None:
    nobody = {**settings.CACHES["default"], "LOCATION": f"redis://127.0.0.1:{free_port()}/0"}
    settings.CACHES = {**settings.CACHES, "default": nobody}
    started = time.monotonic()
    moves.off(Wish(None, "test"))
    off_switch.look_at_redis()

    assert time.monotonic() - started < 2
    assert not is_live_for(released_workspace)
    assert release.state().position == Position(Stage.OFF)
    assert off_switch.thrown_here() is None
