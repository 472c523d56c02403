"""The setting PRIVACY_CLIENT of a Django project, and the guard that it describes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.test.signals import setting_changed
from django.utils.module_loading import import_string

from privacy_service.client.answers import Decision
from privacy_service.client.blocking import PrivacyClient
from privacy_service.client.calls import Reading, SignedReader
from privacy_service.client.errors import reader_unknown
from privacy_service.client.guarding import MOST_BYTES, NOBODY, Rules
from privacy_service.client.options import Options

NAME = "PRIVACY_CLIENT"
_REQUIRED = frozenset({"url", "key", "workspace"})
_KNOWN = _REQUIRED | {"actor", "source", "media_types", "paths", "exempt", "headers", "most_bytes", "options"}

ActorOf = Callable[[HttpRequest], str | SignedReader]
TextOf = Callable[[HttpRequest], str]


@dataclass(frozen=True, slots=True)
class Guard:
    """Whom the service is asked, for which reader, and what needs no asking."""

    client: PrivacyClient
    rules: Rules
    workspace: TextOf
    actor: ActorOf
    source: TextOf

    def decision(self, request: HttpRequest) -> tuple[Reading, Decision]:
        """Return who reads, and what they may see; raise PrivacyServiceError where either cannot be told."""
        reading = self._reading(request)
        return reading, self.client.decision(reading)

    def _reading(self, request: HttpRequest) -> Reading:
        try:
            reading = Reading(self.workspace(request), self.actor(request), self.source(request))
            reading.headers()
        except Exception as error:  # noqa: BLE001 - whatever it was, nobody knows who reads.
            unknown = reader_unknown(error)
        else:
            return reading
        raise unknown  # Out here: the error just caught may hold their name.


def signed_in(request: HttpRequest) -> str:
    """Return the e-mail of who has signed in, or their user name where they have none."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return NOBODY
    return str(getattr(user, "email", "") or user.get_username())


@cache
def guard() -> Guard:
    """Return the guard that PRIVACY_CLIENT describes; raise ImproperlyConfigured with what to change."""
    given = _given()
    try:
        rules = Rules(
            dict(given.get("media_types", {})),
            tuple(given.get("paths", ("/",))),
            tuple(given.get("exempt", ())),
            tuple(name.lower() for name in given.get("headers", ())),
            int(given.get("most_bytes", MOST_BYTES)),
        )
        client = PrivacyClient(given["url"], key=given["key"], options=Options(**given.get("options", {})))
    except (TypeError, ValueError) as error:
        message = f"{NAME}: {error}"
        raise ImproperlyConfigured(message) from None
    workspace, source = _text_of(given["workspace"]), _text_of(given.get("source", ""))
    return Guard(client, rules, workspace, _called(given.get("actor", signed_in)), source)


def _given() -> Mapping[str, Any]:
    given = getattr(settings, NAME, None)
    if not isinstance(given, Mapping) or _REQUIRED - set(given) or set(given) - _KNOWN:
        message = (
            f"{NAME} is a dictionary with {', '.join(sorted(_REQUIRED))}, and where you need them "
            f"{', '.join(sorted(_KNOWN - _REQUIRED))}."
        )
        raise ImproperlyConfigured(message)
    return given


def _text_of(given: Any) -> TextOf:
    """Return what gives a slug: always the same one, or a function's, itself or by its dotted path."""
    if isinstance(given, str) and "." not in given:
        return lambda _: given
    return _called(given)


def _called(given: Any) -> Callable[[HttpRequest], Any]:
    found = import_string(given) if isinstance(given, str) else given
    if not callable(found):
        message = f"{NAME}: {given!r} is neither a function nor the dotted path of one."
        raise ImproperlyConfigured(message)
    return found  # type: ignore[no-any-return]


def _forget(*, setting: str, **_: object) -> None:
    if setting == NAME and guard.cache_info().currsize:
        guard().client.close()
        guard.cache_clear()


setting_changed.connect(_forget)
