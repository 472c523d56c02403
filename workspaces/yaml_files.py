"""YAML files that people write for this service: read strictly, so that no word turns into something else."""

import re
from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

_MOST_BYTES = 10 * 1024 * 1024
_MOST_ALIASES = 100


# Where something stands in a file: the keys, and the positions in lists, that lead to it.
Trail = tuple[str | int, ...]


class FileRefused(ValueError):
    """A file that cannot be used, with the line where that shows and what to do."""


class _StrictLoader(yaml.SafeLoader):
    """Plain data only. Words stay words: `no` is no False, a date is a text, and a key counts once."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own way to begin without any.

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._aliases = 0

    @property
    def has_aliases(self) -> bool:
        """Say whether anything composed so far stands for something written elsewhere."""
        return self._aliases > 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Refuse a file whose aliases would unfold without end."""
        if self.check_event(yaml.AliasEvent):
            self._aliases += 1
            if self._aliases > _MOST_ALIASES:
                raise yaml.MarkedYAMLError(problem="too many aliases")
        return super().compose_node(parent, index)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:  # noqa: FBT001, FBT002 - PyYAML's signature.
        """Refuse what is not of the type that a tag says it is."""
        try:
            return super().construct_object(node, deep)
        except (AttributeError, OverflowError, TypeError, ValueError):
            problem = f"this is not what its tag {node.tag} says"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark) from None

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002 - PyYAML's signature.
        """Refuse a key that is given twice: the last would win without a word."""
        seen = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.MarkedYAMLError(problem="a key must be a word", problem_mark=key.start_mark)
            if key.value in seen:
                raise yaml.MarkedYAMLError(problem="a key is given twice", problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


# The words of YAML 1.2's core that are no texts; 1.1, which PyYAML follows, has many more.
for _tag, _pattern, _first in (
    ("null", r"null|~|", ["n", "~", ""]),
    ("bool", r"true|false", ["t", "f"]),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", list("-+0123456789")),
    ("float", r"[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?", list("-+0123456789")),
):
    _StrictLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), _first)


def read_yaml(path: Path) -> Any:
    """Return what a file holds; raise FileRefused, which names the file and the line."""
    return parsed_yaml(text_of(path), name=str(path))


def text_of(path: Path, *, most_bytes: int = _MOST_BYTES) -> str:
    """Return the text of a file; raise FileRefused."""
    try:
        if path.stat().st_size > most_bytes:
            message = f"{path} is over {most_bytes} bytes."
            raise FileRefused(message)
        return path.read_text(encoding="utf-8")
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}."
        raise FileRefused(message) from None
    except UnicodeDecodeError:
        message = f"{path} is not UTF-8."
        raise FileRefused(message) from None


def parsed_yaml(text: str, *, name: str) -> Any:
    """Return what a text holds; raise FileRefused."""
    with _refusals_named(name):
        return yaml.load(text, Loader=_StrictLoader)  # noqa: S506 - a safe loader, made stricter.


def located_yaml(text: str, *, name: str) -> tuple[Any, dict[Trail, int]]:
    """Return what a text holds and on which line each part of it stands; raise FileRefused, also for an alias."""
    with _refusals_named(name):
        loader = _StrictLoader(text)
        node = loader.get_single_node()
        if node is None:
            return None, {(): 1}
        if loader.has_aliases:  # A part would stand on two lines, and following them could go on without end.
            raise yaml.MarkedYAMLError(problem="anchors and aliases are not allowed here; write the part out")
        return loader.construct_document(node), dict(_lines(node, ()))


def _lines(node: yaml.Node, trail: Trail) -> Iterator[tuple[Trail, int]]:
    """Yield each part with its line; what has a name stands where its name does."""
    if not trail:
        yield trail, node.start_mark.line + 1
    inner = enumerate(node.value) if isinstance(node, yaml.SequenceNode) else ()
    for position, value in inner:
        yield (*trail, position), value.start_mark.line + 1
        yield from _lines(value, (*trail, position))
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        yield (*trail, str(key.value)), key.start_mark.line + 1
        yield from _lines(value, (*trail, str(key.value)))


@contextmanager
def _refusals_named(name: str) -> Iterator[None]:
    """Turn the parser's errors into one that names the file and the line."""
    try:
        yield
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{name}, line {mark.line + 1}" if mark else name
        problem = getattr(error, "problem", None) or "this is no YAML"
        message = f"{where}: {problem}."
        raise FileRefused(message) from None


def written_yaml(content: Any) -> str:
    """Return YAML for people to read, in the order given."""
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)


def only_members(
    content: Any, *, where: str, required: tuple[str, ...], optional: tuple[str, ...] = ()
) -> Mapping[str, Any]:
    """Return an object that has what it must and nothing that it may not; raise FileRefused."""
    if not isinstance(content, dict):
        message = f"{where} must be an object with {', '.join(required)}."
        raise FileRefused(message)
    missing = [name for name in required if name not in content]
    if missing:
        message = f"{where} has no {missing[0]!r}."
        raise FileRefused(message)
    unknown = sorted(str(name)[:40] for name in content if name not in {*required, *optional})
    if unknown:
        message = f"{where} has an unknown {unknown[0]!r}; allowed: {', '.join((*required, *optional))}."
        raise FileRefused(message)
    return content
