"""A policy: which operator hides which entity, and what becomes of numbers."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Self, TypeVar

from classifier.entities import ENTITIES, Colour, Entity, Group
from classifier.exceptions import PolicyError
from classifier.leaks import Hider, Watch
from classifier.matchers import Matcher, OwnRules, compiled, rules_from
from classifier.matchers.keys import BLOCKED
from classifier.operators import (
    Hide,
    Keys,
    Markers,
    OperatorConfig,
    People,
    Whose,
    compile_number,
    compile_operator,
    config_from,
    constant_of,
    is_per_person,
    plain_config,
)
from classifier.spans import Span, is_misread, settle_labels, settle_overlaps
from classifier.tokens import Keyring

NUMBERS = {"zero": "0", "null": "null"}
_KEEP = OperatorConfig("keep")
_REPLACE = OperatorConfig("replace")
_MEMBERS = ("name", "operators", "default", "numbers", "keep_by_default", "matchers", "allow", "block", "leak_check")
NO_RULES = OwnRules()

Named = TypeVar("Named", bound=str)

Operators = tuple[tuple[Entity, OperatorConfig], ...]


class _OfPeople(dict[Entity, Hide | None]):
    """What hides each kind in one call: made for the few that a body holds, not for all there are."""

    def __init__(self, plain: Mapping[Entity, Hide | None], sealed: Mapping[str, Entity], people: People) -> None:
        super().__init__()
        self._plain, self._sealed, self._people = plain, sealed, people

    def __missing__(self, entity: Entity) -> Hide | None:
        hide = partial(self._people.hide, entity) if entity in self._sealed else self._plain[entity]
        self[entity] = hide
        return hide


class CompiledPolicy:
    """A policy made ready: one function an entity, shared by threads and never changed."""

    __slots__ = (
        "_marked", "_numbers", "_scopes", "_sealed", "_signs", "_titled", "_written", "constants", "everything",
        "hides", "kept", "labelled", "markers", "number", "operators", "own", "people",
    )  # fmt: skip

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
        self.own = compiled(policy.own)
        # What hides the finds of an owner's rules, by their label, where that is not what hides their entity.
        own = _own_configs(policy) if policy.own else {}
        self.labelled = {label: _own_hide(*each, keys) for label, each in own.items()}
        # What stands for any value of an entity, where that is always the same.
        self.constants = {
            entity: answer for entity, config in chosen.items() if (answer := constant_of(config, entity)) is not None
        }
        self._numbers = _numbers(chosen, keys) if policy.numbers == "zero" else {}
        self._scopes: dict[str, str] = {**_scopes(chosen), **_scopes({title: each for _, title, each in own.values()})}
        self._marked = {label: title for label, (_, title, config) in own.items() if config.name == "marker"}
        self.markers: Markers | None = None
        # What is sealed under keys of people: kinds, and the rules of an owner by their label.
        sealed: dict[str, Entity] = {entity: entity for entity, config in chosen.items() if is_per_person(config)}
        self._sealed = sealed | {label: each for label, (each, _, config) in own.items() if is_per_person(config)}
        self.people: People | None = None
        # For a second look at what is masked.
        self.operators = {entity: config.name for entity, config in chosen.items()}
        self._titled = {label: Hider(entity, config.name) for label, (entity, _, config) in own.items()}
        configs = [*chosen.values(), *(config for _, _, config in own.values())]
        self._signs = frozenset(str(dict(config.params).get("masking_char", "*")) for config in configs)
        titles = (f"<{title}> [{title}]" for _, title, _ in own.values())
        self._written = frozenset(filter(None, (*self.constants.values(), *titles, *map(_new_value, configs))))

    @property
    def is_per_person(self) -> bool:
        """Say whether anything is sealed under keys of the people the data is about."""
        return bool(self._sealed)

    def for_call(self, whose: Whose = ()) -> "CompiledPolicy":
        """Return the tables for one call: these, unless markers are counted for it alone, or people have keys."""
        tables = self._counting()
        return tables._sealing(whose) if self._sealed and whose else tables  # noqa: SLF001 - of this class.

    def _sealing(self, whose: Whose) -> "CompiledPolicy":
        tables = copy(self)
        tables.people = people = People(whose)
        tables.hides = _OfPeople(tables.hides, self._sealed, people)
        own = {label: partial(people.hide, self._sealed[label]) for label in self.labelled if label in self._sealed}
        tables.labelled = {**tables.labelled, **own}
        return tables

    def turn_to(self, place: int) -> None:
        """Hide what follows as data of the person of this record of the body."""
        if self.people is not None:
            self.people.turn_to(place)

    def _counting(self) -> "CompiledPolicy":
        if not self._scopes or self.markers is not None:
            return self
        tables = copy(self)
        tables.markers = Markers(self._scopes)
        numbered = tables.markers.hides()
        tables.hides = {entity: numbered.get(entity, hide) for entity, hide in self.hides.items()}
        tables.labelled = {**self.labelled, **{label: numbered[title] for label, title in self._marked.items()}}
        return tables

    def watched(self) -> "WatchedPolicy":
        """Return these tables for one call whose masked body is looked at again."""
        return WatchedPolicy(self, Watch(self._signs, self._written))

    def hider_of(self, entity: Entity, label: str) -> Hider:
        """Return how the finds of a rule are hidden."""
        return self._titled.get(label) or Hider(entity, self.operators[entity])

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

    def hide(self, entity: Entity, text: str, label: str = "") -> str:
        """Return the text as this entity's operator leaves it, or that of an owner's rule."""
        hide = self.hide_of(entity, label)
        return text if hide is None else hide(text)

    def hide_of(self, entity: Entity, label: str) -> Hide | None:
        """Return what hides the finds of a rule, or None where they stay readable."""
        return self.labelled[label] if label in self.labelled else self.hides[entity]

    @property
    def keeps_any(self) -> bool:
        """Say whether anything stays readable that is found."""
        return bool(self.kept) or None in self.labelled.values()

    def keeps(self, entity: Entity | None, label: str) -> bool:
        """Say whether a reader may see what a rule finds."""
        return entity is not None and self.hide_of(entity, label) is None

    def settle(self, text: str, spans: Sequence[Span]) -> list[Span]:
        """Return what must be hidden in a text, without overlaps.

        What the policy keeps leaves before spans merge: it must never swallow a hidden neighbour.
        """
        if len(spans) == 1:  # As mostly in a leaf: there is nothing to settle.
            return [] if self.keeps(spans[0].entity, spans[0].recognizer) else [*spans]
        labelled = settle_labels(spans)
        kept = [span for span in labelled if self.keeps(span.entity, span.recognizer)]
        if not kept:
            return settle_overlaps(labelled)
        hidden = [span for span in labelled if not self.keeps(span.entity, span.recognizer)]
        return settle_overlaps(span for span in hidden if not any(is_misread(text, span, whole) for whole in kept))

    def hide_spans(self, text: str, spans: Sequence[Span], counts: Counter[Entity]) -> str:
        """Return the text with every span hidden that the policy does not keep."""
        pieces: list[str] = []
        end = 0
        for span in self.settle(text, spans):
            counts[span.entity] += 1
            pieces += (text[end : span.start], self.hide(span.entity, text[span.start : span.end], span.recognizer))
            end = span.end
        return "".join((*pieces, text[end:]))


class WatchedPolicy(CompiledPolicy):
    """The same for one call, which notes what it hides."""

    __slots__ = ("watch",)

    def __init__(self, tables: CompiledPolicy, watch: Watch) -> None:
        """Take over the tables; what is constant is asked for too, so that it is noted."""
        for name in CompiledPolicy.__slots__:
            setattr(self, name, getattr(tables, name))
        self.constants = {}
        self.watch = watch

    def hide(self, entity: Entity, text: str, label: str = "") -> str:
        """Hide a value, and note it."""
        answer = super().hide(entity, text, label)
        if self.hide_of(entity, label) is not None:
            self.watch.note(self.hider_of(entity, label), text, answer)
        return answer

    def hide_number(self, entity: Entity, text: str) -> str:
        """Hide a number, and note it."""
        answer = super().hide_number(entity, text)
        self.watch.note(self.hider_of(entity, ""), text, answer)
        return answer


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
        own = _own_configs(self) if self.own else {}
        return own[recognizer][2] if recognizer in own else self.operator_of(entity)

    def with_operator(self, entity: Entity, operator: OperatorConfig | str) -> Self:
        """Return this policy with another operator for one entity."""
        return replace(self, operators={**dict(self.operators), _entity(entity): config_from(operator)})

    def keeping(self, entities: Iterable[Entity]) -> Self:
        """Return this policy with these entities and their parts left readable, as a partial grant asks."""
        kept = set(map(_entity, entities))
        kept |= {entity for entity, info in ENTITIES.items() if info.part_of in kept}
        operators = {**dict(self.operators), **dict.fromkeys(kept, _KEEP)}
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


def _new_value(config: OperatorConfig) -> str:
    return str(dict(config.params).get("new_value", ""))


def _entity(name: object) -> Entity:
    try:
        return Entity(str(name))
    except ValueError:
        message = f"Unknown entity {str(name)[:40]!r}; allowed: {', '.join(Entity)}."
        raise PolicyError(message) from None


def _numbers(chosen: Mapping[Entity, OperatorConfig], keys: Keys) -> dict[Entity, Callable[[str], str | None]]:
    """Return how the numbers of an entity are hidden, for the operators that have a number to offer."""
    compiled = {entity: compile_number(config, entity, keys) for entity, config in chosen.items()}
    return {entity: hide for entity, hide in compiled.items() if hide is not None}


def _own_configs(policy: "Policy") -> dict[str, tuple[Entity, str, OperatorConfig]]:
    """Return for each rule of an owner the entity, what stands for it, and what hides its finds."""
    configs = {
        matcher.label: (matcher.entity, matcher.title, _own_config(matcher, policy))
        for matcher in policy.own.matchers
        if matcher.colour is not Colour.GREEN
    }
    return {**configs, BLOCKED.label: (BLOCKED.entity, "BLOCKED", _REPLACE)}


def _own_config(matcher: Matcher, policy: "Policy") -> OperatorConfig:
    """Return what hides the finds of a matcher: its own operator, or that of its colour; what was granted is kept."""
    if matcher.entity in policy.granted:
        return _KEEP
    config = matcher.operator or (policy.operator_of(matcher.entity) if matcher.colour is Colour.YELLOW else _REPLACE)
    return _REPLACE if config.name == "keep" else config


def _own_hide(entity: Entity, title: str, config: OperatorConfig, keys: Keys) -> Hide | None:
    if config == _REPLACE:
        config = OperatorConfig("replace", (("new_value", f"<{title}>"),))
    return compile_operator(config, entity, keys=keys)


def _scopes(chosen: Mapping[Named, OperatorConfig]) -> dict[str, str]:
    """Return for each entity that gets markers what they are numbered in."""
    markers = {str(entity): dict(config.params) for entity, config in chosen.items() if config.name == "marker"}
    return {entity: str(params.get("scope", "document")) for entity, params in markers.items()}


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
    "strict": ({}, _REPLACE),
    "balanced": (_own_operators(), _REPLACE),
    "analytics": (_hashed(_JOINABLE), _REPLACE),
    "reversible": ({}, OperatorConfig("token")),
    "lifelike": (_redacted(Group.CREDENTIAL), OperatorConfig("synthetic")),
}

POLICY_NAMES = tuple(_NAMED)
REDACT_EVERYTHING = Policy("redact-everything", everything=True)
