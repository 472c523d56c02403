"""A filter in memory: most identifiers are not suppressed, and of these the database need not be asked.

Bloom's filter (B. Bloom, "Space/time trade-offs in hash coding with allowable errors", 1970) with two hashes for all
probes (A. Kirsch and M. Mitzenmacher, "Less hashing, same performance", 2006): the digests are random already. The
first probe answers five times in six.
"""

from collections.abc import Iterable, Sequence
from struct import Struct

import numpy as np

from privacy_service.subjects.identifiers import DIGEST_BYTES

# 32 bits an entry and six probes: one identifier in 40,000 is taken for a suppressed one, and asked about.
_BITS = 32
_PROBES = 6
LEAST = 1024
_HALVES = Struct("<QQ").unpack
_AT_ONCE = 1 << 17  # Entries added in one step: what it holds meanwhile is a few megabytes.


class Filter:
    """A set of digests that may say yes too often and never no."""

    def __init__(self, capacity: int) -> None:
        self.capacity = max(LEAST, capacity)
        self.count = 0
        self._bits = self.capacity * _BITS
        self._table = bytearray(self._bits // 8)

    @property
    def is_full(self) -> bool:
        """Say whether it should be made anew, larger; until then it says yes more often."""
        return self.count > self.capacity

    def __contains__(self, digest: bytes) -> bool:
        """Say whether the digest may have been added."""
        at, step = _HALVES(digest)
        bit = at % self._bits
        # Spelled out once: here most questions end, and a loop would cost them as much as the question.
        return bool(self._table[bit >> 3] >> (bit & 7) & 1) and self._has_others(at, step | 1)

    def _has_others(self, at: int, step: int) -> bool:
        for probe in range(1, _PROBES):
            bit = (at + probe * step) % self._bits
            if not self._table[bit >> 3] >> (bit & 7) & 1:
                return False
        return True

    def update(self, digests: Iterable[bytes]) -> None:
        """Add digests."""
        waiting: list[bytes] = []
        for digest in digests:
            waiting.append(digest)
            if len(waiting) == _AT_ONCE:
                self._add(waiting)
                waiting.clear()
        self._add(waiting)

    def _add(self, digests: Sequence[bytes]) -> None:
        halves = np.frombuffer(b"".join(digests), dtype="<u8").reshape(len(digests), DIGEST_BYTES // 8)
        # Numbers of 64 bits run over where Python's grow, so all is reduced first: a sum of remainders is no larger.
        at, step = halves[:, 0] % np.uint64(self._bits), (halves[:, 1] | np.uint64(1)) % np.uint64(self._bits)
        table = np.frombuffer(self._table, dtype=np.uint8)
        for _ in range(_PROBES):
            np.bitwise_or.at(table, at >> np.uint64(3), np.uint8(1) << (at & np.uint64(7)).astype(np.uint8))
            at = (at + step) % np.uint64(self._bits)
        self.count += len(digests)
