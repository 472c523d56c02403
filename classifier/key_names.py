"""What the name of a field says: folded words, looked up as they stand, by their end, or by likeness."""

import re
import unicodedata

from classifier import field_names
from classifier.entities import ENTITIES, Entity, Group
from classifier.recognizers import FAMILIES, RECOGNIZERS
from classifier.similar import SimilarNames
from classifier.views import INVISIBLE

MAX_READ_LENGTH = 128
# `email` at the end of a longer name tells; `ip` or `pan` could be the end of anything.
MIN_ENDING = 5
SHORT_ENDINGS = frozenset(("dob", "ssn", "iban", "cvv", "cvc"))
MAX_ENDING_WORDS = 3
# Without the word that says whose it is, a shorter rest is like too much: `invoice_number`.
MIN_CORE = 8
MIN_FOREIGN = 9

# With no more letters a word that is not known as one says nothing.
LONGEST_CODE = 2

# Marks that write vowels belong to their word, though they are no letters to Unicode.
_MARKS = (
    "\u0900-\u0dff\u0e31-\u0e3a\u0e47-\u0e4e\u0eb1-\u0ebc\u0ec8-\u0ecd\u102b-\u103e"
    "\u1056-\u109d\u17b4-\u17d3\u200c\u200d"
)
_WORD = re.compile(rf"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|(?:[^\W0-9_A-Za-z]|[{_MARKS}])+")
# Letters that NFKD leaves alone.
_FOLD = str.maketrans(
    {
        "ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "\u0131": "i", "ß": "ss", "æ": "ae", "Æ": "AE",
        "œ": "oe",
        "ħ": "h", "Ħ": "H", "ð": "d", "þ": "th", "\u02bb": "", "\u02bc": "", "\u2019": "", "'": "", "\u2018": "",
    }
)  # fmt: skip
_ENDING_GROUPS = frozenset((Group.GOVERNMENT, Group.FINANCIAL, Group.CREDENTIAL))
_ENDING_ENTITIES = frozenset(
    (
        Entity.EMAIL_ADDRESS, Entity.PHONE_NUMBER, Entity.DATE_OF_BIRTH, Entity.PERSON, Entity.GIVEN_NAME,
        Entity.FAMILY_NAME, Entity.USERNAME, Entity.MEDICAL_RECORD, Entity.HEALTH_INSURANCE, Entity.LICENSE_PLATE,
        Entity.IP_ADDRESS, Entity.MAC_ADDRESS, Entity.STREET_ADDRESS, Entity.POSTCODE, Entity.GENDER,
    )
)  # fmt: skip
# A single word that ends many a name of a thing: `next_page_token`, `event_handle`.
_LOOSE = frozenset(
    ("token", "tokens", "wallet", "cookie", "handle", "salary", "income", "secret", "street", "cell", "mobile", "login")
)


def words_of(name: str) -> tuple[str, ...]:
    """Split a field name into folded words: `customerE-Mail` is customer, e, mail."""
    if name.isascii():
        plain = name[:MAX_READ_LENGTH].replace("'", "")
    else:
        seen = INVISIBLE.sub("", name[:MAX_READ_LENGTH]).translate(_FOLD)
        decomposed = unicodedata.normalize("NFKD", seen)
        plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return tuple([word.lower() for word in _WORD.findall(plain)])


def entity_of(words: tuple[str, ...], context: str = "root") -> Entity | None:
    """Say what a value is whose field has this name, or None where the name does not tell."""
    if not words or "".join(words) in _HARMLESS:
        return None
    return _qualified(words, context) or _alike(words)


def role_of(words: tuple[str, ...]) -> Entity | None:
    """Say whom plain text below the name of a role names: `"patient": "John Smith"`, `"created_by": "jsmith"`."""
    forms = _forms("".join(words))
    if not _PEOPLE.isdisjoint(forms):
        return Entity.PERSON
    is_deed = len(words) > 1 and words[-1] in ("by", "to") and words[-2] in _DEEDS
    return Entity.USERNAME if is_deed or not _LOGINS.isdisjoint(forms) else None


def pair_of(words: tuple[str, ...]) -> str:
    """Say whether a field may be a part of a pair ("name", "kind", "value" or "text"); mostly it is none."""
    return _PARTS_OF_PAIRS.get(words[-1], "") if words else ""


def names_columns(words: tuple[str, ...]) -> bool:
    """Say whether a list under this name may name the columns of rows beside it: `columns`, `fieldNames`, `rowType`."""
    return bool(words) and (words[-1] in _COLUMNS or "".join(words) in _COLUMNS)


def is_dark(words: tuple[str, ...]) -> bool:
    """Say whether a name says nothing about its value: `c7`, `attr_b`, `fld12`, `payload`."""
    return all(word in _DARK or _is_code(word) for word in words)


def _is_code(word: str) -> bool:
    """Say whether a word is a number, a letter or two, or letters that nobody can speak."""
    if not word.isascii() or word in _SHORT_WORDS:
        return False
    return len(word) <= LONGEST_CODE or _VOWELS.isdisjoint(word)


