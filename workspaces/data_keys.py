"""Keys that are stored, each wrapped by the master key; the master key is in the environment alone.

Without PRIVACY_MASTER_KEY the master key is derived from PRIVACY_TOKEN_KEY. While it changes, what the former one
wrapped opens too: PRIVACY_MASTER_KEY_PREVIOUS, or the derived one.
"""

import base64
import os
import secrets
from dataclasses import dataclass, field
from functools import lru_cache
from time import monotonic
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from workspaces.models import DataKey

PRESENT_SECONDS = 2.0  # A process may seal with the former key for so long after a rotation.
_KEY_BYTES = 32
_NONCE_BYTES = 12
_ID_BYTES = 4


class KeyNotOpened(Exception):
    """A stored key that this process cannot have: it is gone, or another master key wrapped it."""


@dataclass(frozen=True, slots=True)
class Master:
    """A key that wraps keys; it never shows itself."""

    id: str
    cipher: AESGCM = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class OpenKey:
    """A stored key, opened."""

    id: str
    material: bytes = field(repr=False)


class _Known:
    """The keys that this process has opened, and which of them seals at present."""

    def __init__(self) -> None:
        self.opened: dict[tuple[str, tuple[Master, ...]], OpenKey] = {}
        self.present: dict[str, tuple[float, OpenKey | None]] = {}


_known = _Known()


def masters() -> tuple[Master, ...]:
    """Return the master keys that open stored keys, the one that wraps new ones first."""
    named = (settings.PRIVACY_MASTER_KEY, settings.PRIVACY_MASTER_KEY_PREVIOUS, settings.PRIVACY_TOKEN_KEY)
    return tuple(_master(secret) for secret in dict.fromkeys(named) if secret)


def present_key(use: DataKey.Use) -> OpenKey | None:
    """Return the key that seals now, None where none was ever made; raise KeyNotOpened."""
    kept = _known.present.get(use)
    if kept is None or monotonic() - kept[0] > PRESENT_SECONDS:
        row = DataKey.objects.filter(use=use, superseded_at=None).first()
        kept = _known.present[use] = (monotonic(), opened(row) if row else None)
    return kept[1]


def key_of(key_id: str) -> OpenKey:
    """Return a stored key by its id; raise KeyNotOpened."""
    kept = _known.opened.get((key_id, masters()))
    if kept is not None:
        return kept
    row = DataKey.objects.filter(pk=key_id).first()
    if row is None:
        message = f"The key {key_id} is not in this database. Was what it sealed copied from another installation?"
        raise KeyNotOpened(message)
    return opened(row)


def opened(row: DataKey) -> OpenKey:
    """Return the key of a row; raise KeyNotOpened."""
    able = masters()
    if (row.pk, able) not in _known.opened:
        _known.opened[row.pk, able] = OpenKey(row.pk, _unwrapped(row, able))
    return _known.opened[row.pk, able]


def make_key(use: DataKey.Use) -> DataKey:
    """Store a new key, which seals from now on; the one before opens what it sealed and seals no more."""
    with transaction.atomic():
        DataKey.objects.filter(use=use, superseded_at=None).update(superseded_at=timezone.now())
        row = DataKey.objects.create(**new_key(use))
    forget()
    return row


def new_key(use: str) -> dict[str, Any]:
    """Return the fields of a new key, wrapped by the present master key."""
    key_id = secrets.token_hex(_ID_BYTES)
    return {"id": key_id, "use": use, **_wrapping(key_id, os.urandom(_KEY_BYTES))}


def unfit_keys() -> list[str]:
    """Return a sentence for each stored key that no master key of this process opens; no sentence is good."""
    return [sentence for row in DataKey.objects.filter(retired_at=None) if (sentence := _fault_of(row))]


def rewrap() -> int:
    """Wrap every key with the present master key, all or none, and say how many that were; raise KeyNotOpened."""
    with transaction.atomic():
        rows = DataKey.objects.select_for_update().filter(retired_at=None).exclude(master=masters()[0].id)
        for row in rows:
            fields = {**_wrapping(row.pk, opened(row).material), "wrapped_at": timezone.now()}
            DataKey.objects.filter(pk=row.pk).update(**fields)
        return len(rows)


def forget() -> None:
    """Ask the database next time, for a process that has just changed something itself."""
    _known.present.clear()
    _known.opened.clear()


def _wrapping(key_id: str, material: bytes) -> dict[str, Any]:
    master, nonce = masters()[0], os.urandom(_NONCE_BYTES)
    wrapped = nonce + master.cipher.encrypt(nonce, material, key_id.encode())
    return {"wrapped": base64.b64encode(wrapped).decode(), "master": master.id}


def _unwrapped(row: DataKey, able: tuple[Master, ...]) -> bytes:
    if row.retired_at:
        message = f"The key {row.pk} was retired on {row.retired_at:%Y-%m-%d}: what it sealed is lost."
        raise KeyNotOpened(message)
    master = next((one for one in able if one.id == row.master), None)
    if master is None:
        message = (
            f"The key {row.pk} was wrapped by the master key {row.master}, and this process has "
            f"{', '.join(one.id for one in able)}. Give the right one in PRIVACY_MASTER_KEY, or the former one in "
            "PRIVACY_MASTER_KEY_PREVIOUS until `manage.py keys rotate master` is done."
        )
        raise KeyNotOpened(message)
    try:
        raw = base64.b64decode(row.wrapped, validate=True)
        return master.cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], row.pk.encode())
    except (InvalidTag, ValueError):
        message = f"The key {row.pk} was tampered with: it does not open. Restore its row of workspaces_datakey."
        raise KeyNotOpened(message) from None


def _fault_of(row: DataKey) -> str:
    try:
        opened(row)
    except KeyNotOpened as error:
        return str(error)
    return ""


@lru_cache(maxsize=8)
def _master(secret: str) -> Master:
    key_id = HKDF(SHA256(), _ID_BYTES, None, b"privacy-service master key id").derive(secret.encode()).hex()
    return Master(key_id, AESGCM(HKDF(SHA256(), 32, None, b"privacy-service master key").derive(secret.encode())))
