"""Whoever guesses passwords or codes is slowed down: so many tries, then none is looked at for a while."""

import hashlib
from dataclasses import dataclass

from django.core.cache import cache
from redis.exceptions import RedisError

MOST_GUESSES = 8


@dataclass(frozen=True, slots=True)
class Count:
    """The tries at one thing within some seconds."""

    name: str
    seconds: int

    def add(self) -> int | None:
        """Count one more try and return which it is; None without Redis: nobody counts, so nobody may try.

        It is counted before anything is looked at, so that many at once are no way around.
        """
        try:
            cache.add(self.name, 0, timeout=self.seconds)
            return int(cache.incr(self.name))
        except (RedisError, OSError, ValueError):  # The count may end in between: then it begins anew.
            return None

    def end(self) -> None:
        """Begin anew after a right one."""
        cache.delete(self.name)


def of_passwords(username: str) -> Count:
    """Return the count of one e-mail, whether or not it is somebody's."""
    return Count(f"sign-ins:{hashlib.sha256(username.strip().lower().encode()).hexdigest()}", 900)


def of_codes(user_id: object) -> Count:
    """Return the count of one person's codes; longer than that of passwords, for there are only a million codes."""
    return Count(f"codes:{user_id}", 3600)


def may_be_looked_at(tries: int | None) -> bool:
    """Say whether the try of this number may be made."""
    return tries is not None and tries <= MOST_GUESSES


def is_worth_a_record(tries: int | None) -> bool:
    """Say whether the trail tells of a failed try: of each that was looked at, and of the first that was not."""
    return tries is not None and tries <= MOST_GUESSES + 1
