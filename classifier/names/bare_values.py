"""What a value is by its form alone, where it stands beside a person's data and its field says nothing."""

import re

from classifier.names import gazetteers
from classifier.names.features import folded
from classifier.recognizers.checks import compact, stdnum_proof

LONGEST, SHORTEST = 60, 2

# Nobody who has data today was born before; later dates are those of orders and visits.
_YEAR = r"(?:19\d\d|200\d|201[0-5])"
_DAY, _MONTH = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])"
_MONTH_NAME = r"[^\W\d_]{3,10}\.?"
_BIRTHDAY = re.compile(
    rf"{_YEAR}([-./]){_MONTH}\1{_DAY}(?:T00:00(?::00(?:\.0+)?)?Z?)?|{_DAY}([-./ ]){_MONTH}\2{_YEAR}"
    rf"|{_MONTH}([-/]){_DAY}\3{_YEAR}|{_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
    rf"|{_DAY}\.? (?:de )?{_MONTH_NAME} (?:de )?{_YEAR}|{_MONTH_NAME} {_DAY},? {_YEAR}"
)
_POSTCODE = re.compile(
    r"\d{5}(?:-\d{3,4})?|\d{2}-\d{3}|\d{3} \d{2}|\d{4} ?[A-Z]{2}"
    r"|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d"
)
# So many digits alone are a postcode only beside a place.
_POSTCODE_BESIDE_A_PLACE = re.compile(r"\d{4}|\d{6}|\d{8}|\d{4}-\d{3}")
_NUMBER = re.compile(r"\(?\+?\d[\d ()./-]{5,22}")
# A day, and seconds or milliseconds since 1970.
_TIME = re.compile(r"\d{1,4}([-./ ])\d{1,2}\1\d{1,4}|1[4-9]\d{8}(?:\d{3})?")
_CODE = re.compile(r"(?=[^A-Z]*[A-Z])(?=(?:[^\d]*\d){5})[A-Z\d]{1,12}(?:[ -][A-Z\d]{1,12}){0,5}")
_THING = re.compile(r"(?:INV|ORD|PO|SKU|REF|TKT|CASE|TXN?|TRX|EVT|REQ|PRD|ITEM|SN|BATCH|LOT|DOC|ART|V)[ -]?\d")
LEAST_DIGITS, MOST_DIGITS = 8, 15
PHONE_LENGTHS = range(7, 14)
# The checks of numbers that are usually written without signs, by their length.
_CHECKS = {
    9: ("nl.bsn", "pt.nif", "ca.sin"),
    10: ("gb.nhs", "bg.egn", "se.personnummer", "cz.rc", "dk.cpr"),
    11: ("pl.pesel", "br.cpf", "tr.tckimlik", "de.idnr", "no.fodselsnummer", "ee.ik", "lt.asmens", "hr.oib", "be.nn"),
    12: ("in_.aadhaar", "ru.inn"),
    13: ("za.idnr", "ro.cnp", "th.pin"),
    15: ("fr.nir",),
}
# A phone number, which may begin with a zero, passes these once in a hundred times.
_STRICT = frozenset(("pl.pesel", "br.cpf"))
_HOUSE = re.compile(r"(?<![\w.])\d{1,5}(?: ?[A-Za-z])?(?:[-/]\d{1,4}[A-Za-z]?)?(?![\w.])")
_WORD = re.compile(r"[^\W\d_]+")
_CAPITALISED = re.compile(r"[^\W\d_]+\.?(?:[ '\u2019-]{1,2}[^\W\d_]+\.?){0,4}")
_PARTICLES = frozenset(
    (
        "de", "da", "do", "dos", "das", "du", "des", "del", "della", "di", "d", "la", "l", "le", "les", "los", "las",
        "van", "von", "der", "den", "ter", "ten", "zu", "zum", "am", "im", "an", "na", "nad", "sur", "sous", "st",
        "ste", "san", "santa", "y", "e", "i", "of", "the", "en", "con", "bis",
    )
)  # fmt: skip
_PLACE_START = re.compile(
    r"(?:Port|New|Lake|East|West|North|South|San|Santa|Saint|St\.?|Bad|Sankt|Villa|Rio|São|Mount) "
)
_PLACE_END = re.compile(
    r"[^\W\d_]{2}(?:town|ville|burgh|bury|shire|ford|land|port|mouth|side|haven|chester|borough|stad|berg|burg|dorf|heim"
    r"|hausen|furt|kirchen|bourg|wijk|drecht|veen|hoven|grad|polis|abad|pur)"
)
_LOGIN = re.compile(r"[A-Za-z]+\d{0,4}(?:[._-][A-Za-z]+\d{0,4}){0,3}(?:[._-]\d{1,4})?")
_LETTERS = re.compile(r"[a-z]+")
LONGEST_LOGIN, SHORTEST_LOGIN, SHORTEST_PART = 32, 4, 3
# With fewer letters behind the first, too many words would be an initial and a name: `clean`.
SHORTEST_AFTER_INITIAL = 5
_PEOPLE = frozenset((gazetteers.GIVEN, gazetteers.FAMILY))
_PLACES = frozenset((gazetteers.PLACE, gazetteers.REGION))


