"""The writers of a service account's keys: each checked before it is kept, a secret shown once and kept sealed."""

import secrets
import uuid
from typing import Any

from workspaces.actor_tokens.fetching import checked_address
from workspaces.actor_tokens.keys import SHORTEST_SECRET, UnusableKey, check_document
from workspaces.actor_tokens.sealing import seal
from workspaces.models import ActorTokenKey, ServiceAccount

_SECRET_BYTES = 48  # 64 characters: enough for every HMAC of the list.


def keep_document(account: ServiceAccount, document: Any) -> ActorTokenKey:
    """Keep a key set; raise UnusableKey."""
    check_document(document)
    return ActorTokenKey.objects.create(account=account, kind=ActorTokenKey.Kind.DOCUMENT, document=document)


def keep_address(account: ServiceAccount, url: str) -> ActorTokenKey:
    """Keep the address of a key set; raise AddressNotAllowed."""
    checked_address(url)
    return ActorTokenKey.objects.create(account=account, kind=ActorTokenKey.Kind.ADDRESS, url=url)


def keep_secret(account: ServiceAccount, secret: str = "") -> tuple[ActorTokenKey, str]:
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
    return row, secret
