"""The planted values, and the forms in which they would be found: as they are, in hex, in base64 at every place."""

from base64 import b64encode
from collections.abc import Iterator

EMAIL, NUMBER = "kanarie.7f3a@example.com", "471-82-9047"
_PLANTED = (b"kanarie.7f3a", b"471-82-9047")


def _forms_of(planted: bytes) -> Iterator[bytes]:
    yield planted
    yield planted.hex().encode()
    for before in range(3):  # A queue's tasks are base64, in which three bytes are four letters.
        letters = b64encode(bytes(before) + planted)
        yield letters[-(-before * 8 // 6) : (before + len(planted)) * 8 // 6]


NEEDLES = tuple(form for planted in _PLANTED for form in _forms_of(planted))


def is_in(content: bytes) -> bool:
    """Say whether a planted value is in there, in any of its forms."""
    return any(needle in content for needle in NEEDLES)
