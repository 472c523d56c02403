"""How a run goes, for whoever looks at a terminal or reads a log, and how it went."""

import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from django.core.management.base import OutputWrapper

from privacy_service.jobs.file_run import Finished
from privacy_service.jobs.task import FileTask

_TERMINAL_SECONDS, _LOG_SECONDS = 0.2, 10.0
_CLEAR = "\r\x1b[K"
_MOST_KINDS = 12


class Line:
    """One line that changes on a terminal, and a line now and then where there is none."""

    def __init__(self, errors: OutputWrapper, clock: Callable[[], float] = time.monotonic) -> None:
        self._errors, self._clock = errors, clock
        self._is_terminal = errors.isatty()
        self._every = _TERMINAL_SECONDS if self._is_terminal else _LOG_SECONDS
        self._shown = clock()

    def show(self, text: str) -> None:
        """Show a text, unless another one was shown a moment ago."""
        if self._clock() - self._shown < self._every:
            return
        self._shown = self._clock()
        if self._is_terminal:
            self._errors.write(_CLEAR + text[:200], ending="")
        else:
            self._errors.write(text)
        self._errors.flush()

    def close(self) -> None:
        """Take the line off the terminal."""
        if self._is_terminal:
            self._errors.write(_CLEAR, ending="")


class Progress:
    """Shows how a run over files goes, and remembers how it went."""

    def __init__(self, errors: OutputWrapper, total_bytes: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._errors, self._line = errors, Line(errors, clock)
        self._total, self._clock = total_bytes, clock
        self._started = clock()
        self._done: dict[str, int] = {}
        self._name = ""
        self.finished_files: list[tuple[FileTask, Finished]] = []
        self.failures: list[tuple[FileTask, str]] = []

    def advanced(self, task: FileTask, done_bytes: int) -> None:
        """Show how far the run is."""
        self._name = task.source.name
        self._done[task.source.address] = done_bytes
        self._line.show(self.line())

    def finished(self, task: FileTask, finished: Finished) -> None:
        """Remember a file that is done."""
        self.finished_files.append((task, finished))
        self._done[task.source.address] = finished.manifest["input"]["size"]

    def failed(self, task: FileTask, message: str) -> None:
        """Tell at once of a file that was given up."""
        self.failures.append((task, message))
        self.close()
        self._errors.write(f"{task.source.address}: {message}")

    def line(self) -> str:
        """Return how far the run is, how fast it goes, and when it should end."""
        done, seconds = sum(self._done.values()), max(self._clock() - self._started, 1e-9)
        share = done / self._total if self._total else 1.0
        rate = done / seconds
        left = f", {_duration((self._total - done) / rate)} left" if rate else ""
        size = f"{megabytes(done)} of {megabytes(self._total)}"
        return f"{share:4.0%}  {size}, {rate / 1e6:.1f} MB/s{left}  {self._name}"

    def close(self) -> None:
        """Take the line off the terminal."""
        self._line.close()

    def seconds(self) -> float:
        """Return how long the run took."""
        return max(self._clock() - self._started, 1e-9)


class Rows:
    """Shows how many rows of a table are copied, as `Progress` does for files."""

    def __init__(self, errors: OutputWrapper, clock: Callable[[], float] = time.monotonic) -> None:
        self._line, self._clock = Line(errors), clock
        self._started, self._first = clock(), -1

    def __call__(self, rows: int, total: int) -> None:
        """Show how far the copy is; rows of an earlier run do not count for its speed."""
        self._first = rows if self._first < 0 else self._first
        rate = (rows - self._first) / max(self._clock() - self._started, 1e-9)
        left = f", {_duration(max(0, total - rows) / rate)} left" if rate else ""
        share = min(1.0, rows / total) if total else 1.0
        self._line.show(f"{share:4.0%}  {rows:,} of {total:,} rows, {rate:,.0f} a second{left}")

    def close(self) -> None:
        """Take the line off the terminal."""
        self._line.close()


def summary(progress: Progress) -> list[str]:
    """Return what was done, as a person likes to read it."""
    lines = [_of_file(task, finished) for task, finished in progress.finished_files]
    entities: Counter[str] = Counter()
    for _, finished in progress.finished_files:
        entities.update(finished.manifest["entities"])
    size = sum(finished.manifest["input"]["size"] for _, finished in progress.finished_files)
    seconds, count = progress.seconds(), len(progress.finished_files)
    if count:
        rate = f"{megabytes(size)} in {_duration(seconds)}, {size / 1e6 / seconds:.1f} MB/s"
        lines.append(
            f"{plural(count, 'file')} masked: {rate}, {plural(entities.total(), 'piece')} of personal data hidden."
        )
    most = entities.most_common(_MOST_KINDS)
    lines += [f"  {count:>12,}  {entity}" for entity, count in most]
    if len(entities) > _MOST_KINDS:
        lines.append(f"  and {len(entities) - _MOST_KINDS} more kinds, as the manifest says")
    return lines


def _of_file(task: FileTask, finished: Finished) -> str:
    manifest: dict[str, Any] = finished.manifest
    troubles = manifest["failures"]["count"]
    told = f", {plural(troubles, 'record')} read as text (see the manifest)" if troubles else ""
    return f"{task.source.address} -> {task.out.address}: {plural(manifest['rows'], 'row')}{told}"


def plural(count: int, word: str) -> str:
    """Return a number with its word: 1 file, 2 files."""
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def megabytes(size: float) -> str:
    """Return a size as people say it."""
    return f"{size / 1e9:.2f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"  # noqa: PLR2004 - a billion bytes.


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{seconds:.1f} s"
