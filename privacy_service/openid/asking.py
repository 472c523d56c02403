"""Asking the provider: at an address that was checked, within its time, without following where it points."""

from collections.abc import Mapping
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson
from django.conf import settings

from privacy_service.addresses import AddressRefused, Reach, tls_trusting
from privacy_service.openid.refusals import OpenIdRefused, Why
from privacy_service.subjects.destinations.within import Transport, within

_REACH = Reach("PRIVACY_OIDC_NETWORKS")
_SECONDS = 8.0
_MOST_ANSWERED = 256 * 1024
_PORTS = {"https": 443, "http": 80}


def is_usable(url: object) -> bool:
    """Say whether an address that the provider names may be used: HTTPS, or as plain as the issuer itself."""
    if not isinstance(url, str):
        return False
    try:
        parts = urlsplit(url)
        is_whole = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    schemes = {"https", urlsplit(settings.PRIVACY_OIDC_ISSUER).scheme}
    return is_whole and parts.scheme in schemes and "@" not in parts.netloc and not parts.fragment


def ask(method: str, url: str, *, headers: Mapping[str, str] | None = None, body: str = "") -> tuple[int, Any]:
    """Return the status and the JSON of an answer; raise OpenIdRefused where there is none."""
    try:
        with within(_SECONDS):
            return _asked(method, url, dict(headers or {}), body)
    except (httpx.TransportError, OSError, AddressRefused):
        raise OpenIdRefused(Why.UNREACHABLE) from None
    except (httpx.InvalidURL, UnicodeError, orjson.JSONDecodeError):
        raise OpenIdRefused(Why.UNREADABLE) from None


def _asked(method: str, url: str, headers: dict[str, str], body: str) -> tuple[int, Any]:
    named = httpx.URL(url)
    request = httpx.Request(
        method,
        named.copy_with(host=_REACH.addresses_of(named.host, named.port or _PORTS[named.scheme])[0]),
        headers={"Accept": "application/json", "Accept-Encoding": "identity", **headers, "Host": named.netloc.decode()},
        content=body.encode() if body else None,
        # The name is what a certificate is checked against: the connection itself is to a number.
        extensions={"sni_hostname": named.host, "timeout": httpx.Timeout(_SECONDS).as_dict()},
    )
    verify = tls_trusting(settings.PRIVACY_OIDC_CA_FILE)
    with (
        Transport(verify=verify, trust_env=False) as transport,
        closing(transport.handle_request(request)) as response,
    ):
        return response.status_code, orjson.loads(_read(response))


def _read(response: httpx.Response) -> bytes:
    body = b""
    for piece in response.iter_raw():
        body += piece
        if len(body) > _MOST_ANSWERED:
            raise OpenIdRefused(Why.UNREADABLE)
    return body
