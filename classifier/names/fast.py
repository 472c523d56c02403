"""The fast tier of names: a sequence model of our own and rules, in plain Python, without a download."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from classifier.entities import Entity
from classifier.names.evidence import capitals_tell, is_an_end, is_plausible, lists_speak, settled_entity
from classifier.names.gate import words_of_value
from classifier.names.misread import as_meant
from classifier.names.model import model
from classifier.names.rules import find_by_rules
from classifier.names.tokens import Token, places_of
from classifier.names.values import find_in_value
from classifier.spans import Span

# Below a telling form (see `spans`): a guess from context, never a proof.
MODEL_SCORE = 0.55
RECOGNIZER = "names-fast"
# A text is read in pieces, so that memory stays bounded.
MOST_TOKENS = 2000
LONGEST_TITLE = 16

_ENTITIES = {"ADR": Entity.LOCATION, "LOC": Entity.LOCATION, "ORG": Entity.ORGANIZATION, "PER": Entity.PERSON}
# Beside one of these a word is part of an address, a path or a name in a programme.
_GLUE = frozenset("@_/\\#=")


class Reading(NamedTuple):
    """What a text tells: by rules and lists, and what the model guesses; None where lists told all of a value."""

    told: list[Span]
    guessed: list[Span] | None
    # Words that the model came near to taking for a name, where somebody asked.
    near: Sequence[tuple[int, int]] = ()


def find_names(texts: Sequence[str]) -> list[list[Span]]:
    """Return the names in each text: persons, places, organisations, handles; overlaps are not settled."""
    return [told + (guessed or []) for told, guessed, _ in map(read, texts)]


def read(text: str, *, least: int | None = None) -> Reading:
    """Read a value of few words by the lists where they tell all, and any other text by rules and model.

    A word is near a name where the model would have lost no more by taking it for one.
    """
    text = as_meant(text)
    near: list[tuple[int, int]] = []
    if words_of_value(text) is None:
        return Reading([*find_by_rules(text)], [*_find_by_model(text, near, least)], near)
    spans = find_in_value(text)
    return Reading([], [*_find_by_model(text, near, least)], near) if spans is None else Reading(spans, None)


def _find_by_model(text: str, near: list[tuple[int, int]], least: int | None = None) -> Iterator[Span]:
    for found in _pieces(text):
        yield from _spans(text, found, near, least)


def _pieces(text: str) -> Iterator[list[re.Match[str]]]:
    """Yield the places of the tokens of a text in pieces, which end with a line where the text has lines."""
    places = places_of(text)
    while piece := [*islice(places, MOST_TOKENS)]:
        if len(piece) == MOST_TOKENS and not _is_break(piece[-1]):
            for place in islice(places, MOST_TOKENS):
                piece.append(place)
                if _is_break(place):
                    break
        yield piece


def _is_break(place: re.Match[str]) -> bool:
    return place[0][0] in "\r\n"


def _spans(
    text: str, places: Sequence[re.Match[str]], near: list[tuple[int, int]], least: int | None
) -> Iterator[Span]:
    words = [place[0] for place in places]
    names, hopeful = model().names_near(words, least=least)
    near += (place.span() for place in map(places.__getitem__, hopeful) if not _is_glued(text, *place.span()))
    for first, end, kind in names:
        name = _trimmed([Token(place[0], *place.span()) for place in places[first:end]])
        if name and not _is_glued(text, name[0].start, name[-1].end):
            entity = settled_entity(name, _ENTITIES[model().kinds[kind]])
            if is_plausible(name, entity) and (lists_speak(name) or capitals_tell(_line_around(words, first), entity)):
                yield Span(name[0].start, name[-1].end, entity, MODEL_SCORE, RECOGNIZER)


def _line_around(words: Sequence[str], at: int) -> Sequence[str]:
    """Return the words of the line that a word stands in, of a long line those near it."""
    first = last = at
    while first > max(0, at - LONGEST_TITLE) and words[first - 1][0] not in "\r\n":
        first -= 1
    while last < min(len(words), at + LONGEST_TITLE) and words[last][0] not in "\r\n":
        last += 1
    return words[first:last]


def _trimmed(tokens: list[Token]) -> list[Token]:
    """Return the tokens of a name from its first word or number to the last that can end one."""
    while tokens and not is_an_end(tokens):
        tokens.pop()
    while tokens and not tokens[0].text[0].isalnum():
        tokens.pop(0)
    return tokens


def _is_glued(text: str, start: int, end: int) -> bool:
    """Say whether a word is a part of an address, a path or a name in a programme."""
    before, after = text[max(0, start - 1) : start], text[end : end + 1]
    if before in _GLUE or after in _GLUE:
        return True
    return after == "." and text[end + 1 : end + 2].isalnum()


# What the model must find, and what it must leave, before it may be trusted with anything else.
SAMPLES: tuple[tuple[str, list[tuple[int, int, Entity]]], ...] = (
    ("Dear Anna Schmidt, thank you.", [(5, 17, Entity.PERSON)]),
    ("She moved from Berlin to a small house.", [(15, 21, Entity.LOCATION)]),
    ("The nightly build failed again on Monday.", []),
)


def check_model() -> None:
    """Refuse weights that were read but find nothing, or find names in everything."""
    for text, expected in SAMPLES:
        found = [(span.start, span.end, span.entity) for span in _find_by_model(text, [])]
        if found != expected:
            message = "The weights of the names model fail their self-check."
            raise ValueError(message)


check_model()
