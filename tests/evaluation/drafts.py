"""Texts that know where their personal data stands, because they were put together from it."""

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Gold:
    """Say where personal data stands in a text, and of which kind it is."""

    start: int
    end: int
    label: str


@dataclass(frozen=True, slots=True)
class Document:
    """A text and its personal data."""

    id: str
    lang: str
    text: str
    spans: tuple[Gold, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """A value and, if it is personal, its label."""

    text: str
    label: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """A template and what stands in the place of its names in braces."""

    template: str
    values: Mapping[str, Told]


@dataclass(slots=True)
class Draft:
    """A text in the making."""

    text: str = ""
    spans: list[Gold] = field(default_factory=list)

    def say(self, text: str) -> None:
        """Add what is not personal."""
        self.text += text

    def tell(self, value: Told) -> None:
        """Add what is."""
        self.spans.append(Gold(len(self.text), len(self.text) + len(value.text), value.label))
        self.text += value.text

    def fill(self, template: str, values: Mapping[str, Told | str]) -> None:
        """Add a template, with a value in the place of each name in braces."""
        head, *rest = template.split("{")
        self.say(head)
        for piece in rest:
            name, _, tail = piece.partition("}")
            value = values[name]
            self.tell(value) if isinstance(value, Told) else self.say(value)
            self.say(tail)

    def write(self, value: Any, escape: Callable[[str], str] = json.dumps) -> None:
        """Add a value as JSON; a personal one is said to stand inside its quotes."""
        match value:
            case Told():
                self.write(Sentence("{value}", {"value": value}), escape)
            case Sentence():
                written = {name: Told(escape(one.text)[1:-1], one.label) for name, one in value.values.items()}
                self.fill(f'"{value.template}"', written)
            case dict():
                self._members(value, escape)
            case list():
                self._elements(value, escape)
            case _:
                self.say(escape(value))

    def _members(self, value: dict[str, Any], escape: Callable[[str], str]) -> None:
        self.say("{")
        for index, (key, member) in enumerate(value.items()):
            self.say(("," if index else "") + escape(key) + ":")
            self.write(member, escape)
        self.say("}")

    def _elements(self, value: list[Any], escape: Callable[[str], str]) -> None:
        self.say("[")
        for index, element in enumerate(value):
            self.say("," if index else "")
            self.write(element, escape)
        self.say("]")

    def document(self, name: str, lang: str) -> Document:
        """Return the text as it now is."""
        return Document(name, lang, self.text, tuple(self.spans))


def spelled_as_is(value: object) -> str:
    """Write JSON with every letter as it is."""
    return json.dumps(value, ensure_ascii=False)


def chosen(dice: random.Random, *options: T) -> T:
    """Return one of some values."""
    return options[dice.randrange(len(options))]
