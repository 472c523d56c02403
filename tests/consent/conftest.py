"""A workspace that asks for consent."""

from typing import Any

import pytest
from pytest_django import Settings

from privacy_service.consent.models import ConsentSettings
from privacy_service.subjects.identifiers import Identifier, Kind
from tests.managing.conftest import other, owner
from workspaces.models import Workspace

__all__ = ["other", "owner"]  # Fixtures.

HERE = "https://privacy.example.com"
SHOP = "https://shop.example.com"
DORA = Identifier(Kind.ANONYMOUS_ID, "dora-canary")
DORAS_ID = Identifier(Kind.USER_ID, "dora-canary-9")


def make_settings(workspace: Workspace, **fields: Any) -> ConsentSettings:
    """Return the consent settings of a workspace: open for the shop, with a destination for ads."""
    usual = {"is_open": True, "origins": [SHOP], "destinations": {"ads": ["marketing"], "warehouse": []}}
    return ConsentSettings.objects.create(workspace=workspace, **usual | fields)


@pytest.fixture
def asking(workspace: Workspace, settings: Settings) -> Workspace:
    """Return acme, whose banner is open."""
    settings.PRIVACY_PUBLIC_URL = HERE
    make_settings(workspace)
    return workspace
