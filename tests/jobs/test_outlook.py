"""The look at a job: it finds what the job would find, and holds up nobody."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any

import pytest

from privacy_service.jobs import outlook as looking
from privacy_service.jobs.errors import NothingToMask, OutOfSight
from privacy_service.jobs.outlook import Outlook, outlook
from privacy_service.jobs.places import expand
from privacy_service.jobs.planning import Wish
from privacy_service.jobs.policies import Chosen, chosen_policy
from privacy_service.jobs.starting import Asked
from tests.factories import make_workspace
from workspaces.models import Workspace

TREE = ("a.jsonl", "a/b.csv", "a/c/d.jsonl", "a.b/e.csv", ".hid/f.jsonl", "a/.g.jsonl", "z/photo.png", "z/[q].csv")
FLAT = ("", "*", "x*", "*/", "*/*", ".*/*", "z/[[]q].csv")
DEEP = ("**", "**/*", "**/*.jsonl", "a*/**", "**/c/*", "**/**/d*")


@pytest.fixture
def lake(tmp_path: Path, settings: Any) -> Path:
    """Return acme's folder, with files, folders, and a link to one of the folders in it."""
    settings.PRIVACY_JOBS_PLACES = [f"file://{tmp_path}/{{workspace}}/"]
    folder = tmp_path / "acme"
    for name in TREE:
        (folder / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "in" / name).write_bytes(b"x")
    (folder / "in" / "again").symlink_to("a")
    (folder / "in" / "nowhere").symlink_to("gone")
    (folder / "in" / "round").symlink_to("round")
    return folder


@pytest.fixture
def chosen(workspace: Workspace) -> Chosen:
    """Return the policy to look with."""
    return chosen_policy(workspace, "")


def wish(lake: Path, chosen: Chosen, pattern: str) -> Wish:
    """Return a wish for what matches, below what acme reads."""
    asked = Asked(f"file://{lake}/in/{pattern}", f"file://{lake}/out/")
    return Wish(asked.source, asked.out, chosen, asked.tier, workspace="acme")


def names_of(found: Any) -> list[str]:
    """Return what was found, once each."""
    return sorted({found.at(name).address for name in found.names})


@pytest.mark.parametrize("pattern", FLAT + DEEP)
def test_the_look_finds_what_the_job_finds(lake: Path, chosen: Chosen, pattern: str) -> None:
    wanted = wish(lake, chosen, pattern)
    try:
        there = names_of(expand(wanted.source))
    except NothingToMask as error:
        with pytest.raises(NothingToMask, match=str(error).split("*")[0]):
            looking._found(wanted, monotonic() + 60)
        return

    assert names_of(looking._found(wanted, monotonic() + 60)) == there


@pytest.mark.parametrize("pattern", ["", "**", "**/*.zip"])
def test_a_walk_ends_when_its_time_is_over(lake: Path, chosen: Chosen, pattern: str) -> None:
    with pytest.raises(OutOfSight):
        looking._found(wish(lake, chosen, pattern), monotonic() - 1)


@pytest.fixture
def stuck(monkeypatch: pytest.MonkeyPatch) -> Iterator[Event]:
    """Have every look stand still until the event is set, and nobody wait for it for long."""
    goes_on = Event()

    def looked(*_args: Any, **_kwargs: Any) -> Outlook:
        goes_on.wait(30)
        raise OutOfSight

    monkeypatch.setattr(looking, "_looked", looked)
    monkeypatch.setattr(looking, "_WITHIN_SECONDS", 0.5)
    yield goes_on
    goes_on.set()
    while looking._SEATS._taken:
        Event().wait(0.01)


def waited(workspace: Workspace, lake: Path, chosen: Chosen) -> bool:
    """Look, which fails, and say whether a look was begun and waited for."""
    began = monotonic()
    place = lake.parent / workspace.slug / "in"
    place.mkdir(parents=True, exist_ok=True)
    with pytest.raises(OutOfSight):
        outlook(workspace, Asked(f"file://{place}/", f"file://{place}-out/"), chosen)
    return monotonic() - began >= 0.5


def test_slow_looks_hold_up_nobody_who_asks_after_them(
    workspace: Workspace, lake: Path, chosen: Chosen, stuck: Event
) -> None:
    rival, third = make_workspace("rival"), make_workspace("third")
    asked = [waited(one, lake, chosen) for one in (workspace, workspace, rival, third)]
    stuck.set()
    while looking._SEATS._taken:
        Event().wait(0.01)

    assert asked == [True, False, True, False], "One look for a workspace, and two in all."
    stuck.clear()
    assert waited(third, lake, chosen), "A seat is free again when its look has ended."
