"""A policy: which operator hides which entity, and what becomes of numbers."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from classifier.entities import ENTITIES, Entity
from classifier.exceptions import PolicyError
from classifier.operators import Hide, OperatorConfig, compile_operator
from classifier.spans import Span, settle_labels, settle_overlaps

NUMBERS = {"zero": "0", "null": "null"}
_KEEP = OperatorConfig("keep")
_REPLACE = OperatorConfig("replace")

Operators = tuple[tuple[Entity, OperatorConfig], ...]


class CompiledPolicy:
    """A policy made ready: one function an entity, shared by threads and never changed."""

    __slots__ = ("everything", "hides", "kept", "number")

    def __init__(self, policy: "Policy") -> None:
        """Compile every operator once."""
        self.everything = policy.everything
        self.number = NUMBERS[policy.numbers]
        self.hides: dict[Entity, Hide | None] = {
            entity: compile_operator(policy.operator_of(entity), entity, hash_key=policy.hash_key) for entity in Entity
        }
        self.kept = frozenset(entity for entity, hide in self.hides.items() if hide is None)

    def hide(self, entity: Entity, text: str) -> str:
        """Return the text as this entity's operator leaves it."""
        hide = self.hides[entity]
        return text if hide is None else hide(text)

    def settle(self, spans: Iterable[Span]) -> list[Span]:
        """Return what must be hidden, without overlaps.

        What the policy keeps leaves before spans merge: it must never swallow a hidden neighbour.
        """
        return settle_overlaps(span for span in settle_labels(spans) if span.entity not in self.kept)

    def hide_spans(self, text: str, spans: Iterable[Span], counts: Counter[Entity]) -> str:
        """Return the text with every span hidden that the policy does not keep."""
        pieces: list[str] = []
        end = 0
        for span in self.settle(spans):
            counts[span.entity] += 1
            pieces += (text[end : span.start], self.hide(span.entity, text[span.start : span.end]))
            end = span.end
        return "".join((*pieces, text[end:]))


@dataclass(frozen=True, slots=True)
class Policy:
    """Choose an operator for each entity; one that is not named gets the default."""

    name: str
    operators: Operators | Mapping[Entity, OperatorConfig] = ()
    default: OperatorConfig = _REPLACE
    numbers: str = "zero"
    keep_by_default: bool = False
    everything: bool = False
    hash_key: bytes = field(default=b"", repr=False)
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
        return type(self), (*values, self.hash_key)

    @classmethod
    def named(cls, name: str, *, hash_key: bytes = b"") -> Self:
        """Return one of the policies every installation has: strict, balanced, analytics."""
        if name not in _NAMED:
            message = f"Unknown policy {str(name)[:40]!r}; allowed: {', '.join(_NAMED)}."
            raise PolicyError(message)
        operators, default = _NAMED[name]
        return cls(name, operators, default, hash_key=hash_key)

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any], *, hash_key: bytes = b"") -> Self:
        """Return the policy that as_dict() stored; the key is kept elsewhere."""
        if not isinstance(stored, Mapping):
            message = "A policy is an object with operators, a default and a treatment of numbers."
            raise PolicyError(message)
        unknown = sorted(set(stored) - {"name", "operators", "default", "numbers", "keep_by_default"})
        if unknown:
            message = f"A policy has no {str(unknown[0])[:40]!r}; allowed: name, operators, default, numbers."
            raise PolicyError(message)
        operators = stored.get("operators", {})
        if not isinstance(operators, Mapping):
            message = "The operators of a policy must map an entity to an operator."
            raise PolicyError(message)
        return cls(
            name=str(stored.get("name", "custom")),
            operators={_entity(entity): _config(chosen) for entity, chosen in operators.items()},
            default=_config(stored.get("default", "replace")),
            numbers=str(stored.get("numbers", "zero")),
            keep_by_default=stored.get("keep_by_default") is True,
            hash_key=hash_key,
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the policy as plain data, without its key."""
        plain: dict[str, Any] = {
            "name": self.name,
            "operators": {str(entity): _plain(config) for entity, config in dict(self.operators).items()},
            "default": _plain(self.default),
            "numbers": self.numbers,
        }
        return {**plain, "keep_by_default": True} if self.keep_by_default else plain

    def operator_of(self, entity: Entity) -> OperatorConfig:
        """Return the operator that hides this entity: its own, that of what it is part of, or the default."""
        chosen = dict(self.operators)
        whole = ENTITIES[entity].part_of
        return chosen.get(entity) or (chosen.get(whole) if whole else None) or self.default

    def with_operator(self, entity: Entity, operator: OperatorConfig | str) -> Self:
        """Return this policy with another operator for one entity."""
        return replace(self, operators={**dict(self.operators), _entity(entity): _config(operator)})

    def keeping(self, entities: Iterable[Entity]) -> Self:
        """Return this policy with these entities and their parts left readable, as a partial grant asks."""
        kept = set(map(_entity, entities))
        kept |= {entity for entity, info in ENTITIES.items() if info.part_of in kept}
        return replace(self, operators={**dict(self.operators), **dict.fromkeys(kept, _KEEP)})

    def compiled(self) -> CompiledPolicy:
        """Return the tables of this policy, built at the first call."""
        if self._compiled is None:
            object.__setattr__(self, "_compiled", CompiledPolicy(self))
        return self._compiled  # type: ignore[return-value]


def _entity(name: object) -> Entity:
    try:
        return Entity(str(name))
    except ValueError:
        message = f"Unknown entity {str(name)[:40]!r}; allowed: {', '.join(Entity)}."
        raise PolicyError(message) from None


def _config(stored: object) -> OperatorConfig:
    """Read an operator from its name, or from its name and parameters."""
    if isinstance(stored, OperatorConfig):
        return stored
    if isinstance(stored, str):
        return OperatorConfig(stored)
    if isinstance(stored, Mapping) and isinstance(stored.get("params", {}), Mapping):
        return OperatorConfig(str(stored.get("name")), tuple(stored.get("params", {}).items()))
    message = "An operator must be a name, or a name with params."
    raise PolicyError(message)


def _plain(config: OperatorConfig) -> str | dict[str, Any]:
    return {"name": config.name, "params": dict(config.params)} if config.params else config.name


def _hashed(entities: Iterable[Entity]) -> dict[Entity, OperatorConfig]:
    return dict.fromkeys(entities, OperatorConfig("hash"))


_JOINABLE = {entity for entity, info in ENTITIES.items() if info.operator == "shape"} | {
    Entity.EMAIL_ADDRESS,
    Entity.USERNAME,
    Entity.IP_ADDRESS,
    Entity.MAC_ADDRESS,
    Entity.DEVICE_ID,
}
# strict tells only the kind; balanced keeps shapes; analytics keeps equal values equal, so that records join.
_NAMED: dict[str, tuple[dict[Entity, OperatorConfig], OperatorConfig]] = {
    "strict": ({}, _REPLACE),
    "balanced": ({entity: OperatorConfig(info.operator) for entity, info in ENTITIES.items()}, _REPLACE),
    "analytics": (_hashed(_JOINABLE), _REPLACE),
}

POLICY_NAMES = tuple(_NAMED)
REDACT_EVERYTHING = Policy("redact-everything", everything=True)
