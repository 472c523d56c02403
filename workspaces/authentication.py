"""From an API key to its caller, from a name to an actor, from a slug to a workspace; cached under the access stamp."""

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from workspaces.keys import Scope, digest_of, scopes_from
from workspaces.models import ApiKey, ServiceAccount, Source, User, Workspace
from workspaces.stamp import StampedCache

_directory = StampedCache()
_SLUG = re.compile(r"[-a-zA-Z0-9_]{1,80}")  # Anything longer or stranger is no slug, and not worth remembering.

NOBODY = UUID(int=0)  # An id that no row has.


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever holds the key of a request: a backend that names an actor, or a person who is the actor."""

    key_id: UUID
    user: User
    scopes: frozenset[Scope]
    expires_at: datetime | None
    workspace_slug: str | None  # The only workspace it may ask about, where it is bound to one.
    account_id: UUID | None = None  # Of a service; its keys verify the tokens of readers.
    demands_token: bool = False
    calls_per_day: int | None = None

    @property
    def is_service(self) -> bool:
        """Say whether this caller speaks for others."""
        return self.user.kind == User.Kind.SERVICE

    def has_expired(self) -> bool:
        """Say whether the key's time is over."""
        return self.expires_at is not None and self.expires_at <= timezone.now()

    def may_ask_about(self, slug: str) -> bool:
        """Say whether the caller's key reaches this workspace, whether or not there is one."""
        return self.workspace_slug is None or self.workspace_slug == slug


@dataclass(frozen=True, slots=True)
class Stranger:
    """Somebody a caller named whom this installation does not know."""

    reference: str
    pk: UUID = NOBODY


Actor = User | Stranger


def caller_of(key: str) -> Caller | None:
    """Return who holds this key, or None where it opens nothing."""
    digest = digest_of(key)
    caller = _directory.get(("key", digest), lambda: _load_caller(digest))
    return None if caller and caller.has_expired() else caller


def workspace_of(slug: str) -> Workspace | None:
    """Return the workspace with this slug, or None."""
    if not _SLUG.fullmatch(slug):
        return None
    return _directory.get(("workspace", slug), lambda: Workspace.objects.filter(slug=slug).first())


def own_workspace_of(user: User, slug: str) -> Workspace | None:
    """Return the workspace with this slug where the user belongs to it, or None: one question, whichever it is."""
    if not _SLUG.fullmatch(slug):
        return None
    own = Workspace.objects.filter(slug=slug, memberships__user=user.pk, memberships__user__is_active=True)
    return _directory.get(("own", user.pk, slug), own.first)


def source_of(workspace: Workspace, slug: str) -> Source | None:
    """Return the workspace's source with this slug, or None."""
    if not _SLUG.fullmatch(slug):
        return None
    found = Source.objects.filter(workspace_id=workspace.pk, slug=slug)
    return _directory.get(("source", workspace.pk, slug), found.first)


def actor_of(reference: str) -> Actor:
    """Return the user with this external id or e-mail; somebody unknown or inactive is a stranger."""
    known = _directory.get(("actor", reference), lambda: User.objects.named(reference).filter(is_active=True).first())
    return known or Stranger(reference)


def _load_caller(digest: str) -> Caller | None:
    keys = ApiKey.objects.usable(timezone.now()).select_related("user__service_account__workspace")
    row = keys.filter(digest=digest).first()
    if row is None:
        return None
    account: ServiceAccount | None = getattr(row.user, "service_account", None)
    if account is None and row.user.kind == User.Kind.SERVICE:
        return None  # Its account is gone, and with it the knowledge of what the key was bound to.
    scopes = scopes_from(row.scopes)
    if account is None:
        return Caller(row.pk, row.user, scopes, row.expires_at, None, calls_per_day=row.calls_per_day)
    slug = account.workspace.slug if account.workspace else None
    demands = account.demands_actor_token
    return Caller(row.pk, row.user, scopes, row.expires_at, slug, account.pk, demands, row.calls_per_day)
