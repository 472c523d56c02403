"""`last4`: the shape of a value with its last four letters or digits left readable."""

from classifier.operators.base import Hider, Params, check_character
from classifier.operators.shape import TELLING

SHOWN = 4
# Four of eight characters would be half the value; a shorter value is hidden whole.
MINIMUM_LENGTH = 9


class Last4(Hider):
    """Hide all but the last four letters or digits: ***-**-6789."""

    name = "last4"

    def operate(self, text: str = "", params: Params | None = None) -> str:
        """Return the shape of the text, with its end."""
        sign = str((params or {}).get("masking_char", "*"))
        telling = [at for at, letter in enumerate(text) if letter.isalnum()]
        end = telling[-SHOWN] if len(telling) >= MINIMUM_LENGTH else len(text)
        shown = (letter if letter.isalnum() else TELLING.sub(sign, letter) for letter in text[end:])
        return TELLING.sub(sign, text[:end]) + "".join(shown)

    def validate(self, params: Params | None = None) -> None:
        """Refuse a masking character that could be read as part of the value."""
        check_character((params or {}).get("masking_char", "*"))
