"""Where a value stands in a JSON document, and what its personal keys are called once masked."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet

from classifier.entities import Entity
from classifier.payloads.json_gaps import GAPS
from classifier.policies import CompiledPolicy
from classifier.spans import Span

Place = tuple[int, int]

_TOKEN = re.compile(r"[{}\[\],]|-?[0-9][0-9.eE+-]*")


def masked_keys(
    texts: list[str], keys: Iterable[tuple[int, tuple[Span, ...]]], policy: CompiledPolicy, counts: Counter[Entity]
) -> Iterator[tuple[int, str]]:
    """Yield the new name of each personal key, told apart from every other key of its object."""
    hidden = {at: policy.hide_spans(texts[at], spans, counts) for at, spans in keys}
    return renamed_keys(texts, {at: name for at, name in hidden.items() if name != texts[at]})


def renamed_keys(texts: list[str], names: dict[int, str]) -> Iterator[tuple[int, str]]:
    """Yield new names for keys, numbered where two keys of an object would become one."""
    owners = _owners(texts)
    taken = {(owner, texts[at]) for at, owner in owners.items() if at not in names}
    used: Counter[tuple[int, str]] = Counter()
    for at, name in names.items():
        owner, unique = owners[at], name
        while (owner, unique) in taken:
            used[owner, name] += 1
            unique = f"{name}_{used[owner, name] + 1}"
        taken.add((owner, unique))
        yield at, unique


def _owners(texts: list[str]) -> dict[int, int]:
    """Return for each key a number that stands for the object it belongs to."""
    owners: dict[int, int] = {}
    opened, stack = 0, [0]
    for at in range(0, len(texts), 2):
        is_key, steps = GAPS[texts[at]]
        if is_key:
            owners[at - 1] = stack[-1]
        for step in steps:
            if step in ("{", "["):
                opened += 1
                stack.append(opened)
            elif step in ("}", "]"):
                stack.pop()
    return owners


def pointers(texts: list[str], renamed: dict[int, str], wanted: AbstractSet[Place]) -> Iterator[tuple[Place, str]]:
    """Yield the JSON pointer (RFC 6901) of each wanted place, in the order of the document."""
    walker = _PointerWalker()
    for at, text in enumerate(texts):
        if at % 2 == 0:
            for token in _TOKEN.finditer(text):
                if (at, token.start()) in wanted and token.group() not in "{}[],":
                    yield (at, token.start()), walker.pointer()
                walker.step(token.group())
            continue
        if GAPS[texts[at + 1]][0]:
            walker.name(renamed.get(at, text))
        if (at, 0) in wanted:
            yield (at, 0), walker.pointer()


def pointer_segment(segment: str | int) -> str:
    """Return one step of a pointer, escaped, and without the lone surrogates that no answer could carry."""
    plain = str(segment).encode("utf-8", "replace").decode()
    return "/" + plain.replace("~", "~0").replace("/", "~1")


class _PointerWalker:
    """Remember the way from the outermost value to the current one."""

    def __init__(self) -> None:
        self._segments: list[str | int] = []

    def step(self, mark: str) -> None:
        """Take a bracket or a comma."""
        if mark in "{[":
            self._segments.append("" if mark == "{" else 0)
        elif mark in "}]":
            self._segments.pop()
        elif mark == "," and isinstance(self._segments[-1], int):
            self._segments[-1] += 1

    def name(self, key: str) -> None:
        """Enter a member of the current object."""
        self._segments[-1] = key

    def pointer(self) -> str:
        """Return the way as a pointer."""
        return "".join(map(pointer_segment, self._segments))
