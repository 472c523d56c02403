"""Two administrators of the release, and evidence for its gates."""

from pathlib import Path

import pytest
from django.core.cache import cache
from pytest_django import Settings

from privacy_service.rollout import off_switch
from privacy_service.rollout.models import Minute
from tests.factories import make_user
from workspaces.models import User, Workspace

PASSWORD = "erin and frank move the release"


@pytest.fixture(autouse=True)
def _switch_of_this_test(tmp_path: Path, settings: Settings, db: None) -> None:
    """Keep the off switch of each test apart, and leave none behind."""
    settings.PRIVACY_DATA_DIR = tmp_path
    cache.clear()
    off_switch.look()


@pytest.fixture
def erin(workspace: Workspace) -> User:
    """Return an administrator, who asks for moves."""
    return make_user("erin", is_staff=True, is_superuser=True, password=PASSWORD)


@pytest.fixture
def frank(workspace: Workspace) -> User:
    """Return another administrator, who confirms them."""
    return make_user("frank", is_staff=True, is_superuser=True, password=PASSWORD)


def good_minute(**counts: object) -> Minute:
    """Write a row of a process that has seen enough and nothing bad, but for what is named."""
    buckets = [0] * 16
    buckets[6] = 1000  # Between 0.5 and 1 ms.
    fields = {"host": "web-1", "process": "a", "requests": 1000, "seconds": buckets, "sampled": 500} | counts
    return Minute.objects.create(**fields)


@pytest.fixture
def green(workspace: Workspace) -> None:
    """Have every gate green."""
    good_minute()