def is_readable(text: str) -> bool:
    """Say whether a text is short enough to be one fact."""
    return SHORTEST <= len(text) <= LONGEST and "\n" not in text


def is_birthday(text: str) -> bool:
    """Say whether a text is nothing but a date on which somebody may have been born."""
    return _BIRTHDAY.fullmatch(text) is not None


def is_postcode(text: str, *, near_place: bool) -> bool:
    """Say whether a text is a postcode; digits that could be anything are one only near a place."""
    return bool(_POSTCODE.fullmatch(text) or (near_place and _POSTCODE_BESIDE_A_PLACE.fullmatch(text)))


def is_proven_number(text: str) -> bool:
    """Say whether digits pass the check of a national number of their length; those with a zero, a strict one."""
    if not text.isdigit():
        return False
    checks = _CHECKS.get(len(text), ())
    return any(stdnum_proof(name)(text) for name in checks if text[0] != "0" or name in _STRICT)


def is_document_number(text: str) -> bool:
    """Say whether a text is like the number of a document: capitals and digits, and not that of a thing."""
    return _CODE.fullmatch(text) is not None and _THING.match(text) is None


def count_of_digits(text: str) -> int:
    """Return how many digits a number of many digits has, however they are parted; 0 for anything else."""
    count = len(compact(text)) if _NUMBER.fullmatch(text) and not _TIME.fullmatch(text) else 0
    return count if LEAST_DIGITS - (not text.isdigit()) <= count <= MOST_DIGITS else 0


def is_address(text: str) -> bool:
    """Say whether capitalised words stand beside the number of a house: `Kianbaan 05`, `84, rue de Parent`."""
    if " " not in text or not _HOUSE.search(text):
        return False
    words = [word for word in _WORD.findall(_HOUSE.sub(" ", text)) if word.lower() not in _PARTICLES]
    known = [(word, _known(word)) for word in words]
    if not all((word[0].isupper() and len(word) > 1) or gazetteers.STREET in letters for word, letters in known):
        return False
    return any(gazetteers.COMMON not in letters or gazetteers.STREET in letters for _, letters in known)


def capitalised_words(text: str) -> list[str]:
    """Return the words of a text that is nothing but a few capitalised words, without those between them."""
    if not _CAPITALISED.fullmatch(text):
        return []
    words = [word for word in _WORD.findall(text) if word.lower() not in _PARTICLES]
    return words if all(word[0].isupper() for word in words) else []


def are_of_people(words: list[str]) -> bool:
    """Say whether lists know one of these as a name of people."""
    return any(_PEOPLE.intersection(_known(word)) for word in words)


def are_everyday_words(words: list[str]) -> bool:
    """Say whether lists know all of these as words."""
    return all(gazetteers.COMMON in _known(word) for word in words)


def has_plain_word(words: list[str]) -> bool:
    """Say whether lists know one of these as a word and as nothing else."""
    return any(_known(word) == gazetteers.COMMON for word in words)


def is_place(text: str, words: list[str]) -> bool:
    """Say whether a text is made like the name of a place, or listed as one and not as one of people."""
    if any(_PLACES.intersection(_known(word)) for word in words) and not are_of_people(words):
        return True
    is_made_so = _PLACE_START.match(text) or any(_PLACE_END.fullmatch(word[-14:].lower()) for word in words)
    return bool(is_made_so) and not are_of_people(words[-1:])


def is_login(text: str, words_of_people: frozenset[str]) -> bool:
    """Say whether a token is made of names, or is a word that nobody uses with a number behind it."""
    if not SHORTEST_LOGIN <= len(text) <= LONGEST_LOGIN or not _LOGIN.fullmatch(text):
        return False
    low = folded(text)
    parts = [part for part in _LETTERS.findall(low) if len(part) >= SHORTEST_PART]
    if not parts or any(gazetteers.COMMON in _known(part) and not _is_of_people(part) for part in parts):
        return False
    if any(word in low for word in words_of_people) or any(map(_is_made_of_names, parts)):
        return True
    return low[-1].isdigit() and low[:-4].isalpha() and len(parts[0]) > SHORTEST_PART


def is_certainly_login(text: str) -> bool:
    """Say whether a token is a login and no word: of small letters, with a number behind it or parted."""
    return text.islower() and not text.isalpha() and is_login(text, frozenset())


def words_of(text: str) -> frozenset[str]:
    """Return the words of a name, or those that a mail address is made of before its at sign."""
    return frozenset(word for word in _WORD.findall(folded(text.partition("@")[0])) if len(word) >= SHORTEST_PART)


def _is_made_of_names(part: str) -> bool:
    """Say whether a word is a name, an initial and a name, or two names in one."""
    if _is_of_people(part) or (len(part) > SHORTEST_AFTER_INITIAL and _is_of_people(part[1:])):
        return True
    return any(_is_of_people(part[:at]) and _is_of_people(part[at:]) for at in range(SHORTEST_PART, len(part) - 2))


def _is_of_people(word: str) -> bool:
    return len(word) >= SHORTEST_PART and not _PEOPLE.isdisjoint(_known(word))


def _known(word: str) -> str:
    return gazetteers.lists().get(folded(word), "")
