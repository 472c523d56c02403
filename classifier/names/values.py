"""Values of few words, as fields of a document hold: read by lists and forms alone where these tell all."""

import re

from classifier.entities import Entity
from classifier.names import gazetteers
from classifier.names.gate import known
from classifier.names.hints import Hint, hints_of
from classifier.names.rules import find_companies
from classifier.names.streets import find_streets
from classifier.spans import Span

# A guess from the lists, without a word beside it that tells.
VALUE_SCORE = 0.5
RECOGNIZER = "names-value"

_NAME = re.compile(r"[^\W\d_]+(?:[ '\u2019-][^\W\d_]+)*")
_WORD = re.compile(r"[^\W\d_]+")
_PEOPLE = frozenset((gazetteers.GIVEN, gazetteers.FAMILY))
_PLACES = frozenset((gazetteers.PLACE, gazetteers.REGION))


def find_in_value(text: str) -> list[Span] | None:
    """Return what a short value is, or None where only the model can tell."""
    hints = hints_of(text)
    found = [*find_companies(text)] if Hint.COMPANY in hints else []
    found += find_streets(text) if Hint.STREET in hints else ()
    if found:
        return found
    if not _NAME.fullmatch(text):
        return None
    entity = _entity_of([known(word) for word in _WORD.findall(text)])
    return None if entity is None else [Span(0, len(text), entity, VALUE_SCORE, RECOGNIZER)]


def _entity_of(letters: list[str]) -> Entity | None:
    """Return what lists know of every word, if they know of nothing else."""
    if all(_PEOPLE & set(each) and gazetteers.COMMON not in each for each in letters):
        return Entity.PERSON if len(letters) > 1 or not _PLACES & set(letters[0]) else Entity.LOCATION
    if all(_PLACES & set(each) for each in letters):
        return Entity.LOCATION
    return None
