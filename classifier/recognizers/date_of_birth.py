"""Dates that a word such as `born` or `DOB` makes a date of birth."""

from classifier.entities import Entity
from classifier.recognizers.base import LEFT, NUL, PatternRecognizer

_WORDS = (
    r"born|dob|d\.o\.b\.?|date of birth|birth ?date|birthday|geb\.?|geboren|geburtsdatum|geburtstag|n[?e]e? le|"
    r"date de naissance|nacid[oa]|fecha de nacimiento|f\. ?nac\.?|nat[oa] il|data di nascita|ur\.|urodz[a-z.]{0,8}|"
    r"data urodzenia|nascid[oa]|data de nascimento|geboortedatum"
)
_BETWEEN = rf"[^0-9A-Za-z?{NUL}]{{0,4}}(?:(?:is|was|on|in|the|am|le|el|il|em|dn\.|op|den)[ .]{{1,2}}){{0,2}}"
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
