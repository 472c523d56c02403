"""Lower-cased BERT WordPiece: from a text to the ids of its pieces, each word with its place in the text."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

# A longer word is no word, as BERT has it.
MAX_WORD_LENGTH = 100
# Folding takes a list entry a character; a text is folded slice by slice, so that its length costs no memory.
SLICE_LENGTH = 4096
# More letters than a reader of one script meets; the bound is for a sender of all of Unicode.
FOLDED_LETTERS = 4096
UNKNOWN = "[UNK]"

_PUNCTUATION = r"!-/:-@\[-`{-~"
_WORD = re.compile(rf"[^\s{_PUNCTUATION}]+|[{_PUNCTUATION}]")
_PLAIN = re.compile(r"[\t\n\r -~]*")
_SPACE = re.compile(r"\s(?=\S*\Z)")
# The blocks of Chinese characters, each of which is a word, as BERT lists them.
_IDEOGRAPHS = (
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F),
    (0x2B920, 0x2CEAF),
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)


class Word(NamedTuple):
    """A word or a punctuation mark: its place in the original text and the ids of its pieces."""

    start: int
    end: int
    ids: tuple[int, ...]


class WordPiece:
    """The tokenizer of one vocabulary, shared by threads and never changed."""

    __slots__ = ("_heads", "_longest", "_tails", "_unknown")

    def __init__(self, vocabulary: Iterable[str]) -> None:
        """Number the pieces by their place in the vocabulary."""
        ids = {piece: number for number, piece in enumerate(vocabulary)}
        self._heads = {piece: (number,) for piece, number in ids.items() if not piece.startswith("##")}
        self._tails = {piece[2:]: number for piece, number in ids.items() if piece.startswith("##")}
        self._longest = max(map(len, ids))
        self._unknown = (ids[UNKNOWN],)

    def words(self, text: str) -> Iterator[Word]:
        """Yield the words of a text in order, with offsets in its code points."""
        for offset, part in _slices(text):
            if _PLAIN.fullmatch(part):
                for match in _WORD.finditer(part.lower()):
                    yield Word(offset + match.start(), offset + match.end(), self._ids(match.group()))
            else:
                yield from self._folded_words(part, offset)

    def _folded_words(self, part: str, offset: int) -> Iterator[Word]:
        pieces = [_fold(letter) for letter in part]
        origins = [index for index, piece in enumerate(pieces, offset) for _ in piece]
        origins.append(offset + len(part))
        for match in _WORD.finditer("".join(pieces)):
            start, end = match.span()
            # An accent or a joiner that folding dropped belongs to the letter before it.
            yield Word(origins[start], max(origins[end - 1] + 1, origins[end]), self._ids(match.group()))

    def _ids(self, word: str) -> tuple[int, ...]:
        return self._heads.get(word) or self._pieces(word)

    def _pieces(self, word: str) -> tuple[int, ...]:
        """Cut a word into the longest pieces the vocabulary has, from left to right."""
        if len(word) > MAX_WORD_LENGTH:
            return self._unknown
        ids: list[int] = []
        start = 0
        while start < len(word):
            end, number = self._longest_piece(word, start)
            if number is None:
                return self._unknown
            ids.append(number)
            start = end
        return tuple(ids)

    def _longest_piece(self, word: str, start: int) -> tuple[int, int | None]:
        for end in range(min(len(word), start + self._longest), start, -1):
            piece = word[start:end]
            number = self._tails.get(piece) if start else self._heads.get(piece, (None,))[0]
            if number is not None:
                return end, number
        return start, None


def _slices(text: str) -> Iterator[tuple[int, str]]:
    """Cut a text at white space, or anywhere within a run that is too long to be words."""
    start = 0
    while start < len(text):
        part = text[start : start + SLICE_LENGTH]
        if start + SLICE_LENGTH < len(text):
            space = _SPACE.search(part)
            part = part[: space.end()] if space else part
        yield start, part
        start += len(part)


@lru_cache(maxsize=FOLDED_LETTERS)
def _fold(letter: str) -> str:
    """Return a character in lower case without its accents; empty where BERT drops it."""
    if letter in "\t\n\r" or (letter.isspace() and unicodedata.category(letter) != "Cc"):
        return " "
    if unicodedata.category(letter) in ("Cc", "Cf", "Co", "Cs") or letter == "\ufffd":
        return ""
    if unicodedata.category(letter).startswith("P") or _is_ideograph(ord(letter)):
        # Alone between spaces, it is a word of its own.
        return f" {unicodedata.normalize('NFD', letter)} "
    decomposed = unicodedata.normalize("NFD", letter)
    return "".join(part.lower() for part in decomposed if unicodedata.category(part) != "Mn")


def _is_ideograph(code: int) -> bool:
    return any(first <= code <= last for first, last in _IDEOGRAPHS)