def is_plural(words: tuple[str, ...]) -> bool:
    """Say whether a name is a plural, below which a number may be a count: `logins: 3`."""
    last = words[-1] if words else ""
    return last.endswith("s") and not last.endswith(("ss", "us", "address"))


def context_of(words: tuple[str, ...], context: str) -> str:
    """Say what the fields below this one are about."""
    for name in _forms("".join(words)) + _forms(words[-1] if words else ""):
        found = _PARENTS.get(name)
        if found is not None:
            # A wrapper such as `data` is about whatever holds it.
            return context if found == "root" else found
    return "thing"


def _qualified(words: tuple[str, ...], context: str) -> Entity | None:
    """Look a name up without the words that only say whose it is, or which of several."""
    start, end = 0, len(words)
    while end > 1 and (words[end - 1].isdigit() or words[end - 1] in _SUFFIXES) and not _named(words[:end], context):
        end -= 1
    while start < end:
        entity = _named(words[start:end], context)
        if entity is not None:
            return entity
        if words[start] not in _PREFIXES:
            break
        if words[start] in _PARENTS:
            context = _PARENTS[words[start]]
        start += 1
    return _by_ending(words[:end])


def _by_ending(words: tuple[str, ...]) -> Entity | None:
    """Look the last words of a name up, whatever stands before them: `hotelGuestEmail`."""
    if len(words) < 2 or not _GUARDS.isdisjoint(words):  # noqa: PLR2004 - an end has a beginning.
        return None
    for start in range(max(1, len(words) - MAX_ENDING_WORDS), len(words)):
        name = "".join(words[start:])
        entity = _ENDINGS.get(name) or _ENDINGS.get(name.removesuffix("s"))
        if entity is not None:
            return entity
    return None


def _alike(words: tuple[str, ...]) -> Entity | None:
    """Look for a name that this one is a slip of: `emial_adress`, `telefonumber`."""
    joined = "".join(words)
    if not _GUARDS.isdisjoint(words) or joined in _OTHER_WORDS:
        return None
    core = "".join(word for word in words if word not in _PREFIXES)
    if core in _OTHER_WORDS:
        return None
    return _SIMILAR.find(joined) or (_SIMILAR.find(core) if len(core) >= MIN_CORE else None)


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


def _read_table() -> tuple[dict[str, Entity], dict[str, dict[str, Entity]]]:
    """Return the names that tell anywhere, and those that tell in one kind of object."""
    telling: dict[str, Entity] = {}
    ambiguous: dict[str, dict[str, Entity]] = {}
    for name, entity, _, where in field_names.known_names():
        folded = name if name.isalpha() and name.isascii() and name.islower() else "".join(words_of(name))
        (ambiguous.setdefault(where, {}) if where else telling).setdefault(folded, entity)
    for recognizer in RECOGNIZERS:
        telling.update(dict.fromkeys(recognizer.keys, recognizer.entity))
    for row in (row for family in FAMILIES for row in family.rows):
        telling.update({"".join(words_of(name)): row.entity for name in row.keys.split()})
    return telling, ambiguous


def _endings(telling: dict[str, Entity]) -> dict[str, Entity]:
    return {
        name: entity
        for name, entity in telling.items()
        if (len(name) >= MIN_ENDING or name in SHORT_ENDINGS)
        and name not in _LOOSE
        and (entity in _ENDING_ENTITIES or ENTITIES[entity].group in _ENDING_GROUPS)
    }


def _likeable() -> dict[str, Entity]:
    """Return the names that others may be slips of: short ones of other languages are like too many English words."""
    english = {"".join(words_of(name)) for name, _, language, _ in field_names.known_names() if language == "en"}
    return {name: entity for name, entity in _ENDINGS.items() if name in english or len(name) >= MIN_FOREIGN}


_PARENTS = {name: context for context, text in field_names.PARENTS.items() for name in text.split()}
_PEOPLE = frozenset(field_names.PEOPLE.split())
_DARK = frozenset(field_names.DARK.split())
_PARTS_OF_PAIRS = {word: part for part, text in field_names.PAIRS.items() for word in text.split()}
_COLUMNS = frozenset(field_names.COLUMNS.split())
_SHORT_WORDS = frozenset(field_names.SHORT_WORDS.split())
_VOWELS = frozenset("aeiouy")
_LOGINS = frozenset(field_names.LOGINS.split())
_DEEDS = frozenset(field_names.DEEDS.split())
_PREFIXES = frozenset(field_names.PREFIXES.split()) | {
    name for name, about in _PARENTS.items() if about == "person" and len(name) >= MIN_ENDING
}
_SUFFIXES = frozenset(field_names.SUFFIXES.split())
_HARMLESS = frozenset(field_names.HARMLESS.split())
_OTHER_WORDS = frozenset(field_names.UNLIKE.split()) | frozenset(_PARENTS) | _PEOPLE
_GUARDS = frozenset(field_names.GUARDS.split())
_TELLING, _AMBIGUOUS = _read_table()
_ENDINGS = _endings(_TELLING)
_SIMILAR = SimilarNames(_likeable())
