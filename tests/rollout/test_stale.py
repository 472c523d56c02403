"""When the flag can go, and that its code can be removed: one line asks it."""

import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import timezone

from privacy_service.rollout import release
from privacy_service.rollout.models import ReleaseMove
from privacy_service.rollout.stale import SETTLED, staleness
from workspaces.models import Workspace

ROOT = Path(__file__).resolve().parents[2]

# Wiring: what names the release's parts to Django, to the server and to the demo, and decides nothing.
WIRING = {"privacy_service/settings.py", "privacy_service/urls.py", "privacy_service/serving.py"}
DEMO = "privacy_service/decisions/management/commands/demo.py"


def test_a_release_that_has_been_public_for_three_weeks_can_lose_its_flag(workspace: Workspace) -> None:
    release.turn_on()
    now = timezone.now()

    early, late = staleness(now + SETTLED - timedelta(days=1)), staleness(now + SETTLED)

    assert early.obstacles == ("it has been public for 20 days; wait for 21",)
    assert late.is_removable
    assert late.on_since == ReleaseMove.objects.filter(after="public").get().at


@pytest.mark.parametrize("back", ["off", "dial"])
def test_a_release_that_was_taken_back_keeps_its_flag(workspace: Workspace, back: str) -> None:
    release.turn_on()
    release.turn_off() if back == "off" else release.dial(Decimal(50))

    assert not staleness(timezone.now() + SETTLED).is_removable


def test_a_workspace_forced_off_stands_in_the_way(workspace: Workspace) -> None:
    release.turn_on()
    release.override(workspace, setting=False)

    assert staleness(timezone.now() + SETTLED).obstacles == ("forced off: acme; decide about each first",)


def test_what_is_to_be_removed_is_read_from_the_code(workspace: Workspace) -> None:
    found = staleness()

    assert found.folders == (
        "privacy_service/rollout",
        "privacy_service/releasing",
        "tests/rollout",
        "tests/releasing",
    )
    asked = [line for line in found.lines if line.startswith("privacy_service/decisions/engine.py")]
    assert any(line.endswith("from privacy_service.rollout.release import is_live_for") for line in asked)


def test_only_the_decision_asks_the_release_and_on_one_line() -> None:
    asking = {
        str(path.relative_to(ROOT))
        for path in [*(ROOT / "privacy_service").rglob("*.py"), *(ROOT / "workspaces").rglob("*.py")]
        if not {"rollout", "releasing", "console"} & set(path.parts)
        and re.search(r"^\s*(from|import) .*\brollout\b", path.read_text(), re.MULTILINE)
    }
    engine = (ROOT / "privacy_service/decisions/engine.py").read_text()

    assert asking - WIRING - {DEMO} == {"privacy_service/decisions/engine.py"}
    assert len(re.findall(r"\bis_live_for\b", engine)) == 2  # Imported, and asked.
    assert len(re.findall(r"\bwas_live_for\b", engine)) == 2  # The same for a moment in the past.
