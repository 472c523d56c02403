"""Credentials inside a URL; the rest of the address stays readable."""

from classifier.entities import Entity
from classifier.recognizers.base import NUL, PatternRecognizer
from classifier.spans import PROVEN_SCORE

URL = PatternRecognizer(
    entity=Entity.URL,
    name="url",
    pattern=rf'[A-Za-z][A-Za-z0-9+.-]+://([^\s/"<>{NUL}!#]+)@[0-9A-Za-z?\[]',
    score=PROVEN_SCORE,
)
