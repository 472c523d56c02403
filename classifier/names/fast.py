"""The fast tier of names: a sequence model of our own and rules, in plain Python, without a download."""

from collections.abc import Iterator, Sequence

from classifier.entities import Entity
from classifier.names.model import OUTSIDE, model
from classifier.names.rules import find_by_rules
from classifier.names.tokens import Token, tokens_of
from classifier.spans import Span

# Below a telling form (see `spans`): a guess from context, never a proof.
MODEL_SCORE = 0.55
RECOGNIZER = "names-fast"
# A text is read in pieces, so that memory stays bounded; a piece ends between two lines where it can.
MOST_TOKENS = 2000

_ENTITIES = {
    "PER": Entity.PERSON,
    "LOC": Entity.LOCATION,
    "ADR": Entity.LOCATION,
    "ORG": Entity.ORGANIZATION,
}
# Beside one of these a word is part of an address, a path or a name in a programme.
_GLUE = frozenset("@_/\\#=")
_TRAILING = frozenset(",.;:!?)-\n\r\t '\"\u2019")


def find_names(texts: Sequence[str]) -> list[list[Span]]:
    """Return the names in each text: persons, places, organisations, handles; overlaps are not settled."""
    return [[*find_by_rules(text), *_find_by_model(text)] for text in texts]


def _find_by_model(text: str) -> Iterator[Span]:
    tokens = tokens_of(text)
    for start, end in _pieces(tokens):
        yield from _spans(text, tokens[start:end])


def _pieces(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    start = 0
    while start < len(tokens):
        end = min(start + MOST_TOKENS, len(tokens))
        if end < len(tokens):
            breaks = (at for at in range(end, start + MOST_TOKENS // 2, -1) if tokens[at - 1].text[0] in "\r\n")
            end = next(breaks, end)
        yield start, end
        start = end


def _spans(text: str, tokens: Sequence[Token]) -> Iterator[Span]:
    labels = model().label([token.text for token in tokens])
    at = 0
    while at < len(labels):
        if labels[at] == OUTSIDE:
            at += 1
            continue
        end = at + 1
        while end < len(labels) and labels[end].startswith("I-"):
            end += 1
        yield from _span(text, tokens[at:end], _ENTITIES[labels[at][2:]])
        at = end


def _span(text: str, tokens: Sequence[Token], entity: Entity) -> Iterator[Span]:
    kept = list(tokens)
    while kept and kept[-1].text[0] in _TRAILING:
        kept.pop()
    if not kept:
        return
    start, end = kept[0].start, kept[-1].end
    if not _is_glued(text, start, end) and any(map(str.isalnum, text[start:end])):
        yield Span(start, end, entity, MODEL_SCORE, RECOGNIZER)


def _is_glued(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start], text[end : end + 1]
    is_followed = after == "." and text[end + 1 : end + 2].isalnum()
    return before in _GLUE or after in _GLUE or is_followed if before or after else False
