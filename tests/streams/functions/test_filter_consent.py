"""`filter-consent` by what the workspace says: what a destination needs, and what silence means."""

import pytest
from django.db import OperationalError
from django.utils import timezone

from privacy_service.consent.choices import Circumstances, keep
from privacy_service.consent.models import Way
from privacy_service.streams.functions import filter_consent
from tests.consent.conftest import DORA, make_settings
from tests.streams.making import built_in, values
from workspaces.models import Workspace

NAMES = {"destinations": {"ads": "meta-ads"}}
YES = b'{"context":{"consent":{"categoryPreferences":{"marketing":true}}}}'
NO = b'{"context":{"consent":{"categoryPreferences":{"marketing":false}}}}'
HERS = b'{"anonymousId":"dora-canary"}'


def test_the_workspace_says_what_a_sink_needs(workspace: Workspace) -> None:
    make_settings(workspace, destinations={"meta-ads": ["marketing"]})

    assert values(built_in("filter-consent", NAMES, sinks=("ads",)), YES, NO, HERS, b"no event") == [
        YES,
        [],
        HERS,
        "unreadable",
    ]


def test_silence_means_what_is_on_record(workspace: Workspace) -> None:
    make_settings(workspace, destinations={"meta-ads": ["marketing"]}, unsaid="recorded")
    function = built_in("filter-consent", NAMES, sinks=("ads",))
    before = values(function, HERS)
    keep(workspace, [DORA], {"marketing": True}, Circumstances(Way.BANNER, timezone.now()))

    assert (before, values(function, HERS)) == ([[]], [HERS])


def test_a_destination_that_the_workspace_does_not_know_holds_the_batch_back(workspace: Workspace) -> None:
    make_settings(workspace, destinations={})

    assert values(built_in("filter-consent", NAMES), YES, HERS) == ["unavailable", "unavailable"]
    assert values(built_in("filter-consent", {**NAMES, "workspace": "nowhere"}), YES) == ["unavailable"]


def test_where_nobody_can_tell_nothing_goes_on(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    make_settings(workspace, destinations={"meta-ads": ["marketing"]})

    def gone(*_: object) -> None:
        raise OperationalError

    monkeypatch.setattr(filter_consent, "rules_of", gone)

    assert values(built_in("filter-consent", NAMES), YES) == ["unavailable"]
