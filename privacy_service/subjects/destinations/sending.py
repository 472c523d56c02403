"""Asking a system over HTTP: at an address that was checked, within its time, without following where it points."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, closing
from typing import Any
from urllib.parse import urlsplit

import httpx
from django.conf import settings

from privacy_service.addresses import tls_trusting
from privacy_service.subjects.destinations.base import (
    ANSWER_SECONDS,
    CONNECT_SECONDS,
    OptionsRefused,
    Refused,
    TryAgain,
    address_of,
)
from privacy_service.subjects.destinations.keeping import Kept
from privacy_service.subjects.destinations.within import Transport, within

MOST_ANSWERED = 64 * 1024
_PORTS = {"https": 443, "http": 80}
_BUSY = frozenset({408, 425, 429, *range(500, 600)})
_IDLE_SECONDS = 5.0  # Servers close what is idle; the shortest that is common.
AT_ONCE = 8  # So many people's calls are under way to one system: most of a call is waiting for its answer.

_transports: Kept[httpx.HTTPTransport] = Kept(httpx.HTTPTransport.close)


def checked_url(url: str, option: str) -> str:
    """Return an address that may be asked; raise OptionsRefused. Where it leads is looked at when it is asked."""
    try:
        parts = urlsplit(url)
        is_whole = bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_whole = False
    allowed = ("https",) if not settings.PRIVACY_DEVELOPMENT else ("https", "http")
    if not is_whole or parts.scheme not in allowed or "@" in parts.netloc or parts.fragment:
        raise OptionsRefused(option=option, advice="write an https:// address without user, password or fragment.")
    return url


def send(
    method: str, url: str, *, headers: Mapping[str, str], content: bytes | None, most: int = MOST_ANSWERED
) -> httpx.Response:
    """Return the answer, read up to 64 KB unless told otherwise; raise TryAgain where there is none, or Refused."""
    parts = httpx.URL(url)
    request = httpx.Request(
        method,
        parts.copy_with(host=address_of(parts.host, parts.port or _PORTS[parts.scheme])),
        headers={**headers, "Host": parts.netloc.decode("ascii")},
        content=content,
        # The name is what a certificate is checked against: the connection itself is to a number.
        extensions={
            "sni_hostname": parts.host,
            "timeout": httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS).as_dict(),
        },
    )
    try:
        with (
            within(ANSWER_SECONDS),
            _transport(parts) as transport,
            closing(transport.handle_request(request)) as response,
        ):
            return _read(response, most)
    except httpx.TimeoutException:
        message = "It did not answer in time."
        raise TryAgain(message) from None
    except (httpx.TransportError, OSError):
        message = "It cannot be reached, or broke off."
        raise TryAgain(message) from None


def _transport(url: httpx.URL) -> AbstractContextManager[httpx.HTTPTransport]:
    """Return the connections to one host, by its name: one that was proven to be another's is not used for it."""
    trusted = settings.PRIVACY_SUBJECTS_CA_FILE
    limits = httpx.Limits(max_keepalive_connections=AT_ONCE, keepalive_expiry=_IDLE_SECONDS)
    return _transports.held(
        (url.scheme, url.host, url.port, trusted),
        lambda: Transport(verify=tls_trusting(trusted), trust_env=False, limits=limits),
    )


def check_answer(response: httpx.Response, expected: frozenset[int]) -> None:
    """Raise TryAgain or Refused where the answer is none that was expected."""
    code = response.status_code
    if code in expected:
        return
    if code in _BUSY:
        message = f"It answered {code}."
        raise TryAgain(message, code, _wait(response.headers.get("Retry-After", "")))
    if httpx.codes.is_redirect(code):
        message = "It points elsewhere, where nobody allowed to go."
        raise Refused(message, code)
    message = f"It answered {code}."
    raise Refused(message, code)


def _read(response: httpx.Response, most: int) -> httpx.Response:
    body = bytearray()
    for piece in response.iter_raw():
        body += piece
        if len(body) > most:
            message = f"Its answer is longer than {most >> 10} KB."
            raise Refused(message, response.status_code)
    # Compressed, it would be read as more than was counted: nobody asked for that, and it is not unpacked.
    headers = [(name, value) for name, value in response.headers.multi_items() if name.lower() not in _CODINGS]
    return httpx.Response(response.status_code, headers=headers, content=bytes(body), request=_NOBODY)


_CODINGS = frozenset({"content-encoding", "transfer-encoding", "content-length"})
_NOBODY = httpx.Request("GET", "https://nowhere.invalid/")  # An answer must not name what was asked.


def _wait(said: str) -> float | None:
    return min(float(said), 3600.0) if said.isascii() and said.isdigit() else None


def value_at(document: Any, pointer: str) -> Any:
    """Return what stands at a JSON pointer (RFC 6901), None where nothing does."""
    for name in pointer.split("/")[1:]:
        key = name.replace("~1", "/").replace("~0", "~")
        document = document.get(key) if isinstance(document, dict) else None
    return document


def json_in(response: httpx.Response) -> Any:
    """Return the JSON of an answer; raise Refused where it is none."""
    try:
        return response.json()
    except ValueError:
        message = "Its answer is no JSON."
        raise Refused(message, response.status_code) from None
