"""Answers in the words of Segment's Public API: what there is under `data`, or errors, and never both."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from privacy_service.exceptions import BadRequest, PrivacyError, RateExceeded
from privacy_service.http import Answer, Call, json_answer
from privacy_service.managing.paging import Page
from privacy_service.subjects.identifiers import Kind
from privacy_service.subjects.models import Regulation, Suppression, Wish
from privacy_service.subjects.regulations.standing import Answers

MOST_A_MINUTE = 600
FIRST_PAGE = "MA=="  # What clients of Segment know as the cursor of the first page.

_MINUTE = timedelta(minutes=1)
_UNREADABLE = 422
_TYPES = {
    401: "unauthorized",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    409: "conflict",
    411: "input-validation",
    413: "payload-too-large",
    422: "input-validation",
    429: "RequestError",
}
_SUBJECT_TYPES = {Kind.USER_ID: "USER_ID", Kind.ANONYMOUS_ID: "ANONYMOUS_ID"}
# Those that reach systems of others are counted apart.
_CONNECTED = tuple(wish.value for wish in (Wish.DELETE_ONLY, Wish.SUPPRESS_WITH_DELETE))


def refuse(error: PrivacyError, call_id: str) -> Answer:
    """Word an error as Segment does."""
    status = _UNREADABLE if isinstance(error, BadRequest) else error.status

    kind = _TYPES.get(status, "internal-error")
    reply = json_answer(status, {"errors": list(_errors(error, kind))}, call_id)
    return Answer(reply.status, (*reply.headers, *error.headers.items()), reply.body)


def _errors(error: PrivacyError, kind: str) -> Iterator[dict[str, Any]]:
    if isinstance(error, RateExceeded):
        wait = int(error.headers.get("Retry-After", "1")) * 1000
        points = {"remainingPoints": 0, "msBeforeNext": wait, "consumedPoints": error.members.get("used", 0)}
        yield {"type": kind, "message": "Too many requests", "data": points | {"detail": error.detail}}
        return
    fields: Mapping[str, list[str]] = error.members.get("errors", {})
    for field, messages in fields.items():
        yield {"type": kind, "message": " ".join(messages), "field": field}
    if not fields:
        yield {"type": kind, "message": error.detail}


def told(call: Call, data: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Answer:
    """Answer with what there is."""
    reply = json_answer(200, {"data": data}, call.id)
    return Answer(reply.status, (*reply.headers, *(headers or {}).items()), reply.body)


def calls_of(wish: Wish, made: "QuerySet[Regulation]") -> "QuerySet[Regulation]":
    """Return those of the last minute that count together with one of this wish."""
    recent = made.filter(created_at__gt=timezone.now() - _MINUTE)
    return recent.filter(wish__in=_CONNECTED) if wish in _CONNECTED else recent.exclude(wish__in=_CONNECTED)


def check_rate(consumed: int) -> None:
    """Raise RateExceeded where so many calls of a minute are enough."""
    if consumed >= MOST_A_MINUTE:
        raise RateExceeded(members={"used": consumed}, Retry_After=str(int(_MINUTE.total_seconds())))


def rate_headers(consumed: int) -> dict[str, str]:
    """Return how many calls of the minute are used, how many are left, and when they are all there again."""
    return {
        "X-RateLimit-Consumed": str(consumed),
        "X-RateLimit-Remaining": str(max(0, MOST_A_MINUTE - consumed)),
        "X-RateLimit-Reset": format_datetime(timezone.now() + _MINUTE, usegmt=True),
    }


def pagination_of(page: Page, total: int) -> dict[str, Any]:
    """Return the cursors around a page."""
    around: dict[str, Any] = {name: page.pagination[name] for name in ("next", "previous") if name in page.pagination}
    return {"current": page.pagination["current"] or FIRST_PAGE, "totalEntries": total, **around}


def listed(regulation: Regulation) -> dict[str, Any]:
    """Return a regulation as a row of a list; of its people the digests, since nobody can say who they are."""
    shown = {
        "id": str(regulation.pk),
        "subjectType": regulation.subject_type,
        "subjects": regulation.subjects,
        "status": regulation.status,
        "createdAt": _moment(regulation.created_at),
        "regulationType": regulation.wish,
    }
    return shown | _finished(regulation.finished_at)


def shown(regulation: Regulation, answers: list[Answers]) -> dict[str, Any]:
    """Return a regulation with what each system has answered."""
    stream = {"id": str(regulation.source_id or regulation.workspace_id), "destinationStatus": [*map(_system, answers)]}
    whole = {
        "id": str(regulation.pk),
        "workspaceId": str(regulation.workspace_id),
        "overallStatus": regulation.status,
        "createdAt": _moment(regulation.created_at),
        "streamStatus": [stream],
    }
    return whole | _finished(regulation.finished_at)


def suppressed(rows: list[Suppression]) -> list[dict[str, Any]]:
    """Return suppressions by their kind; of each the digest that is kept."""
    kinds = dict.fromkeys(row.kind for row in rows)
    return [
        {
            "subjectType": _SUBJECT_TYPES.get(Kind(kind), kind.upper()),
            "subjectIds": [bytes(row.digest).hex() for row in rows if row.kind == kind],
        }
        for kind in kinds
    ]


def _system(answers: Answers) -> dict[str, Any]:
    is_done = answers.status in {Regulation.Status.FINISHED, Regulation.Status.PARTIAL_SUCCESS}
    return {
        "name": answers.name,
        "id": str(answers.id or answers.name),
        "status": answers.status,
        "errString": answers.problem,
    } | _finished(answers.done_at if is_done else None)


def _finished(moment: datetime | None) -> dict[str, str]:
    return {"finishedAt": _moment(moment)} if moment else {}


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
