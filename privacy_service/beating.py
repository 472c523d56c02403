"""Beat, which orders what is due, on a machine whose clock may be set."""

from datetime import datetime
from typing import Any

from celery.beat import PersistentScheduler


class SteadyScheduler(PersistentScheduler):
    """Celery's own, which goes on when the clock was set back.

    It keeps in wall time when each order was last given and when the next is due. Set back by a day, as after a time
    server was wrong for a moment, it would order nothing for that day.
    """

    _latest: datetime | None = None

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Order what is due, and say in how many seconds to look again."""
        now = self.app.now()
        if self._latest is None or now < self._latest:
            self._forget_the_future(now)
        self._latest = now
        seconds: float = super().tick(*args, **kwargs)
        return seconds

    def _forget_the_future(self, now: datetime) -> None:
        """Take what was ordered later than now as ordered now, and plan anew."""
        for entry in self.schedule.values():
            entry.last_run_at = min(entry.last_run_at or now, now)
        self._heap = None
