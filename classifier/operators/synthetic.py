"""`synthetic`: a made-up value of the same kind, the same for the same value, that is nobody's."""

import hmac

from classifier.entities import Entity
from classifier.exceptions import PolicyError
from classifier.operators.base import Hider, Params, as_key, check_key, entity_of
from classifier.operators.draw import Draw, filled, runs_of
from classifier.operators.fakes import FAKES, load_words
from classifier.operators.shape import TELLING
from classifier.operators.unissued import may_be_issued

ATTEMPTS = 12
# Longer is no name, address or number: it gets letters and digits at random; much longer, only its shape, as
# each letter takes some microseconds.
LONGEST = 120
LONGEST_FILLED = 4096


class Synthetic(Hider):
    """Replace a value by a made-up one: no three letters or digits of it stay together."""

    name = "synthetic"

    def operate(self, text: str = "", params: Params | None = None) -> str:
        """Return the made-up value."""
        return made_up(text, entity_of(params), as_key((params or {}).get("key")))

    def validate(self, params: Params | None = None) -> None:
        """Refuse a missing or short key, and load the words, which takes a quarter of a second, beforehand."""
        check_key((params or {}).get("key"), self.name)
        try:
            load_words()
        except ImportError:
            message = "The operator 'synthetic' needs the package faker."
            raise PolicyError(message) from None


def made_up(text: str, entity: Entity, key: bytes) -> str:
    """Return a made-up value: of reserved or never issued ranges where a kind has them, else of the same shape."""
    if not text or len(text) > LONGEST_FILLED:
        return TELLING.sub("*", text)
    avoided, fake = runs_of(text), FAKES.get(entity)
    for attempt in range(ATTEMPTS if len(text) <= LONGEST else 0):
        draw = Draw(_seed(key, entity, text, attempt))
        made = fake(text, draw) if fake else filled(text, draw, avoided)
        if made and made.lower() != text.lower() and not avoided & runs_of(made) and not may_be_issued(made, entity):
            return made
    return filled(text, Draw(_seed(key, entity, text, ATTEMPTS)), avoided)


def made_up_number(text: str, entity: Entity, key: bytes) -> str:
    """Return a JSON number of as many digits, which is another one."""
    made = made_up(text, entity, key)
    if made.isdigit() and len(made) == len(text) and made[0] != "0":
        return made
    tries = (_renumbered(text, Draw(_seed(key, entity, text, attempt))) for attempt in range(ATTEMPTS))
    return next((number for number in tries if not may_be_issued(number, entity)), "0")


def _renumbered(text: str, draw: Draw) -> str:
    """Return a number with other digits; JSON allows no zero before others, so there is none."""
    return "".join(_other_digit(letter, draw) if letter.isdigit() else letter for letter in text)


def _other_digit(digit: str, draw: Draw) -> str:
    return draw.one_of([other for other in "123456789" if other != digit])


def _seed(key: bytes, entity: Entity, text: str, attempt: int) -> bytes:
    message = f"{entity}\x00{attempt}\x00{text}".encode("utf-8", "surrogatepass")
    return hmac.digest(key, message, "sha256")
