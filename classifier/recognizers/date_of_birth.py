"""Dates that a word such as `born` or `DOB` makes a date of birth."""

from classifier.entities import Entity
from classifier.recognizers.base import LEFT, NUL, PatternRecognizer

_WORDS = (
    r"born|dob|d\.o\.b\.?|date of birth|birth ?date|birthday|geb\.?|geboren|geburtsdatum|geburtstag|n[?e]e? le|"
    r"date de naissance|nacid[oa]|fecha de nacimiento|f\. ?nac\.?|nat[oa] il|data di nascita|ur\.|urodz[a-z.]{0,8}|"
    r"data urodzenia|nascid[oa]|data de nascimento|geboortedatum|nat[oa]|n[?e]e?|f[?o]dd|f[?o]dt|narozen[a?]?|syntynyt|"
    r"sz[?u]letett|n[?a]scut[a?]?"
)
_SMALL = r"(?:(?:is|was|on|in|the|am|le|el|il|em|dn\.|dnia|op|den|d\.)[ .]{1,2}){0,2}"
# `Born in Odense, Denmark on 3 May 1944`, `nato a Bergamo il 12/07/1955`.
_PLACE = r"(?:(?:in|at|a|\?|en|em|te|w|we|i|u|v|ve)[ ][A-Za-z?'-]{2,20}(?:,?[ ][A-Za-z?'-]{2,20}){0,2}[ ,]{1,2})?"
_BETWEEN = rf"[^0-9A-Za-z?{NUL}]{{0,4}}{_SMALL}{_PLACE}{_SMALL}"
_MONTH = r"[A-Za-z?]{3,12}\.?"
_DATE = (
    r"\d{1,4}[ ]?[-./ ][ ]?\d{1,2}[ ]?[-./ ][ ]?\d{1,4}"
    rf"|\d{{1,2}}(?:st|nd|rd|th|\.|\\?)? ?(?:de |of )?{_MONTH},? ?(?:de |of )?\d{{2,4}}"
    rf"|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? \d{{2,4}}|\d{{8}}|(?:19|20)\d{{2}}"
)

DATE_OF_BIRTH = PatternRecognizer(
    entity=Entity.DATE_OF_BIRTH,
    name="date_of_birth",
    pattern=rf"(?i:{LEFT}(?:{_WORDS}){_BETWEEN})((?i:{_DATE}))",
    score=0.85,
)
