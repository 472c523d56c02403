"""What an HTTP API holds of one person: fetched by templated calls, page after page, up to a bound."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

from privacy_service.subjects.destinations.base import OptionsRefused, Refused, object_of, text_of
from privacy_service.subjects.destinations.sending import check_answer, json_in, value_at

MEMBERS = ("place", "expects", "records", "next", "cursor")  # Beside those of any call.
MOST_CALLS = 20
MOST_PAGES = 1000
MOST_SECONDS = 200.0
PAGE_BYTES = 8 << 20
# Somebody it has never heard of: it holds nothing.
_NOBODY = frozenset({204, 404, 410})

Call = Callable[[str, str, bytes | None], httpx.Response]
Record = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Fetching:
    """How one call hands out records: where they stand in its answer, and how the next page is asked for."""

    place: str
    expected: frozenset[int]
    records: str
    next: str
    cursor: str

    def pages(self, method: str, url: str, body: bytes | None, call: Call) -> Iterator[tuple[str, Record]]:
        """Yield each record of each page, with its place; raise Refused where they do not end."""
        ends_at, asked = monotonic() + MOST_SECONDS, set[str]()
        following: str | None = url
        while following is not None:
            if following in asked or len(asked) >= MOST_PAGES or monotonic() > ends_at:
                message = (
                    f"Its pages do not end: at most {MOST_PAGES} in {MOST_SECONDS:.0f} seconds. See to it by hand."
                )
                raise Refused(message)
            asked.add(following)
            response = call(method, following, body)
            check_answer(response, self.expected | _NOBODY)
            if response.status_code in _NOBODY - self.expected:
                return
            document = json_in(response)
            yield from ((self.place, record) for record in _records(value_at(document, self.records)))
            following = self._following(url, following, document)

    def _following(self, first: str, current: str, document: Any) -> str | None:
        """Return the address of the next page, which lies where the first one does; raise Refused."""
        told = value_at(document, self.next) if self.next else None
        if told is None or told is False or told == "":
            return None
        if isinstance(told, bool) or not isinstance(told, str | int):
            message = "What it says of its next page is neither an address nor a cursor."
            raise Refused(message)
        if self.cursor:
            return str(httpx.URL(first).copy_merge_params({self.cursor: str(told)}))
        following = urljoin(current, str(told))
        if _origin(following) != _origin(first):
            message = "Its next page lies elsewhere, where nobody allowed to go."
            raise Refused(message)
        return following


def fetching(told: Mapping[str, Any], option: str) -> Fetching:
    """Return how the answers of a call are read; raise OptionsRefused."""
    known = object_of(dict(told), option, MEMBERS)
    codes = known.get("expects", [200])
    if not isinstance(codes, list) or not codes or not all(type(code) is int for code in codes):
        raise OptionsRefused(option=f"{option}.expects", advice="list the codes that mean it answers, such as [200].")
    if "cursor" in known and "next" not in known:
        raise OptionsRefused(option=f"{option}.cursor", advice="say in `next` where an answer holds the cursor.")
    return Fetching(
        place=text_of(known.get("place", "records"), f"{option}.place"),
        expected=frozenset(codes),
        records=_pointer(known.get("records", ""), f"{option}.records"),
        next=_pointer(known.get("next", ""), f"{option}.next"),
        cursor=text_of(known["cursor"], f"{option}.cursor") if "cursor" in known else "",
    )


def _pointer(value: Any, option: str) -> str:
    if not isinstance(value, str) or (value and not value.startswith("/")):
        raise OptionsRefused(option=option, advice="write a JSON pointer, such as /data.")
    return value


def _records(found: Any) -> Iterator[Record]:
    """Yield what was found as records: each of a list, or what there is."""
    for one in found if isinstance(found, list) else [] if found is None else [found]:
        yield one if isinstance(one, dict) else {"value": one}


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc
