"""What a request for a topic asks: from where on, how many records, whether to wait for more, and in which form."""

import re
from typing import NamedTuple
from urllib.parse import parse_qs

from privacy_service.exceptions import BadRequest
from privacy_service.http import Call

MOST = 1000
DEFAULT_COUNT = 100
ENDPOINT = "topics"
BEGINNING, END = "beginning", "end"
EVENTS = "text/event-stream"
LINES = "application/x-ndjson"
_ID = re.compile(r"[0-9]{1,18}-[0-9]{1,18}")
_KNOWN = {"from": f"`from` is {BEGINNING}, {END}, or the id of a record, after which it goes on.",
          "count": f"`count` is a number from 1 to {MOST}.",
          "follow": "`follow` is true or false."}  # fmt: skip


class Asked(NamedTuple):
    """What a reader wants of a topic."""

    start: str  # `end`, or the id of the record after which to go on; empty: the beginning.
    most: int | None  # None: as many as there will be.
    follow: bool
    as_events: bool

    @property
    def content_type(self) -> str:
        """Return the form of the answer."""
        return f"{EVENTS}; charset=utf-8" if self.as_events else LINES


def asked_in(call: Call) -> Asked:
    """Return what a request asks; raise BadRequest, which says what is allowed."""
    query = parse_qs(call.header("QUERY_STRING"), keep_blank_values=True)
    for name, given in query.items():
        if name not in _KNOWN:
            message = f"A topic is read with {', '.join(_KNOWN)} and nothing else."
            raise BadRequest(message)
        _check(name, len(given) == 1)
    said = {name: given[0] for name, given in query.items()}
    as_events = EVENTS in call.header("HTTP_ACCEPT")
    follow = said.get("follow", "true" if as_events else "false")
    _check("follow", follow in {"true", "false"})
    return Asked(_start(call, said), _count(said, is_endless=follow == "true"), follow == "true", as_events)


def _start(call: Call, said: dict[str, str]) -> str:
    # A client whose connection broke says so where it stood; that counts more than what its address says.
    start = call.header("HTTP_LAST_EVENT_ID") or said.get("from", BEGINNING)
    _check("from", start in {BEGINNING, END} or _ID.fullmatch(start) is not None)
    return "" if start == BEGINNING else start


def _count(said: dict[str, str], *, is_endless: bool) -> int | None:
    text = said.get("count")
    if text is None:
        return None if is_endless else DEFAULT_COUNT
    _check("count", text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= MOST)
    return int(text)


def _check(name: str, is_well: bool) -> None:  # noqa: FBT001 - it is what is checked.
    if not is_well:
        raise BadRequest(_KNOWN[name])
