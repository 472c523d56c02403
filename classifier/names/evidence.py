"""What a guess of the model must show before it hides anything: in doubt about a plain word, it stays readable."""

import re
from collections.abc import Sequence

from classifier.entities import Entity
from classifier.names import gazetteers
from classifier.names.features import folded
from classifier.names.tokens import Token

SHORT_WORD = 3
# Letters between digits, or digits between letters, twice: an id, not an address.
_CODE = re.compile(r"\d[A-Za-z]+\d+[A-Za-z]|[A-Za-z]\d+[A-Za-z]+\d")
_EVIDENCE = gazetteers.NAMES | {gazetteers.STREET, gazetteers.PINYIN}


def is_plausible(tokens: Sequence[Token], entity: Entity) -> bool:
    """Say whether the words that the model took for an entity could be one."""
    words = [token.text for token in tokens if token.text[0].isalpha()]
    if not any(len(word) > 1 or not word.isascii() for word in words):
        return False
    if entity is Entity.PERSON and any(token.text[0].isdigit() for token in tokens):
        return False
    if entity is Entity.ORGANIZATION and not any(_is_telling(word) for word in words):
        return False
    return not _is_code(tokens) and _has_capitals(words)


def _is_telling(word: str) -> bool:
    """Say whether a word can name a company by itself."""
    return len(word) >= SHORT_WORD and gazetteers.COMPANY not in _known(word)


def _is_code(tokens: Sequence[Token]) -> bool:
    """Say whether letters and digits follow each other without a space, as in ids."""
    joined = "".join(
        (" " if at and token.start > tokens[at - 1].end else "") + token.text for at, token in enumerate(tokens)
    )
    return _CODE.search(joined) is not None


def _has_capitals(words: Sequence[str]) -> bool:
    """Say whether more words speak for a name, by a capital or by the lists, than are plain."""
    evident = sum(1 for word in words if not word.islower() or _EVIDENCE.intersection(_known(word)))
    plain = sum(1 for word in words if len(word) > SHORT_WORD and word.islower() and not _known(word).strip("w"))
    return evident > plain or (evident == plain and evident > 0)


def _known(word: str) -> str:
    return gazetteers.known_of(gazetteers.lists(), folded(word))
