"""The work of one process of a flow: a worker for each service, side by side or one after the other."""

import os
import secrets
import signal
import socket
import threading
from collections.abc import Callable, Sequence
from types import FrameType

from django.conf import settings

from privacy_service.observability.logging import logger_named
from privacy_service.streams.brokers import Brokers
from privacy_service.streams.flow import Flow, Service
from privacy_service.streams.functions.making import function_of, reader_of
from privacy_service.streams.pipeline import Pipeline, steps_of
from privacy_service.streams.witnessing import watch, witnessed
from privacy_service.streams.worker import Place, Worker

logger = logger_named(__name__)


def worker_of(flow: Flow, service: Service, brokers: Brokers) -> Worker:
    """Return a worker of a service; raise FlowError where a function or a broker is not there."""
    readers = {name: reader_of(flow, flow.topics[name]) for name in service.sources}
    pipeline = Pipeline(
        service,
        steps_of(service, [function_of(transform, flow, service) for transform in service.transforms]),
        readers={name: reader for name, reader in readers.items() if reader},
        largest_bytes=settings.PRIVACY_STREAM_RECORD_LIMIT_BYTES,
    )
    place = Place(service, brokers.of_sources(service), brokers.elsewhere(service), brokers.kept(service))
    return Worker(
        place,
        witnessed(pipeline, flow.namespace),
        consumer=f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}",
        most=settings.PRIVACY_STREAM_BATCH,
        stalled_seconds=settings.PRIVACY_STREAM_STALLED_SECONDS,
    )


def carry(flow: Flow, services: Sequence[Service], *, once: bool) -> None:
    """Carry the records of services until a signal asks to stop, or until nothing is left."""
    watch()
    # A connection of its own for each service: they wait at the same time.
    brokers = [Brokers(flow) for _ in services]
    try:
        workers = [worker_of(flow, service, own) for service, own in zip(services, brokers, strict=True)]
        _stop_on_signals(workers)
        (_drain if once else _run)(workers)
    finally:
        for own in brokers:
            own.close()


def _stop_on_signals(workers: Sequence[Worker]) -> None:
    def stop(signum: int, frame: FrameType | None) -> None:
        del signum, frame
        for worker in workers:
            worker.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process; the first of them asks the others.


def _drain(workers: Sequence[Worker]) -> None:
    """Go round until nobody has anything left: one service's sink may be another's source."""
    while sum([worker.drain() for worker in workers]):
        pass
    for worker in workers:
        worker.close()


def _run(workers: Sequence[Worker]) -> None:
    failed: list[BaseException] = []
    threads = [threading.Thread(target=_guarded, args=(worker.run, workers, failed)) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]


def _guarded(run: Callable[[], None], workers: Sequence[Worker], failed: list[BaseException]) -> None:
    """Run one service; where it cannot go on, the process ends with the others, and is started anew as a whole."""
    try:
        run()
    except Exception as error:
        logger.exception("A service cannot go on")
        failed.append(error)
        for worker in workers:
            worker.stop()
