"""How often, and for how long, one call is tried."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from privacy_service.client.options import Options

_WORTH_ANOTHER_TRY = frozenset({429, 503})
_UNSAID_SECONDS = 1.0
_LEAST_SECONDS = 0.05  # What `Retry-After: 0` becomes: not at all would be a busy loop.


class Attempts:
    """The tries of one call."""

    def __init__(self, options: Options, clock: Callable[[], float] = time.monotonic) -> None:
        self._left = options.tries
        self._clock = clock
        self._until = clock() + options.deadline
        self._timeout = options.timeout

    def timeout(self) -> float:
        """Return how long each step of the next try may take."""
        return max(0.001, min(self._timeout, self._until - self._clock()))

    def wait_after(self, response: httpx.Response) -> float | None:
        """Return in how many seconds to try again; None where the answer stands, or no try or time is left."""
        self._left -= 1
        if response.status_code not in _WORTH_ANOTHER_TRY or self._left <= 0:
            return None
        wait = _seconds_in(response.headers.get("Retry-After", ""))
        return wait if self._clock() + wait < self._until else None


def _seconds_in(retry_after: str) -> float:
    """Read Retry-After, which is a number of seconds or a date."""
    if retry_after.isascii() and retry_after.isdigit():
        return max(_LEAST_SECONDS, float(retry_after))
    try:
        moment = parsedate_to_datetime(retry_after)
    except ValueError:
        return _UNSAID_SECONDS
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(_LEAST_SECONDS, (moment - datetime.now(UTC)).total_seconds())
