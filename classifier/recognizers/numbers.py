"""Many kinds of numbers searched for as one: by the words that announce them, or by their written form."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import re2

from classifier.entities import Entity
from classifier.recognizers.base import (
    LEFT,
    NEVER,
    NUL,
    PATTERN_MEMORY_BYTES,
    RIGHT,
    Search,
    compile_pattern,
    search_of,
)
from classifier.recognizers.checks import compact, stdnum_proof
from classifier.recognizers.loosening import announced_form, is_even, loosened
from classifier.spans import ANNOUNCED_SCORE, CONFIRMED_SCORE, PROVEN_SCORE, Span

# How far a number may stand from the word that announces it.
REACH = 28
LONG_WORD = 6
_BOUNDED = r"(?<![0-9A-Za-z]){}(?![0-9A-Za-z])"


@dataclass(frozen=True, slots=True)
class AnnouncedNumber:
    """One kind of number: its written form, what may follow its words, and its check."""

    entity: Entity
    written: str = ""
    bare: str = ""
    words: str = ""
    proof: str | Callable[[str], bool] = ""
    keys: str = ""
    strict: re.Pattern[str] | None = field(init=False)
    follows: re.Pattern[bytes] = field(init=False)

    def __post_init__(self) -> None:
        """Compile what is asked of candidates only."""
        object.__setattr__(self, "strict", re.compile(self.written) if self.written else None)
        either = "|".join(map(announced_form, filter(None, (self.written, self.bare))))
        follows = rf"[^0-9\x00]{{0,{REACH}}}?" + _BOUNDED.format(f"({either})")
        object.__setattr__(self, "follows", re.compile(follows.encode(), re.IGNORECASE))

    def is_even(self, value: str) -> bool:
        """Say whether the groups of a value are separated as in its written form, or all in one way."""
        return is_even(value, self.strict)

    def is_proven(self, value: str) -> bool:
        """Say whether the check agrees; a check that stumbles over a form does not."""
        proof = stdnum_proof(self.proof) if isinstance(self.proof, str) and self.proof else self.proof
        try:
            plain = compact(value)
            return callable(proof) and (proof(value) or (plain != value and proof(plain)))
        except (ValueError, IndexError, KeyError):
            return False


class NumberFamily:
    """Find any number of a table in one pass."""

    def __init__(self, name: str, rows: Sequence[AnnouncedNumber]) -> None:
        """Join the words and the written forms of all rows."""
        self.rows = tuple(rows)
        self.name = name
        self._by_word: dict[str, list[AnnouncedNumber]] = {}
        for row in rows:
            for word in filter(None, row.words.split("|")):
                self._by_word.setdefault(word, []).append(row)
        forms = "|".join(loosened(row.written) for row in rows if row.written) or NEVER
        self._written = tuple(row for row in rows if row.written)
        # Asked of every candidate: one pass instead of a row after the other.
        self._forms = _set_of(loosened(row.written) for row in self._written)
        # A short word must end where it ends: `finished job 48291` announces no number of a foreigner.
        short = _alternatives(word for word in self._by_word if len(word) < LONG_WORD)
        long = _alternatives(word for word in self._by_word if len(word) >= LONG_WORD)
        self._word = re.compile(rf"(?<![0-9A-Za-z])(?:{long}|(?:{short})(?![A-Za-z?]))".encode(), re.IGNORECASE)
        self._form = re.compile(rf"(?<![0-9A-Za-z/.-])(?:{forms})(?![0-9A-Za-z/-])".encode())
        gap = rf"(?:{long}|(?:{short})(?:[^0-9A-Za-z?{NUL}]|[0-9]))[^0-9{NUL}]{{0,{REACH}}}[0-9]"
        announced, written = rf"(?i:{LEFT}({gap}))", rf"{LEFT}({forms}){RIGHT}"
        self.pattern = f"{announced}|{written}"
        # Where the engine finds nothing, Python's `re` need not try a hundred forms at each character.
        self.announced_near, self.written_near = (search_of(compile_pattern(each)) for each in (announced, written))

    def find(self, folded: bytes, text: str) -> Iterator[Span]:
        """Return where numbers of the table stand."""
        del text
        yield from self._announced(folded)
        for match in _matches(self._form, self.written_near, folded):
            value = match.group().decode("ascii")
            for row in self._rows_of(value):
                if row.is_even(value) and row.is_proven(value):
                    yield Span(match.start(), match.end(), row.entity, PROVEN_SCORE, row.entity.lower())

    def _rows_of(self, value: str) -> Iterator[AnnouncedNumber]:
        """Yield the rows whose written form this is."""
        return (self._written[at] for at in sorted(self._forms.Match(value.encode("ascii")) or ()))

    def _announced(self, folded: bytes) -> Iterator[Span]:
        for match in _matches(self._word, self.announced_near, folded):
            yield from _following(self._by_word[match.group().decode("ascii").lower()], folded, match.end())


def _matches(exact: re.Pattern[bytes], near: Search, folded: bytes) -> Iterator[re.Match[bytes]]:
    """Yield all matches of a pattern; each starts where the linear-time one finds something, maybe for nothing."""
    position = 0
    while (start := near(folded, position)[1][0]) >= 0:
        match = exact.match(folded, start)
        if match is None and start == 0:
            match = exact.match(folded, 1)  # From 1 on the engine does not see what stands before.
        if match is not None:
            yield match
        # The next may begin right behind the last sign of this one, which it needs to see.
        position = max(1, start if match is None else match.end() - 1)


def _set_of(forms: Iterable[str]) -> "re2.Set":
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.max_mem = PATTERN_MEMORY_BYTES
    options.log_errors = False
    compiled = re2.Set.FullMatchSet(options)
    for form in forms:
        compiled.Add(form.encode("ascii"))
    compiled.Compile()
    return compiled


def _following(rows: Sequence[AnnouncedNumber], folded: bytes, end: int) -> Iterator[Span]:
    """Yield the number behind a word: of the rows that share the word, the proven ones, else the first that fits."""
    fitting = [(row, match.span(1)) for row in rows if (match := row.follows.match(folded, end)) is not None]
    proven = [fit for fit in fitting if fit[0].is_proven(folded[slice(*fit[1])].decode("ascii").upper())]
    score = CONFIRMED_SCORE if proven else ANNOUNCED_SCORE
    for row, (start, stop) in proven or fitting[:1]:
        yield Span(start, stop, row.entity, score, row.entity.lower())


def _alternatives(words: Iterable[str]) -> str:
    """Return a pattern for any of the words, the longest first; without words, one that nothing matches."""
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True))) or NEVER
