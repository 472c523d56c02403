"""Lists by pages: a cursor names the last row seen, so that none is shown twice or skipped while others come and go."""

import base64
import hashlib
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import orjson
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.db.models import Model, Q, QuerySet
from django.http import QueryDict

from privacy_service.exceptions import CursorRefused
from privacy_service.managing.errors import invalid_fields

M = TypeVar("M", bound=Model)

DEFAULT_COUNT = 50
MOST = 1000


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of one page, and the cursors around it."""

    rows: list[Any]
    pagination: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins: after this row, or before it where the reader goes back."""

    value: Any
    pk: Any
    backwards: bool = False


def page_of(rows: "QuerySet[M]", *, ordering: str, count: int, cursor: str | None, query: str) -> Page:
    """Return one page of the rows in this order; `query` names what was asked, which a cursor belongs to."""
    place = _opened(cursor, query) if cursor else None
    field, descending = ordering.lstrip("-"), ordering.startswith("-")
    backwards = place is not None and place.backwards
    down = descending != backwards
    sign = "-" if down else ""
    ordered = rows.order_by(f"{sign}{field}", f"{sign}pk")
    if place:
        ordered = ordered.filter(_beyond(field, place, down=down))
    found = list(ordered[: count + 1])
    more, found = len(found) > count, found[:count]
    if backwards:
        found.reverse()
    ends = _Ends(field, query, found)
    has_next, has_previous = (place is not None, more) if backwards else (more, place is not None)
    pagination: dict[str, Any] = {"current": cursor, "count": len(found)}
    if found and has_next:
        pagination["next"] = ends.after()
    if found and has_previous:
        pagination["previous"] = ends.before()
    return Page(found, pagination)


@dataclass(frozen=True, slots=True)
class _Ends:
    """The first and the last row of a page."""

    field: str
    query: str
    rows: Sequence[Model]

    def after(self) -> str:
        return self._cursor(self.rows[-1], backwards=False)

    def before(self) -> str:
        return self._cursor(self.rows[0], backwards=True)

    def _cursor(self, row: Model, *, backwards: bool) -> str:
        value: Any = operator.attrgetter(self.field.replace("__", "."))(row)
        plain = orjson.dumps([self.query, _stored(value), _stored(row.pk), backwards])
        return _box().encrypt(plain).decode()


def _beyond(field: str, place: Place, *, down: bool) -> Q:
    side = "lt" if down else "gt"
    return Q(**{f"{field}__{side}": place.value}) | Q(**{field: place.value, f"pk__{side}": place.pk})


def _opened(cursor: str, query: str) -> Place:
    try:
        named, value, pk, backwards = orjson.loads(_box().decrypt(cursor.encode()))
    except (InvalidToken, ValueError, UnicodeEncodeError):
        raise CursorRefused from None
    if named != query:
        raise CursorRefused
    return Place(_restored(value), _restored(pk), backwards)


def _stored(value: Any) -> list[Any]:
    if isinstance(value, datetime):
        return ["datetime", value.isoformat()]
    return ["uuid", str(value)] if isinstance(value, UUID) else ["plain", value]


_RESTORE: Mapping[str, Callable[[Any], Any]] = {
    "datetime": datetime.fromisoformat,
    "uuid": UUID,
    "plain": lambda value: value,
}


def _restored(stored: list[Any]) -> Any:
    kind, value = stored
    return _RESTORE[kind](value)


def _box() -> Fernet:
    # Encrypted, not only signed: a cursor ends in logs of others, and the place of a row may be a person's name.
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"cursor:" + settings.SECRET_KEY.encode()).digest()))


def plain_query(given: QueryDict) -> dict[str, str]:
    """Return the query with each name once, and `pagination` in any of the spellings that clients use for it."""
    query: dict[str, str] = {}
    for name, values in given.lists():
        if len(values) != 1:
            raise invalid_fields({name[:80]: ["Give it once."]})
        query |= _spread(values[0]) if name == "pagination" else {_inner_name(name): values[0]}
    return query


def _inner_name(name: str) -> str:
    """Return `count` for `pagination[count]` and `pagination.count`."""
    if name.startswith("pagination[") and name.endswith("]"):
        return name[len("pagination[") : -1]
    return name.removeprefix("pagination.")


def _spread(value: str) -> dict[str, str]:
    try:
        inner = orjson.loads(value)
    except orjson.JSONDecodeError:
        inner = None
    if not isinstance(inner, dict):
        raise invalid_fields({"pagination": ['Send a JSON object, such as {"count": 100}, or the plain ?count=100.']})
    return {str(name): str(inner[name]) for name in inner}
