"""`shape`: letters and digits hidden, what separates them kept."""

import re

from classifier.operators.base import Hider, Params, check_character

# White space, ASCII punctuation and typographic dashes separate; every other character tells something.
TELLING = re.compile(r"[^\s!-/:-@\[-`{-~\u2010-\u2015]")


class Shape(Hider):
    """Hide letters and digits and keep what separates them: ***-**-****."""

    name = "shape"

    def operate(self, text: str = "", params: Params | None = None) -> str:
        """Return the shape of the text."""
        return TELLING.sub(str((params or {}).get("masking_char", "*")), text)

    def validate(self, params: Params | None = None) -> None:
        """Refuse a masking character that could be read as part of the value."""
        check_character((params or {}).get("masking_char", "*"))
