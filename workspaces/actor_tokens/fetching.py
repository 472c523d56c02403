"""Key sets fetched over HTTPS: from the hosts the administrator names alone, bounded in time, size and number."""

import contextlib
import http.client
import logging
import socket
import ssl
import threading
from dataclasses import dataclass
from time import monotonic
from urllib.parse import SplitResult, urlsplit

import orjson
from django.conf import settings

from workspaces.actor_tokens.keys import SigningKey, usable_keys

logger = logging.getLogger(__name__)

_HTTPS_PORT = 443
_LARGEST_DOCUMENT = 256 * 1024


class KeysUnavailable(Exception):
    """The keys that would verify a token cannot be had now."""


class AddressNotAllowed(ValueError):
    """An address that keys are not fetched from, and why."""


@dataclass(frozen=True, slots=True)
class KeySet:
    """The keys of one fetched document; no two documents share a number."""

    number: int
    keys: tuple[SigningKey, ...]
    fetched_at: float

    @property
    def age(self) -> float:
        """Return how many seconds ago it was fetched."""
        return monotonic() - self.fetched_at


class RemoteKeys:
    """The keys behind one address, as this process last saw them; one request fetches, others use what it brings."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = threading.Lock()
        self._kept: KeySet | None = None
        self._done: threading.Event | None = None
        self._tried_at = float("-inf")

    def current(self) -> KeySet:
        """Return keys that are fresh, or older ones for a while where the host is silent; raise KeysUnavailable.

        Half-way they are fetched again in the background, so that steady traffic never waits.
        """
        refresh = settings.PRIVACY_JWKS_REFRESH_SECONDS
        kept = self._kept
        if kept is None or kept.age > refresh / 2:
            self._fetch(waits=kept is None or kept.age > refresh)
        kept = self._kept
        if kept is None or kept.age > max(refresh, settings.PRIVACY_JWKS_KEEP_SECONDS):
            raise KeysUnavailable
        return kept

    def fetched_anew(self) -> KeySet:
        """Return the keys after asking again, for a token that names a key nobody has seen; not for each such token."""
        self._fetch(waits=True)
        return self.current()

    def _fetch(self, *, waits: bool) -> None:
        with self._lock:
            done = self._done
            if done is None and monotonic() - self._tried_at >= settings.PRIVACY_JWKS_RETRY_SECONDS:
                self._tried_at = monotonic()
                done = self._done = threading.Event()
                threading.Thread(target=self._run, args=(done,), daemon=True).start()
        if done and waits:
            done.wait(settings.PRIVACY_JWKS_TIMEOUT_SECONDS)

    def _run(self, done: threading.Event) -> None:
        try:
            keys = tuple(usable_keys(fetch_document(self._url)))
            number = self._kept.number + 1 if self._kept else 1
            self._kept = KeySet(number, keys, monotonic())
        except (KeysUnavailable, AddressNotAllowed) as error:
            logger.warning("A key set cannot be fetched: %s", type(error).__name__)
        except Exception:
            logger.exception("A key set cannot be fetched")
        finally:
            with self._lock:
                self._done = None
            done.set()


_remote: dict[str, RemoteKeys] = {}


def remote_keys(url: str) -> RemoteKeys:
    """Return what this process knows of the keys behind an address."""
    return _remote.setdefault(url, RemoteKeys(url)) if url not in _remote else _remote[url]


def forget_remote_keys() -> None:
    """Forget every key that was fetched."""
    _remote.clear()


def checked_address(url: str) -> SplitResult:
    """Return the parts of an address that keys may be fetched from; raise AddressNotAllowed."""
    try:
        parts = urlsplit(url)
        port = parts.port or _HTTPS_PORT
    except ValueError:
        message = "This is no address."
        raise AddressNotAllowed(message) from None
    if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc or parts.fragment:
        message = "Give an https:// address without user, password or fragment."
        raise AddressNotAllowed(message)
    allowed = {name.lower() for name in settings.PRIVACY_JWKS_HOSTS}
    named = f"{parts.hostname}:{port}"
    if named not in allowed and not (port == _HTTPS_PORT and parts.hostname in allowed):
        message = "PRIVACY_JWKS_HOSTS does not name this host, so keys are not fetched from it."
        raise AddressNotAllowed(message)
    return parts


def fetch_document(url: str) -> object:
    """Return the JSON document at an address that is allowed; raise AddressNotAllowed or KeysUnavailable.

    Anything but 200 is a failure, a redirect too: it would lead where nobody allowed to go.
    """
    parts = checked_address(url)
    timeout = settings.PRIVACY_JWKS_TIMEOUT_SECONDS
    connection = http.client.HTTPSConnection(
        parts.hostname or "", parts.port or _HTTPS_PORT, timeout=timeout, context=_tls()
    )
    # A time-out is for each read; a host that sends a byte now and then would hold on for ever.
    end = threading.Timer(timeout, _cut, [connection])
    end.daemon = True
    end.start()
    try:
        return orjson.loads(_body(connection, parts))
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise KeysUnavailable from error
    finally:
        end.cancel()
        connection.close()


def _body(connection: http.client.HTTPSConnection, parts: SplitResult) -> bytes:
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection.request("GET", path, headers={"Accept": "application/json", "Accept-Encoding": "identity"})
    response = connection.getresponse()
    body = response.read(_LARGEST_DOCUMENT + 1)
    is_cut_short = bool(response.length)  # What was announced and has not come.
    if response.status != http.client.OK or is_cut_short or len(body) > _LARGEST_DOCUMENT:
        raise KeysUnavailable
    return body


def _cut(connection: http.client.HTTPSConnection) -> None:
    if connection.sock:
        with contextlib.suppress(OSError):
            connection.sock.shutdown(socket.SHUT_RDWR)


def _tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    if settings.PRIVACY_JWKS_CA_FILE:
        context.load_verify_locations(settings.PRIVACY_JWKS_CA_FILE)
    return context
