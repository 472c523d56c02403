"""How a recognizer looks for its entity: a pattern finds candidates, a proof weighs them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

import re2

from classifier.entities import Entity
from classifier.recognizers.checks import Proof
from classifier.recognizers.loosening import announced_form, loose_proof, loosened
from classifier.spans import ANNOUNCED_SCORE, CONFIRMED_SCORE, LIKELY_SCORE, PROVEN_SCORE, Span

# Text is searched folded to ASCII (see `scan.fold`), leaves of a document joined by NUL. So no
# class of a pattern may contain NUL, and what bounds a value is spelled out: `\b` would take the
# underscore of `id_123-45-6789` for a letter of the number.
NUL = r"\x00"
LEFT = r"(?:^|[^0-9A-Za-z])"
RIGHT = r"(?:$|[^0-9A-Za-z])"
LEFT_DIGIT = r"(?:^|[^0-9])"
RIGHT_DIGIT = r"(?:$|[^0-9])"
# RE2's way to write a pattern that nothing matches.
NEVER = r"[^\x00-\xff]"

# Out of memory, the engine falls back to a slower one.
PATTERN_MEMORY_BYTES = 16 << 20

Search = Callable[[bytes, int], list[tuple[int, int]]]
Locate = Callable[[str], Iterable[tuple[int, int, bool]]]


def compile_pattern(pattern: str) -> re2._Regexp:
    """Compile a pattern for bytes that were folded to ASCII."""
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.max_mem = PATTERN_MEMORY_BYTES
    options.log_errors = False
    return re2.compile(pattern.encode("ascii"), options)


def compile_text_pattern(pattern: str) -> re2._Regexp:
    """Compile a pattern for text in UTF-8."""
    options = re2.Options()
    options.max_mem = PATTERN_MEMORY_BYTES
    options.log_errors = False
    return re2.compile(pattern.encode(), options)


def search_of(compiled: re2._Regexp) -> Search:
    """Return the search of a pattern alone: where the match and its groups stand, from -1 where there is none.

    The package's own `search` wraps each answer in a generator and an object, a third of the time of a search.
    """
    match, anywhere = compiled._regexp.Match, re2._re2.RE2.Anchor.UNANCHORED  # noqa: SLF001 - see above.
    return lambda folded, position: match(anywhere, folded, position, len(folded))


class Recognizer(Protocol):
    """What the pattern engine needs of a recognizer."""

    @property
    def pattern(self) -> str:
        """Return the RE2 pattern without which there is nothing to find."""
        ...

    def find(self, folded: bytes, text: str) -> Iterable[Span]:
        """Return where the entity stands in the text."""
        ...


def near(words: str, value: str) -> str:
    """Return a pattern for a value that follows one of these words closely."""
    return rf"(?i:{LEFT}(?:{words})[^0-9{NUL}]{{0,24}}?)({value})"


@dataclass(frozen=True, slots=True)
class PatternRecognizer:
    """Find an entity by pattern; its first group that took part in the match is the value.

    A proof raises the score. Only where `needs_proof` says so does a failed proof let the match
    go, and never for a value that a word before it announces.
    """

    entity: Entity
    name: str
    pattern: str
    score: float = LIKELY_SCORE
    proof: Proof | None = None
    needs_proof: bool = False
    locate: Locate | None = None
    keys: tuple[str, ...] = ()
    # The number of the group that a word before it announces.
    announced: int = 0
    # How much that word says, without a proof and with one.
    announced_scores: tuple[float, float] = (ANNOUNCED_SCORE, CONFIRMED_SCORE)
    # Whether the search goes on right after the last find rather than after the whole match,
    # which must then be short, so that no sender can make the search slow.
    resumes: bool = False
    _search: Search = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Compile the pattern for bytes that were folded to ASCII."""
        object.__setattr__(self, "_search", search_of(compile_pattern(self.pattern)))

    def find(self, folded: bytes, text: str) -> Iterable[Span]:
        """Return where the entity stands; neighbours may share the separator between them."""
        del text
        found: list[Span] = []
        position = 0
        while (bounds := self._search(folded, position))[0][0] >= 0:
            group = 1
            while bounds[group][0] < 0:
                group += 1
            start, end = bounds[group]
            before = len(found)
            found += self._weigh(folded[start:end].decode("ascii"), start, announced=group == self.announced)
            position = found[-1].end if self.resumes and len(found) > before else end
        return found

    def _weigh(self, value: str, start: int, *, announced: bool) -> Iterator[Span]:
        if self.locate is not None:
            for first, last, proven in self.locate(value):
                yield self._span(start + first, start + last, proven=proven, announced=announced)
            return
        proven = self.proof is not None and self.proof(value)
        if announced or proven or not self.needs_proof:
            yield self._span(start, start + len(value), proven=proven, announced=announced)

    def _span(self, start: int, end: int, *, proven: bool, announced: bool) -> Span:
        weights = self.announced_scores if announced else (self.score, PROVEN_SCORE)
        return Span(start, end, self.entity, weights[proven], self.name)


def national_id(  # noqa: PLR0913 - one line a fact about the number.
    entity: Entity,
    *,
    written: str | None = None,
    bare: str = "",
    words: str = "",
    proof: Proof | None = None,
    keys: tuple[str, ...] = (),
) -> PatternRecognizer:
    """Return the recognizer of a national id.

    `written` is its distinctive spelling, which a proof must confirm; `bare` its digits, which
    anything could be, so that one of `words` must announce them.
    """
    announced = near(words, announced_form(bare)) + RIGHT if words else NEVER
    return PatternRecognizer(
        entity=entity,
        name=entity.lower(),
        pattern=f"{LEFT}({loosened(written) if written else NEVER}){RIGHT}|{announced}",
        proof=loose_proof(proof, written or bare) if proof else None,
        needs_proof=True,
        announced=2,
        keys=keys,
    )
