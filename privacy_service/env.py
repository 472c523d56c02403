"""Typed readers for the environment; a value that cannot be used stops the start with a sentence that names it."""

import ipaddress
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

_TRUE = frozenset({"1", "true", "yes", "on"})
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_FALSE = frozenset({"0", "false", "no", "off"})
_COMMAND_SECONDS = 30
_PATH_PREFIX = re.compile(r"(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)+")


def text(name: str, *, default: str | None = None) -> str:
    """Read a text; without a default the variable must be set."""
    value = os.environ.get(name, "")
    if value:
        return value
    if default is None:
        message = f"{name} is not set. Set it in the environment; docs/configuration.md says what it holds."
        raise ImproperlyConfigured(message)
    return default


def secret(name: str, *, least: int = 32, default: str | None = None) -> str:
    """Read a secret from NAME, the file that NAME_FILE names, or what the command NAME_COMMAND writes.

    It has at least `least` characters. With a default it may be left out.
    """
    value = _secret_of(name)
    if not value and default is not None:
        return default
    if not value:
        message = f"{name} is not set. Set it, or {name}_FILE with the path of a file that holds it."
        raise ImproperlyConfigured(message)
    if len(value) < least:
        message = f"{name} is too short: it needs at least {least} characters."
        raise ImproperlyConfigured(message)
    return value


def integer(name: str, *, default: int, least: int = 0, most: int = sys.maxsize) -> int:
    """Read a whole number from `least` to `most`."""
    raw = text(name, default=str(default))
    try:
        value = int(raw)
    except ValueError:
        message = f"{name} must be a whole number, such as {default}."
        raise ImproperlyConfigured(message) from None
    return int(_within(name, value, least, most))


def number(name: str, *, default: float, least: float = 0.0, most: float = sys.maxsize) -> float:
    """Read a number from `least` to `most`; durations are in seconds."""
    raw = text(name, default=str(default))
    try:
        value = float(raw)
    except ValueError:
        message = f"{name} must be a number, such as {default}."
        raise ImproperlyConfigured(message) from None
    return _within(name, value, least, most)


def boolean(name: str, *, default: bool) -> bool:
    """Read yes or no in one of their usual spellings."""
    raw = text(name, default=str(default)).lower()
    if raw in _TRUE:
        return True
    if raw in _FALSE:
        return False
    message = f"{name} must be true or false."
    raise ImproperlyConfigured(message)


def names(name: str, *, default: str = "") -> list[str]:
    """Read a list of names separated by commas."""
    return [part.strip() for part in text(name, default=default).split(",") if part.strip()]


def places(name: str) -> list[str]:
    """Read a list of folders by their addresses, such as file:///data/ or s3://bucket/prefix/, separated by commas."""
    listed = names(name)
    if all("://" in one and ".." not in one and "::" not in one for one in listed):
        return listed
    message = f"{name} must be addresses of folders separated by commas, such as file:///data/in/, s3://bucket/prefix/."
    raise ImproperlyConfigured(message)


def networks(name: str) -> list[str]:
    """Read a list of networks, such as 10.0.0.0/8, separated by commas."""
    listed = names(name)
    try:
        for one in listed:
            ipaddress.ip_network(one)
    except ValueError:
        message = f"{name} must be networks separated by commas, such as 10.0.0.0/8, fd00::/8."
        raise ImproperlyConfigured(message) from None
    return listed


def one_of(name: str, choices: tuple[str, ...], *, default: str) -> str:
    """Read one of a few words."""
    value = text(name, default=default)
    if value not in choices:
        message = f"{name} must be one of {', '.join(choices)}."
        raise ImproperlyConfigured(message)
    return value


def private_url(name: str) -> str:
    """Read an optional address to send to: HTTPS, or plain HTTP to this machine alone, without a password in it."""
    value = text(name, default="")
    address = urlsplit(value)
    allowed = address.scheme == "https" or (address.scheme == "http" and address.hostname in _LOOPBACK)
    if value and not (allowed and address.hostname and not address.username):
        message = f"{name} must be an https:// address without a password in it (http:// to 127.0.0.1 alone)."
        raise ImproperlyConfigured(message)
    return value


def path_prefix(name: str) -> str:
    """Read the optional path under which a proxy serves this service, such as /privacy."""
    value = text(name, default="").rstrip("/")
    if not value or _PATH_PREFIX.fullmatch(value):
        return value
    message = f"{name} must be a path that begins with a slash, such as /privacy, of letters, digits, . _ and -."
    raise ImproperlyConfigured(message)


def _secret_of(name: str) -> str:
    if command := os.environ.get(f"{name}_COMMAND", ""):
        return _output(f"{name}_COMMAND", command)
    path = os.environ.get(f"{name}_FILE", "")
    return _file_content(f"{name}_FILE", path) if path else os.environ.get(name, "")


def _output(name: str, command: str) -> str:
    """Return what a command writes; what it writes about errors is not repeated, since it may tell the secret."""
    message = f"{name} is a command that cannot be run: it must be the path of a program and its arguments."
    try:
        done = subprocess.run(  # noqa: S603 - whoever sets the environment chooses the program.
            shlex.split(command),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_COMMAND_SECONDS,
            check=False,
        )
        written = done.stdout.decode().strip()
    except subprocess.TimeoutExpired:
        message = f"{name} is a command that has not ended after {_COMMAND_SECONDS} seconds."
    except (OSError, ValueError, IndexError):
        pass
    else:
        if done.returncode == 0 and written:
            return written
        message = f"{name} is a command that wrote no secret: it ended with status {done.returncode}. Run it by hand."
    raise ImproperlyConfigured(message) from None


def _file_content(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        message = f"{name} names a file that cannot be read: {error.strerror}."
        raise ImproperlyConfigured(message) from None


def _within(name: str, value: float, least: float, most: float) -> float:
    if least <= value <= most:
        return value
    message = f"{name} must be at least {least}." if not value > most else f"{name} must be at most {most}."
    raise ImproperlyConfigured(message)
