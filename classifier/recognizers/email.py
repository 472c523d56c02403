"""E-mail addresses, also with a percent-encoded or written-out at sign."""

import re2

from classifier.entities import Entity
from classifier.recognizers.base import PatternRecognizer
from classifier.spans import PROVEN_SCORE, Span

# `?` stands for a letter outside ASCII.
_LOCAL = r"[0-9A-Za-z?_.+%'&*^{|}~#$-]+"
_AT = r"(?:@|%40| ?\[at\] ?| ?\(at\) ?)"
_DOMAIN = r"(?:[0-9A-Za-z?][0-9A-Za-z?-]*\.)+(?:[A-Za-z?]{2,}|xn--[0-9A-Za-z-]+)"
_IP_DOMAIN = r"\[[0-9A-Fa-f.:]{3,45}\]"
# The part of a URL before a lone `@` is the business of the URL recognizer.
_URL_USER = re2.compile(rb"://[^/\s\x00]*$")


class EmailRecognizer(PatternRecognizer):
    """Find e-mail addresses, but not the password in front of a host."""

    __slots__ = ()

    def find(self, folded: bytes, text: str) -> list[Span]:
        """Return where addresses stand in the text."""
        return [
            span
            for span in super().find(folded, text)
            if not _URL_USER.search(folded[max(0, span.start - 200) : span.start])
        ]


EMAIL_ADDRESS = EmailRecognizer(
    entity=Entity.EMAIL_ADDRESS,
    name="email",
    pattern=rf"({_LOCAL}{_AT}(?:{_DOMAIN}|{_IP_DOMAIN}))",
    # Nothing else is written like this: the form is its own proof.
    score=PROVEN_SCORE,
)
