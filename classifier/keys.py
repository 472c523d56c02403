"""The first tier: what the name of a field tells about its value, given the name of its parent."""

from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from classifier.entities import Entity
from classifier.key_names import context_of, entity_of, is_dark, is_plural, pair_of, role_of, words_of
from classifier.patterns import PATTERNS
from classifier.spans import Span
from classifier.tiers import Search
from classifier.true_kinds import ROUGH, true_kind
from classifier.views import view_of

__all__ = ["KeyTable", "Rule", "entity_of", "role_of", "root_table", "table_of", "words_of"]

# Field names recur; the bound is for a sender who invents new ones. Long names are hardly field names.
MAX_CACHED_KEYS = 4096
MAX_CACHED_LENGTH = 64
# A value of more digits names nothing: `http://hl7.org/fhir/sid/us-ssn` has one, an identifier has many.
MOST_DIGITS_IN_NAME = 6
# A longer number below a plural is no count.
MAX_COUNT_DIGITS = 6
# Kinds whose values may be short numbers, so that a number below their plural is no count.
_SHORT_NUMBERS = frozenset(
    (Entity.AGE, Entity.CARD_CODE, Entity.POSTCODE, Entity.DATE_OF_BIRTH, Entity.COORDINATES, Entity.SALARY)
)


# What a find is called that the name of a field alone told.
KEY = "key"


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds for the value of a field, and for the fields below it."""

    entity: Entity | None
    children: "KeyTable"
    hides_numbers: bool
    key_spans: tuple[Span, ...]
    # Whether a short number is a count: `logins: 3`; in a list below, `pins: [1234]`, none is.
    counts: bool = False
    # What findings call it: the name of the field alone, or the rule of an owner.
    label: str = KEY
    # Whether an owner allows the value, so that only what is blocked is hidden in it.
    is_open: bool = False
    # Whether the field names who somebody is to somebody else: `"patient": "John Smith"`, `"created_by": "jsmith"`.
    is_role: bool = False
    # Whether the field says nothing at all, and what it would tell if the object were about a person.
    is_dark: bool = False
    in_person: Entity | None = None
    # Which part of a pair the field may be: of `{"key": "ssn", "value": "123456789"}` the "name" or the "value"; see
    # `field_names.PAIRS`.
    pair: str = ""
    # Whether what stands beside the value may tell what the field does not.
    asks_neighbours: bool = field(init=False)
    # Whether the value may be of another kind than the field says.
    is_rough: bool = field(init=False)
    # Whether the walk of a document stops at the name of the field.
    is_noted: bool = field(init=False)
    # Whether there is anything to hide at all, and whether only text would be.
    speaks: bool = field(init=False)
    speaks_of_text_only: bool = field(init=False)
    # What holds for the elements of a list.
    elements: "Rule" = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Answer beforehand what is asked of every field of every document."""
        object.__setattr__(self, "asks_neighbours", self.is_dark or self.in_person is not None)
        object.__setattr__(self, "is_rough", self.entity is not None and (self.is_role or self.entity in ROUGH))
        object.__setattr__(self, "is_noted", bool(self.key_spans or self.pair))
        object.__setattr__(self, "speaks", self.entity is not None or bool(self.key_spans))
        text_only = not self.hides_numbers and not self.counts and not self.key_spans
        object.__setattr__(self, "speaks_of_text_only", text_only)
        in_list = Rule(self.entity, self.children, hides_numbers=True, key_spans=()) if self.counts else self
        object.__setattr__(self, "elements", in_list)

    def entity_for(self, text: str) -> Entity | None:
        """Return what a value is that is written as text even where it is a number."""
        is_count = not self.hides_numbers and text.isdigit() and not (self.counts and len(text) > MAX_COUNT_DIGITS)
        return None if is_count else self.settled_by(text).entity

    def settled_by(self, text: str) -> "Rule":
        """Return the rule for this value: where the field says only roughly what it holds, the value tells."""
        if self.entity is None or not self.is_rough:
            return self
        entity = true_kind(self.entity, text, is_role=self.is_role)
        return self if entity is self.entity else replace(self, entity=entity)


