"""What a word before or after a name tells: salutations, introductions, street forms, company endings, honorifics."""

import re
from collections.abc import Iterator

from classifier.entities import Entity
from classifier.spans import LIKELY_SCORE, Span

_HANDLE = re.compile(r"(?<![\w.@/+-])@(?=[A-Za-z0-9_]*[A-Za-z_])[A-Za-z0-9_]{2,40}(?![\w@]|\.[A-Za-z])")


def find_by_rules(text: str) -> Iterator[Span]:
    """Yield what the rules find in a text."""
    if "@" in text:
        for match in _HANDLE.finditer(text):
            yield Span(*match.span(), Entity.USERNAME, LIKELY_SCORE, "handle")
