"""Where the values that the rules of an owner name stand in texts: all rules together, line by line."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from classifier.entities import Colour
from classifier.matchers.keys import ALLOWED, BLOCKED, PatternSet, Told, told_by
from classifier.matchers.patterns import compile_lines
from classifier.matchers.similar import SimilarTerms
from classifier.matchers.types import How, Listed, Matcher

# Patterns are asked window by window: in a large text every pattern matches somewhere, in a window few do.
WINDOW_BYTES = 8 << 10
TERMS_MEMORY_BYTES = 64 << 20
# A word ends where no letter, digit or mark follows; coarse, as each range costs in every state of the automaton.
_NO_WORD = (
    r"[^0-9A-Za-z\x{aa}\x{b5}\x{ba}\x{c0}-\x{1fff}\x{2c00}-\x{2dff}\x{3040}-\x{d7ff}\x{f900}-\x{fdff}"
    r"\x{10000}-\x{1efff}]"
)
# Scripts that write no spaces between words.
_SPACELESS = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_WORD = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*")
_FIRST_WORD = re.compile(rb"[0-9A-Za-z\x80-\xff]+|.", re.DOTALL)
MOST_SIMILAR_WORDS = 5


class Hit(NamedTuple):
    """Where a rule found its value, and what it says."""

    start: int
    end: int
    told: Told


class ValueRules:
    """Search texts for all values that the rules name."""

    def __init__(self, matchers: Iterable[Matcher], allow: Listed, block: Listed) -> None:
        """Sort the rules by how they compare."""
        of = [(matcher, ALLOWED if matcher.colour is Colour.GREEN else told_by(matcher)) for matcher in matchers]
        patterns = [(term, told) for matcher, told in of if matcher.how is How.PATTERN for term in matcher.terms]
        exact = [(term, told) for matcher, told in of if matcher.how is How.EXACT for term in matcher.terms]
        hiding = [(term, BLOCKED) for term in block.values] + [
            (term, told) for term, told in exact if told is not ALLOWED
        ]
        self._set = PatternSet(patterns)
        self._patterns = [(compile_lines(pattern), told) for pattern, told in patterns]
        self._hiding = Terms(hiding)
        # What is allowed is the very value: a capital more or less is another.
        self._allowed = Terms([(term, ALLOWED) for term in (*allow.values, *_allowed(exact))], any_case=False)
        similar = [(term, told) for matcher, told in of if matcher.how is How.SIMILAR for term in matcher.terms]
        self._similar = SimilarTerms(similar)
        self._word_counts = sorted({min(len(term.split()), MOST_SIMILAR_WORDS) for term, _ in similar})

    def __bool__(self) -> bool:
        """Say whether any rule is about values."""
        return any((self._patterns, self._hiding, self._allowed, self._similar))

    def find(self, text: str) -> list[Hit]:
        """Return what the rules find, line by line; hits may overlap."""
        data = text.encode("utf-8", "replace").replace(b"\r", b"\n")
        hits = [*self._by_patterns(data), *self._hiding.find(data), *self._allowed.find(data)]
        if hits and len(data) != len(text):
            hits = list(_in_code_points(data, hits))
        return [*hits, *self._by_likeness(text)] if self._similar else hits

    def _by_patterns(self, data: bytes) -> Iterator[Hit]:
        for start, window in _windows(data) if self._set else ():
            for at in self._set.match(window):
                pattern, told = self._patterns[at]
                for match in pattern.finditer(window):
                    first, end = match.span()
                    if end > first:
                        yield Hit(start + first, start + end, told)

    def _by_likeness(self, text: str) -> Iterator[Hit]:
        """Compare each run of as many words as a term has."""
        for start, line in _lines(text):
            words = [match.span() for match in _WORD.finditer(line)]
            for count in self._word_counts:
                for (first, _), (_, end) in zip(words, words[count - 1 :], strict=False):
                    told = self._similar.find(line[first:end]) if end - first <= 2 * self._similar.longest else None
                    if told is not None:
                        yield Hit(start + first, start + end, told)


class Terms:
    """Listed values, searched for as one pattern and told apart by a dictionary."""

    def __init__(self, terms: Sequence[tuple[str, Told]], *, any_case: bool = True) -> None:
        """Join the terms; the first that is given of two equal ones counts."""
        self._fold: Callable[[str], str] = _case_folded if any_case else _spaced
        self._told: dict[str, Told] = {}
        for term, told in terms:
            for form in _forms(term):
                self._told.setdefault(self._fold(form), told)
        self._first = terms[0][1] if terms else BLOCKED
        self._pattern = (
            _joined([form for term, _ in terms for form in _forms(term)], any_case=any_case) if terms else None
        )

    def __bool__(self) -> bool:
        """Say whether there is any term."""
        return self._pattern is not None

    def find(self, data: bytes) -> Iterator[Hit]:
        """Yield where terms stand; of those that start at one place the longest."""
        position = 0
        while self._pattern is not None and (match := self._pattern.search(data, position)) is not None:
            start, end = next(span for span in map(match.span, range(1, 5)) if span[0] >= 0)
            yield Hit(start, end, self._told.get(self._fold(data[start:end].decode("utf-8", "replace")), self._first))
            # Another term may begin within this one.
            word = _FIRST_WORD.match(data, start, end)
            position = word.end() if word else end


def _allowed(exact: Iterable[tuple[str, Told]]) -> Iterator[str]:
    return (term for term, told in exact if told is ALLOWED)


def _spaced(text: str) -> str:
    return " ".join(text.split())


def _case_folded(text: str) -> str:
    return _spaced(text).casefold()


def _forms(term: str) -> set[str]:
    """Return a term as its letters may be composed."""
    return {unicodedata.normalize("NFC", term.strip()), unicodedata.normalize("NFD", term.strip())}


def _joined(terms: Iterable[str], *, any_case: bool) -> "re2._Regexp":  # type: ignore[name-defined] # noqa: F821
    """Return one pattern for all terms, each of which must stand by itself where its edge is a letter or digit."""
    groups: dict[tuple[bool, bool], list[str]] = {}
    for term in sorted(terms):
        words = r"[ \t\x{a0}\x{3000}\x{2000}-\x{200a}]+".join(map(_escaped, term.split()))
        groups.setdefault((_is_bounded(term[0]), _is_bounded(term[-1])), []).append(words)
    either = [
        (rf"(?:^|{_NO_WORD})" if left else "") + f"({'|'.join(each)})" + (rf"(?:$|{_NO_WORD})" if right else "")
        for (left, right), each in groups.items()
    ]
    # Groups that no term is in keep their number.
    either += ["($a)"] * (4 - len(either))
    return compile_lines(("(?i)" if any_case else "") + "|".join(either), longest=True, memory=TERMS_MEMORY_BYTES)


def _escaped(word: str) -> str:
    return re.sub(r"[^\w\s]", lambda sign: rf"\x{{{ord(sign.group()):x}}}", word)


def _is_bounded(letter: str) -> bool:
    return letter.isalnum() and _SPACELESS.match(letter) is None


def _windows(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield pieces of some length that end with a line, and where each starts."""
    start = 0
    while len(data) - start > WINDOW_BYTES:
        cut = data.rfind(b"\n", start, start + WINDOW_BYTES)
        cut = cut if cut > start else data.find(b"\n", start + WINDOW_BYTES)
        if cut < 0:
            break
        yield start, data[start:cut]
        start = cut + 1
    yield start, data[start:]


def _lines(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    for line in text.split("\n"):
        yield start, line
        start += len(line) + 1


def _in_code_points(data: bytes, hits: Iterable[Hit]) -> Iterator[Hit]:
    """Yield hits with offsets that count characters instead of bytes."""
    ordered = list(hits)
    places: dict[int, int] = {}
    count = before = 0
    for at in sorted({place for hit in ordered for place in hit[:2]}):
        count += len(data[before:at].decode("utf-8", "replace"))
        places[at] = count
        before = at
    return (Hit(places[start], places[end], told) for start, end, told in ordered)
