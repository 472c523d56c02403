"""The cast: alice owns the workspace, bob is a member, carol a member with PII access, mallory a stranger."""

import os
import re
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import connection
from pytest_django import DjangoDbBlocker

from privacy_service.decisions import audit
from privacy_service.http import current
from privacy_service.rollout import release
from tests import drawing, emptying, migrated
from tests.backend import Backend
from tests.factories import make_key, make_member, make_user, make_workspace
from tests.services import OWN_DATABASE
from workspaces import data_keys
from workspaces.grants import grant
from workspaces.models import Membership, User, Workspace
from workspaces.roles import Role
from workspaces.stamp import stamp

drawing.load_profile()
emptying.install()


_MOMENT = re.compile(r"\b\d{10}\b")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse a test whose name holds the present second: two processes of a run would not agree on it, and run none."""
    for item in items:
        if any(abs(int(second) - time.time()) < 2 * 86_400 for second in _MOMENT.findall(item.nodeid)):
            message = f"{item.nodeid} is named after the time: say how far from now, and count in the test."
            raise pytest.UsageError(message)


@pytest.fixture(autouse=True)
def _forget_other_tests(tmp_path: object, settings: object) -> Iterator[None]:
    """Start with nothing cached and nothing spooled."""
    stamp.forget()
    data_keys.forget()
    current.set(None)
    audit.spool.cache_clear()
    settings.PRIVACY_AUDIT_SPOOL_DIR = tmp_path / "audit-spool"  # type: ignore[attr-defined, operator]
    yield
    audit.spool.cache_clear()


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """Leave databases on a server that is this run's own: dropping them takes seconds, and they go with it anyway."""
    return OWN_DATABASE in os.environ


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """Begin with the tables of an earlier run, once each process knows the name of its database."""
    del django_db_modify_db_settings
    if _is_file():
        migrated.place(Path(connection.settings_dict["TEST"]["NAME"]))


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Drop the tables of waffle's own flag, which ours replaces: PostgreSQL could not empty what they refer to."""
    del django_db_setup
    if _is_file():
        migrated.keep(Path(connection.settings_dict["NAME"]))
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        for table in ("waffle_flag_groups", "waffle_flag_users", "waffle_flag"):
            cursor.execute(f"DROP TABLE {table}")


def _is_file() -> bool:
    return connection.vendor == "sqlite" and OWN_DATABASE in os.environ


@pytest.fixture
def workspace(db: None) -> Workspace:
    """Return acme, where nothing is released yet."""
    del db
    cache.clear()
    release.dial(Decimal(0))
    return make_workspace()


@pytest.fixture
def released_workspace(workspace: Workspace) -> Workspace:
    """Return acme, with the feature released to it."""
    release.override(workspace, setting=True)
    return workspace


@pytest.fixture
def alice(workspace: Workspace) -> User:
    """Return the owner."""
    return make_member(workspace, "alice", kind=Membership.Kind.OWNER).user


@pytest.fixture
def bob(workspace: Workspace) -> User:
    """Return the member."""
    return make_member(workspace, "bob").user


@pytest.fixture
def carol(workspace: Workspace) -> User:
    """Return the member with PII access."""
    membership = make_member(workspace, "carol")
    grant(membership, Role.PII_VIEWER)
    return membership.user


@pytest.fixture
def erin(workspace: Workspace) -> User:
    """Return a member who may ask for emergency access."""
    membership = make_member(workspace, "erin")
    grant(membership, Role.EMERGENCY_READER)
    return membership.user


@pytest.fixture
def mallory(db: None) -> User:
    """Return somebody known to the installation but not to the workspace."""
    del db
    return make_user("mallory")


@pytest.fixture
def key(workspace: Workspace) -> str:
    """Return the API key of acme's backend, with every scope."""
    return make_key(workspace)


@pytest.fixture
def backend() -> Iterator[Backend]:
    """Return a backend of this test's own."""
    backend = Backend()
    backend.start()
    yield backend
    backend.stop()
