"""Where chunks are masked: in this process, or in several beside it that need no broker."""

import multiprocessing
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from typing import Any, ParamSpec, TypeVar

from privacy_service.jobs.errors import JobRefused
from privacy_service.jobs.file_run import without_data
from privacy_service.jobs.fresh import prepare
from privacy_service.jobs.work import Work, carry_out

MOST_RESTARTS = 3
# So many chunks for each process are read ahead; more would only fill the memory.
AHEAD = 2

P = ParamSpec("P")
T = TypeVar("T")


class Here(Executor):
    """Does everything at once, in this process."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Do it, and return what came of it."""
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - whoever asks for the result meets it.
            future.set_exception(error)
        return future


class Pool:
    """Processes that mask chunks; one that is killed is replaced, and its chunk masked anew."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._restarts = 0
        self._executor = self._new()

    @property
    def ahead(self) -> int:
        """Return how many chunks may be under way."""
        return AHEAD * self._workers if self._workers > 1 else 0

    def submit(self, work: Work) -> Future[Any]:
        """Have a chunk masked."""
        return self._executor.submit(carry_out, without_data(work) if self._workers > 1 else work)

    def restart(self) -> None:
        """Replace processes that are gone; raise JobRefused where they keep going."""
        self._restarts += 1
        self.close()
        if self._restarts > MOST_RESTARTS:
            message = (
                "The processes that mask are ended again and again, as happens where memory is short. "
                "Give fewer --workers, and --resume."
            )
            raise JobRefused(message)
        self._executor = self._new()

    def close(self) -> None:
        """End the processes; what is under way is lost, and done again when the run is gone on with."""
        self._executor.shutdown(wait=True, cancel_futures=True)

    def _new(self) -> Executor:
        if self._workers <= 1:
            return Here()
        # Started afresh, not forked: a fork would share this process's connections.
        fresh = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(self._workers, mp_context=fresh, initializer=prepare)
