"""Leaving events about suppressed people out of what is sent to be masked, or refusing it."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import orjson

from classifier import PayloadKind
from privacy_service.enforcement.enforce import Payload
from privacy_service.enforcement.screening import Screened
from privacy_service.exceptions import SubjectSuppressed
from privacy_service.observability import metrics
from privacy_service.subjects.events import identifiers_in
from privacy_service.subjects.suppressions import InMask, in_mask, suppressed_among
from workspaces.models import Workspace

_MOST_TOLD = 100
_BATCH = "batch"  # Segment's clients send their events together under this name.
_SPACE = re.compile(r"[ \t\r\n]*")
_decode = json.JSONDecoder().raw_decode


def without_suppressed(workspace: Workspace, payload: Payload) -> Screened:
    """Leave out what is about somebody suppressed, where the workspace asks for that; raise SubjectSuppressed.

    Events come as JSON, alone, in an array or under `batch`, or a line each; other kinds of body hold none.
    """
    how = in_mask(workspace.pk) if payload.kind in _CUT else InMask.OFF
    if how is InMask.OFF:
        return Screened(payload)
    suppressed = suppressed_at(workspace.pk, _events(payload))
    if not suppressed:
        return Screened(payload)
    metrics.suppressed_events.add(how, amount=len(suppressed))
    if how is InMask.REFUSE:
        raise SubjectSuppressed(members={"events": suppressed[:_MOST_TOLD]})
    return Screened(Payload(payload.kind, _CUT[payload.kind](payload.body, frozenset(suppressed))), len(suppressed))


def suppressed_at(workspace_id: UUID, events: Sequence[Any]) -> list[int]:
    """Return the places of the events that are about somebody suppressed, with one question about all of them."""
    named = [(place, identifier) for place, event in enumerate(events) for identifier in identifiers_in(event)]
    answers = suppressed_among(workspace_id, [identifier for _, identifier in named])
    return sorted({place for (place, _), is_so in zip(named, answers, strict=True) if is_so})


def _events(payload: Payload) -> list[Any]:
    """Return what is sent, event by event; what is no JSON is about nobody, and refused by whoever masks it."""
    if payload.kind is PayloadKind.NDJSON:
        return [_read(line) for line in payload.body.split(b"\n")]
    whole = _read(payload.body)
    inner = whole.get(_BATCH) if isinstance(whole, dict) else whole
    return inner if isinstance(inner, list) else [whole]


def _read(text: bytes) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
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
    kept = (text[begin:end] for place, (begin, end) in enumerate(spans) if place not in places)
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
