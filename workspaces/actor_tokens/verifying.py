"""subject_of(): whom a signed token names; what was verified is remembered until it expires or a right changes."""

import hashlib
import re
from collections.abc import Iterable
from math import inf
from time import time
from typing import NamedTuple
from uuid import UUID

import jwt
from django.conf import settings

from workspaces.actor_tokens.claims import Claims, Expected, checked_claims
from workspaces.actor_tokens.fetching import KeySet, RemoteKeys, remote_keys
from workspaces.actor_tokens.keys import ALLOWED, SigningKey, secret_key, usable_keys
from workspaces.actor_tokens.refusals import Check, TokenRefused
from workspaces.models import ActorTokenKey, ServiceAccount
from workspaces.sealing import unseal
from workspaces.stamp import StampedCache

LONGEST_TOKEN = 8192
_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")

_accounts = StampedCache()
_verified = StampedCache()
_signatures = jwt.PyJWS()


class AccountKeys(NamedTuple):
    """What a service account's tokens are verified with."""

    issuer: str
    kept: tuple[SigningKey, ...]
    remote: tuple[RemoteKeys, ...]


def subject_of(token: str, *, account: UUID, slug: str) -> str:
    """Return whom the token names to this workspace; raise TokenRefused or KeysUnavailable."""
    if len(token) > LONGEST_TOKEN:
        raise TokenRefused(Check.SIZE)
    keys = _accounts.get(account, lambda: _load_keys(account))
    if keys is None:
        raise TokenRefused(Check.KEYS)
    sets = [remote.current() for remote in keys.remote]
    # A document fetched anew has another number: what a key that it no longer holds had verified is verified again.
    name = (account, slug, hashlib.sha256(token.encode()).digest(), *(one.number for one in sets))
    claims = _verified.get(name, lambda: _verify(token, keys, sets, slug))
    if claims.expires_at + settings.PRIVACY_ACTOR_TOKEN_SKEW_SECONDS <= time():
        raise TokenRefused(Check.EXP)
    return claims.subject


def _verify(token: str, keys: AccountKeys, sets: Iterable[KeySet], slug: str) -> Claims:
    if not _COMPACT.fullmatch(token):
        raise TokenRefused(Check.FORM)
    kid, algorithm = announced(token)
    lasting = [key for key in keys.kept if key.ends_at > time()]
    known = [*lasting, *(key for one in sets for key in one.keys)]
    try:
        fitting = chosen(known, kid, algorithm)
    except TokenRefused as refused:
        if refused.check is not Check.KID or not keys.remote:
            raise
        fetched = [remote.fetched_anew() for remote in keys.remote]
        fitting = chosen([*lasting, *(key for one in fetched for key in one.keys)], kid, algorithm)
    key, payload = signed_by(token, fitting, algorithm)
    claims = checked_claims(payload, _expected(keys.issuer, slug))
    # What a rotated secret has signed ends with it, without the seconds by which clocks may differ: they are one clock.
    ends_at = key.ends_at - settings.PRIVACY_ACTOR_TOKEN_SKEW_SECONDS
    return claims._replace(expires_at=min(claims.expires_at, ends_at))


def announced(token: str) -> tuple[str | None, str]:
    """Return which key and algorithm the header names; both only choose among what the account has."""
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError):
        raise TokenRefused(Check.FORM) from None
    kid, algorithm = header.get("kid"), header.get("alg")
    if "crit" in header or "b64" in header:
        raise TokenRefused(Check.FORM)
    if algorithm not in ALLOWED:
        raise TokenRefused(Check.ALG)
    return kid, algorithm


def chosen(keys: Iterable[SigningKey], kid: str | None, algorithm: str) -> list[SigningKey]:
    """Return the keys the token may be signed with; without a kid there must be no choice."""
    if kid is None:
        fitting = [key for key in keys if algorithm in key.algorithms]
        if len(fitting) > 1:
            raise TokenRefused(Check.KID)
        return _some(fitting)
    named = [key for key in keys if key.kid == kid]
    if not named:
        raise TokenRefused(Check.KID)
    return _some([key for key in named if algorithm in key.algorithms])


def _some(fitting: list[SigningKey]) -> list[SigningKey]:
    if not fitting:
        raise TokenRefused(Check.ALG)
    return fitting


def signed_by(token: str, keys: Iterable[SigningKey], algorithm: str) -> tuple[SigningKey, bytes]:
    """Return the key that the token is signed with, and what it says."""
    for key in keys:
        try:
            payload: bytes = _signatures.decode_complete(token, key.material, algorithms=[algorithm])["payload"]
        except (jwt.PyJWTError, ValueError):
            continue
        return key, payload
    raise TokenRefused(Check.SIGNATURE)


def _expected(issuer: str, slug: str) -> Expected:
    service = settings.PRIVACY_ACTOR_TOKEN_AUDIENCE
    return Expected(
        audiences=frozenset({service, f"{service}/{slug}"}),
        issuer=issuer,
        now=time(),
        skew=settings.PRIVACY_ACTOR_TOKEN_SKEW_SECONDS,
        longest=settings.PRIVACY_ACTOR_TOKEN_LONGEST_SECONDS,
    )


def _load_keys(account: UUID) -> AccountKeys | None:
    rows = list(ActorTokenKey.objects.filter(account=account))
    if not rows:
        return None
    kinds = ActorTokenKey.Kind
    kept = [key for row in rows if row.kind == kinds.DOCUMENT for key in usable_keys(row.document)]
    kept += [_secret_of(row) for row in rows if row.kind == kinds.SECRET]
    remote = [remote_keys(row.url) for row in rows if row.kind == kinds.ADDRESS]
    issuer = ServiceAccount.objects.values_list("actor_token_issuer", flat=True).get(pk=account)
    return AccountKeys(issuer, tuple(kept), tuple(remote))


def _secret_of(row: ActorTokenKey) -> SigningKey:
    ends_at = row.expires_at.timestamp() if row.expires_at else inf
    return secret_key(row.kid, unseal(row.sealed_secret, row=row.pk), ends_at=ends_at)
