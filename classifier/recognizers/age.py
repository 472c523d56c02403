"""Ages that a word after them makes one: `42 years old`, `42-year-old`, `53 años`, `42 y/o`."""

from classifier.entities import Entity
from classifier.recognizers.base import LEFT, PatternRecognizer

_AFTER = (
    r"[ -]?(?:years?[ -]olds?|yrs?[ -]old|y/?o|yr[ -]old|years? of age|jahre? alt|j[?]hrige[nrs]?|"
    r"a[?]os de edad|a[?]os|"
    r"ans|anni|anos de idade|jaar oud|jarige?|[?]rs gammel|[?]r gammal|[?]ring|letni[a-z]?|latek|latk[a-z]|vuotias)"
)

AGE = PatternRecognizer(
    entity=Entity.AGE,
    name="age",
    pattern=rf"{LEFT}((?:1[01]\d|[1-9]?\d)(?i:[ -]?(?:months?|weeks?|days?)[ -]old|{_AFTER}))(?:$|[^0-9A-Za-z])",
    score=0.8,
)
