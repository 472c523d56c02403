"""Where a field lies, folded so that it names no person: keys of an object may be people, accounts or addresses.

Only words that field names are made of stay readable; a key with any other word, or with a digit, becomes a star.
"""

import re
from functools import cache

from classifier import Entity, field_names
from classifier.names import gazetteers

LONGEST = 200
ANY = "*"

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_PLAIN = re.compile(r"[A-Za-z][A-Za-z_\-. ]{0,60}")


def folded(pointer: str) -> str:
    """Return a JSON pointer with every key that is not known as a field's name as a star."""
    kept = [_segment(one.replace("~1", "/").replace("~0", "~")) for one in pointer.split("/")[1:]]
    path = "".join(f"/{one}" for one in kept)
    return path if len(path) <= LONGEST else "/…" + path[-(LONGEST - 2) :]


def _segment(key: str) -> str:
    if not _PLAIN.fullmatch(key):
        return ANY
    words = [word.lower() for word in _WORD.findall(key)]
    return key if words and known_words().issuperset(words) else ANY


@cache
def known_words() -> frozenset[str]:
    """Return the words that the classifier knows field names to be made of, without those that people are called."""
    listed = " ".join((field_names.GUARDS, field_names.PREFIXES, field_names.PEOPLE, *field_names.PARENTS.values()))
    told = [word for name, *_ in field_names.known_names() for word in name.split() if word.isascii()]
    kinds = [word.lower() for entity in Entity for word in entity.value.split("_")]
    known = {*listed.split(), *told, *kinds, *_CONTAINERS.split()}
    known |= {f"{word}s" for word in known}
    return frozenset(word for word in known if word in _FIELDS_ALL_THE_SAME or not _is_name(word))


def _is_name(word: str) -> bool:
    letters = gazetteers.lists().get(word, "")
    return gazetteers.GIVEN in letters or gazetteers.FAMILY in letters


# What else objects and lists are called that hold personal fields.
_CONTAINERS = """
    item items entry entries element elements node nodes edge edges page pages context property properties meta metadata
    info comment comments note text title description content transaction transactions purchase invoice quote ticket
    tickets lead leads session device devices url referrer session member members booking reservation shipment
    subscription plan campaign product products cart checkout company organization organisation team department
    location locations geo region country city zip code number value extra custom attribute attributes headers params
    query variables nested inner outer first second primary secondary anonymous
"""

# Somebody somewhere is called so, and yet such a key is a field.
_FIELDS_ALL_THE_SAME = frozenset(
    """
    author case date field fields holder house iban job key line link list payer post province reason server street
    topic
    """.split()  # noqa: SIM905 - a table of words reads better without quotation marks.
)
