"""Which systems call: noted in memory where calls are answered, written down by the gateway's register of them.

A call names its system in `PII-System`; else it is known by the service account whose key it carries.
"""

from collections.abc import Mapping
from uuid import UUID

# Whoever has a key may send any name: beyond so many between two writings further ones go unnoted.
MOST_NOTED = 1000

Seen = dict[tuple[str, UUID], set[str]]

_seen: dict[tuple[str, int], set[str]] = {}


def note_call(said: str, key_id: UUID, entities: Mapping[str, int]) -> None:
    """Remember that a system called, and the kinds of personal data found: a look-up, for a call like one before."""
    kinds = _seen.get((said, key_id.int))  # A UUID takes longer to be hashed than all the rest.
    if kinds is None:
        if len(_seen) >= MOST_NOTED:
            return
        kinds = _seen.setdefault((said, key_id.int), set())
    if not kinds.issuperset(entities):
        kinds.update(entities)


def taken() -> Seen:
    """Return what was noted since the last time, and begin anew."""
    # What is noted meanwhile stays for the next time.
    return {(said, UUID(int=number)): _seen.pop((said, number)) for said, number in list(_seen)}
