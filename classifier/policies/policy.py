"""A policy: which operator hides which entity, and what becomes of numbers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from classifier.entities import ENTITIES, Entity, Group
from classifier.exceptions import PolicyError
from classifier.matchers import OwnRules, rules_from
from classifier.operators import OperatorConfig, config_from, plain_config
from classifier.policies.tables import KEEP, NUMBERS, REPLACE, CompiledPolicy, own_configs
from classifier.tokens import Keyring

_MEMBERS = ("name", "operators", "default", "numbers", "keep_by_default", "matchers", "allow", "block", "leak_check")
NO_RULES = OwnRules()

Operators = tuple[tuple[Entity, OperatorConfig], ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """Choose an operator for each entity; one that is not named gets the default."""

    name: str
    operators: Operators | Mapping[Entity, OperatorConfig] = ()
    default: OperatorConfig = REPLACE
    numbers: str = "zero"
    keep_by_default: bool = False
    everything: bool = False
    hash_key: bytes = field(default=b"", repr=False)
    keyring: Keyring | None = field(default=None, repr=False, compare=False)
    encrypt_key: bytes = field(default=b"", repr=False, compare=False)
    own: OwnRules = NO_RULES
    # What a reader was granted: not even an owner's matcher hides it; only what is blocked stays hidden.
    granted: frozenset[Entity] = frozenset()
    # Whether each masked body is looked at again before it goes anywhere.
    leak_check: bool = False
    _compiled: CompiledPolicy | None = field(default=None, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Sort the operators, so that equal policies compare equal, and refuse what is unsafe."""
        given = self.operators.items() if isinstance(self.operators, Mapping) else self.operators
        chosen = {_entity(name): config for name, config in given}
        object.__setattr__(self, "operators", tuple(sorted(chosen.items())))
        if self.numbers not in NUMBERS:
            message = f"Unknown treatment of numbers; allowed: {', '.join(NUMBERS)}."
            raise PolicyError(message)
        if self.default.name == "keep" and not self.keep_by_default:
            message = "The default operator may be 'keep' only where keep_by_default says so."
            raise PolicyError(message)

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel between processes without the compiled tables."""
        values = (self.name, self.operators, self.default, self.numbers, self.keep_by_default, self.everything)
        return type(self), (
            *values,
            self.hash_key,
            self.keyring,
            self.encrypt_key,
            self.own,
            self.granted,
            self.leak_check,
        )

    @classmethod
    def named(cls, name: str, *, hash_key: bytes = b"", keyring: Keyring | None = None) -> Self:
        """Return one of the policies every installation has; the last three need a key or a keyring."""
        if name not in _NAMED:
            message = f"Unknown policy {str(name)[:40]!r}; allowed: {', '.join(_NAMED)}."
            raise PolicyError(message)
        operators, default = _NAMED[name]
        return cls(name, operators, default, hash_key=hash_key, keyring=keyring)

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any], *, hash_key: bytes = b"", keyring: Keyring | None = None) -> Self:
        """Return the policy that as_dict() stored; the keys are kept elsewhere."""
        if not isinstance(stored, Mapping):
            message = "A policy is an object with operators, a default and a treatment of numbers."
            raise PolicyError(message)
        unknown = sorted(set(stored) - set(_MEMBERS))
        if unknown:
            message = f"A policy has no {str(unknown[0])[:40]!r}; allowed: {', '.join(_MEMBERS)}."
            raise PolicyError(message)
        operators = stored.get("operators", {})
        if not isinstance(operators, Mapping):
            message = "The operators of a policy must map an entity to an operator."
            raise PolicyError(message)
        return cls(
            name=str(stored.get("name", "custom")),
            operators={_entity(entity): config_from(chosen) for entity, chosen in operators.items()},
            default=config_from(stored.get("default", "replace")),
            numbers=str(stored.get("numbers", "zero")),
            keep_by_default=stored.get("keep_by_default") is True,
            hash_key=hash_key,
            keyring=keyring,
            own=rules_from(stored),
            leak_check=_is_true(stored, "leak_check"),
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the policy as plain data, without its keys."""
        plain: dict[str, Any] = {
            "name": self.name,
            "operators": {str(entity): plain_config(config) for entity, config in dict(self.operators).items()},
            "default": plain_config(self.default),
            "numbers": self.numbers,
            **self.own.as_dict(),
        }
        said = {"keep_by_default": self.keep_by_default, "leak_check": self.leak_check}
        return plain | {name: True for name, is_so in said.items() if is_so}

    def operator_of(self, entity: Entity) -> OperatorConfig:
        """Return the operator that hides this entity: its own, that of what it is part of, or the default."""
        chosen = dict(self.operators)
        whole = ENTITIES[entity].part_of
        return chosen.get(entity) or (chosen.get(whole) if whole else None) or self.default

    def operator_for(self, entity: Entity, recognizer: str) -> OperatorConfig:
        """Return the operator that hides what this recognizer found: that of an owner's rule, or of the entity."""
        own = own_configs(self) if self.own else {}
        return own[recognizer][2] if recognizer in own else self.operator_of(entity)

    def with_operator(self, entity: Entity, operator: OperatorConfig | str) -> Self:
        """Return this policy with another operator for one entity."""
        return replace(self, operators={**dict(self.operators), _entity(entity): config_from(operator)})

    def keeping(self, entities: Iterable[Entity]) -> Self:
        """Return this policy with these entities and their parts left readable, as a partial grant asks."""
        kept = set(map(_entity, entities))
        kept |= {entity for entity, info in ENTITIES.items() if info.part_of in kept}
        operators = {**dict(self.operators), **dict.fromkeys(kept, KEEP)}
        return replace(self, operators=operators, granted=self.granted | kept)

    def for_batch(self) -> Self:
        """Return this policy for one batch that comes in several bodies: markers of scope `batch` count on.

        It remembers the values of such markers; give each batch, and each thread, its own.
        """
        batch = replace(self)
        object.__setattr__(batch, "_compiled", self.compiled().for_call())
        return batch

    def compiled(self) -> CompiledPolicy:
        """Return the tables of this policy, built at the first call."""
        if self._compiled is None:
            object.__setattr__(self, "_compiled", CompiledPolicy(self))
        return self._compiled  # type: ignore[return-value]


