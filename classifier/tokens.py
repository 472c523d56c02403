"""Keyed tokens: a value sealed under a workspace's key, written so that any kind of body can carry it.

`ptok_US_SSN_kqzvbn_hdya..._` names the entity and the key in the clear. The sealed part is made of
letters only and ends with an underscore: nothing escapes or quotes it, no recognizer can read a
number in it, and two tokens that touch stay two.
"""

import re
from base64 import b32decode, b32encode
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from classifier.entities import Entity
from classifier.exceptions import PolicyError
from classifier.spans import Span

PREFIX = "ptok_"
# Whatever claims to be a token, whole or cut: the entity, the key id, the sealed part, its end.
TOKEN = re.compile(rf"{PREFIX}([A-Z][A-Z0-9_]{{0,63}}?)_([a-z]{{6}})_([A-Za-z]*)(_?)")

KEY_ID_LETTERS = 6
KEY_BYTES = 64
MINIMUM_SECRET_BYTES = 16
# 16 bytes of authentication and one of content, in base 32.
MINIMUM_SEALED_LETTERS = 28

_LETTERS = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", b"abcdefghijklmnopqrstuvwxyzBCDFGH")
_BASE32 = bytes.maketrans(b"abcdefghijklmnopqrstuvwxyzBCDFGH", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
_BLOCK = 8


class Opens(Protocol):
    """Whatever opens tokens: the keyring of a workspace, or several keyrings."""

    def open(self, claim: re.Match[str]) -> tuple[Entity, str] | None:
        """Return what a token holds, or None where it does not open."""
        ...


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys of one workspace, the newest first: it seals with the newest and opens with any.

    What one workspace sealed no other opens, even under the same secret. It never shows a key.
    """

    secrets: tuple[bytes, ...] = field(repr=False)
    workspace_id: str = ""
    _ciphers: dict[str, AESSIV] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Derive the keys, and refuse secrets that are short or given twice."""
        if not self.secrets or any(len(secret) < MINIMUM_SECRET_BYTES for secret in self.secrets):
            message = f"A keyring needs at least one secret, each of at least {MINIMUM_SECRET_BYTES} bytes."
            raise PolicyError(message)
        ciphers = {key_id_of(secret): AESSIV(self._derived(secret, "token", KEY_BYTES)) for secret in self.secrets}
        if len(ciphers) != len(self.secrets):
            message = "The secrets of a keyring must differ."
            raise PolicyError(message)
        object.__setattr__(self, "_ciphers", ciphers)

    @classmethod
    def derive(cls, master: bytes, *older: bytes, workspace_id: str) -> Self:
        """Return a workspace's keyring from the installation's secrets, the newest first."""
        return cls((master, *older), workspace_id)

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel between processes without the ciphers, which are made anew."""
        return type(self), (self.secrets, self.workspace_id)

    @property
    def key_ids(self) -> tuple[str, ...]:
        """Return the ids of the keys, the newest first, as tokens show them."""
        return tuple(self._ciphers)

    def subkey(self, purpose: str, length: int = 32) -> bytes:
        """Return a key for another purpose, from the newest secret."""
        return self._derived(self.secrets[0], purpose, length)

    def seal(self, entity: Entity, text: str) -> str:
        """Return the token of a value; the same value of the same entity has the same token."""
        if not text:
            return text
        key_id, cipher = next(iter(self._ciphers.items()))
        sealed = cipher.encrypt(text.encode("utf-8", "surrogatepass"), self._bound(entity))
        return f"{PREFIX}{entity}_{key_id}_{_written(sealed)}_"

    def open(self, claim: re.Match[str]) -> tuple[Entity, str] | None:
        """Return what a token holds, or None where it is forged, cut, another workspace's or of a lost key."""
        name, key_id, letters, end = claim.groups()
        cipher, sealed = self._ciphers.get(key_id), _read(letters)
        if cipher is None or sealed is None or not end or name not in Entity.__members__:
            return None
        entity = Entity[name]
        try:
            return entity, cipher.decrypt(sealed, self._bound(entity)).decode("utf-8", "surrogatepass")
        except (InvalidTag, ValueError):
            return None

    def has_sealed(self, text: str) -> bool:
        """Say whether a text is, as a whole, a token that this keyring opens."""
        claim = TOKEN.fullmatch(text) if text.startswith(PREFIX) else None
        return claim is not None and self.open(claim) is not None

    def _bound(self, entity: Entity) -> list[bytes]:
        return [self.workspace_id.encode("utf-8"), entity.encode("ascii")]

    def _derived(self, secret: bytes, purpose: str, length: int) -> bytes:
        info = f"privacy-service {purpose}\x00{self.workspace_id}".encode()
        return HKDF(SHA256(), length, None, info).derive(secret)


@dataclass(frozen=True, slots=True)
class Keyrings:
    """Several keyrings, such as those of many people: each token is opened by the one whose key it names."""

    by_key: dict[str, Keyring] = field(repr=False)

    @classmethod
    def of(cls, keyrings: Iterable[Keyring]) -> Self:
        """Return these together; of two with one key id the later counts."""
        return cls({key_id: keyring for keyring in keyrings for key_id in keyring.key_ids})

    def open(self, claim: re.Match[str]) -> tuple[Entity, str] | None:
        """Return what a token holds, or None where it is forged, cut, another workspace's or of a key that is gone."""
        keyring = self.by_key.get(claim.group(2))
        return None if keyring is None else keyring.open(claim)


def key_ids_in(text: str) -> Counter[str]:
    """Count the tokens of a text, or what is written like one, by the id of their key."""
    return Counter(claim.group(2) for claim in TOKEN.finditer(text)) if PREFIX in text else Counter()


def key_id_of(secret: bytes) -> str:
    """Return the id of a secret: a few letters that tell nothing of it."""
    digest = HKDF(SHA256(), 5, None, b"privacy-service key id").derive(secret)
    return b32encode(digest).translate(_LETTERS).decode("ascii").lower()[:KEY_ID_LETTERS]


def without_tokens(found: dict[int, list[Span]], leaves: Sequence[str]) -> dict[int, list[Span]]:
    """Take out of what was found in leaves the spans within tokens: what is hidden already is not personal."""
    for index in [index for index in found if PREFIX in leaves[index]]:
        found[index] = _outside_tokens(found[index], leaves[index])
        if not found[index]:
            del found[index]
    return found


def _outside_tokens(spans: list[Span], text: str) -> list[Span]:
    tokens = [claim.span() for claim in TOKEN.finditer(text) if _is_well_formed(claim)]
    starts = [start for start, _ in tokens]
    return [span for span in spans if not _is_within(span, tokens, bisect_right(starts, span.start) - 1)]


def _is_within(span: Span, tokens: list[tuple[int, int]], index: int) -> bool:
    return index >= 0 and span.end <= tokens[index][1]


def _is_well_formed(claim: re.Match[str]) -> bool:
    """Say whether this can be a token, as far as one can tell without a key."""
    name, _, letters, end = claim.groups()
    return bool(end) and name in Entity.__members__ and len(letters) >= MINIMUM_SEALED_LETTERS


def _written(sealed: bytes) -> str:
    return b32encode(sealed).rstrip(b"=").translate(_LETTERS).decode("ascii")


def _read(letters: str) -> bytes | None:
    """Return the sealed bytes, or None where the letters are not as they are written here."""
    plain = letters.encode("ascii").translate(_BASE32)
    try:
        sealed = b32decode(plain + b"=" * (-len(plain) % _BLOCK))
    except ValueError:
        return None
    # One sealed value has one spelling; the last letter must not carry unused bits.
    return sealed if sealed and _written(sealed) == letters else None
