"""Who writes in a workspace and who carries a request out at the same moment wait for each other, never for ever."""

import time
from concurrent.futures import Future, ThreadPoolExecutor
from uuid import UUID

import pytest
from django.db import connection, connections

from privacy_service.console.places import place_of, writing
from privacy_service.exceptions import Conflict
from privacy_service.subjects.lifecycle import open_request, start
from privacy_service.subjects.models import SubjectRequest, Wish
from tests.subjects.conftest import DORA
from workspaces.models import User, Workspace
from workspaces.permissions import Permission

_WITHIN_SECONDS = 5


def begin(request_id: UUID) -> str:
    """Start a request, and say what came of it."""
    try:
        start(request_id, SubjectRequest.Proof.OWNER)
    except Conflict:
        return "refused"
    return "started"


def begin_elsewhere(request_id: UUID) -> str:
    """Do so over a connection of one's own."""
    try:
        return begin(request_id)
    finally:
        connections.close_all()


def wait_for(other: "Future[str]") -> None:
    """Wait until somebody else is done, or waits for a lock."""
    deadline = time.monotonic() + _WITHIN_SECONDS
    while not other.done() and time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted")
            if cursor.fetchone():
                return
        time.sleep(0.01)


@pytest.mark.django_db(transaction=True)  # A second connection must see the rows.
def test_a_request_begun_from_two_sides_at_once_is_begun_once(workspace: Workspace, alice: User) -> None:
    if connection.vendor != "postgresql":
        assert connection.vendor == "sqlite"  # Where one writes at a time, and nobody holds what another waits for.
        return
    request, _ = open_request(workspace, Wish.SUPPRESS_ONLY, [DORA], by=alice)
    with ThreadPoolExecutor() as pool, writing(place_of(alice, "acme"), Permission.MANAGE_SUBJECT_REQUESTS):
        other = pool.submit(begin_elsewhere, request.pk)
        wait_for(other)
        mine = begin(request.pk)

    assert sorted([mine, other.result()]) == ["refused", "started"]
