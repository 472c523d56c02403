"""What is known of the provider: its addresses and its keys, fetched when first needed and kept for a while."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any, Generic, TypeVar

from django.conf import settings

from privacy_service.openid.asking import ask, is_usable
from privacy_service.openid.refusals import OpenIdRefused, Why
from workspaces.actor_tokens.keys import SigningKey, usable_keys

T = TypeVar("T")

_PATH = "/.well-known/openid-configuration"
_NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_KEEP_SECONDS = 3600.0
_AGAIN_SECONDS = 30.0  # How often at most an unknown key makes a process ask for new ones.
_PAUSE_SECONDS = 3.0  # After a failure: many who wait for one who does not answer would hold every thread.
_OK = 200


@dataclass(frozen=True, slots=True)
class Provider:
    """Where the provider's parts are."""

    issuer: str
    authorization: str
    token: str
    keys: str
    userinfo: str  # Empty: it has none.
    sign_out: str  # As above.
    takes_basic: bool  # Whether the client's secret goes into a header; else into the body.


class _Kept(Generic[T]):
    """One thing that a process has fetched, and when; one request fetches it, and after a failure none for a while."""

    def __init__(self, load: Callable[[], T]) -> None:
        self._load = load
        self._lock = threading.Lock()
        self._issuer = ""
        self._value: T | None = None
        self._at = self._failed_at = float("-inf")

    def get(self, *, no_older: float = _KEEP_SECONDS) -> T:
        with self._lock:
            if self._issuer != settings.PRIVACY_OIDC_ISSUER:
                self.forget()
            if self._value is None or monotonic() - self._at > no_older:
                self._value = self._loaded()
            return self._value

    def forget(self) -> None:
        self._issuer = settings.PRIVACY_OIDC_ISSUER
        self._value = None
        self._at = self._failed_at = float("-inf")

    def _loaded(self) -> T:
        if monotonic() - self._failed_at < _PAUSE_SECONDS:
            raise OpenIdRefused(Why.UNREACHABLE)
        try:
            loaded = self._load()
        except OpenIdRefused:
            self._failed_at = monotonic()
            raise
        self._at = monotonic()
        return loaded


def provider() -> Provider:
    """Return the provider that the settings name; raise OpenIdRefused."""
    return _provider.get()


def signing_keys(*, anew: bool = False) -> list[SigningKey]:
    """Return the provider's keys, asked for anew where a token names one that nobody has seen; raise OpenIdRefused."""
    return _keys.get(no_older=_AGAIN_SECONDS) if anew else _keys.get()


def forget() -> None:
    """Forget what was fetched."""
    _provider.forget()
    _keys.forget()


def _load_provider() -> Provider:
    issuer = settings.PRIVACY_OIDC_ISSUER
    status, said = ask("GET", issuer.rstrip("/") + _PATH)
    if status != _OK or not isinstance(said, dict) or said.get("issuer") != issuer:
        raise OpenIdRefused(Why.UNREADABLE)
    if not all(is_usable(said.get(name)) for name in _NEEDED):
        raise OpenIdRefused(Why.UNREADABLE)
    methods = said.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    return Provider(
        issuer=issuer,
        authorization=said["authorization_endpoint"],
        token=said["token_endpoint"],
        keys=said["jwks_uri"],
        userinfo=_optional(said, "userinfo_endpoint"),
        sign_out=_optional(said, "end_session_endpoint"),
        takes_basic="client_secret_basic" in methods,
    )


def _optional(said: dict[str, Any], name: str) -> str:
    return said[name] if is_usable(said.get(name)) else ""


def _load_keys() -> list[SigningKey]:
    status, document = ask("GET", provider().keys)
    keys = list(usable_keys(document)) if status == _OK else []
    if not keys:
        raise OpenIdRefused(Why.UNREADABLE)
    return keys


_provider, _keys = _Kept(_load_provider), _Kept(_load_keys)
