"""Entity tags of masked answers: the upstream's own, sealed for one reader and one view of the data.

A tag may be a digest of the raw body, which would give something short away, and an answer that has not changed at the
upstream has changed for a reader whose rights have. So a tag opens only for the same reader under the same rules.
"""

import base64
import hashlib
import re
from functools import lru_cache

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from privacy_service.decisions.types import AccessRequest, Decision
from privacy_service.gateway.models import Upstream
from workspaces.authentication import Stranger

_SEALED = re.compile(r'(?:W/)?"([A-Za-z0-9_-]+)"')
_LONGEST = 1000


def view_of(upstream: Upstream, access: AccessRequest, decision: Decision) -> bytes:
    """Return what distinguishes this reader's view of an upstream from every other."""
    actor = access.actor.reference if isinstance(access.actor, Stranger) else str(access.actor.pk)
    rules = orjson.dumps(decision.operators.as_dict(), option=orjson.OPT_SORT_KEYS)
    seen = (str(upstream.pk), actor, decision.effect, decision.reason, hashlib.blake2b(rules).hexdigest())
    return "\0".join(seen).encode()


def sealed(tag: str, view: bytes) -> str:
    """Return a weak tag that stands for the upstream's in this view; empty for one that is too long to be one."""
    if not tag or len(tag) > _LONGEST:
        return ""
    raw = _cipher(settings.PRIVACY_TOKEN_KEY).encrypt(tag.encode(), [view])
    return f'W/"{base64.urlsafe_b64encode(raw).decode().rstrip("=")}"'


def opened(condition: str, view: bytes) -> str:
    """Return the upstream's tags that a condition names in this view, as a condition; empty where it names none."""
    if condition.strip() == "*":
        return "*"
    tags = (_opened(one, view) for one in _SEALED.findall(condition[: 4 * _LONGEST]))
    return ", ".join(tag for tag in tags if tag)


def _opened(text: str, view: bytes) -> str:
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return _cipher(settings.PRIVACY_TOKEN_KEY).decrypt(raw, [view]).decode()
    except (ValueError, InvalidTag):
        return ""  # Another reader's, another view's, or not ours at all.


@lru_cache(maxsize=4)
def _cipher(key: str) -> AESSIV:
    derived = HKDF(SHA256(), length=64, salt=None, info=b"privacy-service gateway entity tags").derive(key.encode())
    return AESSIV(derived)