def _is_true(stored: Mapping[str, Any], name: str) -> bool:
    value = stored.get(name, False)
    if not isinstance(value, bool):
        message = f"The member {name!r} of a policy must be true or false."
        raise PolicyError(message)
    return value


def _entity(name: object) -> Entity:
    try:
        return Entity(str(name))
    except ValueError:
        message = f"Unknown entity {str(name)[:40]!r}; allowed: {', '.join(Entity)}."
        raise PolicyError(message) from None


def _hashed(entities: Iterable[Entity]) -> dict[Entity, OperatorConfig]:
    return dict.fromkeys(entities, OperatorConfig("hash"))


def _redacted(group: Group) -> dict[Entity, OperatorConfig]:
    return {entity: OperatorConfig("redact") for entity, info in ENTITIES.items() if info.group is group}


def _own_operators() -> dict[Entity, OperatorConfig]:
    """Name each kind with its own operator; a part that is hidden as its whole goes unnamed, and follows the whole."""
    whole = {entity: ENTITIES[info.part_of].operator for entity, info in ENTITIES.items() if info.part_of}
    return {
        entity: OperatorConfig(info.operator) for entity, info in ENTITIES.items() if whole.get(entity) != info.operator
    }


_JOINABLE = {entity for entity, info in ENTITIES.items() if info.operator == "shape"} | {
    Entity.EMAIL_ADDRESS,
    Entity.USERNAME,
    Entity.IP_ADDRESS,
    Entity.MAC_ADDRESS,
    Entity.DEVICE_ID,
}
# strict tells only the kind; balanced keeps shapes; analytics keeps equal values equal, so that records join;
# reversible lets the permitted have every value back; lifelike shows made-up values.
_NAMED: dict[str, tuple[dict[Entity, OperatorConfig], OperatorConfig]] = {
    "strict": ({}, REPLACE),
    "balanced": (_own_operators(), REPLACE),
    "analytics": (_hashed(_JOINABLE), REPLACE),
    "reversible": ({}, OperatorConfig("token")),
    "lifelike": (_redacted(Group.CREDENTIAL), OperatorConfig("synthetic")),
}

POLICY_NAMES = tuple(_NAMED)
REDACT_EVERYTHING = Policy("redact-everything", everything=True)
