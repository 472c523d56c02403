"""One way to ask for every test: each runs through the hot path and through Django."""

from collections.abc import Callable

import pytest

from tests.asking import Ask, Reply, through_django, through_hot_path


@pytest.fixture(params=[through_hot_path, through_django], ids=["hot path", "django"])
def carrier(request: pytest.FixtureRequest) -> Callable[..., Reply]:
    """Return what carries a request to the endpoint."""
    carrier: Callable[..., Reply] = request.param
    return carrier


@pytest.fixture
def ask(carrier: Callable[..., Reply], key: str) -> Ask:
    """Return a function that asks as acme's backend on behalf of an actor."""

    def ask(
        endpoint: str,
        body: bytes = b"",
        *,
        actor: str = "bob@example.com",
        content_type: str = "application/json",
        method: str = "POST",
        workspace: str = "acme",
        **headers: str,
    ) -> Reply:
        sent = {"Authorization": f"Bearer {key}", "X-Actor": actor, "Content-Type": content_type}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return carrier(
            method, f"/v1/workspaces/{workspace}/{endpoint}", body, {name: v for name, v in sent.items() if v}
        )

    return ask
