"""A backend behind the built-in gateway: four readers, four answers, whatever the backend does."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from privacy_service.gateway.models import Upstream
from tests.factories import make_policy
from tests.stories.conftest import Service
from tests.stories.upstream import Backend
from workspaces.models import User, Workspace
from workspaces.stamp import bump

ALICE = b'{"name": "alice", "ssn": "123-45-6789"}'
MASKED = b'{"name": "alice", "ssn": "***-**-****"}'


@pytest.fixture
def backend() -> Iterator[Backend]:
    """Return a backend of this test's own."""
    backend = Backend()
    backend.start()
    yield backend
    backend.stop()


@pytest.fixture
def gateway(
    transactional_db: None, tmp_path: Path, released_workspace: Workspace, alice: User, bob: User, carol: User,
    mallory: User, backend: Backend,
) -> Iterator[Service]:  # fmt: skip
    """Return a gateway process in front of the backend, for acme with its cast."""
    make_policy(released_workspace, {"US_SSN": "shape", "PERSON": "keep"})
    Upstream.objects.create(workspace=released_workspace, slug="orders", url=f"{backend.url}/api", read_seconds=1.0)
    bump()
    running = Service(tmp_path, workers=1, application="asgi", PRIVACY_GATEWAY_NETWORKS="127.0.0.0/8")
    try:
        running.start()
        yield running
    finally:
        running.stop()


def read(
    gateway: Service,
    key: str,
    actor: str,
    path: str,
    *,
    method: str = "GET",
    content: bytes | None = None,
    **headers: str,
) -> httpx.Response:
    """Ask the upstream `orders` of acme for a path, on behalf of an actor."""
    named = {"Authorization": f"Bearer {key}", "X-Actor": f"{actor}@example.com"}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    return gateway.client.request(method, f"/gateway/acme/orders{path}", headers=named, content=content)


def test_four_readers_get_four_answers(gateway: Service, backend: Backend, key: str) -> None:
    backend.on("/api/customers", ALICE, Content_Type="application/json")

    answers = {actor: read(gateway, key, actor, "/customers") for actor in ("alice", "bob", "carol", "mallory")}

    assert answers["alice"].content == answers["carol"].content == ALICE
    assert answers["bob"].content == MASKED
    assert (answers["mallory"].status_code, answers["mallory"].json()["reason"]) == (403, "not-a-member")
    assert len(backend.asked) == 3  # Nobody asked it for mallory.
