"""What the claims of a verified token must say."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from workspaces.actor_tokens.refusals import Check, TokenRefused

_LONGEST_SUBJECT = 320  # As long as an e-mail can be (RFC 5321).


class Expected(NamedTuple):
    """What is asked of a token's claims; times are seconds since 1970."""

    audiences: frozenset[str]
    issuer: str  # Empty: any.
    now: float
    skew: float
    longest: float


class Claims(NamedTuple):
    """Whom a token names, and until when."""

    subject: str
    expires_at: float


def checked_claims(payload: bytes, expected: Expected) -> Claims:
    """Return whom the claims name; raise TokenRefused with the first check that they fail."""
    claims = _read(payload)
    now, skew = expected.now, expected.skew
    expires_at = _time(claims, "exp", Check.EXP)
    if expires_at is None or not now - skew < expires_at <= now + skew + expected.longest:
        raise TokenRefused(Check.EXP)
    if (_time(claims, "nbf", Check.NBF) or 0) > now + skew:
        raise TokenRefused(Check.NBF)
    if (_time(claims, "iat", Check.IAT) or 0) > now + skew:
        raise TokenRefused(Check.IAT)
    if not expected.audiences & _audiences(claims):
        raise TokenRefused(Check.AUD)
    if expected.issuer and claims.get("iss") != expected.issuer:
        raise TokenRefused(Check.ISS)
    return Claims(_subject(claims), expires_at)


def _read(payload: bytes) -> Mapping[str, Any]:
    try:
        claims = orjson.loads(payload)
    except orjson.JSONDecodeError:
        raise TokenRefused(Check.FORM) from None
    if not isinstance(claims, dict):
        raise TokenRefused(Check.FORM)
    return claims


def _time(claims: Mapping[str, Any], name: str, check: Check) -> float | None:
    value = claims.get(name)
    if value is None and name not in claims:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TokenRefused(check)
    return float(value)


def _audiences(claims: Mapping[str, Any]) -> frozenset[str]:
    named = claims.get("aud")
    listed = named if isinstance(named, list) else [named]
    return frozenset(one for one in listed if isinstance(one, str))


def _subject(claims: Mapping[str, Any]) -> str:
    subject = claims.get("sub")
    if not isinstance(subject, str) or not subject.strip() or not subject.isprintable():
        raise TokenRefused(Check.SUB)
    if len(subject) > _LONGEST_SUBJECT:
        raise TokenRefused(Check.SUB)
    return subject.strip()
