"""Labelled values in running text: in `Name: John Smith` and `user=alice` the first tier reads the label."""

import re
from collections.abc import Iterator

from classifier.entities import ENTITIES, Entity
from classifier.key_names import entity_of, role_of, words_of
from classifier.recognizers.base import compile_text_pattern, search_of
from classifier.spans import KEY_SCORE, Span
from classifier.true_kinds import true_kind

# A label opens a line or a sentence, or follows what separates two: `Name: A  DOB: B`, `Name: A; DOB: B`.
_OPENS = r"(?:^|[\n\r;|,\t\x00>]|  |[.!] )[ \t*>#\"'-]*"
_LABEL = re.compile(
    r"(?:^|(?<=[\n\r;|,\t\x00>])|(?<=  )|(?<=[.!?] ))[ \t*>#\"'_\-\u2022]*"
    r"((?:[^\W\d_]|[^\x00-\x7f])[^\n\r\x00;|,\t:=<\uff1a]{0,40}?)[ \t*\"'_]*"
    r"(?:</[a-z0-9]{1,8}>[ \t]*)?[:\uff1a](?![/\\])[ \t*\"'_\u3000]*(?:</?[a-z0-9]{1,8}>[ \t]*)*"
)
# Matches wherever a label does, what it follows included.
_OPENING = search_of(
    compile_text_pattern(
        r"(?:^|[\n\r;|,\t\x00>]|  |[.!?] )[ \t*>#\"'_\x{2022}-]*(?:[A-Za-z]|[^\x00-\x7f])"
        r"[^\n\r\x00;|,\t:=<\x{ff1a}]{0,40}[ \t*\"'_]*(?:</[a-z0-9]{1,8}>[ \t]*)?[:\x{ff1a}](?:[^/\\]|$)"
    )
)
_HALF_A_CHARACTER = re.compile("[\ud800-\udfff]")
# The longest that a label may follow.
_LONGEST_BEFORE = 2
_NAME = re.compile(r"[^\Wa-z\d_][\w'\u2019.-]*(?: [^\Wa-z\d_][\w'\u2019.-]*){0,4}")
_LOGIN = re.compile(r"(?=[^\W]*[\d._-])[\w.-]{3,40}")
_FULL_NAME = re.compile(r"[^\Wa-z\d_][\w'\u2019.-]*(?: [^\Wa-z\d_][\w'\u2019.-]*){1,3}")
_LINE_END = re.compile(r"[\n\r\x00]|<(?=/?[a-z])|$")
_NEXT_LINE = re.compile(r"[ \t]*\r?\n(?:[ \t]*\r?\n)?[ \t>*-]*(?=[^\s\x00])")
# Words that a sentence has and a field name has not would make every clause a label.
MAX_LABEL_WORDS = 5
MAX_NAME_WORDS = 6
# What stands on the line below a label is its value only where it is short.
MAX_BELOW = 60
# What a note is about is no label of a person: `Diagnosis: healthy`.
_TOPICS = frozenset((Entity.HEALTH_CONDITION, Entity.DRUG, Entity.OCCUPATION, Entity.ORGANIZATION))
_PEOPLE = frozenset(
    entity for entity, info in ENTITIES.items() if entity is Entity.PERSON or info.part_of is Entity.PERSON
)


class LabelRecognizer:
    """Hide what follows a label that tells, up to the next label or the end of the line."""

    pattern = _OPENS + r"[A-Za-z?][^\n\r\x00;|,\t:=]{0,41}:(?:[^/\\]|$)"

    def find(self, folded: bytes, text: str) -> Iterator[Span]:
        """Return where the values of telling labels stand."""
        del folded
        labels = [*_labels_in(text)]
        limits = [label.start() for label in labels[1:]] + [len(text)]
        for label, limit in zip(labels, limits, strict=False):
            yield from _spans_of(label.group(1), text, label.end(), limit)


def _labels_in(text: str) -> Iterator[re.Match[str]]:
    """Yield the labels of a text, tried only where the pattern engine sees one open: elsewhere it could take long."""
    read = _as_bytes(text)
    # The same place in code points and in bytes, and the end of the last label.
    looked, byte, at = 0, 0, 0
    while (opening := _OPENING(read, byte)[0][0]) >= 0:
        found = looked + len(read[byte:opening].decode())
        places = range(max(at, found), min(found + _LONGEST_BEFORE + 1, len(text)))
        label = next(filter(None, (_LABEL.match(text, place) for place in places)), None)
        looked = found + 1
        if label is not None:
            yield label
            at = label.end()
            looked = max(looked, at - _LONGEST_BEFORE)
        byte = opening + len(_as_bytes(text[found:looked]))


def _as_bytes(text: str) -> bytes:
    return (text if text.isascii() else _HALF_A_CHARACTER.sub("\ufffd", text)).encode()


def _told_by(label: str) -> tuple[Entity | None, Entity | None]:
    """Return what a label tells as the name of a field, and as that of a role."""
    words = words_of(label)
    if len(words) > MAX_LABEL_WORDS:
        return None, None
    entity = entity_of(words)
    return None if entity in _TOPICS else entity, role_of(words)


def _spans_of(label: str, text: str, start: int, limit: int) -> Iterator[Span]:
    entity, role = _told_by(label)
    if entity is None and role is None and ". " in label:
        # A short sentence may stand before the label: `Seen today. Name: John`.
        entity, role = _told_by(label.rpartition(". ")[2])
    kind = entity or role
    if kind is None:
        return
    start, value = _value_at(text, start, limit)
    if kind in _PEOPLE:
        value = _name_in(value) or (value if entity else "")
    kind = _told_by_role(kind, value) if entity is None else true_kind(kind, value, is_role=False)
    if value and kind is not None:
        yield Span(start, start + len(value), kind, KEY_SCORE, "label")


def _told_by_role(role: Entity, value: str) -> Entity | None:
    """Return what the value beside a role is; behind `User:` a transcript goes on with what the user says."""
    if role is Entity.USERNAME and not (_LOGIN.fullmatch(value) or _FULL_NAME.fullmatch(value)):
        return None
    return true_kind(role, value, is_role=True)


def _value_at(text: str, start: int, limit: int) -> tuple[int, str]:
    """Return the value beside a label, or a short one below it, and where it starts."""
    value = _line_at(text, start, limit)
    below = None if value else _NEXT_LINE.match(text, start, limit)
    if below is None:
        return start, value
    value = _line_at(text, below.end(), limit)
    return below.end(), value if len(value) <= MAX_BELOW else ""


def _line_at(text: str, start: int, limit: int) -> str:
    # Searched up to the next label only: to the end of a long line, each label would pay for all.
    line_end = _LINE_END.search(text, start, limit)
    return text[start : line_end.start() if line_end else limit].rstrip(" \t\"'*;|,")


def _name_in(value: str) -> str:
    """Return the name at the start of what follows; in a transcript a role is followed by a whole speech."""
    if len(value.split()) <= MAX_NAME_WORDS:
        return value
    match = _NAME.match(value)
    return match.group() if match else ""


LABELS = LabelRecognizer()
