"""`token`: a value sealed so that records join on it and the permitted can have it back; and the way back."""

from collections.abc import Sequence

from presidio_anonymizer.operators import OperatorType

from classifier.entities import Entity
from classifier.exceptions import TokensRefused
from classifier.operators.base import Hider, Params, check_choice, entity_of, keyring_of
from classifier.tokens import TOKEN, Keyring

PER = ("workspace", "person")
Whose = Keyring | Sequence[Keyring | None]


class People:
    """Whose data the records of one call are: the keyring of each, in their order; None where nobody knows.

    It is turned to a record before that is hidden. What has no keyring is hidden for good: its kind is all that stays.
    """

    __slots__ = ("_keyring", "_keyrings")

    def __init__(self, keyrings: Whose) -> None:
        """Begin with the first record; one keyring is that of all records."""
        self._keyrings = keyrings
        self._keyring: Keyring | None = None
        self.turn_to(0)

    def turn_to(self, place: int) -> None:
        """Hide what follows as data of this record's person."""
        if isinstance(self._keyrings, Keyring):
            self._keyring = self._keyrings
        else:
            self._keyring = self._keyrings[place] if place < len(self._keyrings) else None

    def hide(self, entity: Entity, text: str) -> str:
        """Return the token of a value under its person's key."""
        keyring = self._keyring
        if keyring is None:
            return f"<{entity}>" if text else text
        return text if keyring.has_sealed(text) else keyring.seal(entity, text)


class Token(Hider):
    """Replace a value by its token; what is a token already stays one.

    Under `per: person` it is sealed by `People`, which the tables of a call hold, and never here.
    """

    name = "token"

    def operate(self, text: str = "", params: Params | None = None) -> str:
        """Return the token of the text."""
        keyring = keyring_of(params)
        return text if keyring.has_sealed(text) else keyring.seal(entity_of(params), text)

    def validate(self, params: Params | None = None) -> None:
        """Refuse a missing keyring, or an unknown owner of the key."""
        keyring_of(params)
        check_choice((params or {}).get("per", PER[0]), PER, "per")


class Untoken(Hider):
    """Replace a token by its value, for Presidio's deanonymizer."""

    name = "token"

    def operate(self, text: str = "", params: Params | None = None) -> str:
        """Return the value of a token, or refuse."""
        claim = TOKEN.fullmatch(text)
        opened = keyring_of(params).open(claim) if claim else None
        if opened is None:
            raise TokensRefused(1)
        return opened[1]

    def validate(self, params: Params | None = None) -> None:
        """Refuse a missing keyring."""
        keyring_of(params)

    def operator_type(self) -> OperatorType:
        """Say that this operator undoes one that hides."""
        return OperatorType.Deanonymize
