"""Where the release stands, and how often it was moved, for the dashboard and the alerts."""

from collections.abc import Iterator

from privacy_service.observability.facts import Fact, Reading, Source
from privacy_service.rollout import off_switch, release
from privacy_service.rollout.models import ReleaseMove, Report
from privacy_service.rollout.stages import Stage

STAGE = Fact("privacy_release_stage", "1 for the stage that the release is in", ("stage",))
DIAL = Fact("privacy_release_dial_percent", "The share of workspaces that the dial reaches")
HELD = Fact("privacy_release_held", "1 while nothing may go wider")
SWITCH = Fact("privacy_release_off_switch", "1 while this host has the release off by its file")
MOVES = Fact("privacy_release_moves", "Moves of the release, of overrides and of holds", ("kind",), only_grows=True)
REPORTS = Fact("privacy_release_reports_open", "Reports that stand in the way of the release")


def read() -> Iterator[Reading]:
    """Ask the database for all of them."""
    state = release.state()
    for stage in Stage:
        yield Reading(STAGE, stage == state.position.stage, (stage.value,))
    yield Reading(DIAL, float(state.position.percent))
    yield Reading(HELD, bool(state.held))
    yield Reading(SWITCH, off_switch.is_thrown())
    for kind in ReleaseMove.Kind:
        yield Reading(MOVES, ReleaseMove.objects.filter(kind=kind).count(), (kind.value,))
    yield Reading(REPORTS, Report.objects.filter(closed_at=None).count())


SOURCE = Source("release", (STAGE, DIAL, HELD, SWITCH, MOVES, REPORTS), read)
