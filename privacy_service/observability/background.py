"""Small recurring work of a server process, in threads that never die of an error."""

import logging
import threading
from collections.abc import Callable

from django.db import connections

from privacy_service.pinning import core

logger = logging.getLogger(__name__)


def every(seconds: float, work: Callable[[], object]) -> threading.Thread:
    """Do the work again and again, `seconds` apart, for as long as the process lives."""
    thread = threading.Thread(target=_repeat, args=(seconds, work), name=work.__qualname__, daemon=True)
    thread.start()
    return thread


def _repeat(seconds: float, work: Callable[[], object]) -> None:
    pause = threading.Event()
    while not pause.wait(seconds):
        core.stay()
        try:
            work()
        except Exception:  # Whatever it was, the next turn tries again.
            logger.exception("Background work failed: %s", work.__qualname__)
            connections.close_all()
