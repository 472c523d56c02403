"""A policy: which operator hides which entity, and what becomes of numbers."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any, Self

from classifier.entities import ENTITIES, Entity, Group
from classifier.exceptions import PolicyError
from classifier.operators import Hide, Keys, Markers, OperatorConfig, compile_number, compile_operator
from classifier.spans import Span, settle_labels, settle_overlaps
from classifier.tokens import Keyring

NUMBERS = {"zero": "0", "null": "null"}
_KEEP = OperatorConfig("keep")
_REPLACE = OperatorConfig("replace")

Operators = tuple[tuple[Entity, OperatorConfig], ...]


class CompiledPolicy:
    """A policy made ready: one function an entity, shared by threads and never changed."""

    __slots__ = ("_numbers", "_scopes", "everything", "hides", "kept", "markers", "number")

    def __init__(self, policy: "Policy") -> None:
        """Compile every operator once."""
        chosen = {entity: policy.operator_of(entity) for entity in Entity}
        keys = Keys(policy.hash_key, policy.encrypt_key, policy.keyring)
        self.everything = policy.everything
        self.number = NUMBERS[policy.numbers]
        self.hides: dict[Entity, Hide | None] = {
            entity: compile_operator(config, entity, keys=keys) for entity, config in chosen.items()
        }
        self.kept = frozenset(entity for entity, hide in self.hides.items() if hide is None)
        self._numbers = _numbers(chosen, keys) if policy.numbers == "zero" else {}
        self._scopes = _scopes(chosen)
        self.markers: Markers | None = None

    def for_call(self) -> "CompiledPolicy":
        """Return the tables for one call: these, unless markers must be counted for it alone."""
        if not self._scopes or self.markers is not None:
            return self
        tables = copy(self)
        tables.markers = Markers(self._scopes)
        tables.hides = {**self.hides, **tables.markers.hides()}
        return tables

    def numbered(self, text: str) -> str:
        """Return a hidden text with its markers numbered, further than in the texts before."""
        return text if self.markers is None else self.markers.numbered(text)

    def finished(self, body: str) -> str:
        """Return a hidden body with its markers numbered; the next one is another document."""
        if self.markers is None:
            return body
        numbered = self.markers.numbered(body)
        self.markers.end_body()
        return numbered

    def end_document(self) -> None:
        """Let the markers of the next document of a batch begin anew, where they do so."""
        if self.markers is not None:
            self.markers.end_document()

    def hide_number(self, entity: Entity, text: str) -> str:
        """Return the JSON value that stands for a number."""
        other = self._numbers.get(entity)
        return (other(text) if other else None) or self.number

    def hide(self, entity: Entity, text: str) -> str:
        """Return the text as this entity's operator leaves it."""
        hide = self.hides[entity]
        return text if hide is None else hide(text)

    def settle(self, spans: Sequence[Span]) -> list[Span]:
        """Return what must be hidden, without overlaps.

        What the policy keeps leaves before spans merge: it must never swallow a hidden neighbour.
        """
        if len(spans) == 1:  # As mostly in a leaf: there is nothing to settle.
            return [] if spans[0].entity in self.kept else [*spans]
        return settle_overlaps(span for span in settle_labels(spans) if span.entity not in self.kept)

    def hide_spans(self, text: str, spans: Sequence[Span], counts: Counter[Entity]) -> str:
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
    keyring: Keyring | None = field(default=None, repr=False, compare=False)
    encrypt_key: bytes = field(default=b"", repr=False, compare=False)
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
        return type(self), (*values, self.hash_key, self.keyring, self.encrypt_key)

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
            keyring=keyring,
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the policy as plain data, without its keys."""
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

    def for_batch(self) -> Self:
        """Return this policy for one batch that comes in several bodies: markers of scope `batch` count on.

        It remembers the values of such markers; give each batch, and each thread, its own.
        """
        batch = replace(self)
        object.__setattr__(batch, "_compiled", batch.compiled().for_call())
        return batch

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


def _numbers(chosen: Mapping[Entity, OperatorConfig], keys: Keys) -> dict[Entity, Callable[[str], str | None]]:
    """Return how the numbers of an entity are hidden, for the operators that have a number to offer."""
    compiled = {entity: compile_number(config, entity, keys) for entity, config in chosen.items()}
    return {entity: hide for entity, hide in compiled.items() if hide is not None}


def _scopes(chosen: Mapping[Entity, OperatorConfig]) -> dict[Entity, str]:
    """Return for each entity that gets markers what they are numbered in."""
    markers = {entity: dict(config.params) for entity, config in chosen.items() if config.name == "marker"}
    return {entity: str(params.get("scope", "document")) for entity, params in markers.items()}


def _hashed(entities: Iterable[Entity]) -> dict[Entity, OperatorConfig]:
    return dict.fromkeys(entities, OperatorConfig("hash"))


def _redacted(group: Group) -> dict[Entity, OperatorConfig]:
    return {entity: OperatorConfig("redact") for entity, info in ENTITIES.items() if info.group is group}


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
    "strict": ({}, _REPLACE),
    "balanced": ({entity: OperatorConfig(info.operator) for entity, info in ENTITIES.items()}, _REPLACE),
    "analytics": (_hashed(_JOINABLE), _REPLACE),
    "reversible": ({}, OperatorConfig("token")),
    "lifelike": (_redacted(Group.CREDENTIAL), OperatorConfig("synthetic")),
}

POLICY_NAMES = tuple(_NAMED)
REDACT_EVERYTHING = Policy("redact-everything", everything=True)
