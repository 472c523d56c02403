"""What a sample of records holds, field by field: kinds, counts and shapes; nothing else of a value leaves here."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

import classifier
from classifier import ENTITIES, Colour, Entity, Finding, OwnRules, PayloadKind, Tier
from classifier.keys import KEY
from classifier.operators.shape import Shape
from classifier.spans import PROVEN_SCORE
from privacy_service.enforcement.enforce import limits
from privacy_service.inventory.models import strictest
from privacy_service.inventory.names import Names

MOST_EXAMPLES, LONGEST_EXAMPLE = 3, 32
AT_ONCE = 100  # Records are searched together: that takes half the time.
MOST_FIELDS = 2000  # Of one place.
# Unproven finds in fewer values than this are chance; a name or a proven find counts from the first.
_CHANCE = 0.05


@dataclass(slots=True)
class Look:
    """What was found in the values of one field."""

    path: str
    sampled: int = 0
    found: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    sure: set[str] = field(default_factory=set)  # Kinds that the name tells, or proof does.
    recognizers: Counter[str] = field(default_factory=Counter)
    colours: dict[str, Colour] = field(default_factory=dict)  # Of each kind, the strictest that a rule gives it.
    examples: list[str] = field(default_factory=list)

    @property
    def counting(self) -> list[str]:
        """Return the kinds that are no chance."""
        return [kind for kind, count in self.kinds.items() if kind in self.sure or count >= self.sampled * _CHANCE]

    @property
    def recommended(self) -> Colour:
        """Return how much care the field asks for, by the strictest of its kinds."""
        return strictest(self.colours[kind] for kind in self.counting)

    @property
    def found_by(self) -> str:
        """Return what told: the name of the field, or what recognized most of its values."""
        if KEY in self.recognizers:
            return KEY
        return max(self.recognizers, key=lambda name: (self.recognizers[name], name), default="")


class Looking:
    """The fields of one place, while its records are looked at."""

    def __init__(self, names: Names, own: OwnRules, *, tier: Tier = Tier.FAST, shows_shapes: bool = True) -> None:
        self.looks: dict[str, Look] = {}
        self.left_out = 0
        self._names, self._own, self._tier, self._shows_shapes = names, own, tier, shows_shapes
        self._rules = {f"matcher:{one.name}": one.colour for one in own.matchers}

    def add(self, records: Sequence[Mapping[str, Any]]) -> None:
        """Look at records; raise ClassifierError."""
        for start in range(0, len(records), AT_ONCE):
            self._add(records[start : start + AT_ONCE])

    def _add(self, records: Sequence[Mapping[str, Any]]) -> None:
        lines = [orjson.dumps(record) for record in records]
        found: dict[str, list[Finding]] = {}
        body = b"\n".join(lines) + b"\n"
        for one in classifier.classify(body, kind=PayloadKind.NDJSON, limits=limits(), tier=self._tier, own=self._own):
            found.setdefault(one.path, []).append(one)
        for at, record in enumerate(records):
            for pointer, value in leaves(record):
                self._count(pointer, value, found.pop(f"/{at}{pointer}", ()))
        for pointer, findings in found.items():  # What stands in documents within strings.
            self._count("/" + pointer.split("/", 2)[2], None, findings)

    def _count(self, pointer: str, value: object, findings: Sequence[Finding]) -> None:
        look = self._look(self._names.path_of(pointer))
        if look is None:
            return
        look.sampled += 1
        for entity in {one.entity for one in findings}:
            look.kinds[entity.value] += 1
        for one in findings:
            self._note(look, one)
        if findings:
            look.found += 1
        if self._shows_shapes and len(look.examples) < MOST_EXAMPLES and not isinstance(value, bool | None):
            shape = shape_of(str(value))
            if shape not in look.examples:
                look.examples.append(shape)

    def _note(self, look: Look, one: Finding) -> None:
        look.recognizers[one.recognizer] += 1
        if one.recognizer in self._rules or one.recognizer == KEY or one.score >= PROVEN_SCORE:
            look.sure.add(one.entity.value)
        colour = self._rules.get(one.recognizer, ENTITIES[one.entity].colour)
        look.colours[one.entity.value] = strictest((colour, look.colours.get(one.entity.value, "")))

    def _look(self, path: str) -> Look | None:
        if path not in self.looks and len(self.looks) >= MOST_FIELDS:
            self.left_out += 1
            return None
        return self.looks.setdefault(path, Look(path))


def leaves(record: Any) -> Iterator[tuple[str, Any]]:
    """Yield every value of a record that is neither empty nor made of others, under its JSON pointer."""
    waiting: list[tuple[str, Any]] = [("", record)]
    while waiting:
        pointer, value = waiting.pop()
        if isinstance(value, dict):
            inner = ((str(key).replace("~", "~0").replace("/", "~1"), one) for key, one in value.items())
            waiting += reversed([(f"{pointer}/{key}", one) for key, one in inner])
        elif isinstance(value, list):
            waiting += reversed([(f"{pointer}/{at}", one) for at, one in enumerate(value)])
        elif value is not None and value != "":
            yield pointer or "/", value


def shape_of(value: str) -> str:
    """Return the beginning of a text with a star for every letter and digit: what separates them stays."""
    hidden = Shape().operate(value[: LONGEST_EXAMPLE + 1])
    return hidden if len(hidden) <= LONGEST_EXAMPLE else hidden[:LONGEST_EXAMPLE] + "…"


def main_kind(kinds: Mapping[str, int]) -> Entity | None:
    """Return the kind that was found most, None where there is none, or one that this release does not know."""
    named = max(kinds, key=lambda name: (kinds[name], name), default="")
    return Entity(named) if named in Entity.__members__.values() else None
