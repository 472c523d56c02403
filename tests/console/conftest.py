"""The console, opened by the cast."""

from collections.abc import Callable

import pytest
from django.test import Client

from workspaces.models import User

Opened = Callable[[User | None], Client]


@pytest.fixture
def opened() -> Opened:
    """Return what opens the console for somebody, or for nobody."""

    def by(user: User | None) -> Client:
        client = Client()
        if user is not None:
            client.force_login(user)
        return client

    return by


@pytest.fixture
def administrator(db: None) -> User:
    """Return who runs the installation, and belongs to no workspace."""
    del db
    return User.objects.create_superuser("root@example.com", "correct-horse-battery")
