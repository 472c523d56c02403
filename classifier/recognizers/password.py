"""Passwords that a word before them announces."""

from classifier.entities import Entity
from classifier.recognizers.base import LEFT, NUL, PatternRecognizer

_WORDS = "password|passwd|pwd|passwort|contrase[?n]a|mot de passe|passcode"

PASSWORD = PatternRecognizer(
    entity=Entity.PASSWORD,
    name="password",
    pattern=rf"(?i:{LEFT}(?:{_WORDS})[ ]?[:=][ ]?)([^\s&{NUL}]+)",
    score=0.8,
)
