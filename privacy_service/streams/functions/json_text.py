"""A JSON object as a text whose members can be renamed and moved while each value keeps its spelling."""

import json
import re
from collections.abc import Sequence

_SPACE = re.compile(r"[ \t\n\r]*")
Members = dict[str, str]


class Unreadable(ValueError):
    """The text is no JSON object, or has a member twice, of which nobody can say which one counts."""


def _refuse_constant(_: str) -> None:
    raise Unreadable  # NaN and Infinity are Python's, not JSON's.


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


def opened(text: str) -> Members:
    """Return the members of an object, each value as it is written; raise Unreadable."""
    members: Members = {}
    at = _next(text, _after(text, 0, "{"))
    while text[at : at + 1] != "}":
        name, at = _scanned(text, at)
        start = _next(text, _after(text, at, ":"))
        _, end = _scanned(text, start)
        if not isinstance(name, str) or name in members:
            raise Unreadable
        members[name] = text[start:end]
        at = _next(text, end)
        if text[at : at + 1] == "}":
            break
        at = _next(text, _after(text, at, ","))
        if text[at : at + 1] != '"':
            raise Unreadable
    if _next(text, at + 1) != len(text):
        raise Unreadable
    return members


def closed(members: Members) -> str:
    """Return the object with these members."""
    return "{" + ",".join(f"{json.dumps(name, ensure_ascii=False)}:{value}" for name, value in members.items()) + "}"


def renamed(members: Members, name: str, other: str) -> Members:
    """Return the members with another name for one, at its place."""
    return {other if each == name else each: value for each, value in members.items()}


def taken(text: str, steps: Sequence[str]) -> tuple[str, str | None]:
    """Return an object without what stands at a path, and that; None where nothing stands there."""
    members = opened(text)
    name, *deeper = steps
    if name not in members or (deeper and not members[name].startswith("{")):
        return text, None
    if not deeper:
        value = members.pop(name)
        return closed(members), value
    inner, found = taken(members[name], deeper)
    return (text, None) if found is None else (closed(members | {name: inner}), found)


def put(text: str, steps: Sequence[str], value: str) -> str:
    """Return an object with a value at a path where nothing stood; raise Unreadable where something did."""
    members = opened(text)
    name, *deeper = steps
    if deeper:
        return closed(members | {name: put(members.get(name, "{}"), deeper, value)})
    if name in members:
        raise Unreadable
    return closed(members | {name: value})


def _scanned(text: str, at: int) -> tuple[object, int]:
    try:
        return _DECODER.raw_decode(text, at)
    except (ValueError, RecursionError):
        raise Unreadable from None


def _next(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at


def _after(text: str, at: int, sign: str) -> int:
    at = _next(text, at)
    if text[at : at + 1] != sign:
        raise Unreadable
    return at + 1
