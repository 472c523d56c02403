"""The writers of a service account's keys: each checked before it is kept, a secret shown once and kept sealed."""

import secrets
import uuid
from typing import Any

from django.db import transaction

from workspaces.actor_tokens.fetching import checked_address
from workspaces.actor_tokens.keys import SHORTEST_SECRET, UnusableKey, check_document
from workspaces.actor_tokens.sealing import seal
from workspaces.acts import Act, note
from workspaces.models import ActorTokenKey, ServiceAccount, User

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
