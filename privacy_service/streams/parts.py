"""A part of a YAML file that knows where it stands, so that whatever is wrong with it is told with its line."""

import difflib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, TypeVar

from privacy_service.streams.errors import FlowError
from workspaces.yaml_files import FileRefused, Trail, located_yaml, text_of

MOST_BYTES = 1024 * 1024
API_VERSIONS = ("0.4.0", "0.5.0", "0.6.0")

E = TypeVar("E", bound=StrEnum)


class Form(NamedTuple):
    """How a text must look, and how that is said."""

    pattern: re.Pattern[str]
    words: str


NAME = Form(re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"), "lower-case letters, digits and dashes, at most 63")
NAMESPACE = Form(re.compile(r"[a-zA-Z0-9_-]{1,80}"), "a workspace's slug: letters, digits, dashes and underscores")
VERSION = Form(re.compile(r"\d{1,6}\.\d{1,6}\.\d{1,6}(?:-[a-z0-9.]{1,30})?"), "a version such as 0.1.0")
ANYTHING = Form(re.compile(r".{1,1000}", re.DOTALL), "a text")


@dataclass(frozen=True, slots=True)
class Part:
    """A value, and where in which file it stands."""

    value: Any
    file: str
    trail: Trail = ()
    lines: Mapping[Trail, int] = field(default_factory=dict, repr=False)

    @classmethod
    def of_file(cls, path: Path) -> "Part":
        """Return all that a file holds; raise FlowError."""
        try:
            value, lines = located_yaml(text_of(path, most_bytes=MOST_BYTES), name=str(path))
        except FileRefused as refused:
            raise FlowError(str(refused)) from None
        return cls(value, str(path), (), lines)

    def refuse(self, words: str) -> NoReturn:
        """Raise the error that says what is wrong here."""
        line = self.lines.get(self.trail)
        where = f"{self.file}:{line}" if line else self.file
        raise FlowError(": ".join(filter(None, (where, self.name, words))))

    @property
    def name(self) -> str:
        """Return what leads here, such as `services.mask-ssn-service.transforms[0].uses`."""
        steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.trail)
        return "".join(steps).removeprefix(".")

    def members(
        self,
        *,
        required: Collection[str] = (),
        optional: Collection[str] = (),
        elsewhere: Mapping[str, str] | None = None,
    ) -> dict[str, "Part"]:
        """Return what an object has: all that it must, and nothing else; `elsewhere` says what to do instead."""
        allowed = (*required, *optional)
        parts = self.named()
        for name, part in parts.items():
            if name not in allowed:
                part.refuse((elsewhere or {}).get(name) or f"this is unknown. {_advice(name, allowed)}")
        for name in required:
            if name not in parts:
                self.refuse(f"there is no `{name}`; needed: {', '.join(required)}.")
        return parts

    def named(self) -> dict[str, "Part"]:
        """Return the parts of an object by their names."""
        if not isinstance(self.value, dict):
            self.refuse("this must hold names with what they mean, one a line.")
        return {str(name): self._inner(str(name), value) for name, value in self.value.items()}

    def each(self) -> Iterator["Part"]:
        """Yield the parts of a list."""
        if not isinstance(self.value, list):
            self.refuse("this must be a list, each element on a line that begins with a dash.")
        yield from (self._inner(position, value) for position, value in enumerate(self.value))

    def text(self, form: Form = ANYTHING) -> str:
        """Return a text of this form."""
        if not isinstance(self.value, str) or not form.pattern.fullmatch(self.value):
            self.refuse(f"this must be {form.words}.")
        return self.value

    def count(self) -> int:
        """Return a whole number above zero."""
        if isinstance(self.value, bool) or not isinstance(self.value, int) or self.value < 1:
            self.refuse("this must be a whole number above zero.")
        return self.value

    def truth(self) -> bool:
        """Return true or false."""
        if not isinstance(self.value, bool):
            self.refuse("this must be true or false.")
        return self.value

    def one_of(self, allowed: type[E]) -> E:
        """Return a member of a closed list."""
        self.among([*allowed])
        return allowed(self.value)

    def among(self, allowed: Collection[str]) -> str:
        """Return a text that is one of these."""
        if not isinstance(self.value, str) or self.value not in allowed:
            said = str(self.value)[:60] if isinstance(self.value, str | int | float) else ""
            self.refuse(f"{said!r} is not allowed. {_advice(said, allowed)}")
        return self.value

    def own_name(self, form: Form = NAME) -> str:
        """Return the name that this part goes by, where it has this form."""
        name = str(self.trail[-1])
        if not form.pattern.fullmatch(name):
            self.refuse(f"a name must be {form.words}.")
        return name

    def _inner(self, step: str | int, value: Any) -> "Part":
        return Part(value, self.file, (*self.trail, step), self.lines)


def read_meta(part: Part) -> tuple[str, str, str]:
    """Return name, version and namespace of a flow or a package."""
    meta = part.members(required=("name", "version", "namespace"))
    return meta["name"].text(NAME), meta["version"].text(VERSION), meta["namespace"].text(NAMESPACE)


def _advice(said: str, allowed: Collection[str]) -> str:
    """Say what is allowed, and what was probably meant."""
    near = difflib.get_close_matches(said, [str(one) for one in allowed], n=1)
    meant = f"Did you mean `{near[0]}`? " if near else ""
    return f"{meant}Allowed: {', '.join(allowed) or 'nothing'}."
