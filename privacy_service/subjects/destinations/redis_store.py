"""Keys and streams of a Redis: keys with an identifier in their name, and records that are about somebody."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import redis

from privacy_service.subjects.destinations.base import (
    ANSWER_SECONDS,
    CONNECT_SECONDS,
    PLACE,
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
from privacy_service.subjects.destinations.keeping import Kept
from privacy_service.subjects.destinations.redis_reading import (
    AT_ONCE,
    as_record,
    held_by_keys,
    named_by_keys,
    named_by_records,
    newest,
    records_of,
    some_values,
)
from privacy_service.subjects.identifiers import Identifier, Kind

_GLOB = re.compile(r"([\\*?\[\]^-])")
_SIGNS = re.compile(r"[*?\[\\]")
_SIMPLE = frozenset("*?")
_BESIDE_A_PLACE = re.compile(r"[*?\]]\{|\}[*?\[]")
_QUOTED = re.compile(rb"\\(.)", re.DOTALL)
_QUOTED_OR_SIGN = re.compile(rb"\\.|.", re.DOTALL)
_MEANS = {b"*": b".*", b"?": b"."}
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
        if open_ones := [pattern for pattern in self._keys if _BESIDE_A_PLACE.search(pattern)]:
            raise OptionsRefused(
                option="keys",
                advice=f"put a sign such as : between place and pattern in `{open_ones[0]}`: for 9 it means 91 too.",
            )
        self._url = _url(secrets.get("url", ""))

    def find(self, subject: Subject) -> Mapping[str, int]:
        """Count keys and records."""
        with self._connected() as store:
            keys = {pattern: len(_keys_of(store, pattern, [subject])) for pattern in self._keys}
            return keys | {stream: len(list(_about(store, stream, [subject]))) for stream in self._streams}

    def delete(self, subject: Subject) -> Done:
        """Delete them."""
        return self.delete_many([subject])[0]

    def delete_many(self, subjects: Sequence[Subject]) -> list[Done]:
        """Delete those of several people, looking through keys and streams once for all of them."""
        counts: list[Counter[str]] = [Counter() for _ in subjects]
        with self._connected() as store:
            for pattern in self._keys:
                found = _keys_of(store, pattern, subjects)
                _count(counts, pattern, found, _gone(store, list(found)))
            for stream in self._streams:
                ids = dict(_about(store, stream, subjects))
                for part in _parts(list(ids)):
                    store.xdel(stream, *part)
                _count(counts, stream, ids, set(ids))
        names = (*self._keys, *self._streams)
        return [Done(counts={name: counted[name] for name in names}) for counted in counts]

    def people(self, kinds: Iterable[Kind]) -> Iterator[tuple[Identifier, ...]]:
        """Yield whom each key names, and whom each record is about."""
        wanted = frozenset(kinds)
        with self._connected() as store:
            for pattern in self._keys:
                yield from named_by_keys(store, pattern, wanted)
            for stream in self._streams:
                yield from named_by_records(store, stream, wanted)

    def export(self, subject: Subject) -> Iterator[tuple[str, Mapping[str, object]]]:
        """Yield what each key holds, and each record."""
        wanted = {(one.kind, one.normal) for one in subject.identifiers}
        with self._connected() as store:
            for pattern in self._keys:
                for value in held_by_keys(store, _keys_of(store, pattern, [subject])):
                    yield pattern, value
            for stream in self._streams:
                for record_id, fields, named in records_of(store, stream):
                    if not wanted.isdisjoint((one.kind, one.normal) for one in named):
                        yield stream, as_record(record_id, fields)

    def sample(self, rows: int) -> Iterator[tuple[str, Mapping[str, object]]]:
        """Yield the newest records of each stream, and what lies under some keys of each pattern."""
        with self._connected() as store:
            found = [(stream, event) for stream in self._streams for event in newest(store, stream, rows)]
            found += [(pattern, value) for pattern in self._keys for value in some_values(store, pattern, rows)]
        yield from found

    @contextmanager
    def _connected(self) -> Iterator[Any]:
        try:
            with _clients.held(self._url, lambda: _client(self._url)) as store:
                yield store
        except redis.ResponseError:
            message = "It refused a command: is the key a stream, and may this user delete?"
            raise Refused(message) from None
        except redis.RedisError:
            message = "Redis cannot be reached, or broke off."
            raise TryAgain(message) from None


_clients: Kept[redis.Redis] = Kept(redis.Redis.close)


def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(_pinned(url), socket_timeout=ANSWER_SECONDS, socket_connect_timeout=CONNECT_SECONDS)


def _count(counts: list[Counter[str]], name: str, found: Mapping[bytes, int], gone: set[bytes]) -> None:
    for key in gone:
        counts[found[key]][name] += 1


def _gone(store: Any, keys: list[bytes]) -> set[bytes]:
    """Delete keys, and return those that were there."""
    gone: set[bytes] = set()
    for part in _parts(keys):
        pipeline = store.pipeline(transaction=False)
        for key in part:
            pipeline.unlink(key)
        gone.update(key for key, was_there in zip(part, pipeline.execute(), strict=True) if was_there)
    return gone


def _keys_of(store: Any, pattern: str, subjects: Sequence[Subject]) -> dict[bytes, int]:
    """Return each key that is about one of these people, with the place of whom it is about."""
    named = [(text.encode(), place) for place, one in enumerate(subjects) for text in filled(pattern, one, _quoted)]
    signs = frozenset(_SIGNS.findall(PLACE.sub("", pattern)))
    if not signs:
        keys = {_QUOTED.sub(rb"\1", text): place for text, place in named}
        return {key: keys[key] for key in _there(store, list(keys))}
    if signs <= _SIMPLE and named:
        return _looked_through(store, PLACE.sub("*", pattern), named)
    return {key: place for text, place in named for key in store.scan_iter(match=text, count=AT_ONCE)}


def _there(store: Any, keys: list[bytes]) -> list[bytes]:
    there: list[bytes] = []
    for part in _parts(keys):
        pipeline = store.pipeline(transaction=False)
        for key in part:
            pipeline.exists(key)
        there += [key for key, is_there in zip(part, pipeline.execute(), strict=True) if is_there]
    return there


def _looked_through(store: Any, pattern: str, named: list[tuple[bytes, int]]) -> dict[bytes, int]:
    """Return the keys of everybody after one look through all keys: a hundred people are a hundred alternatives."""
    ours = re.compile(b"|".join(b"(%b)" % _expression(text) for text, _ in named), re.DOTALL)
    matches = ((key, ours.fullmatch(key)) for key in store.scan_iter(match=pattern, count=AT_ONCE))
    return {key: named[match.lastindex - 1][1] for key, match in matches if match and match.lastindex}


def _expression(glob: bytes) -> bytes:
    """Return a glob with no other signs than `*`, `?` and what is quoted as a regular expression."""
    return _QUOTED_OR_SIGN.sub(lambda sign: _MEANS.get(sign[0]) or re.escape(sign[0][-1:]), glob)


def _quoted(value: str) -> str:
    return _GLOB.sub(r"\\\1", value)


def _about(store: Any, stream: str, subjects: Sequence[Subject]) -> Iterator[tuple[bytes, int]]:
    """Yield the id of each record of a stream that is about one of them, and the place of whom, batch by batch."""
    wanted = {
        (one.kind, one.normal): place
        for place, subject in enumerate(subjects)
        for one in subject.identifiers
        if one.normal
    }
    for record_id, _, named in records_of(store, stream):
        place = next((wanted[key] for one in named if (key := (one.kind, one.normal)) in wanted), None)
        if place is not None:
            yield record_id, place


def _texts(value: Any, option: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
        raise OptionsRefused(option=option, advice="write a list of texts.")
    return value


def _url(written: str) -> str:
    try:
        parts = urlsplit(written)
        is_whole = parts.scheme in {"redis", "rediss"} and bool(parts.hostname) and parts.port != 0
        # Its query could take back what is checked here: `ssl_cert_reqs=none`, or another host.
        is_whole = is_whole and not parts.query and not parts.fragment
    except ValueError:
        is_whole = False
    if not is_whole:
        raise OptionsRefused(
            option="url", advice="write redis://user:password@host:6379/0, or rediss:// for TLS, without ? or #."
        )
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
    return (keys[start : start + AT_ONCE] for start in range(0, len(keys), AT_ONCE))


REDIS = DestinationKind("redis", "Keys and streams of a Redis", RedisStore, secrets=("url",))