class KeyTable(dict[str, Rule]):
    """The rules of one kind of object, filled as its fields are met."""

    def __init__(self, context: str, inherited: Entity | None = None, *, counts: bool = False) -> None:
        """Say what the object is about, and what its telling parent made of it."""
        super().__init__()
        self.context = context
        self.inherited = inherited
        self.counts = counts
        # What `payloads.json_shapes` remembers of documents whose outermost object follows this table.
        self.shapes: dict[Any, Any] = {}
        # Texts that tell nothing as names, by their hashes: most are values, and nobody's to keep in memory.
        self._silent: set[int] = set()
        # What holds for a value that has no field name.
        self.root_rule = Rule(inherited, self, hides_numbers=True, key_spans=(), is_dark=True)

    def __missing__(self, key: str) -> Rule:
        """Decide on a field that was not met yet."""
        rule = self.decide(key)
        # A name that is itself personal is nobody's to keep in memory.
        if not rule.key_spans and len(key) <= MAX_CACHED_LENGTH:
            if len(self) >= MAX_CACHED_KEYS:
                self.clear()
            self[key] = rule
        return rule

    def told_by(self, text: str) -> Rule | None:
        """Return the rule of a field that a value names, or None where it tells nothing of what it names."""
        known = hash(text)
        if known in self._silent:
            return None
        if text in self or self.tells(text):
            rule = self[text]
            return rule if rule.entity is not None or rule.is_open else None
        if len(self._silent) >= MAX_CACHED_KEYS:
            self._silent.clear()
        self._silent.add(known)
        return None

    def tells(self, key: str) -> bool:
        """Say whether a name tells something, for less than a decision costs."""
        if self.inherited is not None:
            return True
        # Most are identifiers, which would be compared with every name that they may be a slip of.
        if sum(map(str.isdigit, key)) > MOST_DIGITS_IN_NAME:
            return False
        words = words_of(key)
        return (entity_of(words, self.context) or role_of(words)) is not None

    def below(self, context: str, inherited: Entity | None = None, *, counts: bool = False) -> "KeyTable":
        """Return the table of objects below a field."""
        return table_of(context, inherited, counts=counts)

    def decide(self, key: str) -> Rule:
        """Say what holds for a field."""
        words = words_of(key)
        spans = _spans_in(key)
        told = entity_of(words, self.context)
        if told is Entity.PERSON and role_of(words) is told:
            # Below `account_holder` stands a name, or an object about a person in which not everything is personal.
            told = None
        if told is None and self.inherited is None:
            return self._untold(words, spans)
        entity = told or self.inherited
        counts = self._is_count(words, told)
        children = self.below("person", entity, counts=counts)
        return Rule(entity, children, hides_numbers=not counts, key_spans=spans, counts=counts, pair=pair_of(words))

    def _untold(self, words: tuple[str, ...], spans: tuple[Span, ...]) -> Rule:
        """Return the rule of a field that tells nothing, or no more than a role."""
        return Rule(
            role_of(words),
            self.below(context_of(words, self.context)),
            hides_numbers=False,
            key_spans=spans,
            is_role=True,
            is_dark=is_dark(words),
            in_person=entity_of(words, "person") if self.context == "root" else None,
            pair=pair_of(words),
        )

    def _is_count(self, words: tuple[str, ...], told: Entity | None) -> bool:
        return self.counts if told is None else is_plural(words) and told not in _SHORT_NUMBERS


def _spans_in(key: str) -> tuple[Span, ...]:
    """Return what is personal in the name itself."""
    view = view_of(key)
    seen = () if view is None else (view.original(span) for span in PATTERNS.find(view.text))
    return (*PATTERNS.find(key), *seen)


def root_table(search: Search) -> KeyTable:
    """Return the table for the outermost object of a document."""
    return table_of("root") if search.own is None else search.own.table("root")


@cache
def table_of(context: str, inherited: Entity | None = None, *, counts: bool = False) -> KeyTable:
    """Return the one table for objects of this kind."""
    return KeyTable(context, inherited, counts=counts)
