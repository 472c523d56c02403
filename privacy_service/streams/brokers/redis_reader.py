"""One worker's end of the streams that its service reads: what it takes, what became of it, and what others left."""

import secrets
from collections.abc import Iterator, Sequence
from typing import Any

from redis.exceptions import ResponseError

from privacy_service.streams.brokers import redis_scripts as scripts
from privacy_service.streams.brokers.redis_entries import Keys, record_of
from privacy_service.streams.brokers.redis_wire import Wire, packed, refusal
from privacy_service.streams.brokers.types import Batch, Made, dead_letters_of
from privacy_service.streams.errors import Superseded, Unreachable
from privacy_service.streams.records import Record

MOST_DELIVERIES = 10  # A record that was handed out so often and never finished goes to the dead letters.
ALONE_FROM = 3  # A record that was handed out so often is taken over alone: the others must not share its fate.
MOST_TAKEN = 100
TOKEN_SECONDS = 24 * 3600
GONE_SECONDS = 3600  # A worker that has nothing and was not heard of for so long is forgotten.


class RedisReader:
    """Reads as one worker of a service, which its consumer groups are named after."""

    def __init__(  # noqa: PLR0913 - what it reads, as whom, and when others have stalled.
        self, wire: Wire, keys: Keys, service: str, topics: Sequence[str], consumer: str, *, stalled_seconds: float
    ) -> None:
        self._wire, self._keys = wire, keys
        self._service, self._topics = service, tuple(topics)
        self._group, self._consumer = service.encode(), consumer.encode()
        self._sources = {keys.topic(topic): topic for topic in topics}
        self._token_key = keys.token(service, consumer)
        self._token = b""
        self._own_first = True  # What was read and not finished comes before anything new.
        self._spent: set[str] = set()
        self._stalled_ms = b"%d" % max(1, int(stalled_seconds * 1000))
        self.lost = 0

    def read(self, most: int, wait_seconds: float) -> Batch:
        """Return the next records, or none after a while; what this worker had and did not finish comes first."""
        if not self._token:
            self._begin()
        reply = self._read(most, 0 if self._own_first else wait_seconds)
        if reply is None:
            return Batch((), ())
        records, origins, gone = self._understood(reply)
        if gone:
            self._let_go(gone)
        if self._own_first and not records and not gone:
            self._own_first = False
        return Batch(
            records, origins, frozenset(self._spent & {record.id for record in records} if self._spent else ())
        )

    def _begin(self) -> None:
        """See that there are groups, and take a token: what was taken over from this worker is no longer its own."""
        for key in self._sources:
            try:
                self._wire.ask(b"XGROUP", b"CREATE", key, self._group, b"0", b"MKSTREAM")
            except ResponseError as error:
                if not str(error).startswith("BUSYGROUP"):
                    raise refusal(error, f"Service {self._service}") from None
        self._token = secrets.token_hex(8).encode()
        self._wire.ask(b"SET", self._token_key, self._token, b"EX", b"%d" % TOKEN_SECONDS)
        self._own_first = True

    def _read(self, most: int, wait_seconds: float) -> Any:
        words = [b"XREADGROUP", b"GROUP", self._group, self._consumer, b"COUNT", b"%d" % most]
        if wait_seconds:
            words += (b"BLOCK", b"%d" % max(1, int(wait_seconds * 1000)))
        words += (b"STREAMS", *self._sources, *[b"0" if self._own_first else b">"] * len(self._sources))
        # The token first: what is read under it was not taken from this worker before.
        asked = packed(b"GETEX", self._token_key, b"EX", b"%d" % TOKEN_SECONDS)
        try:
            token, reply = self._wire.ask_all([asked, packed(*words)], 2)
        except Unreachable:
            self._own_first = True  # It may have handed out what never arrived.
            raise
        except ResponseError as error:
            self._token = b""
            if str(error).startswith("NOGROUP"):  # The Redis lost it, or somebody took it away.
                return None
            raise refusal(error, f"Service {self._service}") from None
        if token != self._token:
            self._token = b""
            return None
        return reply

    def _understood(self, reply: Any) -> tuple[list[Record], list[str], dict[bytes, list[bytes]]]:
        """Return the records, of each its topic, and the ids of those that are no longer there."""
        records: list[Record] = []
        origins: list[str] = []
        gone: dict[bytes, list[bytes]] = {}
        for source, entries in reply or ():
            there = [record_of(entry_id, fields) for entry_id, fields in entries if fields]
            records += there
            origins += [self._sources[source]] * len(there)
            if len(there) < len(entries):
                gone[source] = [entry_id for entry_id, fields in entries if not fields]
        return records, origins, gone

    def _let_go(self, gone: dict[bytes, list[bytes]]) -> None:
        for source, ids in gone.items():
            self.lost += len(ids)
            self._wire.ask(b"XACK", source, self._group, *ids)

    def commit(self, batch: Batch, made: Made) -> None:
        """Write outputs, letters and counts and acknowledge the batch, all at once; raise Superseded."""
        acknowledged = list(self._acknowledged(batch))
        written = [*_outputs(made), *_letters(made)]
        keys = [self._token_key, *(key for key, _ in acknowledged)]
        keys += [self._keys.topic(topic) for topic, _, _ in written]
        keys += [self._keys.state(self._service, function) for function in made.counts]
        words = [self._token, self._group, b"%d" % len(acknowledged), b"%d" % len(written)]
        for _, ids in acknowledged:
            words += (b"%d" % len(ids), *ids)
        for _, names, values in written:
            words += (b"%d" % (len(values) // len(names)), b"%d" % len(names), *names, *values)
        words += [b"%d" % amount for amounts in made.counts.values() for amount in amounts]
        self._run_as_owner(scripts.COMMIT, keys, words)
        if self._spent:
            self._spent -= {record.id for record in batch.records}

    def put_back(self, batch: Batch) -> None:
        """Have the batch come again, and not count against it that it was tried; raise Superseded."""
        acknowledged = list(self._acknowledged(batch))
        words = [self._token, self._group, self._consumer]
        for _, ids in acknowledged:
            words += (b"%d" % len(ids), *ids)
        self._run_as_owner(scripts.PUT_BACK, [self._token_key, *(key for key, _ in acknowledged)], words)
        self._own_first = True

    def _acknowledged(self, batch: Batch) -> Iterator[tuple[bytes, list[bytes]]]:
        for key, topic in self._sources.items():
            ids = [
                record.id.encode()
                for record, origin in zip(batch.records, batch.origins, strict=True)
                if origin == topic
            ]
            if ids:
                yield key, ids

    def _run_as_owner(self, script: str, keys: Sequence[bytes], words: Sequence[bytes]) -> None:
        before, self._own_first = self._own_first, True  # Until it is known to be done.
        try:
            done = self._wire.run(script, keys, words)
        except ResponseError as error:
            raise refusal(error, f"Service {self._service}") from None
        if not done:
            self._token = b""
            message = f"Another worker of {self._service} took over what this one had."
            raise Superseded(message)
        self._own_first = before

    def take_over(self) -> int:
        """Take over what stalled workers had; it comes with the next reads."""
        # Of one worker at a time: what may be the end of its workers comes alone.
        taken = next(filter(None, map(self._take_over, self._sources)), 0) if self._token else 0
        if taken:
            self._own_first = True
        return taken

    def _take_over(self, source: bytes) -> int:
        most = b"%d" % MOST_TAKEN
        stalled = self._asked(b"XPENDING", source, self._group, b"IDLE", self._stalled_ms, b"-", b"+", most)
        names = dict.fromkeys(one[1] for one in stalled if one[1] != self._consumer)
        return next(filter(None, (self._taken_from(name, source, most) for name in names)), 0)

    def _taken_from(self, consumer: bytes, source: bytes, most: bytes) -> int:
        keys = (self._keys.token(self._service, consumer.decode()), source)
        words = (self._group, consumer, self._consumer, self._stalled_ms, most, b"%d" % ALONE_FROM)
        taken, lost = self._wire.run(scripts.TAKE_OVER, keys, words)
        self.lost += lost
        self._spent |= {entry_id.decode() for entry_id, times in taken if times > MOST_DELIVERIES}
        return len(taken) - int(lost)

    def forget_the_gone(self) -> None:
        """Forget workers that have ended long ago and left nothing."""
        for source in self._sources if self._token else ():
            for one in self._asked(b"XINFO", b"CONSUMERS", source, self._group):
                known = dict(zip(one[::2], one[1::2], strict=True))
                if not known[b"pending"] and known[b"idle"] > GONE_SECONDS * 1000:
                    self._wire.run(scripts.FORGET_WORKER, (source,), (self._group, known[b"name"]))

    def _asked(self, *words: bytes) -> list[Any]:
        """Ask about the group; where the Redis has lost it there is nothing, and reading makes it anew."""
        try:
            reply: list[Any] = self._wire.ask(*words)
        except ResponseError:
            self._token = b""
            return []
        return reply

    def close(self) -> None:
        """Let go of the connection; a worker that finished what it had leaves no trace."""
        self._wire.close()


def _outputs(made: Made) -> Iterator[tuple[str, tuple[bytes, ...], list[bytes]]]:
    """Return of each sink the names of fields, and the values record by record."""
    for topic, records in made.outputs.items():
        if any(record.key for record in records):
            yield topic, (b"v", b"k"), [part for record in records for part in (record.value, record.key)]
        elif records:
            yield topic, (b"v",), [record.value for record in records]


def _letters(made: Made) -> Iterator[tuple[str, tuple[bytes, ...], list[bytes]]]:
    if not made.letters:
        return
    names = (b"v", b"k", *(name.encode() for name in made.letters[0].headers()))
    values: list[bytes] = []
    for letter in made.letters:
        values += (letter.record.value, letter.record.key, *(text.encode() for text in letter.headers().values()))
    yield dead_letters_of(made.letters[0].service), names, values
