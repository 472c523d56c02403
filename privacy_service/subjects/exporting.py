"""The log of requests for others: JSON Lines with everything that the API shows, CSV with a line for each receipt."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

import orjson
from django.db.models import Q, QuerySet
from rest_framework.renderers import JSONRenderer

from privacy_service.decisions.audit.exporting import csv_cell, csv_line
from privacy_service.subjects.models import Notice, Receipt, SubjectRequest

CONTENT_TYPES = {"jsonl": "application/x-ndjson", "csv": "text/csv; charset=utf-8"}
COLUMNS = (
    "request", "wish", "law", "state", "proof", "asked_at", "due_at", "completed_at", "destination", "date_deleted",
    "email_sent", "status", "code", "attempts", "problem", "evidence",
)  # fmt: skip
_PAGE = 500

Shown = Callable[[SubjectRequest], Mapping[str, Any]]


def json_lines(rows: QuerySet[SubjectRequest], shown: Shown) -> Iterator[bytes]:
    """Yield each request as one line, as the API shows it."""
    for request in _in_order(rows):
        yield JSONRenderer().render(shown(request)) + b"\n"


def csv_lines(rows: QuerySet[SubjectRequest]) -> Iterator[bytes]:
    """Yield a line for each receipt, and one for a request without any; safe to open in a spreadsheet."""
    yield csv_line(COLUMNS)
    for request in _in_order(rows):
        asked = _asked(request)
        for receipt in request.receipts.all() or [None]:
            cells = asked | _answered(receipt)
            yield csv_line([csv_cell(cells.get(column)) for column in COLUMNS])


def _asked(request: SubjectRequest) -> dict[str, Any]:
    notice = getattr(request, "notice", None)
    return {
        "request": request.pk,
        "wish": request.wish,
        "law": request.law,
        "state": request.state,
        "proof": request.proof,
        "asked_at": _second(request.created_at),
        "due_at": _second(request.due_at),
        "completed_at": _second(request.finished_at),
        "email_sent": "yes" if notice and notice.state == Notice.State.SENT else "no",
    }


def _answered(receipt: Receipt | None) -> dict[str, Any]:
    if receipt is None:
        return {}
    return {
        "destination": receipt.name,
        "date_deleted": _second(receipt.done_at),
        "status": receipt.status,
        "code": receipt.code,
        "attempts": receipt.attempts,
        "problem": receipt.problem,
        "evidence": orjson.dumps(receipt.evidence).decode() if receipt.evidence else "",
    }


def _second(moment: datetime | None) -> str:
    return moment.isoformat(timespec="seconds") if moment else ""


def _in_order(rows: QuerySet[SubjectRequest]) -> Iterator[SubjectRequest]:
    """Yield the requests by time, page by page: constant memory, and no query that lasts as long as the reader does."""
    rest = rows.order_by("created_at", "pk")
    page = list(rest[:_PAGE])
    while page:
        yield from page
        last = page[-1]
        later = Q(created_at__gt=last.created_at) | Q(created_at=last.created_at, pk__gt=last.pk)
        page = list(rest.filter(later)[:_PAGE])
