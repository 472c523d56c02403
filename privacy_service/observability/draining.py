"""Is this server about to stop? Then load balancers are told to look elsewhere, and connections end with their answer.

Whoever stops the server (`privacy_service.processes`) first makes the file PRIVACY_DRAIN_FILE and goes on answering
for a while: nothing is lost, since whoever sends requests has gone elsewhere before the port closes.
"""

from pathlib import Path

from django.conf import settings

LOOK_SECONDS = 0.25


class _Seen:
    """What this process saw when it last looked; every request asks it, so it is an attribute and no question."""

    is_draining = False


seen = _Seen()


def look() -> None:
    """See whether the server is about to stop."""
    seen.is_draining = bool(settings.PRIVACY_DRAIN_FILE) and Path(settings.PRIVACY_DRAIN_FILE).exists()
