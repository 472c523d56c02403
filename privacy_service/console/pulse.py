"""The decisions of the last day as a chart: bars by half an hour, drawn here, no script needed."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from privacy_service.console.templatetags.console import EFFECTS, moment
from privacy_service.decisions.models import AuditRecord
from workspaces.models import Workspace

SPAN = timedelta(hours=24)
BARS = 48
MOST = 5000  # A workspace may make that many a second: the chart then covers less time, and says so.
_HEIGHT, _WIDTH = 84, 10
_EFFECTS = ("pass", "mask", "deny")


@dataclass(frozen=True, slots=True)
class Bar:
    """One rectangle of the chart."""

    effect: str
    x: int
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Pulse:
    """The chart, and what it says in words."""

    words: str
    counts: Counter[str]
    bars: tuple[Bar, ...]

    @property
    def total(self) -> int:
        """Count the decisions."""
        return self.counts.total()

    @property
    def key(self) -> list[tuple[str, str, int]]:
        """Return each effect with its name and how often it came."""
        return [(effect, str(EFFECTS[effect]), self.counts[effect]) for effect in _EFFECTS]

    @property
    def told(self) -> str:
        """Say the counts, for whoever does not see the chart."""
        return ", ".join(f"{name} {count}" for _effect, name, count in self.key)


def pulse_of(workspace: Workspace, now: datetime | None = None) -> Pulse:
    """Return the chart of a workspace; bounded work, however much is decided there."""
    now = now or timezone.now()
    newest = AuditRecord.objects.of(workspace).decisions().filter(at__gt=now - SPAN).order_by("-at")
    rows = list(newest.values_list("at", "effect")[:MOST])
    since = rows[-1][0] if len(rows) == MOST else now - SPAN
    step = max((now - since) / BARS, timedelta(seconds=1))
    places = Counter((min(int((at - since) / step), BARS - 1), effect) for at, effect in rows)
    return Pulse(_words(rows, since), Counter(effect for _at, effect in rows), tuple(_bars(places)))


def _bars(places: Counter[tuple[int, str]]) -> list[Bar]:
    highest = max((sum(places[place, effect] for effect in _EFFECTS) for place in range(BARS)), default=0)
    bars = []
    for place in range(BARS):
        top = float(_HEIGHT + 3)
        for effect in _EFFECTS:
            height = places[place, effect] * _HEIGHT / highest if highest else 0
            if height:
                top -= height
                bars.append(Bar(effect, place * _WIDTH + 1, round(top, 1), round(height, 1)))
    return bars


def _words(rows: list[tuple[datetime, str]], since: datetime) -> str:
    if len(rows) == MOST:
        return _("the newest %(count)d, since %(moment)s") % {"count": MOST, "moment": moment(since)}
    return ngettext("%(count)d in the last 24 hours", "%(count)d in the last 24 hours", len(rows)) % {
        "count": len(rows)
    }
