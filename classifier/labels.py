"""Labelled lines in running text: in `Name: John Smith` the first tier reads the label."""

import re
from collections.abc import Iterator

from classifier.entities import Entity
from classifier.keys import entity_of, person_of, words_of
from classifier.spans import KEY_SCORE, Span

# A label opens a line or a sentence, or follows what separates two: `Name: A  DOB: B`, `Name: A; DOB: B`.
_OPENS = r"(?:^|[\n\r;|,\t\x00]|  |[.!] )[ \t*>#\"'-]*"
_LABEL = re.compile(
    r"(?:^|(?<=[\n\r;|,\t\x00])|(?<=  )|(?<=[.!?] ))[ \t*>#\"'\-\u2022]*"
    r"((?:[^\W\d_]|[^\x00-\x7f])[^\n\r\x00;|,\t:=\uff1a]{0,40}?)[ \t*\"']*[:\uff1a](?![/\\])[ \t*\"'\u3000]*"
)
_NAME = re.compile(r"[^\Wa-z\d_][\w'\u2019.-]*(?: [^\Wa-z\d_][\w'\u2019.-]*){0,4}")
_LINE_END = re.compile(r"[\n\r\x00]|$")
# Words that a sentence has and a field name has not would make every clause a label.
MAX_LABEL_WORDS = 5
MAX_NAME_WORDS = 6


class LabelRecognizer:
    """Hide what follows a label that tells, up to the next label or the end of the line."""

    pattern = _OPENS + r"[A-Za-z?][^\n\r\x00;|,\t:=]{0,41}:(?:[^/\\]|$)"

    def find(self, folded: bytes, text: str) -> Iterator[Span]:
        """Return where the values of telling labels stand."""
        del folded
        labels = list(_LABEL.finditer(text))
        limits = [label.start() for label in labels[1:]] + [len(text)]
        for label, limit in zip(labels, limits, strict=False):
            yield from _spans_of(label.group(1), text, label.end(), limit)


def _told_by(label: str) -> tuple[Entity | None, Entity | None]:
    """Return what a label tells as the name of a field, and as that of a role."""
    words = words_of(label)
    return (entity_of(words), person_of(words)) if len(words) <= MAX_LABEL_WORDS else (None, None)


def _spans_of(label: str, text: str, start: int, limit: int) -> Iterator[Span]:
    entity, role = _told_by(label)
    if entity is None and role is None:
        # A short sentence may stand before the label: `Seen today. Name: John`.
        entity, role = _told_by(label.rpartition(". ")[2])
    # Searched up to the next label only: to the end of a long line, each label would pay for all.
    line_end = _LINE_END.search(text, start, limit)
    value = text[start : line_end.start() if line_end else limit].rstrip(" \t\"';|,")
    kind = entity or role
    if kind is Entity.PERSON:
        value = _name_in(value) or (value if entity else "")
    if kind is not None and value:
        yield Span(start, start + len(value), kind, KEY_SCORE, "label")


def _name_in(value: str) -> str:
    """Return the name at the start of what follows; in a transcript a role is followed by a whole speech."""
    if len(value.split()) <= MAX_NAME_WORDS:
        return value
    match = _NAME.match(value)
    return match.group() if match else ""


LABELS = LabelRecognizer()
