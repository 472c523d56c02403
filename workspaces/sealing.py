"""Secrets at rest: encrypted with a key derived from the installation's own, bound to the row that holds them."""

import base64
import os
from functools import lru_cache
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

ACTOR_TOKENS = "actor token secrets"  # Each purpose has a key of its own; changing a word here loses what it sealed.
_NONCE_BYTES = 12


class SealBroken(Exception):
    """What is stored does not open: the installation's key changed, or the row was tampered with."""


def seal(secret: str, *, row: UUID, purpose: str = ACTOR_TOKENS) -> str:
    """Return the secret as it may be stored in this row, for this purpose, and opened in no other."""
    nonce = os.urandom(_NONCE_BYTES)
    sealed = _cipher(settings.PRIVACY_TOKEN_KEY, purpose).encrypt(nonce, secret.encode(), row.bytes)
    return base64.b64encode(nonce + sealed).decode()


def unseal(stored: str, *, row: UUID, purpose: str = ACTOR_TOKENS) -> str:
    """Return the secret of this row; raise SealBroken."""
    try:
        raw = base64.b64decode(stored, validate=True)
        opened = _cipher(settings.PRIVACY_TOKEN_KEY, purpose).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], row.bytes)
    except (InvalidTag, ValueError):
        message = "A stored secret does not open: was PRIVACY_TOKEN_KEY changed? Give a new one."
        raise SealBroken(message) from None
    return opened.decode()


@lru_cache(maxsize=16)
def _cipher(key: str, purpose: str) -> AESGCM:
    derived = HKDF(SHA256(), length=32, salt=None, info=f"privacy-service {purpose}".encode()).derive(key.encode())
    return AESGCM(derived)
