"""Secrets at rest: encrypted with a stored key that the master key wraps, bound to the row that holds them.

`k1:KEY:...` names its key, so that keys rotate. What has no such beginning was sealed by a key derived from
PRIVACY_TOKEN_KEY, as all was before there were stored keys; so it is until the first one is made.
"""

import base64
import os
from functools import lru_cache
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from workspaces import data_keys
from workspaces.models import DataKey
from workspaces.models.callers import ACTOR_TOKENS  # Changing the word of a purpose loses what it sealed.

__all__ = ["ACTOR_TOKENS", "SealBroken", "beginning_of", "key_id_of", "seal", "unseal"]

_FORM = "k1:"
_NONCE_BYTES = 12


class SealBroken(Exception):
    """What is stored does not open: the installation's key changed, or the row was tampered with."""


def seal(secret: str, *, row: UUID, purpose: str = ACTOR_TOKENS) -> str:
    """Return the secret as it may be stored in this row, for this purpose, and opened in no other."""
    try:
        key = data_keys.present_key(DataKey.Use.SECRETS)
    except data_keys.KeyNotOpened as error:
        raise SealBroken(str(error)) from None
    nonce = os.urandom(_NONCE_BYTES)
    cipher = _cipher(key.material, purpose) if key else _first_cipher(purpose)
    sealed = base64.b64encode(nonce + cipher.encrypt(nonce, secret.encode(), row.bytes)).decode()
    return beginning_of(key.id if key else "") + sealed


def unseal(stored: str, *, row: UUID, purpose: str = ACTOR_TOKENS) -> str:
    """Return the secret of this row; raise SealBroken."""
    key_id = key_id_of(stored)
    try:
        cipher = _cipher(data_keys.key_of(key_id).material, purpose) if key_id else _first_cipher(purpose)
        raw = base64.b64decode(stored.removeprefix(beginning_of(key_id)), validate=True)
        opened = cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], row.bytes)
    except data_keys.KeyNotOpened as error:
        raise SealBroken(str(error)) from None
    except (InvalidTag, ValueError):
        cause = "was it copied from another row, or changed" if key_id else "was PRIVACY_TOKEN_KEY changed"
        message = f"A stored secret does not open: {cause}? Give a new one."
        raise SealBroken(message) from None
    return opened.decode()


def key_id_of(stored: str) -> str:
    """Return the id of the key that sealed this; empty for what was sealed before there were stored keys."""
    return stored.removeprefix(_FORM).partition(":")[0] if stored.startswith(_FORM) else ""


def beginning_of(key_id: str) -> str:
    """Return how what this key sealed begins."""
    return f"{_FORM}{key_id}:" if key_id else ""


def _first_cipher(purpose: str) -> AESGCM:
    return _cipher(settings.PRIVACY_TOKEN_KEY.encode(), purpose)


@lru_cache(maxsize=256)
def _cipher(key: bytes, purpose: str) -> AESGCM:
    return AESGCM(HKDF(SHA256(), length=32, salt=None, info=f"privacy-service {purpose}".encode()).derive(key))
