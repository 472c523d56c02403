"""mask_all(): every file of a run, chunk by chunk, each visible once it is whole."""

from collections import deque
from collections.abc import Iterable
from concurrent.futures import BrokenExecutor, Future
from dataclasses import dataclass, field
from typing import Any, Protocol

from privacy_service.jobs.errors import JobRefused, PartDamaged, Unreadable
from privacy_service.jobs.file_run import FileRun, Finished
from privacy_service.jobs.pool import Pool
from privacy_service.jobs.task import FileTask
from privacy_service.jobs.work import Work

# What ends the run over one file; the others go on.
_FAILURES = (JobRefused, PartDamaged, Unreadable, OSError)


class Listener(Protocol):
    """Who is told how a run goes."""

    def advanced(self, task: FileTask, done_bytes: int) -> None:
        """Hear how much of a file is done."""
        ...

    def finished(self, task: FileTask, finished: Finished) -> None:
        """Hear that a file is whole and visible."""
        ...

    def failed(self, task: FileTask, message: str) -> None:
        """Hear that a file was given up, and why."""
        ...


@dataclass(slots=True)
class _Open:
    """A file that is under way."""

    run: FileRun
    waiting: int = 0
    is_all_out: bool = False
    has_failed: bool = False


@dataclass(slots=True)
class _Pending:
    """A chunk that is under way."""

    file: _Open
    work: Work
    result: Future[Any]


@dataclass(slots=True)
class _Runner:
    pool: Pool
    listener: Listener
    pending: deque[_Pending] = field(default_factory=deque)

    def take_on(self, task: FileTask, *, goes_on: bool) -> None:
        try:
            file = _Open(FileRun(task, goes_on=goes_on).__enter__())
        except _FAILURES as error:
            self.listener.failed(task, _said(error))
            return
        try:
            for work in file.run.works():
                if file.has_failed:
                    break
                self.pending.append(_Pending(file, work, self.pool.submit(work)))
                file.waiting += 1
                self.settle(self.pool.ahead)
        except _FAILURES as error:
            self._give_up(file, _said(error))
        file.is_all_out = True
        self._finish_if_whole(file)

    def settle(self, most: int) -> None:
        """Take results, the oldest first, until at most so many are under way."""
        while len(self.pending) > most:
            one = self.pending.popleft()
            one.file.waiting -= 1
            self._take(one)
            self._finish_if_whole(one.file)

    def _take(self, one: _Pending) -> None:
        if one.file.has_failed:
            one.result.cancel()
            return
        run = one.file.run
        try:
            run.take(self._result_of(one))
            self.listener.advanced(run.task, run.done_up_to(one.work))
        except Unreadable as error:
            self._give_up(one.file, run.failed(error, one.work.chunk))
        except _FAILURES as error:
            self._give_up(one.file, _said(error))

    def _result_of(self, one: _Pending) -> Any:
        while True:
            try:
                return one.result.result()
            except BrokenExecutor:
                self.pool.restart()
                for other in (one, *self.pending):
                    other.result = self.pool.submit(other.work)

    def _give_up(self, file: _Open, message: str) -> None:
        if not file.has_failed:
            file.has_failed = True
            self.listener.failed(file.run.task, message)

    def _finish_if_whole(self, file: _Open) -> None:
        if not file.is_all_out or file.waiting:
            return
        if not file.has_failed:
            try:
                self.listener.finished(file.run.task, file.run.finish())
            except _FAILURES as error:
                self._give_up(file, _said(error))
        file.run.__exit__()


def mask_all(tasks: Iterable[FileTask], *, workers: int, goes_on: bool, listener: Listener) -> None:
    """Mask files one after the other, their chunks side by side; what fails is told, and the others go on."""
    pool = Pool(workers)
    runner = _Runner(pool, listener)
    try:
        for task in tasks:
            runner.take_on(task, goes_on=goes_on)
        runner.settle(0)
    finally:
        pool.close()


def _said(error: Exception) -> str:
    """Return what may be told of an error: what the system says of a file is its kind, never what is in it."""
    return (
        f"it cannot be read or written: {error.strerror or 'no reason given'}"
        if isinstance(error, OSError)
        else str(error)
    )
