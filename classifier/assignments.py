"""Assigned values in logs, URLs and attributes: `user=alice`, `?email=...`, `"name": "Al"` in broken JSON."""

import re
from collections.abc import Iterator

from classifier.entities import Entity
from classifier.key_names import entity_of, role_of, words_of
from classifier.recognizers.base import NUL
from classifier.spans import KEY_SCORE, Span
from classifier.true_kinds import true_kind

# What the names of telling fields end with: only they make the engine look closer.
_ENDINGS = (
    "name|mail|phone|mobile|tel|fax|address|street|city|zip|postcode|postal|ssn|dob|birth|birthday|birthdate|date|"
    "user|login|password|passwd|pwd|pass|secret|token|key|cookie|session|sid|iban|bic|card|number|no|nr|account|acct|"
    "cvv|cvc|pin|ip|mac|imei|vin|plate|passport|license|licence|gender|sex|age|nationality|religion|salary|patient|"
    "customer|contact|recipient|sender|lat|lon|lng|latitude|longitude|handle|id|vorname|nachname|strasse|plz|ort|"
    "telefon|prenom|nombre|apellido|apellidos|correo|nome|cognome|imie|nazwisko|adres|pesel|addr|first|last|authorization|"
    "_by|edby"
)
_VALUE = r"\"(?:[^\"\\\x00\n]|\\.)*\"|'[^'\x00\n]*'|[^\s,;&\"'<>\x00|)\]}]+"
_ASSIGNMENT = re.compile(
    r"(?<![\w.\-])([A-Za-z_][\w.\-]{0,48}(?:\[[\w.\-]{1,24}\])?)[\"']?"
    rf"[ ]?(?:=|:(?=[ ]?[\"'])|=>)[ ]?({_VALUE})"
)
MAX_TAG = 200
# In a log the one who acts is known by a login.
_LOGINS = frozenset((("user",), ("usr",), ("login",), ("actor",), ("uname",)))
# Neither a placeholder nor a word of the program that writes the log is a value.
_NO_VALUE = frozenset(
    ("null", "none", "nil", "true", "false", "undefined", "nan", "string", "str", "int", "no", "yes", "-")
)


class AssignmentRecognizer:
    """Hide what is assigned to a telling name."""

    pattern = (
        rf"(?i:[_A-Za-z0-9.-](?:{_ENDINGS})[0-9]?[\]]?|(?:^|[^0-9A-Za-z])(?:{_ENDINGS})[0-9]?)"
        rf"[\"']?[ ]?(?:=|:[ ]?[\"'])[ ]?[^\s{NUL}]"
    )

    def find(self, folded: bytes, text: str) -> Iterator[Span]:
        """Return where the values of telling names stand."""
        del folded
        for match in _ASSIGNMENT.finditer(text):
            entity = _told_by(match.group(1), match.group(2))
            if entity is not None and not _is_attribute(text, match.start()):
                start, end = match.span(2)
                is_quoted = text[start] in "\"'"
                yield Span(start + is_quoted, end - is_quoted, entity, KEY_SCORE, "assignment")


def _is_attribute(text: str, start: int) -> bool:
    """Say whether `name="..."` stands within a tag, where it names the tag."""
    first = max(0, start - MAX_TAG)
    return text.startswith("name", start) and text.rfind("<", first, start) > text.rfind(">", first, start)


def _told_by(name: str, value: str) -> Entity | None:
    bare = value.strip("\"'")
    if not bare or bare.lower() in _NO_VALUE:
        return None
    words = words_of(name)
    if words == ("name",) and not bare[0].isupper() and bare.isascii():
        # In logs, services and queues have a `name`; people are written with a capital.
        return None
    if words in _LOGINS:
        return Entity.USERNAME
    entity, role = entity_of(words), role_of(words)
    if entity is None and role is not None and not bare.isdigit():
        return true_kind(role, bare, is_role=True)
    return entity


ASSIGNMENTS = AssignmentRecognizer()
