"""The operators: Presidio's and ours behind one front; nothing else imports Presidio."""

import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from presidio_anonymizer.entities import InvalidParamError
from presidio_anonymizer.operators import Operator, OperatorsFactory, OperatorType

from classifier.entities import Entity
from classifier.exceptions import PolicyError

Param = str | int | bool
Hide = Callable[[str], str]

# 32 hexadecimal digits are 128 bits: two values never meet by chance.
HASH_LENGTH = 32
HASH_LENGTHS = range(16, 65)
WHOLE = -1
MINIMUM_KEY_BYTES = 16
# White space, ASCII punctuation and typographic dashes separate; every other character tells something.
_TELLING = re.compile(r"[^\s!-/:-@\[-`{-~\u2010-\u2015]")


class Shape(Operator):
    """Hide letters and digits and keep what separates them: ***-**-****."""

    def operate(self, text: str = "", params: dict[str, object] | None = None) -> str:
        """Return the shape of the text."""
        return _TELLING.sub(str((params or {}).get("masking_char", "*")), text)

    def validate(self, params: dict[str, object] | None = None) -> None:
        """Refuse a masking character that could be read as part of the value."""
        _check_character((params or {}).get("masking_char", "*"))

    def operator_name(self) -> str:
        """Return the name policies use."""
        return "shape"

    def operator_type(self) -> OperatorType:
        """Say that this operator hides."""
        return OperatorType.Anonymize


class KeyedHash(Operator):
    """Replace a value by its HMAC-SHA-256: equal values stay equal, and only the key holder can test a guess."""

    def operate(self, text: str = "", params: dict[str, object] | None = None) -> str:
        """Return the first `length` hexadecimal digits of the keyed hash."""
        given = params or {}
        digest = hmac.digest(_as_key(given["key"]), text.encode("utf-8", "surrogatepass"), "sha256")
        return digest.hex()[: int(str(given.get("length", HASH_LENGTH)))]

    def validate(self, params: dict[str, object] | None = None) -> None:
        """Refuse a missing or short key and a length that invites collisions."""
        given = params or {}
        if len(_as_key(given.get("key", b""))) < MINIMUM_KEY_BYTES:
            message = f"The operator 'hash' needs a key of at least {MINIMUM_KEY_BYTES} bytes."
            raise PolicyError(message)
        length = given.get("length", HASH_LENGTH)
        if type(length) is not int or length not in HASH_LENGTHS:
            message = (
                f"The parameter 'length' of 'hash' must be a whole number from {HASH_LENGTHS[0]} to {HASH_LENGTHS[-1]}."
            )
            raise PolicyError(message)

    def operator_name(self) -> str:
        """Return the name policies use."""
        return "hash"

    def operator_type(self) -> OperatorType:
        """Say that this operator hides."""
        return OperatorType.Anonymize


@dataclass(frozen=True, slots=True)
class OperatorConfig:
    """Choose an operator and its parameters; hashable, so that policies compare."""

    name: str
    params: tuple[tuple[str, Param], ...] = ()

    def __post_init__(self) -> None:
        """Refuse an operator or a parameter that does not exist."""
        object.__setattr__(self, "params", tuple(sorted(self.params)))
        if self.name not in OPERATORS:
            message = f"Unknown operator {str(self.name)[:40]!r}; allowed: {', '.join(OPERATORS)}."
            raise PolicyError(message)
        unknown = sorted({name for name, _ in self.params} - set(OPERATORS[self.name]))
        if unknown:
            allowed = ", ".join(OPERATORS[self.name]) or "none"
            message = f"Operator {self.name!r} has no parameter {unknown[0][:40]!r}; allowed: {allowed}."
            raise PolicyError(message)


# Every operator with the parameters a policy may give it.
OPERATORS: Mapping[str, tuple[str, ...]] = {
    "replace": ("new_value",),
    "redact": (),
    "mask": ("masking_char", "chars_to_mask", "from_end"),
    "shape": ("masking_char",),
    "hash": ("length",),
    "keep": (),
}


def _factory() -> OperatorsFactory:
    factory = OperatorsFactory()  # type: ignore[no-untyped-call]
    factory.add_anonymize_operator(Shape)
    # Presidio's own hash salts at random unless told, which no stream could join on.
    factory.add_anonymize_operator(KeyedHash)
    return factory


FACTORY = _factory()


def compile_operator(config: OperatorConfig, entity: Entity, *, hash_key: bytes) -> Hide | None:
    """Return the function that hides a value of this entity, or None for `keep`."""
    if config.name == "keep":
        return None
    operator = FACTORY.create_operator_class(config.name, OperatorType.Anonymize)
    params = _parameters(config, entity, hash_key)
    try:
        operator.validate(params)
        return _directly(operator, config.name, params)
    except (InvalidParamError, TypeError, ValueError):
        message = f"Operator {config.name!r} of {entity} has a parameter of a wrong kind."
        raise PolicyError(message) from None


def _parameters(config: OperatorConfig, entity: Entity, hash_key: bytes) -> dict[str, object]:
    params: dict[str, object] = {"entity_type": str(entity), **dict(config.params)}
    if config.name == "replace":
        params.setdefault("new_value", f"<{entity}>")
    elif config.name == "mask":
        _check_character(params.setdefault("masking_char", "*"))
        params.setdefault("from_end", False)
        _check_count(params.setdefault("chars_to_mask", WHOLE))
    elif config.name == "hash":
        params["key"] = hash_key
    return params


def _directly(operator: Operator, name: str, params: dict[str, object]) -> Hide:
    """Bind the parameters; what answers the same for every value is asked once."""
    if name in ("replace", "redact"):
        answer = str(operator.operate("", params))
        return lambda _text: answer
    if name == "mask" and params["chars_to_mask"] == WHOLE:
        # Presidio masks a fixed count; a longer value would keep its tail.
        return lambda text: str(operator.operate(text, {**params, "chars_to_mask": len(text)}))
    return partial(operator.operate, params=params)


def _check_character(value: object) -> None:
    if not isinstance(value, str) or len(value) != 1 or value.isdigit():
        message = "The parameter 'masking_char' must be one character that is no digit."
        raise PolicyError(message)


def _check_count(value: object) -> None:
    if type(value) is not int or value < WHOLE or value == 0:
        message = "The parameter 'chars_to_mask' must be a whole number above zero; leave it out to hide all."
        raise PolicyError(message)


def _as_key(value: object) -> bytes:
    return value if isinstance(value, bytes) else b""
