"""A run that ends anywhere is gone on with: no row is lost, none is there twice."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.core.management import call_command

from privacy_service.jobs.errors import JobRefused, PartDamaged
from privacy_service.jobs.file_run import FileRun, Finished
from privacy_service.jobs.kinds import packing_of
from privacy_service.jobs.packing import packed, unpacked
from privacy_service.jobs.running import mask_all
from privacy_service.jobs.task import FileTask
from privacy_service.jobs.work import carry_out
from tests.jobs.files import CANARY, LINES, RECORDS, TABLE, task_for


class Heard:
    """Keeps what a run tells."""

    def __init__(self) -> None:
        self.manifests: list[Finished] = []
        self.failures: list[str] = []

    def advanced(self, task: FileTask, done_bytes: int) -> None:
        """Hear nothing."""

    def finished(self, task: FileTask, finished: Finished) -> None:
        """Keep what was done."""
        del task
        self.manifests.append(finished)

    def failed(self, task: FileTask, message: str) -> None:
        """Keep what went wrong."""
        del task
        self.failures.append(message)


def mask(task: FileTask, *, goes_on: bool = False) -> Heard:
    """Mask one file in this process."""
    heard = Heard()
    mask_all([task], workers=1, goes_on=goes_on, listener=heard)
    return heard


def broken_off(task: FileTask, after: int, *, goes_on: bool = False) -> None:
    """Do so many chunks and leave everything lying, as a process does that is killed."""
    with FileRun(task, goes_on=goes_on) as run:
        for work in islice(run.works(), after):
            run.take(carry_out(work))


@pytest.fixture
def task(tmp_path: Path) -> FileTask:
    """Return the masking of some lines in a dozen chunks."""
    (tmp_path / "in.jsonl").write_bytes(LINES)
    return task_for(tmp_path / "in.jsonl", tmp_path / "out.jsonl")


@pytest.fixture
def whole(tmp_path: Path) -> bytes:
    """Return what a run without a break makes of them."""
    (tmp_path / "again.jsonl").write_bytes(LINES)
    mask(task_for(tmp_path / "again.jsonl", tmp_path / "whole.jsonl"))
    return (tmp_path / "whole.jsonl").read_bytes()


def test_a_file_appears_when_it_is_whole_and_nothing_else_stays(task: FileTask, whole: bytes) -> None:
    broken_off(task, 3)
    assert not task.out.exists()

    heard = mask(task, goes_on=True)

    assert heard.failures == []
    assert task.out.path.read_bytes() == whole
    assert sorted(one.name for one in task.out.path.parent.iterdir() if one.name.startswith((".", "out"))) == [
        "out.jsonl",
        "out.jsonl.manifest.json",
    ]


@pytest.mark.parametrize("name", ["in.jsonl", "in.jsonl.gz", "in.jsonl.zst", "in.csv.gz"])
def test_a_run_broken_off_after_any_chunk_ends_as_one_that_was_not(tmp_path: Path, name: str) -> None:
    body = TABLE if "csv" in name else LINES
    source = tmp_path / name
    source.write_bytes(packed(body, packing_of(name)))
    mask(task_for(source, tmp_path / f"whole-{name}"))
    with FileRun(task_for(source, tmp_path / "count"), goes_on=False) as run:
        count = len(list(run.works()))
    assert count > 3

    for after in range(0, count + 1, 2):
        one = task_for(source, tmp_path / str(after) / name)
        broken_off(one, after)
        broken_off(one, 1, goes_on=True)
        mask(one, goes_on=True)
        assert one.out.path.read_bytes() == (tmp_path / f"whole-{name}").read_bytes()
        with unpacked(one.out, packing_of(name)) as reading:
            blocks = iter(partial(reading.read, 1 << 16), b"")
            assert sum(block.count(b"\n") for block in blocks) == body.count(b"\n")


def torn(task: FileTask) -> None:
    """Cut the last line of the journal short, as a full disk does."""
    journal = task.parts.path / "journal.jsonl"
    journal.write_bytes(journal.read_bytes()[:-20])


def spoiled(task: FileTask) -> None:
    """Change a sign of a part, as a failing disk does."""
    part = task.parts.path / "part-000001"
    part.write_bytes(part.read_bytes().replace(b"<", b"(", 1))


def shortened(task: FileTask) -> None:
    """Cut a part short, as a loss of power does."""
    part = task.parts.path / "part-000000"
    part.write_bytes(part.read_bytes()[:10])


def lost(task: FileTask) -> None:
    """Take a part away."""
    (task.parts.path / "part-000002").unlink()


@pytest.mark.parametrize("damage", [torn, spoiled, shortened, lost])
def test_no_part_is_trusted_that_is_not_what_was_written(
    task: FileTask, whole: bytes, damage: Callable[[FileTask], None]
) -> None:
    broken_off(task, 4)
    damage(task)

    heard = mask(task, goes_on=True)

    assert heard.failures == []
    assert task.out.path.read_bytes() == whole


def test_a_part_spoiled_while_the_run_goes_on_is_not_put_out(task: FileTask) -> None:
    with FileRun(task, goes_on=False) as run:
        for work in run.works():
            run.take(carry_out(work))
        spoiled(task)
        with pytest.raises(PartDamaged, match="Part 1 is damaged"):
            run.finish()

    assert not task.out.exists()


def rewritten(task: FileTask) -> None:
    """Write the input anew, as long as before."""
    task.source.path.write_bytes(LINES.replace(b"canary.person3@", b"canary.person4@"))


def appended(task: FileTask) -> None:
    """Add a line to the input."""
    with task.source.path.open("ab") as file:
        file.write(b"{}\n")


@pytest.mark.parametrize("change", [rewritten, appended])
def test_an_input_that_has_changed_since_is_refused(task: FileTask, change: Callable[[FileTask], None]) -> None:
    broken_off(task, 2)
    change(task)

    heard = mask(task, goes_on=True)

    assert len(heard.failures) == 1
    assert "this has changed: " in heard.failures[0]
    assert "--restart" in heard.failures[0]
    assert not task.out.exists()


def test_an_input_that_changes_while_it_is_masked_is_not_put_out(task: FileTask) -> None:
    with FileRun(task, goes_on=False) as run:
        for work in run.works():
            run.take(carry_out(work))
        appended(task)
        with pytest.raises(JobRefused, match="was changed while it was masked"):
            run.finish()

    assert not task.out.exists()


def test_two_runs_over_one_output_do_not_meet(task: FileTask) -> None:
    with FileRun(task, goes_on=False):
        heard = mask(task, goes_on=True)

    assert "Another run is at work" in heard.failures[0]


def test_what_waits_on_the_disk_holds_no_personal_value(task: FileTask) -> None:
    broken_off(task, 5)

    waiting = b"".join(one.read_bytes() for one in task.parts.path.iterdir())
    assert b"EMAIL_ADDRESS" in waiting
    assert CANARY.encode() not in waiting


def start_command(source: Path, out: Path) -> "subprocess.Popen[bytes]":
    """Run the command in a process of its own, in small chunks."""
    settings = {"PRIVACY_JOBS_CHUNK_BYTES": "20000", "DJANGO_SETTINGS_MODULE": "privacy_service.settings"}
    command = [sys.executable, "manage.py", "mask_files", str(source), str(out), "--tier", "patterns", "--workers", "1"]
    return subprocess.Popen(command, env={**os.environ, **settings}, stdout=subprocess.DEVNULL)


def test_a_command_that_is_killed_is_gone_on_with(tmp_path: Path, settings: Any) -> None:
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_bytes(b"".join(orjson.dumps({**RECORDS[at % 60], "at": at}) + b"\n" for at in range(6000)))
    journal = tmp_path / ".out.jsonl.masking" / "journal.jsonl"
    settings.PRIVACY_JOBS_CHUNK_BYTES = 20_000

    with start_command(source, out) as running:
        while not journal.exists() or journal.read_bytes().count(b"\n") < 4:
            assert running.poll() is None
            time.sleep(0.01)
        running.kill()
    done, was_out = journal.read_bytes().count(b"\n"), out.exists()
    call_command("mask_files", source, out, resume=True, tier="patterns", workers=1, stdout=StringIO())

    assert not was_out
    assert [orjson.loads(line)["at"] for line in out.read_bytes().splitlines()] == list(range(6000))
    assert CANARY.encode() not in out.read_bytes()
    assert 4 <= done < len(orjson.loads((tmp_path / "out.jsonl.manifest.json").read_bytes())["chunks"])
