"""depart() leads to the provider; arrive() turns what it sends back into claims, or refuses."""

import secrets
from collections.abc import Mapping
from typing import Any, NamedTuple

from authlib.common.security import generate_token
from authlib.common.urls import add_params_to_uri
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from django.conf import settings

from privacy_service.openid.asking import ask
from privacy_service.openid.provider import provider
from privacy_service.openid.refusals import OpenIdRefused, Why
from privacy_service.openid.tokens import claims_of

_VERIFIER_LENGTH = 64
_OK = 200

Claims = Mapping[str, Any]


class Departure(NamedTuple):
    """Where somebody is sent, and what their session must remember until they come back."""

    url: str
    state: str
    nonce: str
    verifier: str


def depart(back: str) -> Departure:
    """Return the way to the provider, which sends people to `back`; raise OpenIdRefused."""
    state, nonce, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(32), generate_token(_VERIFIER_LENGTH)
    url = prepare_grant_uri(
        provider().authorization,
        settings.PRIVACY_OIDC_CLIENT_ID,
        "code",
        redirect_uri=back,
        scope=" ".join(dict.fromkeys(["openid", *settings.PRIVACY_OIDC_SCOPES])),
        state=state,
        nonce=nonce,
        code_challenge=create_s256_code_challenge(verifier),
        code_challenge_method="S256",
    )
    return Departure(url, state, nonce, verifier)


def sign_out_address(back: str) -> str:
    """Return where one signs out at the provider too, empty where it has no such page or cannot be asked."""
    try:
        there = provider().sign_out
    except OpenIdRefused:
        return ""
    known = {"client_id": settings.PRIVACY_OIDC_CLIENT_ID, "post_logout_redirect_uri": back}
    return str(add_params_to_uri(there, known.items())) if there else ""


def arrive(said: Mapping[str, str], *, nonce: str, verifier: str, back: str) -> Claims:
    """Return whom the provider names, for an answer whose state was ours; raise OpenIdRefused."""
    there = provider()
    if said.get("iss", there.issuer) != there.issuer:  # RFC 9207: the answer of another provider.
        raise OpenIdRefused(Why.STATE)
    if "error" in said or not said.get("code"):
        raise OpenIdRefused(Why.DECLINED)
    tokens = _exchanged(said["code"], verifier, back)
    access_token = str(tokens.get("access_token", ""))
    claims = claims_of(str(tokens.get("id_token", "")), nonce=nonce, access_token=access_token)
    return _completed(claims, access_token)


def _exchanged(code: str, verifier: str, back: str) -> Mapping[str, Any]:
    there = provider()
    body = prepare_token_request("authorization_code", redirect_uri=back, code=code, code_verifier=verifier)
    method = "client_secret_basic" if there.takes_basic else "client_secret_post"
    client = ClientAuth(settings.PRIVACY_OIDC_CLIENT_ID, settings.PRIVACY_OIDC_CLIENT_SECRET, method)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    url, headers, body = client.prepare("POST", there.token, headers, body)
    status, tokens = ask("POST", url, headers=headers, body=body)
    if status != _OK or not isinstance(tokens, dict):
        raise OpenIdRefused(Why.CODE)
    return tokens


def _completed(claims: Claims, access_token: str) -> Claims:
    """Add what the provider says only at its own address, where the token leaves out what people are known by."""
    wanted = {settings.PRIVACY_OIDC_ID_CLAIM or "email", "email"}
    there = provider()
    if wanted <= set(claims) or not there.userinfo or not access_token:
        return claims
    status, said = ask("GET", there.userinfo, headers={"Authorization": f"Bearer {access_token}"})
    if status != _OK or not isinstance(said, dict) or said.get("sub") != claims["sub"]:
        raise OpenIdRefused(Why.UNREADABLE)
    return {**said, **claims, **_mail_of(claims, said)}


def _mail_of(claims: Claims, said: Claims) -> Claims:
    """Return the e-mail with what the same source says of it: that one is verified says nothing of another."""
    names = ("email", "email_verified")
    whole = next((one for one in (claims, said) if all(name in one for name in names)), {})
    lone = claims.get("email") or said.get("email")
    return {name: whole[name] for name in names} if whole else {"email": lone, "email_verified": None}
