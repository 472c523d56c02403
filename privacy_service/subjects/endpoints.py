"""Asking whether new data about people may be taken in: what an ingest does before it keeps anything."""

from typing import Any

import orjson

from privacy_service.answering import answers
from privacy_service.decisions.access import admit, source_in
from privacy_service.exceptions import BodyTooLarge, InvalidBody
from privacy_service.http import Answer, Call, json_answer
from privacy_service.subjects.identifiers import LONGEST, Identifier, Kind
from privacy_service.subjects.suppressions import suppressed_among
from workspaces.keys import Scope

CHECK = "suppressions-check"
# Segment's limits of one call of its regulations API.
MOST = 5000
LIMIT_BYTES = 4 * 1024 * 1024

_SHAPE = 'Send {"identifiers": [{"kind": "email", "value": "..."}]}'


@answers(CHECK, "POST")
def check(call: Call) -> Answer:
    """Say of each identifier whether it is suppressed, in their order."""
    admission = admit(call, Scope.SUPPRESSIONS)
    told = _object(call.read())
    identifiers, source = _identifiers(told), source_in(admission, _source(told))
    answers_of_each = suppressed_among(admission.workspace.pk, identifiers, source.pk if source else None)
    return json_answer(200, {"suppressed": answers_of_each}, call.id)


def _object(body: bytes) -> dict[str, Any]:
    if len(body) > LIMIT_BYTES:
        message = f"At most {LIMIT_BYTES} bytes are taken here."
        raise BodyTooLarge(message)
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        message = f"The body is not JSON at line {error.lineno}, column {error.colno}."
        raise InvalidBody(message, members={"line": error.lineno, "column": error.colno}) from None
    return told if isinstance(told, dict) else {}


def _source(told: dict[str, Any]) -> str:
    named = told.get("source", "")
    if not isinstance(named, str):
        message = "source: name a source of the workspace by its slug, or leave it out."
        raise InvalidBody(message)
    return named


def _identifiers(told: dict[str, Any]) -> list[Identifier]:
    listed = told.get("identifiers")
    if not isinstance(listed, list) or not 1 <= len(listed) <= MOST:
        message = f"{_SHAPE}, with 1 to {MOST} of them."
        raise InvalidBody(message)
    return [_identifier(place, one) for place, one in enumerate(listed)]


def _identifier(place: int, one: Any) -> Identifier:
    kind, value = (one.get("kind"), one.get("value")) if isinstance(one, dict) else (None, None)
    if kind not in _KINDS or not isinstance(value, str) or not 1 <= len(value) <= LONGEST:
        message = f"identifiers[{place}]: {_SHAPE}; kinds: {', '.join(Kind)}; at most {LONGEST} characters."
        raise InvalidBody(message)
    return Identifier(Kind(kind), value)


_KINDS = frozenset(Kind)
