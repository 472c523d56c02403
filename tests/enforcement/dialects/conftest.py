"""A service account's key that is bound to acme, and a way to post JSON as its holder."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from tests.asking import Reply, through_hot_path
from tests.factories import make_key
from workspaces.models import Workspace

Post = Callable[..., Reply]


@pytest.fixture
def own_key(workspace: Workspace) -> str:
    """Return the key of an account bound to acme, with every scope."""
    return make_key(workspace)


@pytest.fixture
def post(own_key: str) -> Post:
    """Return a function that posts JSON, or bytes as they are, with acme's key."""

    def post(path: str, content: Any, *, key: str = own_key, method: str = "POST") -> Reply:
        body = content if isinstance(content, bytes) else orjson.dumps(content)
        headers = {"X-Api-Key": key, "Content-Type": "application/json"} if key else {"Content-Type": "text/plain"}
        return through_hot_path(method, path, body, headers)

    return post
