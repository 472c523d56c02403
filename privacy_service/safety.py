"""What production refuses to start with: values that are fine for trying out and unsafe for data that matters."""

import logging
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError

# Words in secrets that stand in this repository, for everybody to read: deploy/dev.env, the examples, the tests.
PUBLIC_WORDS = ("development-only", "only-for-tests", "change-me", "changeme", "example-only")
_LOOPBACK = ("", "localhost", "127.0.0.1", "::1")

Settings = Mapping[str, Any]
logger = logging.getLogger(__name__)


def refuse_unsafe(settings: Settings) -> None:
    """Stop the start with one sentence for each value that is unsafe; PRIVACY_DEVELOPMENT=true allows them all."""
    sentences = [] if settings["PRIVACY_DEVELOPMENT"] else unsafe(settings)
    if sentences:
        hint = "Where this is only a trial with data that does not matter, set PRIVACY_DEVELOPMENT=true."
        raise ImproperlyConfigured(" ".join([*sentences, hint]))


def refuse_unsafe_start() -> None:
    """Do the same with the settings that are in force, which a module of one's own may have changed since."""
    from django.conf import settings  # noqa: PLC0415 - the settings module itself imports this one.

    refuse_unsafe({name: getattr(settings, name) for name in dir(settings) if name.isupper()})


def refuse_lost_keys() -> None:
    """Stop the start where a stored key does not open, before anything is answered or written with another one.

    A database that does not answer stops nothing: what is sealed is not opened without it either.
    """
    from workspaces import data_keys  # noqa: PLC0415 - models exist only once the apps are loaded.

    try:
        sentences = data_keys.unfit_keys()
    except DatabaseError:
        logger.warning("Whether the master key is the right one could not be asked: the database does not answer")
        return
    if sentences:
        raise ImproperlyConfigured(" ".join(sentences))


def unsafe(settings: Settings) -> list[str]:
    """Return one sentence for each value that production does not start with; none repeats a secret."""
    return [sentence for is_unsafe, sentence in _CHECKS if is_unsafe(settings)]


def _has_public_secret(name: str, settings: Settings) -> bool:
    return any(word in settings[name].lower() for word in PUBLIC_WORDS)


def _has_repeated_secret(settings: Settings) -> bool:
    """Say whether a secret is a few characters over and over, as a placeholder is."""
    names = ("SECRET_KEY", "PRIVACY_TOKEN_KEY", "PRIVACY_MASTER_KEY")
    return any(len(set(settings[name])) < 8 for name in names if settings[name])  # noqa: PLR2004 - "few".


def _has_twice(settings: Settings) -> bool:
    """Say whether the master key is also another key."""
    others = (settings["SECRET_KEY"], settings["PRIVACY_TOKEN_KEY"])
    return settings["PRIVACY_MASTER_KEY"] in others


def _lets_nobody_in(settings: Settings) -> bool:
    return not settings["PRIVACY_PASSWORD_SIGN_IN"] and not settings["PRIVACY_OIDC_ISSUER"]


def _sends_password_in_clear(settings: Settings) -> bool:
    is_clear = not settings["EMAIL_USE_TLS"] and settings["EMAIL_HOST"] not in _LOOPBACK
    return is_clear and bool(settings["EMAIL_HOST_USER"])


_CHECKS = (
    (
        lambda settings: settings["DEBUG"],
        "DEBUG is on: it shows values of requests to whoever causes an error. Take it out of your settings module.",
    ),
    (
        lambda settings: _has_public_secret("SECRET_KEY", settings),
        "PRIVACY_SECRET_KEY is a public example: make one with `openssl rand -base64 48`.",
    ),
    (
        lambda settings: _has_public_secret("PRIVACY_TOKEN_KEY", settings),
        "PRIVACY_TOKEN_KEY is a public example: make one with `openssl rand -base64 48`.",
    ),
    (
        _has_repeated_secret,
        "PRIVACY_SECRET_KEY, _TOKEN_KEY or _MASTER_KEY is easily guessed: use `openssl rand -base64 48`.",
    ),
    (
        lambda settings: _has_public_secret("PRIVACY_MASTER_KEY", settings),
        "PRIVACY_MASTER_KEY is a public example: make one with `openssl rand -base64 48`.",
    ),
    (
        _has_twice,
        "PRIVACY_MASTER_KEY is also another key of this installation: make one with `openssl rand -base64 48`.",
    ),
    (
        lambda settings: settings["SECRET_KEY"] == settings["PRIVACY_TOKEN_KEY"],
        "PRIVACY_SECRET_KEY and PRIVACY_TOKEN_KEY are the same: whoever learns one must not have the other.",
    ),
    (
        lambda settings: settings["DATABASES"]["default"]["ENGINE"].endswith("sqlite3"),
        "DATABASE_URL names SQLite, which one host at a time can use: name a PostgreSQL.",
    ),
    (
        lambda settings: settings["PRIVACY_REDIS_EMBEDDED"],
        "REDIS_URL is `embedded`, which one host at a time can use: name a Redis or Valkey.",
    ),
    (
        lambda settings: "*" in settings["ALLOWED_HOSTS"],
        "PRIVACY_ALLOWED_HOSTS allows every host name: list those under which the admin is reached.",
    ),
    (
        lambda settings: not settings["SESSION_COOKIE_SECURE"] or not settings["CSRF_COOKIE_SECURE"],
        "PRIVACY_INSECURE_COOKIES sends sign-ins over plain HTTP: leave it out and serve the admin over HTTPS.",
    ),
    (
        lambda settings: any(not origin.startswith("https://") for origin in settings["CSRF_TRUSTED_ORIGINS"]),
        "PRIVACY_CSRF_TRUSTED_ORIGINS names an address without HTTPS: begin each with https://.",
    ),
    (
        lambda settings: settings["EMAIL_BACKEND"].endswith("filebased.EmailBackend"),
        "PRIVACY_MAIL_FOLDER writes mail into files that nobody gets: leave it out.",
    ),
    (
        _lets_nobody_in,
        "PRIVACY_PASSWORD_SIGN_IN is off and PRIVACY_OIDC_ISSUER names no provider, so nobody signs in: set one.",
    ),
    (
        _sends_password_in_clear,
        "PRIVACY_MAIL_TLS is off, so the mail server's password goes over the network in clear: turn it on.",
    ),
)
