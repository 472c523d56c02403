"""Topics as streams of a Redis or Valkey, which consumer groups share out among the workers of a service."""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from redis.exceptions import ResponseError

from privacy_service.streams.brokers import redis_scripts as scripts
from privacy_service.streams.brokers.redis_entries import Keys, fields_of, order_of, record_of, seconds_since
from privacy_service.streams.brokers.redis_reader import RedisReader
from privacy_service.streams.brokers.redis_wire import TIMEOUT_SECONDS, Wire, packed, refusal
from privacy_service.streams.brokers.types import Head, Lag
from privacy_service.streams.flow import Topic
from privacy_service.streams.records import Record

REMEMBERED = 1_000_000  # Ids by which a topic knows a repeat: about 100 MB where a flow writes to another Redis.
PAGE = 500
COUNTED = 10_000
NEWEST = b"18446744073709551615-0"  # No id is higher.


class RedisBroker:
    """The topics of a namespace on one Redis."""

    def __init__(
        self, url: str, namespace: str, *, timeout_seconds: float = TIMEOUT_SECONDS, most_counted: int = COUNTED
    ) -> None:
        self.url = url
        self.keys = Keys(namespace)
        self._wire = Wire(url, timeout_seconds)
        self._most_counted = most_counted

    def write(self, topic: str, records: Sequence[Record]) -> int:
        """Append records and return how many were new; those that have an id are looked up by it."""
        if any(record.id for record in records):
            return self._write_new(topic, records)
        key = self.keys.topic(topic)
        for start in range(0, len(records), PAGE):
            part = records[start : start + PAGE]
            commands = [packed(b"XADD", key, b"*", *fields_of(record)) for record in part]
            self._all(commands, f"Topic {topic}")
        return len(records)

    def _write_new(self, topic: str, records: Sequence[Record]) -> int:
        keys = (self.keys.topic(topic), self.keys.seen(topic))
        words = [b"%d" % REMEMBERED, b"2", b"v", b"k"]
        for record in records:
            words += (record.id.encode(), record.value, record.key)
        try:
            return int(self._wire.run(scripts.WRITE_NEW, keys, words))
        except ResponseError as error:
            raise refusal(error, f"Topic {topic}") from None

    def page(self, topic: str, *, after: str, most: int = PAGE, wait_seconds: float = 0) -> list[Record]:
        """Return the next records after an id ("" is the beginning), at once or once there are some."""
        key = self.keys.topic(topic)
        words = [b"XREAD", b"COUNT", b"%d" % most]
        if wait_seconds:
            words += (b"BLOCK", b"%d" % max(1, int(wait_seconds * 1000)))
        reply = self._ask(*words, b"STREAMS", key, after.encode() or b"0", what=f"Topic {topic}")
        return [record_of(*entry) for entry in reply[0][1]] if reply else []

    def last_id(self, topic: str) -> str:
        """Return the id of the newest record, or none where there is none."""
        reply = self._ask(b"XREVRANGE", self.keys.topic(topic), b"+", b"-", b"COUNT", b"1", what=f"Topic {topic}")
        return reply[0][0].decode() if reply else ""

    def newest(self, topic: str, most: int) -> list[Record]:
        """Return the newest records of a topic, the last one first."""
        words = (b"XREVRANGE", self.keys.topic(topic), b"+", b"-", b"COUNT", b"%d" % most)
        return [record_of(*entry) for entry in self._ask(*words, what=f"Topic {topic}")]

    def size(self, topic: str) -> int:
        """Count the records of a topic."""
        return int(self._ask(b"XLEN", self.keys.topic(topic), what=f"Topic {topic}"))

    def heads(self, topic: str, most: int, before: str = "") -> list[Head]:
        """Return what stands beside the newest records, the last one first; the values stay on the Redis."""
        words = (f"({before}".encode() if before else b"+", b"%d" % most)
        found = self._run(scripts.HEADS, (self.keys.topic(topic),), words, what=f"Topic {topic}")
        return [_head(*one) for one in found]

    def send_again(self, letters: str, topic: str, ids: Sequence[str]) -> int:
        """Append dead letters to the topic that they came from and take them away, in one step; count them."""
        keys = (self.keys.topic(letters), self.keys.topic(topic))
        words = (topic.encode(), *(one.encode() for one in ids))
        return int(self._run(scripts.SEND_AGAIN, keys, words, what=f"Topic {letters}"))

    def drop(self, topic: str, ids: Sequence[str]) -> int:
        """Take records away for good; count those that were there."""
        words = (b"XDEL", self.keys.topic(topic), *(one.encode() for one in ids))
        return int(self._ask(*words, what=f"Topic {topic}"))

    def browse(self, topic: str, *, from_beginning: bool, follow: bool) -> Iterator[Record]:
        """Return the records of a topic as they lie there; without `follow` it ends at what is the end now."""
        last = self.last_id(topic)
        at = "" if from_beginning else last
        while follow or order_of(at) < order_of(last):
            for record in self.page(topic, after=at, wait_seconds=1.0 if follow else 0):
                yield record
                at = record.id

    def reader(self, service: str, topics: Sequence[str], consumer: str, *, stalled_seconds: float) -> RedisReader:
        """Return one worker's end for a service."""
        return RedisReader(Wire(self.url), self.keys, service, topics, consumer, stalled_seconds=stalled_seconds)

    def counts(self, service: str, function: str) -> tuple[int, int]:
        """Return how many records a function has transformed, and how many it could not."""
        key = self.keys.state(service, function)
        reply = self._ask(b"HMGET", key, b"succeeded", b"failed", what=f"The state of {service}/{function}")
        return int(reply[0] or 0), int(reply[1] or 0)

    def add_counts(self, service: str, counts: Mapping[str, tuple[int, int]]) -> None:
        """Count for a service whose records lie elsewhere."""
        commands = [
            packed(b"HINCRBY", self.keys.state(service, function), name, b"%d" % amount)
            for function, amounts in counts.items()
            for name, amount in zip((b"succeeded", b"failed"), amounts, strict=True)
        ]
        self._all(commands, f"The state of {service}")

    def lag(self, service: str, topics: Sequence[str]) -> list[Lag]:
        """Return how far a service is behind on each of its topics."""
        return [self._lag(service, topic) for topic in topics]

    def _lag(self, service: str, topic: str) -> Lag:
        groups = self._groups(topic)
        group = groups.get(service, {b"last-delivered-id": b"0-0", b"pending": 0})
        undelivered = groups.get(service, {}).get(b"lag")
        last = group[b"last-delivered-id"]
        key = self.keys.topic(topic)
        first = self._ask(b"XRANGE", key, b"(" + last, b"+", b"COUNT", b"1", what=f"Topic {topic}")
        if undelivered is None:  # Redis does not know it where records were taken away before they were read.
            found = self._ask(
                b"XRANGE", key, b"(" + last, b"+", b"COUNT", b"%d" % self._most_counted, what=f"Topic {topic}"
            )
            undelivered = len(found)
        oldest = [self._oldest_pending(service, topic)] if group[b"pending"] else []
        oldest += [first[0][0]] if first else []
        age = max((seconds_since(one) for one in oldest if one), default=0.0)
        return Lag(service, topic, int(undelivered), int(group[b"pending"]), age)

    def tidy(self, topics: Mapping[str, Topic]) -> None:
        """Let go of what the topics' retention no longer keeps; of what is unfinished only where it says so."""
        for name, topic in topics.items():
            if topic.keep_records is not None or topic.keep_seconds is not None:
                self._tidy(name, topic)

    def _tidy(self, name: str, topic: Topic) -> None:
        key = self.keys.topic(name)
        needed = self._needed(name) if topic.keeps_unfinished else NEWEST
        if topic.keep_records is not None:
            excess = int(self._ask(b"XLEN", key, what=f"Topic {name}")) - topic.keep_records
            if excess > 0:
                # No more of them than are too many, and in the blocks that the Redis keeps them in.
                limit = (b"LIMIT", b"%d" % excess)
                self._ask(b"XTRIM", key, b"MINID", b"~", needed, *limit, what=f"Topic {name}")
        if topic.keep_seconds is not None:
            oldest = b"%d" % max(0, int((time.time() - topic.keep_seconds) * 1000))
            self._ask(b"XTRIM", key, b"MINID", min(oldest, needed, key=order_of), what=f"Topic {name}")

    def _needed(self, topic: str) -> bytes:
        """Return the id of the oldest record that some service has yet to finish."""
        needed = [NEWEST]
        for service, group in self._groups(topic).items():
            pending = self._oldest_pending(service, topic) if group[b"pending"] else b""
            needed.append(pending or group[b"last-delivered-id"])
        return min(needed, key=order_of)

    def _oldest_pending(self, service: str, topic: str) -> bytes:
        summary = self._ask(b"XPENDING", self.keys.topic(topic), service.encode(), what=f"Topic {topic}")
        return summary[1] or b""

    def _groups(self, topic: str) -> dict[str, dict[bytes, Any]]:
        """Return what the Redis knows of the services that read a topic."""
        try:
            reply = self._wire.ask(b"XINFO", b"GROUPS", self.keys.topic(topic))
        except ResponseError:  # There is no such topic yet.
            return {}
        groups = [dict(zip(one[::2], one[1::2], strict=True)) for one in reply]
        return {group[b"name"].decode(): group for group in groups}

    def close(self) -> None:
        """Close the connection."""
        self._wire.close()

    def _ask(self, *words: bytes, what: str) -> Any:
        try:
            return self._wire.ask(*words)
        except ResponseError as error:
            raise refusal(error, what) from None

    def _run(self, script: str, keys: Sequence[bytes], words: Sequence[bytes], what: str) -> Any:
        try:
            return self._wire.run(script, keys, words)
        except ResponseError as error:
            raise refusal(error, what) from None

    def _all(self, commands: Sequence[bytes], what: str) -> None:
        try:
            self._wire.ask_all(commands, len(commands))
        except ResponseError as error:
            raise refusal(error, what) from None


def _head(entry_id: bytes, fields: Sequence[bytes]) -> Head:
    texts = [field.decode("utf-8", "replace") for field in fields]
    said = dict(zip(texts[::2], texts[1::2], strict=True))
    origin = said.get("source", "").rpartition("/")[0]
    return Head(entry_id.decode(), said.get("function", ""), said.get("trouble", ""), said.get("words", ""), origin)
