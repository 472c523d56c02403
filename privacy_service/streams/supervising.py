"""A flow's processes: started, started anew when they die, and asked to finish; how far behind they are, in numbers."""

import os
import select
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import FrameType
from wsgiref.simple_server import WSGIServer

from django import db
from django.conf import settings

from privacy_service.observability import metrics
from privacy_service.observability.logging import logger_named
from privacy_service.observability.page import server_at
from privacy_service.streams.brokers import Brokers
from privacy_service.streams.carrying import carry
from privacy_service.streams.errors import FlowError, StreamsError
from privacy_service.streams.flow import Flow, Service

logger = logger_named(__name__)

LOOK_SECONDS = 0.2
LAG_SECONDS = 5.0
RESTART_SECONDS = 1.0  # A process that dies at once is not started more often.
FLOW_WRONG = 2  # How a process ends that starting anew does not help.


@dataclass(slots=True)
class Supervisor:
    """The processes of one `flow run`."""

    flow: Flow
    services: Sequence[Service]
    workers: int
    once: bool
    children: dict[int, float] = field(default_factory=dict)  # When each was started.
    stopping: bool = False
    failed: bool = False

    def run(self) -> bool:
        """Go on until asked to stop, or until all are through; say whether all ended well."""
        for ending in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(ending, self._stop)
        brokers, page = Brokers(self.flow), None
        for _ in range(self.workers):
            self._start()
        try:
            page = server_at(settings.PRIVACY_METRICS_LISTEN) if settings.PRIVACY_METRICS_LISTEN else None
            self._watch(brokers, page)
        finally:
            self._end_all()
            brokers.close()
            if page:
                page.server_close()
        return not self.failed

    def _watch(self, brokers: Brokers, page: WSGIServer | None) -> None:
        lag_at = 0.0
        while self.children and not self.stopping:
            ready, _, _ = select.select([page] if page else [], [], [], LOOK_SECONDS)
            if ready and page:
                page.handle_request()
            if time.monotonic() >= lag_at:
                lag_at = time.monotonic() + LAG_SECONDS
                _measure_lag(self.services, brokers)
            self._reap()

    def _start(self) -> None:
        db.connections.close_all()
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            os._exit(_child(self.flow, self.services, once=self.once))
        self.children[child] = time.monotonic()

    def _reap(self) -> None:
        """See which have ended, and start those anew that should not have."""
        for child, started in list(self.children.items()):
            ended, status = os.waitpid(child, os.WNOHANG)
            if not ended:
                continue
            del self.children[child]
            code = os.waitstatus_to_exitcode(status)
            if code == 0:
                continue
            if code == FLOW_WRONG:
                self.failed = self.stopping = True
                return
            logger.warning("A worker of the flow ended and is started anew", status=code)
            time.sleep(max(0.0, RESTART_SECONDS - (time.monotonic() - started)))
            self._start()

    def _stop(self, signum: int, frame: FrameType | None) -> None:
        del signum, frame
        self.stopping = True

    def _end_all(self) -> None:
        """Have the workers finish what they have, and make them stop where that takes too long."""
        for child in self.children:
            os.kill(child, signal.SIGTERM)
        deadline = time.monotonic() + settings.PRIVACY_STREAM_STALLED_SECONDS
        while self.children and time.monotonic() < deadline:
            self.children = {child: at for child, at in self.children.items() if not os.waitpid(child, os.WNOHANG)[0]}
            time.sleep(0.02)
        for child in self.children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def _child(flow: Flow, services: Sequence[Service], *, once: bool) -> int:
    """Work, and return how the process ends."""
    try:
        carry(flow, services, once=once)
    except FlowError as error:
        print(error, file=sys.stderr)  # noqa: T201 - for whoever started the command.
        return FLOW_WRONG
    except Exception:
        logger.exception("A worker of the flow failed")
        return 1
    return 0


def _measure_lag(services: Sequence[Service], brokers: Brokers) -> None:
    try:
        for service in services:
            for lag in brokers.of_sources(service).lag(service.name, service.sources):
                metrics.stream_lag.labels(lag.service, lag.topic).set(lag.waiting + lag.pending)
                metrics.stream_lag_seconds.labels(lag.service, lag.topic).set(lag.age_seconds)
    except StreamsError:
        return  # The workers say so, and count it.
