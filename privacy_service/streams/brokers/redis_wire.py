"""One connection to a Redis, on which many commands go out in one piece.

redis-py packs commands and unpacks replies one by one, which takes a busy worker longer than what it does between them.
"""

from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha1
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import (
    ConnectionError,  # noqa: A004 - the library's name.
    NoScriptError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
    TimeoutError,  # noqa: A004 - as above.
)
from redis.retry import Retry

from privacy_service.streams.errors import StreamsError, Unreachable

TIMEOUT_SECONDS = 10.0
_GONE = (ConnectionError, TimeoutError, OSError, ReadOnlyError, OutOfMemoryError)


def packed(*words: bytes) -> bytes:
    """Return a command as it goes over the wire."""
    return b"".join([b"*%d\r\n" % len(words), *[b"$%d\r\n%b\r\n" % (len(word), word) for word in words]])


class Wire:
    """A connection of one worker; after any failure it is closed, and the next command opens it anew."""

    def __init__(self, url: str, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        # RESP 2: its replies are lists. No retry of redis-py's: what was sent twice would be done twice.
        self._client = Redis.from_url(
            url,
            protocol=2,
            retry=Retry(NoBackoff(), 0),
            socket_timeout=timeout_seconds,
            socket_connect_timeout=timeout_seconds,
            socket_keepalive=True,
        )
        self._connection: Any = None

    def ask(self, *words: bytes) -> Any:
        """Send one command and return its reply."""
        [reply] = self.ask_all([packed(*words)], 1)
        return reply

    def ask_all(self, commands: Sequence[bytes], replies: int) -> list[Any]:
        """Send packed commands in one piece and return as many replies; an error that one of them is, is raised."""
        try:
            connection = self._opened()
            connection.send_packed_command([b"".join(commands)])
            answers = [_reply(connection) for _ in range(replies)]
        except _GONE as error:
            self.close()
            message = f"The Redis does not answer ({type(error).__name__})."
            raise Unreachable(message) from None
        for answer in answers:
            if isinstance(answer, ResponseError):
                raise answer
        return answers

    def run(self, script: str, keys: Sequence[bytes], arguments: Sequence[bytes]) -> Any:
        """Run a script, which the Redis is shown once."""
        digest = sha1(script.encode(), usedforsecurity=False).hexdigest().encode()
        words = (b"%d" % len(keys), *keys, *arguments)
        try:
            return self.ask(b"EVALSHA", digest, *words)
        except NoScriptError:
            return self.ask(b"EVAL", script.encode(), *words)

    def close(self) -> None:
        """Close the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(RedisError, OSError):
                connection.disconnect()

    def _opened(self) -> Any:
        if self._connection is None:
            # As the pool would make it, which counts what it makes and in the end refuses: from here on it is ours.
            pool = self._client.connection_pool
            connection: Any = pool.connection_class(**pool.connection_kwargs)
            connection.connect()
            self._connection = connection
        return self._connection


def _reply(connection: Any) -> Any:
    """Return a reply; an error of one command must not leave the replies of the next unread."""
    try:
        return connection.read_response()
    except (ReadOnlyError, OutOfMemoryError, ConnectionError, TimeoutError):
        raise
    except ResponseError as error:
        return error


def refusal(error: ResponseError, what: str) -> StreamsError:
    """Return what a command's refusal is to a person: its first word, since the rest may quote what was sent."""
    return StreamsError(f"{what}: the Redis says {str(error).split(' ', 1)[0]}.")
