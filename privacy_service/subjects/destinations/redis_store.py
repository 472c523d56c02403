"""Keys and streams of a Redis: keys with an identifier in their name, and records that are about somebody."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import orjson
import redis

from privacy_service.subjects.destinations.base import (
    ANSWER_SECONDS,
    CONNECT_SECONDS,
    DestinationKind,
    Done,
    Options,
    OptionsRefused,
    Refused,
    Secrets,
    Subject,
    TryAgain,
    address_of,
    filled,
    object_of,
    places_in,
)
from privacy_service.subjects.events import identifiers_in

_GLOB = re.compile(r"([\\*?\[\]^-])")
_AT_ONCE = 1000
_PORT = 6379


class RedisStore:
    """Keys by pattern, such as `profile:{user_id}` or `cart:{user_id}:*`, and streams whose records are JSON events."""

    def __init__(self, options: Options, secrets: Secrets) -> None:
        told = object_of(options, "options", ("keys", "streams"))
        self._keys, self._streams = _texts(told.get("keys", []), "keys"), _texts(told.get("streams", []), "streams")
        if not self._keys and not self._streams:
            raise OptionsRefused(
                option="keys", advice="give patterns of keys, such as profile:{user_id}, or names of streams."
            )
        if without := [pattern for pattern in self._keys if not places_in(pattern)]:
            raise OptionsRefused(
                option="keys", advice=f"`{without[0]}` names nobody: it would delete the keys of everybody."
            )
        self._url = _url(secrets.get("url", ""))

    def find(self, subject: Subject) -> Mapping[str, int]:
        """Count keys and records."""
        with self._connected() as store:
            keys = {pattern: len(set(self._matching(store, pattern, subject))) for pattern in self._keys}
            return keys | {stream: len(list(_about(store, stream, subject))) for stream in self._streams}

    def delete(self, subject: Subject) -> Done:
        """Delete them."""
        counts: dict[str, int] = {}
        with self._connected() as store:
            for pattern in self._keys:
                found = list(set(self._matching(store, pattern, subject)))
                counts[pattern] = sum(int(store.unlink(*part)) for part in _parts(found))
            for stream in self._streams:
                ids = list(_about(store, stream, subject))
                counts[stream] = sum(int(store.xdel(stream, *part)) for part in _parts(ids))
        return Done(counts=counts)

    def _matching(self, store: Any, pattern: str, subject: Subject) -> Iterator[bytes]:
        for filled_in in filled(pattern, subject, lambda value: _GLOB.sub(r"\\\1", value)):
            yield from store.scan_iter(match=filled_in, count=_AT_ONCE)

    @contextmanager
    def _connected(self) -> Iterator[Any]:
        try:
            with redis.Redis.from_url(
                _pinned(self._url), socket_timeout=ANSWER_SECONDS, socket_connect_timeout=CONNECT_SECONDS
            ) as store:
                yield store
        except redis.ResponseError:
            message = "It refused a command: is the key a stream, and may this user delete?"
            raise Refused(message) from None
        except redis.RedisError:
            message = "Redis cannot be reached, or broke off."
            raise TryAgain(message) from None


def _about(store: Any, stream: str, subject: Subject) -> Iterator[bytes]:
    """Yield the ids of the records of a stream that are about the person, in batches, so that memory stays small."""
    wanted = {(one.kind, one.normal) for one in subject.identifiers}
    at = b"-"
    while records := store.xrange(stream, min=at, count=_AT_ONCE):
        for record_id, fields in records:
            named = {(one.kind, one.normal) for event in _events(fields) for one in identifiers_in(event)}
            if not wanted.isdisjoint(named):
                yield record_id
        at = b"(" + records[-1][0]


def _events(fields: Mapping[bytes, bytes]) -> Iterator[Any]:
    """Yield what a record says: its fields as one event, and each field that is JSON as another."""
    yield {name.decode(errors="replace"): value.decode(errors="replace") for name, value in fields.items()}
    for value in fields.values():
        if value[:1] == b"{":
            try:
                yield orjson.loads(value)
            except orjson.JSONDecodeError:
                continue


def _texts(value: Any, option: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
        raise OptionsRefused(option=option, advice="write a list of texts.")
    return value


def _url(written: str) -> str:
    try:
        parts = urlsplit(written)
        is_whole = parts.scheme in {"redis", "rediss"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_whole = False
    if not is_whole:
        raise OptionsRefused(option="url", advice="write redis://user:password@host:6379/0, or rediss:// for TLS.")
    return written


def _pinned(url: str) -> str:
    """Return the address with its host as the number that was checked; TLS needs the name, and checks it."""
    parts = urlsplit(url)
    address = address_of(parts.hostname or "", parts.port or _PORT)
    if parts.scheme == "rediss":
        return url  # The certificate says who answers, wherever the name leads by now.
    user, at, _ = parts.netloc.rpartition("@")
    host = f"[{address}]" if ":" in address else address
    return parts._replace(netloc=f"{user}{at}{host}:{parts.port or _PORT}").geturl()


def _parts(keys: list[bytes]) -> Iterator[list[bytes]]:
    return (keys[start : start + _AT_ONCE] for start in range(0, len(keys), _AT_ONCE))


REDIS = DestinationKind("redis", "Keys and streams of a Redis", RedisStore, secrets=("url",))
