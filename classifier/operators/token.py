"""`token`: a value sealed so that records join on it and the permitted can have it back; and the way back."""

from presidio_anonymizer.operators import OperatorType

from classifier.exceptions import TokensRefused
from classifier.operators.base import Hider, Params, entity_of, keyring_of
from classifier.tokens import TOKEN


class Token(Hider):
    """Replace a value by its token; what is a token already stays one."""

    name = "token"

    def operate(self, text: str = "", params: Params | None = None) -> str:
        """Return the token of the text."""
        keyring = keyring_of(params)
        return text if keyring.has_sealed(text) else keyring.seal(entity_of(params), text)

    def validate(self, params: Params | None = None) -> None:
        """Refuse a missing keyring."""
        keyring_of(params)


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
