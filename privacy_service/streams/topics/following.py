"""Answers that go on: a reader follows a topic until they leave, their rights end, or their time is over."""

from collections.abc import Generator, Iterator
from contextlib import closing
from threading import BoundedSemaphore
from time import monotonic

import orjson
from django.conf import settings

from privacy_service.exceptions import PrivacyError, RateExceeded
from privacy_service.observability import draining, metrics
from privacy_service.observability.logging import logger_named
from privacy_service.streams.topics.asking import ENDPOINT, Asked

logger = logger_named(__name__)

Pages = Generator[bytes, None, None]

_QUIET_SECONDS = 5.0  # After so long without a record something is sent, to see whether anybody is still there.
_seats = BoundedSemaphore(settings.PRIVACY_TOPIC_FOLLOWERS)


class Following:
    """The body of an answer that goes on; each takes a thread of the server, so that there are only a few seats.

    However it ends, it says so: a client that wants to go on asks again, from the last id that it got.
    """

    def __init__(self, pages: Pages, asked: Asked) -> None:
        """Take a seat; raise RateExceeded where none is free."""
        if not _seats.acquire(blocking=False):
            message = "As many readers follow topics here as this process takes. Read without `follow`, or try again."
            raise RateExceeded(message, Retry_After="5")
        self._is_seated = True
        self._asked = asked
        self._pieces = self._sent(pages)

    def __iter__(self) -> Iterator[bytes]:
        return self._pieces

    def close(self) -> None:
        """Leave the seat; the server calls this when the answer is over, or the reader gone."""
        if self._is_seated:
            self._is_seated = False
            _seats.release()
        self._pieces.close()

    def _sent(self, pages: Pages) -> Pages:
        ends_at = monotonic() + settings.PRIVACY_TOPIC_FOLLOW_SECONDS
        quiet_since = monotonic()
        try:
            yield self._quiet()  # At once, so that the reader knows that they are connected.
            with closing(pages):
                for page in pages:
                    if page or monotonic() - quiet_since > _QUIET_SECONDS:
                        quiet_since = monotonic()
                        yield page or self._quiet()
                    if monotonic() > ends_at or draining.seen.is_draining:
                        yield self._end("time")
                        return
            yield self._end("count")
        except PrivacyError as error:
            yield self._end(error.reason)
        except Exception:
            logger.exception("A topic could not be read further; nothing more was sent", endpoint=ENDPOINT)
            metrics.fail_closed.add(ENDPOINT)
            yield self._end(PrivacyError.reason)

    def _quiet(self) -> bytes:
        return b": nothing new\n\n" if self._asked.as_events else b"\n"

    def _end(self, reason: str) -> bytes:
        said = orjson.dumps({"ended": reason})
        return b"event: end\ndata: %s\n\n" % said if self._asked.as_events else said + b"\n"
