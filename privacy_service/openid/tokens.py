"""claims_of(): what an id token says, once its signature and its claims are verified."""

from collections.abc import Mapping
from typing import Any

import orjson
from authlib.oidc.core import CodeIDToken
from django.conf import settings
from joserfc.errors import JoseError

from privacy_service.openid.provider import provider, signing_keys
from privacy_service.openid.refusals import OpenIdRefused, Why
from workspaces.actor_tokens.keys import SECRET_ALGORITHMS
from workspaces.actor_tokens.refusals import Check, TokenRefused
from workspaces.actor_tokens.verifying import LONGEST_TOKEN, announced, chosen, signed_by

_SKEW_SECONDS = 60


def claims_of(token: str, *, nonce: str, access_token: str) -> Mapping[str, Any]:
    """Return the claims of an id token made for us, now, for this sign-in; raise OpenIdRefused."""
    try:
        algorithm, payload = _verified(token)
        claims = orjson.loads(payload)
        _check(claims, {"alg": algorithm}, nonce, access_token)
    except (TokenRefused, JoseError, ValueError, TypeError, KeyError, AttributeError):
        raise OpenIdRefused(Why.TOKEN) from None
    return claims  # type: ignore[no-any-return]


def _verified(token: str) -> tuple[str, bytes]:
    """Return the algorithm and what was signed; which algorithms a key is for follows from the key alone."""
    if len(token) > LONGEST_TOKEN:
        raise TokenRefused(Check.SIZE)
    kid, algorithm = announced(token)
    if algorithm in SECRET_ALGORITHMS:
        raise TokenRefused(Check.ALG)
    try:
        fitting = chosen(signing_keys(), kid, algorithm)
    except TokenRefused as refused:
        if refused.check is not Check.KID:
            raise
        fitting = chosen(signing_keys(anew=True), kid, algorithm)
    return algorithm, signed_by(token, fitting, algorithm)[1]


def _check(claims: Any, header: Mapping[str, str], nonce: str, access_token: str) -> None:
    client = settings.PRIVACY_OIDC_CLIENT_ID
    expected = {"iss": {"essential": True, "value": provider().issuer}, "aud": {"essential": True, "value": client}}
    params = {"nonce": nonce, "client_id": client, "access_token": access_token}
    if not isinstance(claims, dict) or not isinstance(claims.get("sub"), str):
        raise TokenRefused(Check.SUB)
    CodeIDToken(claims, header, expected, params).validate(leeway=_SKEW_SECONDS)
