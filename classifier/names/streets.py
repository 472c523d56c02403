"""Addresses by the forms that streets and postcodes have in many languages."""

import re
from collections.abc import Iterator

from classifier.entities import Entity
from classifier.names.forms import alternatives
from classifier.names.hints import Hint, matches
from classifier.spans import LIKELY_SCORE, Span

RECOGNIZER = "names-streets"

_CAPITAL = "[A-Z\u00c0-\u00d6\u00d8-\u00de\u0100-\u017f\u0410-\u042f\u0406\u0407\u0404]"
_WORD = rf"{_CAPITAL}[\w'\u2019.-]{{0,30}}"
_NUMBER = r"\d{1,5} ?[A-Za-z]?(?:[-/]\d{1,4}[A-Za-z]?)?\b"
_CITY = rf"{_WORD}(?:[ -]{_WORD}){{0,2}}"
_THEN_CITY = rf"(?:,?[ \n]{{1,2}}(?:[A-Z]{{1,2}}-)?(?:\d{{4,5}}(?:-\d{{3}})?|\d{{2}}-\d{{3}}),? {_CITY})?"
_PARTICLES = rf"(?:(?:{alternatives('street-particles')}) )"
_APARTMENT = r"(?:,? (?:Apt|Apartment|Suite|Ste|Unit|Floor|Flat|#)\.? ?[\w-]{1,6})?"
# 12 Main Street, Apt 4B, Springfield, IL 62704
_ENGLISH = (
    rf"\b\d{{1,6}}[A-Za-z]?,? (?:{_WORD} ){{1,4}}(?:{alternatives('english-streets')})\b\.?{_APARTMENT}"
    rf"(?:,[ \n]{_CITY})?(?:,? [A-Z]{{2}}(?:,? \d{{5}}(?:-\d{{4}})?)?)?"
)
# Hauptstr. 5, 10115 Berlin
_JOINED = rf"\b{_CAPITAL}[^\W\d_]{{2,30}}(?:{alternatives('street-endings')}) {_NUMBER}{_THEN_CITY}"
# Lange Strasse 12
_GERMAN = rf"\b{_WORD} (?:{alternatives('streets-after')}) {_NUMBER}{_THEN_CITY}"
# 10 rue de la Paix, 75002 Paris
_FRENCH = (
    rf"(?i:\b\d{{1,4}}(?: ?bis| ?ter)?,? (?:{alternatives('streets-between')})) "
    rf"(?:{_PARTICLES}|[ld]['\u2019]){{0,3}}{_WORD}(?:[ -]{_PARTICLES}?{_WORD}){{0,3}}{_THEN_CITY}"
)
# Calle Mayor 10, Via Roma 1, 00184 Roma
_ROMANCE = (
    rf"(?i:(?<!\w)(?:{alternatives('streets-before')})) ?{_PARTICLES}{{0,3}}{_WORD}(?: {_PARTICLES}?{_WORD}){{0,3}}"
    rf",? (?:n\.?[\u00bao\u00b0]\.? ?|\u0434\.? ?|No\.? ?)?{_NUMBER}"
    rf"(?:,? (?:m|kv|\u043a\u0432|piso|lok)\.? ?\d{{1,4}})?{_THEN_CITY}"
)
# 8011 Zürich, 00-950 Warszawa
_POSTCODE = rf"(?:(?<=, )|(?<=\n))(?:[A-Z]{{1,2}}-)?(?:\d{{2}}-\d{{3}}|\d{{4,5}}) {_CITY}"
# SW1A 2AA
_BRITISH = r"\b[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\b"
_STREETS = re.compile(f"{_ENGLISH}|{_JOINED}|{_GERMAN}|{_FRENCH}|{_ROMANCE}|{_POSTCODE}|{_BRITISH}")


def find_streets(text: str) -> Iterator[Span]:
    """Yield the addresses of a text."""
    if any(map(str.isdigit, text)):
        for match in matches(_STREETS, Hint.STREET, text):
            end = match.start() + len(match.group().rstrip(" .,'-"))
            yield Span(match.start(), end, Entity.LOCATION, LIKELY_SCORE, RECOGNIZER)
