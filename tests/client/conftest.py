"""A running service for the middlewares to ask."""

import pytest
from pytest_django.live_server_helper import LiveServer

from tests.factories import make_policy
from workspaces.models import User, Workspace
from workspaces.stamp import bump


@pytest.fixture
def service_url(transactional_db: None, live_server: LiveServer) -> str:
    """Return the address of a service over the test database."""
    bump()  # Emptying the tables between tests took the stamp's row along.
    return str(live_server.url)


@pytest.fixture
def acme(
    service_url: str, released_workspace: Workspace, alice: User, bob: User, carol: User, mallory: User
) -> Workspace:
    """Return acme with its cast; numbers keep their shape and names stay."""
    make_policy(released_workspace, {"US_SSN": "shape", "PERSON": "keep"})
    return released_workspace
