"""Sealing what must be remembered outside and may be personal, such as the key of the row that was copied last."""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

from privacy_service.jobs.errors import JobRefused


def sealed(plain: bytes) -> str:
    """Return what only this installation can open."""
    return _box().encrypt(plain).decode()


def opened(text: str) -> bytes:
    """Return what was sealed; raise JobRefused where another key sealed it."""
    try:
        return _box().decrypt(text.encode())
    except InvalidToken:
        pass
    message = "How far the copy has come was sealed with another PRIVACY_SECRET_KEY. Begin anew with --restart."
    raise JobRefused(message)


def _box() -> Fernet:
    key = hashlib.sha256(b"jobs:" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
