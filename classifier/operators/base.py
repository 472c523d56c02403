"""What our operators share: how they present themselves to Presidio, and what a parameter may be."""

from typing import ClassVar

from presidio_anonymizer.operators import Operator, OperatorType

from classifier.entities import Entity
from classifier.exceptions import PolicyError
from classifier.tokens import Keyring

Params = dict[str, object]

MINIMUM_KEY_BYTES = 16


class Hider(Operator):
    """An operator of ours, as Presidio's factory and engine take it."""

    name: ClassVar[str]

    def validate(self, params: Params | None = None) -> None:
        """Accept any parameters; an operator that has some says which."""

    def operator_name(self) -> str:
        """Return the name policies use."""
        return self.name

    def operator_type(self) -> OperatorType:
        """Say that this operator hides."""
        return OperatorType.Anonymize


def check_character(value: object) -> None:
    """Refuse a masking character that could be read as part of the value."""
    if not isinstance(value, str) or len(value) != 1 or value.isdigit():
        message = "The parameter 'masking_char' must be one character that is no digit."
        raise PolicyError(message)


def check_choice(value: object, allowed: tuple[str, ...], parameter: str) -> None:
    """Refuse what is not one of the words a parameter may be."""
    if value not in allowed:
        message = f"The parameter {parameter!r} must be one of: {', '.join(allowed)}."
        raise PolicyError(message)


def entity_of(params: Params | None) -> Entity:
    """Return the entity that is hidden, as Presidio's engine names it."""
    try:
        return Entity(str((params or {}).get("entity_type")))
    except ValueError:
        message = f"The parameter 'entity_type' must be one of: {', '.join(Entity)}."
        raise PolicyError(message) from None


def as_key(value: object) -> bytes:
    """Return a key, or nothing where there is none."""
    return value if isinstance(value, bytes) else b""


def check_key(value: object, operator: str) -> None:
    """Refuse a missing or short key."""
    if len(as_key(value)) < MINIMUM_KEY_BYTES:
        message = f"The operator {operator!r} needs a key of at least {MINIMUM_KEY_BYTES} bytes."
        raise PolicyError(message)


def keyring_of(params: Params | None) -> Keyring:
    """Return the keyring, without which there are no tokens."""
    keyring = (params or {}).get("keyring")
    if not isinstance(keyring, Keyring):
        message = "The operator 'token' needs a keyring."
        raise PolicyError(message)
    return keyring
