"""API keys: made once, shown once, kept as a digest."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.db import DatabaseError, transaction
from django.utils import timezone

from workspaces.acts import Act, note
from workspaces.models import ApiKey, ServiceAccount, User, Workspace

PREFIX_LENGTH = 12
SERVICE_PREFIX = "service:"  # Begins the external id of every service account's user.
_SECRET_BYTES = 32

_used: set[UUID] = set()


class Scope(StrEnum):
    """What a key may be used for."""

    MASK = "mask"
    CLASSIFY = "classify"
    DECIDE = "decide"
    FLAGS = "flags"  # Whether the feature is released, for OpenFeature clients.
    EXPLAIN = "explain"  # Why a reader sees what they see.
    COMPARE = "compare"  # What several readers, or roles, would see of one payload.
    REIDENTIFY = "reidentify"  # Turning tokens and stand-ins back into what they stand for.
    GATEWAY = "gateway"  # Asking upstreams through the gateway; a key for masking reaches no data by itself.
    TOPICS = "topics"  # Reading topics of flows, each record as the reader may see it.
    # Of the management API: reading, and each kind of writing.
    READ = "read"
    MEMBERS = "members"
    SERVICE_ACCOUNTS = "service-accounts"
    SOURCES = "sources"
    POLICY = "policy"
    AUDIT = "audit"
    JOBS = "jobs"
    EMERGENCY = "emergency"  # Asking for emergency access, answering and ending it.
    SUPPRESSIONS = "suppressions"  # Asking whether new data about somebody may be taken in.
    CONSENT = "consent"  # Putting on record what people agree to, and asking what they have.
    SUBJECTS = "subjects"  # Saying so, and all else that the people the data is about ask for.
    INVENTORY = "inventory"  # Which fields are personal, and what is decided about them.
    # Of the release, for administrators of the installation.
    RELEASE = "release"


# What a backend needs; managing a workspace is asked for by name.
DATA_SCOPES = (Scope.MASK, Scope.CLASSIFY, Scope.DECIDE, Scope.FLAGS)


def scopes_from(stored: Iterable[str]) -> frozenset[Scope]:
    """Return the scopes that this release knows; another one's open nothing here."""
    return frozenset(scope for scope in Scope if scope in set(stored))


def digest_of(key: str) -> str:
    """Return what is stored of a key. A key holds 256 random bits, so a plain SHA-256 cannot be guessed back."""
    return hashlib.sha256(key.encode()).hexdigest()


def new_key() -> str:
    """Return a fresh key that nobody has seen."""
    return key_from(secrets.token_urlsafe(_SECRET_BYTES))


def key_from(secret: str) -> str:
    """Return the key that holds this secret; its first letters tell what it is to whoever finds it in a file."""
    return f"psk_{secret}"


@transaction.atomic
def issue_key(  # noqa: PLR0913 - one line a choice.
    user: User,
    *,
    scopes: Iterable[Scope] = DATA_SCOPES,
    name: str = "",
    expires_at: datetime | None = None,
    calls_per_day: int | None = None,
    key: str | None = None,
    by: User | None = None,
) -> tuple[ApiKey, str]:
    """Make a key for the user and return its row and the key itself, which cannot be read again."""
    row, key = _made(user, scopes, name, expires_at, key, calls_per_day)
    note(Act.KEY_ISSUED, _home_of(user), by, row, scopes=row.scopes, until=expires_at, holder=user.pk)
    return row, key


@transaction.atomic
def rotate_key(
    row: ApiKey, *, overlap: timedelta, key: str | None = None, by: User | None = None
) -> tuple[ApiKey, str]:
    """Issue a successor that lives as long as the key was made for, and let the key end after the overlap."""
    now = timezone.now()
    expires_at = now + (row.expires_at - row.created_at) if row.expires_at else None
    row.expires_at = min(row.expires_at or now + overlap, now + overlap)
    row.save(update_fields=["expires_at"])
    successor, key = _made(row.user, scopes_from(row.scopes), row.name, expires_at, key, row.calls_per_day)
    note(Act.KEY_ROTATED, _home_of(row.user), by, row, successor=successor.pk, until=row.expires_at)
    return successor, key


@transaction.atomic
def revoke_key(row: ApiKey, *, by: User | None = None) -> None:
    """End a key at once."""
    row.revoked_at = timezone.now()
    row.save(update_fields=["revoked_at"])
    note(Act.KEY_REVOKED, _home_of(row.user), by, row)


def _made(  # noqa: PLR0913, PLR0917 - as issue_key.
    user: User,
    scopes: Iterable[Scope],
    name: str,
    expires_at: datetime | None,
    key: str | None,
    calls_per_day: int | None,
) -> tuple[ApiKey, str]:
    key = key or new_key()
    row = ApiKey.objects.create(
        user=user,
        name=name,
        prefix=key[:PREFIX_LENGTH],
        digest=digest_of(key),
        scopes=sorted(scopes),
        expires_at=expires_at,
        calls_per_day=calls_per_day,
    )
    return row, key


def _home_of(user: User) -> Workspace | None:
    """Return the only workspace that a user's keys open, if it is a service bound to one."""
    account = ServiceAccount.objects.filter(user=user).select_related("workspace").first()
    return account.workspace if account else None


def note_use(key_id: UUID) -> None:
    """Remember that a key was used, without a query."""
    _used.add(key_id)


def store_uses() -> None:
    """Write down when the keys used since the last call were used; a time of use changes no answer."""
    keys = {_used.pop() for _ in range(len(_used))}
    try:
        ApiKey.objects.filter(pk__in=keys).update(last_used_at=timezone.now())
    except DatabaseError:
        _used.update(keys)  # For the next time.
        raise


@transaction.atomic
def create_service_account(name: str, *, workspace: Workspace | None = None, by: User | None = None) -> ServiceAccount:
    """Create a backend's account; it reads on its own account only where it is made a member."""
    user = User.objects.create(kind=User.Kind.SERVICE, external_id=external_id_of(name, workspace), name=name)
    account = ServiceAccount.objects.create(user=user, name=name, workspace=workspace)
    note(Act.SERVICE_ACCOUNT_CHANGED, workspace, by, account, change="created")
    return account


def external_id_of(name: str, workspace: Workspace | None) -> str:
    """Return how a service is named as a reader: within its workspace, where it is bound to one."""
    plain = f"{SERVICE_PREFIX}{workspace.slug}/{name}" if workspace else f"{SERVICE_PREFIX}{name}"
    # A workspace's slug may change, and another one take it.
    is_taken = workspace is not None and User.objects.filter(external_id=plain).exists()
    return f"{plain}-{secrets.token_hex(3)}" if is_taken else plain


@transaction.atomic
def change_service_account(
    account: ServiceAccount, *, demands: bool | None = None, issuer: str | None = None, by: User | None = None
) -> ServiceAccount:
    """Say whether an account must prove its readers, and who issues their tokens."""
    wanted = {"demands_actor_token": demands, "actor_token_issuer": issuer}
    changed = {name: value for name, value in wanted.items() if value not in {None, getattr(account, name)}}
    if not changed:
        return account
    for name, value in changed.items():
        setattr(account, name, value)
    account.save(update_fields=[*changed])
    note(Act.SERVICE_ACCOUNT_CHANGED, account.workspace, by, account, change="changed", **changed)
    return account


@transaction.atomic
def delete_service_account(account: ServiceAccount, *, by: User | None = None) -> None:
    """End an account with its user and its keys; an account alone would leave keys that open every workspace."""
    note(Act.SERVICE_ACCOUNT_CHANGED, account.workspace, by, account, change="deleted")
    account.user.delete()
