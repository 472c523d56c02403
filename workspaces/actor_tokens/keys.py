"""From a JSON Web Key to a key that verifies, bound to the algorithms that are its own."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any

import jwt
from jwt.algorithms import AllowedPublicKeys
from jwt.types import JWKDict

# A token's header chooses among these at most; `none` and every other name is refused before a key is looked at.
ALGORITHMS: Mapping[tuple[str, str], frozenset[str]] = {
    ("RSA", ""): frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}),
    ("EC", "P-256"): frozenset({"ES256"}),
    ("EC", "P-384"): frozenset({"ES384"}),
    ("EC", "P-521"): frozenset({"ES512"}),
    ("OKP", "Ed25519"): frozenset({"EdDSA"}),
}
SECRET_ALGORITHMS = {"HS256": 32, "HS384": 48, "HS512": 64}  # And how many bytes of secret each needs (RFC 7518, 3.2).
ALLOWED = frozenset(SECRET_ALGORITHMS).union(*ALGORITHMS.values())
SHORTEST_SECRET = min(SECRET_ALGORITHMS.values())
_RSA_BITS = range(2048, 8193)  # Shorter is weak, longer makes each request slow.
_LONGEST_KID = 200
MOST_KEYS = 50


class UnusableKey(ValueError):
    """A key that verifies no token, and why."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key, how a token names it, and the algorithms it may be used with."""

    kid: str | None
    algorithms: frozenset[str]
    material: AllowedPublicKeys | bytes = field(repr=False)
    ends_at: float = inf  # In seconds since 1970.


def secret_key(kid: str, secret: str, *, ends_at: float = inf) -> SigningKey:
    """Return the key of a shared secret: for HMAC alone, as no public key ever is."""
    material = secret.encode()
    fitting = frozenset(name for name, least in SECRET_ALGORITHMS.items() if len(material) >= least)
    return SigningKey(kid, fitting, material, ends_at)


def usable_keys(document: object) -> Iterator[SigningKey]:
    """Yield what verifies tokens in a key set of somebody else's, passing over the keys it has for other ends."""
    for jwk in _members(document)[:MOST_KEYS]:
        try:
            yield signing_key(jwk)
        except UnusableKey:
            continue


def check_document(document: object) -> None:
    """Refuse a key set that an administrator gives where any key of it is not what it must be."""
    jwks = _members(document)
    if not jwks or len(jwks) > MOST_KEYS:
        message = f'Give a key set as {{"keys": [...]}} with 1 to {MOST_KEYS} keys.'
        raise UnusableKey(message)
    kids = [signing_key(jwk).kid for jwk in jwks]
    if len(set(kids)) < len(kids) or (None in kids and len(kids) > 1):
        message = "Where there are several keys, each needs a kid of its own."
        raise UnusableKey(message)


def signing_key(jwk: object) -> SigningKey:
    """Return the key that a JSON Web Key describes; raise UnusableKey, which never quotes it."""
    if not isinstance(jwk, dict):
        message = "A key must be a JSON object."
        raise UnusableKey(message)
    _check_purpose(jwk)
    algorithms = _algorithms_of(jwk)
    try:
        material = jwt.PyJWK(jwk, min(algorithms)).key
    except (jwt.PyJWTError, ValueError, TypeError, KeyError, AttributeError):
        message = "A key cannot be read: check its members against RFC 7517."
        raise UnusableKey(message) from None
    if jwk["kty"] == "RSA" and material.key_size not in _RSA_BITS:
        message = f"An RSA key must have {_RSA_BITS.start} to {_RSA_BITS.stop - 1} bits."
        raise UnusableKey(message)
    return SigningKey(jwk.get("kid"), algorithms, material)


def _check_purpose(jwk: JWKDict) -> None:
    if "d" in jwk or "k" in jwk or jwk.get("kty") == "oct":
        message = "A key is private or secret: give public keys alone, and a shared secret in its own field."
        raise UnusableKey(message)
    operations = jwk.get("key_ops", ["verify"])
    if jwk.get("use", "sig") != "sig" or not isinstance(operations, list) or "verify" not in operations:
        message = "A key is not for signatures (use, key_ops)."
        raise UnusableKey(message)
    kid = jwk.get("kid", "")
    if not isinstance(kid, str) or len(kid) > _LONGEST_KID:
        message = f"A kid must be a text of at most {_LONGEST_KID} characters."
        raise UnusableKey(message)


def _algorithms_of(jwk: JWKDict) -> frozenset[str]:
    """Return what a key's type allows, narrowed to its own `alg` where it names one."""
    curve = "" if jwk.get("kty") == "RSA" else str(jwk.get("crv"))
    allowed = ALGORITHMS.get((str(jwk.get("kty")), curve), frozenset())
    named = jwk.get("alg")
    fitting = allowed if named is None else allowed & {str(named)}
    if not fitting:
        message = "A key's type (kty, crv, alg) is none of RSA, EC with P-256, P-384 or P-521, or OKP with Ed25519."
        raise UnusableKey(message)
    return fitting


def _members(document: object) -> list[Any]:
    keys = document.get("keys") if isinstance(document, dict) else None
    return keys if isinstance(keys, list) else []
