"""What a call of Segment's Public API says: whom a regulation is about, and which regulations are asked for."""

import re
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from django.http import QueryDict

from privacy_service.body import json_in
from privacy_service.exceptions import BodyTooLarge, InvalidBody, NoSuchResource
from privacy_service.managing.errors import invalid_fields
from privacy_service.managing.paging import MOST as MOST_LISTED
from privacy_service.managing.paging import plain_query
from privacy_service.subjects.dialects.segment.wording import FIRST_PAGE
from privacy_service.subjects.endpoints import LIMIT_BYTES, MOST
from privacy_service.subjects.identifiers import LONGEST, Identifier
from privacy_service.subjects.models import Regulation, Wish
from privacy_service.subjects.regulations.making import KIND_OF
from workspaces.models import Source, Workspace

_OF_SOURCES_ALONE = frozenset({Wish.DELETE_ARCHIVE_ONLY})
_TYPES = tuple(wish for wish in Wish if not wish.exports)
_FIRST = 100
_LONGEST_NUMBER = 9  # Python reads no number of thousands of digits.
_ARRAY = re.compile(r"regulationTypes(?:\[\d*\]|\.\d+)?")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A wish about people, each named by one id."""

    wish: Wish
    subject_type: str
    people: tuple[Identifier, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """Which regulations, and which page of them."""

    status: str
    wishes: tuple[str, ...]
    count: int
    cursor: str | None
    query: str  # What the cursor belongs to.


def wanted_in(body: bytes, *, source: Source | None) -> Wanted:
    """Return what a body asks for; raise BodyTooLarge, InvalidBody, or InvalidFields, which quotes no id."""
    if len(body) > LIMIT_BYTES:
        message = f"At most {LIMIT_BYTES} bytes are taken here. Send the rest in further calls."
        raise BodyTooLarge(message)
    said = json_in(body)
    if not isinstance(said, dict):
        message = "Send a JSON object."
        raise InvalidBody(message)
    types = [wish for wish in _TYPES if source or wish not in _OF_SOURCES_ALONE]
    wish = Wish(_one_of(said, "regulationType", types))
    subject_type = _one_of(said, "subjectType", [*KIND_OF] if source else ["USER_ID"])
    kind = KIND_OF[subject_type]
    return Wanted(wish, subject_type, tuple(Identifier(kind, one) for one in _ids(said.get("subjectIds"))))


def _one_of(said: Mapping[str, Any], name: str, allowed: Collection[str]) -> str:
    value = said.get(name)
    if not isinstance(value, str) or value not in allowed:
        raise invalid_fields({name: [f'"{name}" must be one of {", ".join(allowed)}']})
    return value


def _ids(listed: Any) -> list[str]:
    if not isinstance(listed, list) or not 1 <= len(listed) <= MOST:
        raise invalid_fields({"subjectIds": [f'"subjectIds" must be a list of 1 to {MOST} ids']})
    for place, one in enumerate(listed):
        if not isinstance(one, str) or not one.strip() or len(one) > LONGEST or "\0" in one:
            raise invalid_fields({f"subjectIds[{place}]": [f"an id must be a text of 1 to {LONGEST} characters"]})
    return listed


def source_of(workspace: Workspace, named: str) -> Source:
    """Return the source with this id or slug; raise NoSuchResource."""
    mine = Source.objects.filter(workspace=workspace)
    found = mine.filter(slug=named).first()
    with suppress(ValueError):  # A slug is no id.
        found = found or mine.filter(pk=UUID(named)).first()
    if found is None:
        raise NoSuchResource
    return found


def listing_in(query_string: str, *, path: str) -> Listing:
    """Return what a list is asked for, in whichever way a client spells it; raise InvalidFields."""
    given = QueryDict(query_string, mutable=True)
    wishes = sorted(wish for name in [*given] if _ARRAY.fullmatch(name) for wish in _texts(given.pop(name)))
    if unknown := [wish for wish in wishes if wish not in _TYPES]:
        raise invalid_fields({"regulationTypes": [f"{len(unknown)} of these are none: {', '.join(_TYPES)}"]})
    asked = plain_query(given)
    status = asked.get("status", "")
    if status and status not in Regulation.Status:
        raise invalid_fields({"status": [f'"status" must be one of {", ".join(Regulation.Status)}']})
    cursor = asked.get("cursor") or None
    query = f"{path}?{status}&{','.join(wishes)}"
    return Listing(status, tuple(wishes), _count(asked), None if cursor == FIRST_PAGE else cursor, query)


def _texts(values: list[Any]) -> list[str]:
    """Return the words of an array that was sent as repeated names, as JSON, or with commas."""
    words: list[str] = []
    for value in values:
        try:
            read = orjson.loads(value)
        except orjson.JSONDecodeError:
            read = value.split(",")
        words += [str(word).strip() for word in read] if isinstance(read, list) else [str(read)]
    return words


def _count(asked: Mapping[str, str]) -> int:
    said = asked.get("count", str(_FIRST))
    is_short = len(said) <= _LONGEST_NUMBER and said.isascii() and said.isdigit()
    if not is_short or not 1 <= int(said) <= MOST_LISTED:
        raise invalid_fields({"pagination.count": [f'"count" must be a number from 1 to {MOST_LISTED}']})
    return int(said)
