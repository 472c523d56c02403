"""A policy made ready: one function for each kind of what is found."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from classifier.entities import Colour, Entity
from classifier.leaks import Hider, Watch
from classifier.matchers import Matcher, compiled
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
    constant_of,
    is_per_person,
)
from classifier.spans import Span, is_misread, settle_labels, settle_overlaps

if TYPE_CHECKING:
    from classifier.policies.policy import Policy

NUMBERS = {"zero": "0", "null": "null"}
KEEP = OperatorConfig("keep")
REPLACE = OperatorConfig("replace")

Named = TypeVar("Named", bound=str)


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
        "hides", "keeps_any", "kept", "labelled", "markers", "number", "operators", "own", "people",
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
        own = own_configs(policy) if policy.own else {}
        self.labelled = {label: _own_hide(*each, keys) for label, each in own.items()}
        # Whether anything stays readable that is found.
        self.keeps_any = bool(self.kept) or None in self.labelled.values()
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

    def new_watch(self) -> Watch:
        """Return what notes what one call hides."""
        return Watch(self._signs, self._written)

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
        if len(spans) == 1:  # As mostly in a leaf: there is nothing to settle.
            return self._hide_span(text, spans[0], counts)
        pieces: list[str] = []
        end = 0
        for span in self.settle(text, spans):
            counts[span.entity] += 1
            pieces += (text[end : span.start], self.hide(span.entity, text[span.start : span.end], span.recognizer))
            end = span.end
        return "".join((*pieces, text[end:]))

    def _hide_span(self, text: str, span: Span, counts: Counter[Entity]) -> str:
        if self.keeps(span.entity, span.recognizer):
            return text
        counts[span.entity] += 1
        hidden = self.hide(span.entity, text[span.start : span.end], span.recognizer)
        return f"{text[: span.start]}{hidden}{text[span.end :]}"


def _new_value(config: OperatorConfig) -> str:
    return str(dict(config.params).get("new_value", ""))


def _numbers(chosen: Mapping[Entity, OperatorConfig], keys: Keys) -> dict[Entity, Callable[[str], str | None]]:
    """Return how the numbers of an entity are hidden, for the operators that have a number to offer."""
    compiled = {entity: compile_number(config, entity, keys) for entity, config in chosen.items()}
    return {entity: hide for entity, hide in compiled.items() if hide is not None}


def own_configs(policy: "Policy") -> dict[str, tuple[Entity, str, OperatorConfig]]:
    """Return for each rule of an owner the entity, what stands for it, and what hides its finds."""
    configs = {
        matcher.label: (matcher.entity, matcher.title, _own_config(matcher, policy))
        for matcher in policy.own.matchers
        if matcher.colour is not Colour.GREEN
    }
    return {**configs, BLOCKED.label: (BLOCKED.entity, "BLOCKED", REPLACE)}


def _own_config(matcher: Matcher, policy: "Policy") -> OperatorConfig:
    """Return what hides the finds of a matcher: its own operator, or that of its colour; what was granted is kept."""
    if matcher.entity in policy.granted:
        return KEEP
    config = matcher.operator or (policy.operator_of(matcher.entity) if matcher.colour is Colour.YELLOW else REPLACE)
    return REPLACE if config.name == "keep" else config


def _own_hide(entity: Entity, title: str, config: OperatorConfig, keys: Keys) -> Hide | None:
    if config == REPLACE:
        config = OperatorConfig("replace", (("new_value", f"<{title}>"),))
    return compile_operator(config, entity, keys=keys)


def _scopes(chosen: Mapping[Named, OperatorConfig]) -> dict[str, str]:
    """Return for each entity that gets markers what they are numbered in."""
    markers = {str(entity): dict(config.params) for entity, config in chosen.items() if config.name == "marker"}
    return {entity: str(params.get("scope", "document")) for entity, params in markers.items()}
