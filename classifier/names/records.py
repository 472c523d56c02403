"""What stands beside a person's data: bare values whose field says nothing, told by their neighbours.

An object that holds a name and a mail address is about a person. The date beside them is then a date of birth, the
word with a number behind it an address, the handle a login. Without such neighbours these values stay as they are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from classifier.entities import ENTITIES, Entity, Group
from classifier.names import bare_values
from classifier.recognizers.phone import NATIONAL_PHONE
from classifier.spans import Span

# A guess from the neighbours outdoes one from the lists, and gives way to any form that tells by itself.
RECORD_SCORE = 0.58
PROVEN_RECORD_SCORE = 0.75
RECOGNIZER = "record"
# What makes an object one about a person: at least two kinds, of at least so much weight together.
ENOUGH_WEIGHT, ENOUGH_KINDS = 3, 2
_WEIGHTS = {
    Entity.PERSON: 2, Entity.EMAIL_ADDRESS: 2, Entity.PHONE_NUMBER: 2, Entity.DATE_OF_BIRTH: 2, Entity.USERNAME: 1,
    Entity.LOCATION: 1, Entity.CREDIT_CARD: 1, Entity.IBAN_CODE: 1, Entity.IP_ADDRESS: 1,
}  # fmt: skip
_GOVERNMENT_WEIGHT = 2
# An object with more values is a table or a list.
MOST_MEMBERS = 200
# The most that the names tier gives to what no neighbour confirms.
_GUESS = 0.56


@dataclass(frozen=True, slots=True)
class Member:
    """A value of an object: what its field tells, what was found in it, and whether its field is dark."""

    text: str
    told: Entity | None = None
    spans: Sequence[Span] = ()
    is_dark: bool = False
    # What the field would tell if the object were known to be about a person.
    in_person: Entity | None = None

    @property
    def kind(self) -> Entity | None:
        """Return what the whole value is known to be, parts of a kind counted as that kind."""
        if self.told is not None:
            return _whole(self.told)
        size = len(self.text.strip())
        covering = [span for span in self.spans if span.end - span.start >= size]
        return _whole(max(covering, key=lambda span: span.strength).entity) if covering else None

    @property
    def is_open(self) -> bool:
        """Say whether neighbours may tell: the field does not, and nothing but a guess speaks for a kind."""
        is_guess = all(span.score <= _GUESS for span in self.spans) or self.is_doubtful_phone
        return (
            is_guess
            and self.told is None
            and (self.is_dark or self.in_person is not None)
            and bare_values.is_readable(self.text)
        )

    @property
    def is_doubtful_phone(self) -> bool:
        """Say whether digits were taken for a phone number by their first ones alone, and pass a stricter check."""
        by_form = bool(self.spans) and all(span.recognizer == NATIONAL_PHONE.name for span in self.spans)
        return by_form and bare_values.is_proven_number(self.text)


def find_in_record(members: Sequence[Member]) -> Iterator[tuple[int, Span]]:
    """Yield what values without a telling field are, where the object is about a person."""
    if len(members) > MOST_MEMBERS or not any(member.is_open for member in members):
        return
    record = _Record(members)
    if record.is_about_a_person():
        for at, entity in record.told().items():
            score = PROVEN_RECORD_SCORE if members[at].is_doubtful_phone else RECORD_SCORE
            yield at, Span(0, len(members[at].text), entity, score, RECOGNIZER)


@dataclass(slots=True)
class _Record:
    """The values of one object while it is read, and what each is known to be by now."""

    members: Sequence[Member]
    kinds: list[Entity | None] = field(init=False)
    words: frozenset[str] = field(init=False)
    has_full_name: bool = field(init=False)

    def __post_init__(self) -> None:
        self.kinds = [member.kind for member in self.members]
        names = [self.members[at].text for at, kind in enumerate(self.kinds) if kind is Entity.PERSON]
        mails = [self.members[at].text for at, kind in enumerate(self.kinds) if kind is Entity.EMAIL_ADDRESS]
        self.words = frozenset().union(*map(bare_values.words_of, names + mails))
        self.has_full_name = any(" " in name.strip() for name in names)

    def is_about_a_person(self) -> bool:
        """Say whether enough kinds of data about a person stand here, forms that only suggest one included."""
        weights = {kind: _weight(kind) for kind in self.kinds if kind is not None}
        if not weights:
            # What is proven clean by a short cut must be so here.
            return False
        for member, kind in zip(self.members, self.kinds, strict=True):
            suggested = _suggested(member.text.strip()) if member.is_dark and kind is None else None
            if suggested is not None:
                weights.setdefault(suggested, 1)
        return len(weights) >= ENOUGH_KINDS and sum(weights.values()) >= ENOUGH_WEIGHT

    def told(self) -> dict[int, Entity]:
        """Return what open values are: first those that tell by their form, then those that their neighbours tell."""
        found: dict[int, Entity] = {}
        for read in (self._by_field_or_form, self._by_neighbours):
            for at, member in enumerate(self.members):
                entity = read(at, member.text.strip()) if member.is_open and at not in found else None
                if entity is not None:
                    found[at] = entity
                    self.kinds[at] = _whole(entity)
        return found

    def _by_field_or_form(self, at: int, text: str) -> Entity | None:
        member = self.members[at]
        if member.in_person is not None:
            is_told = self.kinds[at] is None and _is_plausible(member.in_person, text)
            return member.in_person if is_told else None
        if bare_values.is_birthday(text):
            return Entity.DATE_OF_BIRTH
        if bare_values.is_postcode(text, near_place=False):
            return Entity.POSTCODE
        if bare_values.is_document_number(text) or bare_values.is_proven_number(text):
            return Entity.NATIONAL_ID
        if bare_values.is_address(text):
            return Entity.STREET_ADDRESS
        words = bare_values.capitalised_words(text)
        return Entity.USERNAME if not words and bare_values.is_login(text, self.words) else None

    def _by_neighbours(self, at: int, text: str) -> Entity | None:
        if self.members[at].in_person is not None:
            return None
        near_place = Entity.LOCATION in self._beside(at)
        if bare_values.is_postcode(text, near_place=near_place):
            return Entity.POSTCODE
        count = bare_values.count_of_digits(text)
        if count:
            is_phone = count in bare_values.PHONE_LENGTHS and Entity.PHONE_NUMBER not in self.kinds
            return Entity.PHONE_NUMBER if is_phone else Entity.NATIONAL_ID
        words = bare_values.capitalised_words(text)
        return self._name_or_place(at, text, words) if words else None

    def _name_or_place(self, at: int, text: str, words: list[str]) -> Entity | None:
        """Settle whether capitalised words are a name or a place, where lists alone spoke or nothing did."""
        guess = self.kinds[at]
        if not self.words.isdisjoint(bare_values.words_of(text)) and guess is not Entity.ORGANIZATION:
            return Entity.PERSON
        of_people, beside = bare_values.are_of_people(words), self._beside(at)
        if guess is None and bare_values.are_everyday_words(words):
            return Entity.PERSON if not self.has_full_name and (of_people or text[0].islower()) else None
        is_place = Entity.LOCATION in beside or bare_values.is_place(text, words)
        if guess is None and not is_place and bare_values.has_plain_word(words):
            return None
        if guess is Entity.LOCATION:
            is_name = (
                of_people and not self.has_full_name and (Entity.PERSON in beside or Entity.LOCATION not in beside)
            )
            return Entity.PERSON if is_name else guess
        if guess is Entity.PERSON:
            return Entity.LOCATION if Entity.LOCATION in beside and self.has_full_name and not of_people else guess
        is_place = is_place or self.has_full_name
        return Entity.LOCATION if is_place and not (of_people and Entity.PERSON in beside) else Entity.PERSON

    def _beside(self, at: int) -> tuple[Entity | None, ...]:
        return *self.kinds[max(0, at - 1) : at], *self.kinds[at + 1 : at + 2]


def _suggested(text: str) -> Entity | None:
    """Return what a form suggests that tells nothing by itself."""
    if bare_values.is_birthday(text):
        return Entity.DATE_OF_BIRTH
    if bare_values.is_address(text):
        return Entity.LOCATION
    return Entity.USERNAME if bare_values.is_certainly_login(text) else None


def _is_plausible(entity: Entity, text: str) -> bool:
    """Say whether a value can be what its field tells in an object about a person: `"state": "open"` is no place."""
    if entity is Entity.USERNAME:
        return not bare_values.are_everyday_words([text])
    return bool(text) and not text[0].islower()


def _weight(kind: Entity) -> int:
    return _WEIGHTS.get(kind) or (_GOVERNMENT_WEIGHT if ENTITIES[kind].group is Group.GOVERNMENT else 0)


def _whole(entity: Entity) -> Entity:
    return ENTITIES[entity].part_of or entity
