"""The same page of customers as four readers get it, printed as four tables."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

READERS = {
    "alice": "owns acme",
    "bob": "is a member",
    "carol": "is a member whose role shows personal data",
    "mallory": "is a stranger",
}
COLUMNS = {
    "customers": ("name", "email", "phone", "ssn", "date_of_birth", "plan"),
    "orders": ("customer", "goods", "total", "card_number", "note"),
}
_WIDEST = 44


def tables(url: str, kind: str, count: int, through: str) -> Iterator[str]:
    """Yield the lines of four tables; raise OSError where nothing answers."""
    for reader, who in READERS.items():
        yield f"{reader}, who {who}  ({through}: {url}/as/{reader}/{kind})"
        yield from (f"  {line}" for line in _lines(f"{url}/as/{reader}/{kind}?count={count}", kind))
        yield ""


def _lines(url: str, kind: str) -> Iterator[str]:
    status, answer = _asked(url)
    if kind not in answer:
        yield f"{status} {answer.get('reason')}: {answer.get('title')}."
        return
    rows = [[str(row[column]) for column in COLUMNS[kind]] for row in answer[kind]]
    widths = [max(len(cell) for cell in column) for column in zip(COLUMNS[kind], *rows, strict=True)]
    for row in [list(COLUMNS[kind]), *rows]:
        cells = (cell[:_WIDEST].ljust(min(width, _WIDEST)) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def _asked(url: str) -> tuple[int, dict[str, Any]]:
    try:
        with urllib.request.urlopen(url, timeout=20) as reply:  # noqa: S310 - our own address.
            return reply.status, json.load(reply)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, json.load(refused)
