"""The management API, asked as an owner, a member with some rights, or a service account does."""

from dataclasses import dataclass, replace
from typing import Any

import orjson
import pytest

from tests.asking import Reply, through_django
from tests.factories import make_key, make_member, make_workspace
from workspaces.keys import Scope, issue_key
from workspaces.models import Membership, User, Workspace

ACME = "/v1/workspaces/acme"


@dataclass(frozen=True)
class Api:
    """Asks with one key, for one actor, below one workspace."""

    key: str
    actor: str = ""
    base: str = ACME

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        """Ask; words of headers are written with underscores."""
        sent = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        if self.actor:
            sent["X-Actor"] = self.actor
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        content = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
        return through_django(method, path if path.startswith("/v1") else self.base + path, content, sent)

    def get(self, path: str, **headers: str) -> Reply:
        """Read."""
        return self("GET", path, **headers)

    def post(self, path: str, body: Any, **headers: str) -> Reply:
        """Create."""
        return self("POST", path, body, **headers)

    def change(self, path: str, body: Any, method: str = "PATCH") -> Reply:
        """Change what is there now, whatever it is."""
        return self(method, path, body, If_Match=self.get(path).headers.get("ETag", "*"))

    def within(self, slug: str) -> "Api":
        """Return the same caller asking about another workspace."""
        return replace(self, base=f"/v1/workspaces/{slug}")


def person(user: User, *scopes: Scope) -> Api:
    """Return the API as a person's own key opens it."""
    return Api(issue_key(user, scopes=scopes or tuple(Scope))[1])


@pytest.fixture
def owner(alice: User) -> Api:
    """Return the API as alice's own key opens it."""
    return person(alice)


@pytest.fixture
def backend(workspace: Workspace, alice: User) -> Api:
    """Return the API as a service account opens it for alice."""
    return Api(make_key(workspace), actor="alice@example.com")


@pytest.fixture
def other(db: None) -> Workspace:
    """Return a workspace of somebody else."""
    del db
    workspace = make_workspace("other")
    make_member(workspace, "oscar", kind=Membership.Kind.OWNER)
    return workspace
