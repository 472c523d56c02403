"""The administrator, who looks after everything."""

import pytest
from django.test import Client

from workspaces.models import User


@pytest.fixture
def root(db: None) -> User:
    """Return the administrator."""
    return User.objects.create_superuser("root@example.com", "a long pass phrase")


@pytest.fixture
def client(root: User) -> Client:
    """Return the administrator's browser."""
    client = Client()
    client.force_login(root)
    return client
