"""The first tier: what the name of a field tells about its value, given the name of its parent."""

import re
import unicodedata
from dataclasses import dataclass, field
from functools import cache

from classifier import field_names
from classifier.entities import Entity
from classifier.recognizers import FAMILIES, RECOGNIZERS, SEARCHED
from classifier.scan import PatternSet
from classifier.spans import Span

# Field names recur; the bound is for a sender who invents new ones. Long names are hardly field names.
MAX_CACHED_KEYS = 4096
MAX_CACHED_LENGTH = 64
MAX_READ_LENGTH = 128

_CAMEL = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W0-9_A-Za-z]+")
# Letters that NFKD leaves alone.
_FOLD = str.maketrans({"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "\u0131": "i", "ß": "ss"})


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds for the value of a field, and for the fields below it."""

    entity: Entity | None
    children: "KeyTable"
    hides_numbers: bool
    key_spans: tuple[Span, ...]
    # Whether there is anything to hide at all, and whether only text would be.
    speaks: bool = field(init=False)
    speaks_of_text_only: bool = field(init=False)

    def __post_init__(self) -> None:
        """Answer beforehand what is asked of every field of every document."""
        object.__setattr__(self, "speaks", self.entity is not None or bool(self.key_spans))
        object.__setattr__(self, "speaks_of_text_only", not self.hides_numbers and not self.key_spans)


class KeyTable(dict[str, Rule]):
    """The rules of one kind of object, filled as its fields are met."""

    def __init__(self, context: str, inherited: Entity | None = None) -> None:
        """Say what the object is about, and what its telling parent made of it."""
        super().__init__()
        self.context = context
        self.inherited = inherited
        # What holds for a value that has no field name.
        self.root_rule = Rule(inherited, self, hides_numbers=True, key_spans=())

    def __missing__(self, key: str) -> Rule:
        """Decide on a field that was not met yet."""
        rule = self._decide(key)
        # A name that is itself personal must not stay in memory.
        if not rule.key_spans and len(key) <= MAX_CACHED_LENGTH:
            if len(self) >= MAX_CACHED_KEYS:
                self.clear()
            self[key] = rule
        return rule

    def _decide(self, key: str) -> Rule:
        words = words_of(key)
        spans = tuple(_PATTERNS.find(key))
        entity = entity_of(words, self.context) or self.inherited
        if entity is not None:
            return Rule(entity, table_of("person", entity), hides_numbers=True, key_spans=spans)
        children = table_of(_context_of(words, self.context))
        person = person_of(words)
        return Rule(person, children, hides_numbers=False, key_spans=spans)


@cache
def table_of(context: str, inherited: Entity | None = None) -> KeyTable:
    """Return the one table for objects of this kind."""
    return KeyTable(context, inherited)


def words_of(name: str) -> tuple[str, ...]:
    """Split a field name into folded words: `customerE-Mail` is customer, e, mail."""
    if name.isascii():
        plain = name[:MAX_READ_LENGTH]
    else:
        decomposed = unicodedata.normalize("NFKD", name[:MAX_READ_LENGTH].translate(_FOLD))
        plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return tuple(word.lower() for word in _CAMEL.findall(plain))


def entity_of(words: tuple[str, ...], context: str = "root") -> Entity | None:
    """Say what a value is whose field has this name, or None where the name does not tell."""
    start, end = 0, len(words)
    while end > 1 and (words[end - 1].isdigit() or words[end - 1] in _SUFFIXES) and not _named(words[:end], context):
        end -= 1
    while start < end:
        entity = _named(words[start:end], context)
        if entity is not None or words[start] not in _PREFIXES:
            return entity
        if words[start] in _PARENTS:
            context = _PARENTS[words[start]]
        start += 1
    return None


def _named(words: tuple[str, ...], context: str) -> Entity | None:
    """Look a name up; a plural of an ambiguous name is a count (`logins`), or lists things (`states`)."""
    forms = _forms("".join(words))
    ambiguous = _AMBIGUOUS.get(context, {})
    entities = [_TELLING.get(name) for name in forms] + [ambiguous.get(name) for name in forms[:2]]
    return next((entity for entity in entities if entity is not None), None)


def _forms(name: str) -> tuple[str, ...]:
    """Return a name as it stands and without the endings of a plural or a number."""
    bare = name.rstrip("0123456789")
    return name, bare, bare.removesuffix("s"), bare.removesuffix("es")


def _context_of(words: tuple[str, ...], context: str) -> str:
    for name in _forms("".join(words)) + _forms(words[-1] if words else ""):
        found = _PARENTS.get(name)
        if found is not None:
            # A wrapper such as `data` is about whatever holds it.
            return context if found == "root" else found
    return "thing"


def person_of(words: tuple[str, ...]) -> Entity | None:
    """Say whether plain text below the name of a role is a person: `"patient": "John Smith"`."""
    joined = "".join(words)
    return Entity.PERSON if any(name in _PEOPLE for name in _forms(joined)) else None


def _telling() -> dict[str, Entity]:
    names = {name: entity for entity, text in field_names.TELLING.items() for name in text.split()}
    for recognizer in RECOGNIZERS:
        names.update(dict.fromkeys(recognizer.keys, recognizer.entity))
    return names


def _ambiguous() -> dict[str, dict[str, Entity]]:
    return {
        context: {name: entity for entity, text in names.items() for name in text.split()}
        for context, names in field_names.AMBIGUOUS.items()
    }


_PATTERNS = PatternSet(SEARCHED)
_TELLING = _telling()
_AMBIGUOUS = _ambiguous()
_PARENTS = {name: context for context, text in field_names.PARENTS.items() for name in text.split()}
_PEOPLE = frozenset(field_names.PEOPLE.split())
_PREFIXES = frozenset(field_names.PREFIXES.split())
_SUFFIXES = frozenset(field_names.SUFFIXES.split())
