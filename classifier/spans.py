"""Where personal data was found, and how overlapping finds settle."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from classifier.entities import Entity

# Bands of the score are the tiers: a key tells, a word announces (and a checksum
# confirms), a checksum proves, a shape suggests.
KEY_SCORE = 0.99
CONFIRMED_SCORE = 0.97
ANNOUNCED_SCORE = 0.96
PROVEN_SCORE = 0.95
# A word that leads to many kinds of numbers says less than a proof.
LED_SCORE = 0.94
LIKELY_SCORE = 0.6
# What a checksum or a parser has confirmed.
PROOF = frozenset({PROVEN_SCORE, CONFIRMED_SCORE})


@dataclass(frozen=True, slots=True)
class Span:
    """Say where an entity was found: code points, end exclusive; never what it reads."""

    start: int
    end: int
    entity: Entity
    score: float
    recognizer: str

    @property
    def strength(self) -> tuple[bool, float, int]:
        """Return what settles a dispute: proof, then score, then length."""
        return self.score >= PROVEN_SCORE, self.score, self.end - self.start


def is_misread(text: str, part: Span, whole: Span) -> bool:
    """Say whether a span takes digits for a number of its own that belong to a longer, stronger one.

    A check digit agrees with every tenth number: the end of a phone number may look like a tax number. Only digits
    are read in two ways; an address in a link stays an address, and what a word announces stays announced.
    """
    if part.score >= ANNOUNCED_SCORE or not (whole.start <= part.start and part.end <= whole.end):
        return False
    return whole.strength > part.strength and not any(map(str.isalpha, text[whole.start : whole.end]))


def settle_labels(spans: Iterable[Span]) -> list[Span]:
    """Keep the strongest span of those that cover exactly the same characters."""
    ordered = sorted(spans, key=lambda span: (span.start, span.end))
    ranges = groupby(ordered, key=lambda span: (span.start, span.end))
    return [max(rivals, key=lambda span: span.strength) for _, rivals in ranges]


def settle_overlaps(spans: Iterable[Span]) -> list[Span]:
    """Merge overlapping spans into one that covers them all, labelled by the strongest.

    Neighbours that merely touch stay apart, so no character of the union becomes readable.
    """
    settled: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if settled and span.start < settled[-1].end:
            settled[-1] = _merge(settled[-1], span)
        else:
            settled.append(span)
    return settled


def _merge(left: Span, right: Span) -> Span:
    winner = max(left, right, key=lambda span: span.strength)
    end = max(left.end, right.end)
    return Span(left.start, end, winner.entity, winner.score, winner.recognizer)
