"""The events in a body, and the body without some of them; what stays keeps its bytes."""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain
from types import MappingProxyType
from typing import Any, NamedTuple

from classifier import PayloadKind
from privacy_service.body import json_in
from privacy_service.enforcement.enforce import Payload
from privacy_service.exceptions import InvalidBody

NO_EVENT: Mapping[str, Any] = MappingProxyType({})
"""What stands for an empty line: about nobody, and nothing to leave out."""

_BATCH = "batch"  # Segment's clients send their events together under this name.
_SPACE = re.compile(r"[ \t\r\n]*")
_decode = json.JSONDecoder().raw_decode


def holds_events(payload: Payload) -> bool:
    """Say whether a body may hold events: as JSON, alone, in an array or under `batch`, or a line each."""
    return payload.kind in _CUT


def without_events(payload: Payload, places: Collection[int]) -> Payload:
    """Return the body without the events at these places."""
    return payload._replace(body=_CUT[payload.kind](payload.body, frozenset(places)))


def events_in(payload: Payload) -> list[Any]:
    """Return what is sent, event by event; what is no JSON is about nobody, and refused by whoever masks it."""
    if payload.kind is PayloadKind.NDJSON:
        return [_read(line) if line.strip() else NO_EVENT for line in payload.body.split(b"\n")]
    whole = _read(payload.body)
    if isinstance(whole, list):
        return whole
    inner = whole.get(_BATCH) if isinstance(whole, dict) else None
    return [_within(whole.get("context"), event) for event in inner] if isinstance(inner, list) else [whole]


class Cut(NamedTuple):
    """A document cut at the elements of its array of events: they, what stands before each, and what is around them."""

    around: str
    elements: tuple[str, ...]
    before: tuple[str, ...]


def apart(body: bytes) -> Cut | None:
    """Return a document cut at its events; None where it is no array of some, or nobody can say where they end."""
    try:
        text = body.decode()
        start = _array_in(text)
        if text[start] != "[":
            return None
        spans = list(_elements(text, start + 1))
    except (ValueError, IndexError, RecursionError):
        return None
    begins = [start + 1, *(end for _, end in spans)]
    before = tuple(text[end:begin] for end, (begin, _) in zip(begins, spans, strict=False))
    return Cut(text[: start + 1] + text[begins[-1] :], tuple(text[begin:end] for begin, end in spans), before)


def put_together(cut: Cut, around: str, elements: Sequence[str]) -> str | None:
    """Return a document with other elements, and other words around them; None where these hold no array any more."""
    start = _array_in(around)
    if around[start] != "[" or len(elements) != len(cut.elements):
        return None
    inner = "".join(chain.from_iterable(zip(cut.before, elements, strict=True)))
    return around[: start + 1] + inner + around[start + 1 :]


def _within(shared: Any, event: Any) -> Any:
    """Return an event of a batch with what the batch says for all of its events."""
    if not isinstance(shared, dict) or not isinstance(event, dict):
        return event
    own = event.get("context")
    return {**event, "context": {**shared, **own} if isinstance(own, dict) else shared}


def _read(text: bytes) -> Any:
    try:
        return json_in(text)
    except InvalidBody:
        return None


def _without_lines(body: bytes, places: frozenset[int]) -> bytes:
    return b"\n".join(line for place, line in enumerate(body.split(b"\n")) if place not in places)


def _without_elements(body: bytes, places: frozenset[int]) -> bytes:
    """Return the document without some elements of its array, which keep their bytes; an event alone becomes `null`."""
    text = body.decode()
    start = _array_in(text)
    if text[start] != "[":
        return b"null"
    spans = list(_elements(text, start + 1))
    kept = [text[begin:end] for place, (begin, end) in enumerate(spans) if place not in places]
    if not kept and start != _after_space(text, 0):
        return b"null"  # What stands around a batch speaks of the people in it.
    return (text[: start + 1] + ",".join(kept) + text[spans[-1][1] :]).encode()


def _array_in(text: str) -> int:
    """Return where the array of events begins: the document itself, or its last `batch`; else the document."""
    start = found = _after_space(text, 0)
    if text[start] == "[":
        return start
    for begin, _ in _elements(text, start + 1):
        name, colon = _decode(text, begin)
        if name == _BATCH:
            found = _after_space(text, _after_space(text, colon) + 1)
    return found if text[found] == "[" else start


def _elements(text: str, at: int) -> Iterator[tuple[int, int]]:
    """Yield where each element of an array, or member of an object, begins and ends; `at` is behind the bracket."""
    while True:
        begin = _after_space(text, at)
        _, end = _decode(text, begin)
        if text[_after_space(text, end)] == ":":
            _, end = _decode(text, _after_space(text, _after_space(text, end) + 1))
        yield begin, end
        at = _after_space(text, end)
        if text[at] != ",":
            return
        at += 1


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


_CUT = {PayloadKind.JSON: _without_elements, PayloadKind.NDJSON: _without_lines}
