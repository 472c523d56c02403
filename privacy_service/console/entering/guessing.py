"""Whoever guesses passwords or codes is slowed down: so many tries, then none is looked at for a while."""

import hashlib
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, ip_address, ip_network

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from redis.exceptions import RedisError

MOST_GUESSES = 8
MOST_FROM_ONE_ADDRESS = 100  # Sign-ins that came to nothing: many people may share an address.
_NETWORK = 64  # Bits: of IPv6 everybody has a whole network of addresses.


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

    def take_back(self) -> None:
        """Count one try less: it was right, which says nothing of the others."""
        with suppress(RedisError, OSError, ValueError):  # The count may have ended.
            cache.decr(self.name)


def of_passwords(name: str) -> Count:
    """Return the count of one person's id, or of a name that is nobody's, in all its spellings."""
    folded = unicodedata.normalize("NFKC", name).strip().lower()
    return Count(f"sign-ins:{hashlib.sha256(folded.encode()).hexdigest()}", 900)


def of_address(request: HttpRequest) -> Count:
    """Return the count of sign-ins that came to nothing from where this request comes from."""
    return Count(f"sign-ins-from:{hashlib.sha256(_address(request).encode()).hexdigest()}", 900)


def _address(request: HttpRequest) -> str:
    peer: str = request.META.get("REMOTE_ADDR", "")
    said = request.META.get("HTTP_X_FORWARDED_FOR", "") if settings.PRIVACY_TRUST_PROXY else ""
    try:
        # The last one is what our proxy saw; those before it are what it was told.
        address = ip_address(said.rpartition(",")[2].strip() or peer)
    except ValueError:
        return peer
    if isinstance(address, IPv4Address):
        return str(address)
    return str(address.ipv4_mapped or ip_network((address, _NETWORK), strict=False))


def of_codes(user_id: object) -> Count:
    """Return the count of one person's codes; longer than that of passwords, for there are only a million codes."""
    return Count(f"codes:{user_id}", 3600)


def may_be_looked_at(tries: int | None) -> bool:
    """Say whether the try of this number may be made."""
    return tries is not None and tries <= MOST_GUESSES


def is_flood(from_one_address: int | None) -> bool:
    """Say whether so much came to nothing from one address that nothing more is done for it."""
    return from_one_address is not None and from_one_address > MOST_FROM_ONE_ADDRESS


def is_worth_a_record(tries: int | None, from_one_address: int | None = 0) -> bool:
    """Say whether the trail tells of a failed try: of each that was looked at, and of the first that was not."""
    if tries is None or from_one_address is None:
        return False
    return tries <= MOST_GUESSES + 1 and from_one_address <= MOST_FROM_ONE_ADDRESS + 1
