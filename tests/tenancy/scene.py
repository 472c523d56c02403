"""The cast of acme and a planted workspace next door, and how each of them asks for a path."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import models
from django.test import Client

from privacy_service.rollout import release
from tests.asking import Reply, through_hot_path
from tests.factories import make_key, make_member, make_user, make_workspace
from tests.tenancy.planting import Rows, plant
from tests.tenancy.routes import Route
from workspaces.grants import grant
from workspaces.keys import Scope, issue_key, revoke_key
from workspaces.models import Membership, SecondFactor, SignIn, User
from workspaces.roles import Role

OWN, FOREIGN, UNKNOWN = "acme", "umbrella", "nowhere"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_OWN_PACE = {"last_used_at", "last_login", "last_seen_at"}  # Not what anybody wrote.


class Body(NamedTuple):
    """What is sent to a path."""

    kind: str
    content: bytes


def body_for(route: Route) -> Body:
    """Return a body that gets as far as it can: most paths look for what they name before they read it."""
    if str(route).startswith(("console/", "admin/", "people/")):
        return Body("application/x-www-form-urlencoded", b"proof=shown")
    if str(route).startswith("presidio/"):
        return Body("application/json", b'{"text":"nothing","language":"en"}')  # Presidio says 500 where there is none.
    return Body("application/json", b'{"proof":"shown"}' if str(route).endswith("/done") else b"{}")


@dataclass(frozen=True)
class Caller:
    """Somebody with a key, a session, both or neither."""

    name: str
    headers: dict[str, str] = field(default_factory=dict)
    client: Client = field(default_factory=lambda: Client(raise_request_exception=False))

    def __str__(self) -> str:
        return self.name

    def ask(self, method: str, path: str, body: Body, *, hot: bool = False) -> Reply:
        """Ask for a path, whatever state it is in; of the hot path as in production, in front of Django."""
        if hot:
            return through_hot_path(method, path, body.content, {"Content-Type": body.kind, **self.headers})
        sent = {"HTTP_IF_MATCH": "*", **_as_environ(self.headers)}
        response = self.client.generic(method, path, body.content, content_type=body.kind, **sent)  # type: ignore[arg-type]
        return Reply(response.status_code, dict(response.headers), response.getvalue())


@dataclass(frozen=True)
class Scene:
    """Both workspaces, what is planted in the other one, and who asks."""

    rows: Rows
    callers: dict[str, Caller]


def _as_environ(headers: dict[str, str]) -> dict[str, str]:
    return {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}


def signed_in(name: str, user: User, **headers: str) -> Caller:
    """Return a person with a session, and with a key of their own that opens all it can."""
    key = issue_key(user, scopes=tuple(Scope))[1]
    caller = Caller(name, {"Authorization": f"Bearer {key}", **headers})
    caller.client.force_login(user)
    return caller


def set_scene() -> Scene:
    """Make both workspaces and everybody who asks."""
    release.dial(Decimal(0))
    acme, umbrella = make_workspace(OWN), make_workspace(FOREIGN)
    release.override(acme, setting=True)
    release.override(umbrella, setting=True)
    rows = plant(umbrella)
    alice = make_member(acme, "alice", kind=Membership.Kind.OWNER).user
    carol = make_member(acme, "carol")
    grant(carol, Role.PII_VIEWER)
    backend, bearer = make_key(acme), "X-Api-Key"
    clerk = make_user("clerk", is_staff=True)
    owner = Caller("the owner themselves", {bearer: make_key(umbrella), "X-Actor": rows[User].email})
    owner.client.force_login(rows[User])
    callers = [
        Caller("nobody"),
        Caller("a forged key", {bearer: "psk_forged"}),
        Caller("a key that was taken back", {bearer: _taken_back(rows[User])}),
        signed_in("alice", alice),
        signed_in("bob", make_member(acme, "bob").user),
        signed_in("carol", carol.user),
        signed_in("mallory", make_user("mallory")),
        signed_in("a clerk of the admin without rights", clerk),
        Caller("the backend, for alice", {bearer: backend, "X-Actor": "alice@example.com"}),
        Caller("the backend, for the other owner", {bearer: backend, "X-Actor": rows[User].email}),
        owner,
    ]
    return Scene(rows, {caller.name: caller for caller in callers})


def _taken_back(user: User) -> str:
    row, key = issue_key(user, scopes=tuple(Scope))
    revoke_key(row)
    return key


def methods_of(route: Route, *, one_more: bool = False) -> list[str]:
    """Return the methods that a path takes, or might take; and one that it does not."""
    if route.is_hot:
        return ["GET", "POST"]
    if str(route).startswith("admin/"):
        return ["GET", "POST"]  # Django's own views, which look at rights before they look at the method.
    actions = getattr(route.callback, "actions", None)
    view = getattr(route.callback, "view_class", None)
    if actions:
        offered = {name.upper() for name in actions}
    elif view and not hasattr(view, "endpoint"):
        offered = {name.upper() for name in view.http_method_names if hasattr(view, name)} - {"OPTIONS"}
    else:
        offered = {"GET", "POST"}  # A view says nothing of its methods; the dialects' are in their tests.
    others = [method for method in METHODS if method not in offered]
    return [method for method in METHODS if method in offered and method != "HEAD"] + others[-1:] * one_more


def kept(rows: Rows) -> dict[str, Any]:
    """Return how many rows of each kind there are, and what stands in the planted ones."""
    return {model._meta.label: _kept(model, row) for model, row in rows.items()}


def _kept(model: type[models.Model], row: models.Model) -> tuple[int, Any]:
    manager = model._default_manager
    [values] = manager.filter(pk=row.pk).values() or [None]
    # Authenticators and sign-ins are people's own, who may begin theirs: the planted ones alone must stay as they are.
    count = 0 if model in {SecondFactor, SignIn} else manager.count()
    return count, {name: value for name, value in (values or {}).items() if name not in _OWN_PACE}


@contextmanager
def unchanged(scene: Scene) -> Iterator[None]:
    """See that nothing was written meanwhile."""
    before = kept(scene.rows)
    yield
    assert kept(scene.rows) == before
