"""The writers of a service account's keys: each checked before it is kept, a secret shown once and kept sealed."""

import secrets
import uuid
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from workspaces.actor_tokens.fetching import checked_address
from workspaces.actor_tokens.keys import SHORTEST_SECRET, UnusableKey, check_document
from workspaces.acts import Act, note
from workspaces.models import ActorTokenKey, ServiceAccount, User
from workspaces.sealing import seal

_SECRET_BYTES = 48  # 64 characters: enough for every HMAC of the list.


@transaction.atomic
def keep_document(account: ServiceAccount, document: Any, *, by: User | None = None) -> ActorTokenKey:
    """Keep a key set; raise UnusableKey."""
    check_document(document)
    row = ActorTokenKey.objects.create(account=account, kind=ActorTokenKey.Kind.DOCUMENT, document=document)
    return _told(row, "added", by)


@transaction.atomic
def keep_address(account: ServiceAccount, url: str, *, by: User | None = None) -> ActorTokenKey:
    """Keep the address of a key set; raise AddressNotAllowed."""
    checked_address(url)
    row = ActorTokenKey.objects.create(account=account, kind=ActorTokenKey.Kind.ADDRESS, url=url)
    return _told(row, "added", by)


@transaction.atomic
def keep_secret(account: ServiceAccount, secret: str = "", *, by: User | None = None) -> tuple[ActorTokenKey, str]:
    """Keep this shared secret, or a new one; return its row, with the kid, and the secret; raise UnusableKey."""
    secret = secret or secrets.token_urlsafe(_SECRET_BYTES)
    if len(secret.encode()) < SHORTEST_SECRET:
        message = f"A shared secret needs at least {SHORTEST_SECRET} characters."
        raise UnusableKey(message)
    pk = uuid.uuid4()
    row = ActorTokenKey.objects.create(
        pk=pk,
        account=account,
        kind=ActorTokenKey.Kind.SECRET,
        kid=secrets.token_hex(6),
        sealed_secret=seal(secret, row=pk),
    )
    return _told(row, "added", by), secret


@transaction.atomic
def rotate_secret(
    row: ActorTokenKey, *, overlap: timedelta, secret: str = "", by: User | None = None
) -> tuple[ActorTokenKey, str]:
    """Keep a successor of a shared secret and let the old one end after the overlap; raise UnusableKey.

    A key set needs no such thing: its new keys stand in it beside the old ones until these are taken out.
    """
    if row.kind != ActorTokenKey.Kind.SECRET:
        message = "Only a shared secret is rotated. Add the new key set beside the old one, and remove that one later."
        raise UnusableKey(message)
    ends_at = timezone.now() + overlap
    row.expires_at = min(row.expires_at or ends_at, ends_at)
    row.save(update_fields=["expires_at"])
    _told(row, "ending", by)
    return keep_secret(row.account, secret, by=by)


def remove_what_is_over() -> int:
    """Remove the secrets whose time is up, and say how many; they have verified nothing since."""
    over = ActorTokenKey.objects.filter(expires_at__lte=timezone.now()).select_related("account__workspace")
    for row in over:
        remove_key(row)
    return len(over)


@transaction.atomic
def remove_key(row: ActorTokenKey, *, by: User | None = None) -> None:
    """Remove a key; what it alone verified is refused from now on."""
    _told(row, "removed", by)
    row.delete()


def kids_of(row: ActorTokenKey) -> str:
    """Name the keys of a row as tokens name them."""
    if row.kind == ActorTokenKey.Kind.DOCUMENT:
        return ", ".join(str(one.get("kid", "without kid")) for one in (row.document or {}).get("keys", ()))
    return row.kid or "as fetched"


def _told(row: ActorTokenKey, change: str, by: User | None) -> ActorTokenKey:
    account = row.account
    note(
        Act.SERVICE_ACCOUNT_CHANGED, account.workspace, by, account, signing_key=change, kind=row.kind, kid=kids_of(row)
    )
    return row
