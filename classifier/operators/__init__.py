"""The operators: Presidio's and ours behind one front; nothing outside this package imports Presidio."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from presidio_anonymizer.entities import InvalidParamError
from presidio_anonymizer.operators import Operator, OperatorsFactory, OperatorType

from classifier.entities import Entity
from classifier.exceptions import PolicyError
from classifier.operators.base import as_key, check_character
from classifier.operators.encrypt import SafeEncrypt, decrypt
from classifier.operators.generalize import DATES, Generalize, coarse_number
from classifier.operators.keyed_hash import HASH_LENGTH, HASH_LENGTHS, KeyedHash
from classifier.operators.last4 import Last4
from classifier.operators.marker import Marker, Markers
from classifier.operators.shape import Shape
from classifier.operators.synthetic import Synthetic, made_up_number
from classifier.operators.token import PER, People, Token, Untoken, Whose
from classifier.tokens import Keyring

__all__ = [
    "FACTORY",
    "HASH_LENGTH",
    "HASH_LENGTHS",
    "OPERATORS",
    "OURS",
    "Hide",
    "Keys",
    "Markers",
    "OperatorConfig",
    "People",
    "Whose",
    "compile_number",
    "compile_operator",
    "config_from",
    "constant_of",
    "decrypt",
    "is_per_person",
    "plain_config",
]

Param = str | int | bool
Hide = Callable[[str], str]

WHOLE = -1

# Every operator with the parameters a policy may give it.
OPERATORS: Mapping[str, tuple[str, ...]] = {
    "replace": ("new_value",),
    "redact": (),
    "mask": ("masking_char", "chars_to_mask", "from_end"),
    "shape": ("masking_char",),
    "last4": ("masking_char",),
    "hash": ("length",),
    "token": ("per",),
    "marker": ("scope",),
    "generalize": ("dates",),
    "synthetic": (),
    "encrypt": (),
    "keep": (),
}
# Presidio's own hash salts at random unless told, which no stream could join on; its encrypt breaks on lone surrogates.
OURS: tuple[type[Operator], ...] = (
    Shape,
    Last4,
    KeyedHash,
    Token,
    Marker,
    Generalize,
    Synthetic,
    SafeEncrypt,
)


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


def config_from(stored: object) -> OperatorConfig:
    """Read an operator from its name, or from its name and parameters."""
    if isinstance(stored, OperatorConfig):
        return stored
    if isinstance(stored, str):
        return OperatorConfig(stored)
    if isinstance(stored, Mapping) and isinstance(stored.get("params", {}), Mapping):
        return OperatorConfig(str(stored.get("name")), tuple(stored.get("params", {}).items()))
    message = "An operator must be a name, or a name with params."
    raise PolicyError(message)


def plain_config(config: OperatorConfig) -> str | dict[str, object]:
    """Return an operator as plain data."""
    return {"name": config.name, "params": dict(config.params)} if config.params else config.name


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys a policy's operators work with, never shown; what has none of its own is derived from the keyring."""

    hash_key: bytes = field(default=b"", repr=False)
    encrypt_key: bytes = field(default=b"", repr=False)
    keyring: Keyring | None = field(default=None, repr=False)

    def for_operator(self, name: str) -> dict[str, object]:
        """Return the parameters that hold the keys of one operator."""
        match name:
            case "token":
                return {"keyring": self.keyring}
            case "hash" | "synthetic":
                return {"key": self.hash_key or self._derived(name)}
            case "encrypt":
                return {"key": self.encrypt_key or self._derived(name)}
        return {}

    def _derived(self, purpose: str) -> bytes:
        return self.keyring.subkey(purpose) if self.keyring else b""


def _factory() -> OperatorsFactory:
    factory = OperatorsFactory()  # type: ignore[no-untyped-call]
    for operator in OURS:
        factory.add_anonymize_operator(operator)
    factory.add_deanonymize_operator(Untoken)
    return factory


FACTORY = _factory()


def compile_operator(
    config: OperatorConfig, entity: Entity, *, hash_key: bytes = b"", keys: Keys | None = None
) -> Hide | None:
    """Return the function that hides a value of this entity, or None for `keep`."""
    if config.name == "keep":
        return None
    operator = FACTORY.create_operator_class(config.name, OperatorType.Anonymize)
    params = _parameters(config, entity, keys or Keys(hash_key))
    try:
        operator.validate(params)
        if is_per_person(config):
            return partial(People(()).hide, entity)  # Until a call says whose data it is, nobody's.
        return _directly(operator, config.name, params)
    except (InvalidParamError, TypeError, ValueError):
        message = f"Operator {config.name!r} of {entity} has a parameter of a wrong kind."
        raise PolicyError(message) from None


def constant_of(config: OperatorConfig, entity: Entity) -> str | None:
    """Return what an operator puts in the place of any value, or None where that depends on the value."""
    match config.name:
        case "replace":
            # Presidio takes an empty text for none.
            return str(dict(config.params).get("new_value") or f"<{entity}>")
        case "redact":
            return ""
    return None


def is_per_person(config: OperatorConfig) -> bool:
    """Say whether an operator seals under a key of the person the data is about."""
    return config.name == "token" and dict(config.params).get("per", PER[0]) == PER[1]


def compile_number(config: OperatorConfig, entity: Entity, keys: Keys) -> Callable[[str], str | None] | None:
    """Return the function that hides a JSON number of this entity by another one; most operators have none."""
    match config.name:
        case "synthetic":
            key = as_key(keys.for_operator(config.name)["key"])
            return lambda number: made_up_number(number, entity, key)
        case "generalize":
            dates = str(dict(config.params).get("dates", DATES[0]))
            return lambda number: coarse_number(number, entity, dates)
    return None


def _parameters(config: OperatorConfig, entity: Entity, keys: Keys) -> dict[str, object]:
    params: dict[str, object] = {"entity_type": str(entity), **dict(config.params), **keys.for_operator(config.name)}
    if config.name == "replace":
        params.setdefault("new_value", f"<{entity}>")
    elif config.name == "mask":
        check_character(params.setdefault("masking_char", "*"))
        params.setdefault("from_end", False)
        _check_count(params.setdefault("chars_to_mask", WHOLE))
    return params


def _directly(operator: Operator, name: str, params: dict[str, object]) -> Hide:
    """Bind the parameters; what answers the same for every value is asked once."""
    if name in ("replace", "redact"):
        answer = str(operator.operate("", params))
        return lambda _text: answer
    if name == "mask" and params["chars_to_mask"] == WHOLE:
        # Presidio masks a fixed count; a longer value would keep its tail.
        return lambda text: str(operator.operate(text, {**params, "chars_to_mask": len(text)}))
    # Not a partial: its repr would show the key among the parameters.
    return lambda text: str(operator.operate(text, params))


def _check_count(value: object) -> None:
    if type(value) is not int or value < WHOLE or value == 0:
        message = "The parameter 'chars_to_mask' must be a whole number above zero; leave it out to hide all."
        raise PolicyError(message)
