"""The copy that a processor of OpenDSR has made of somebody's data, fetched from where its answer says."""

import base64
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson
from django.conf import settings

from privacy_service.subjects.destinations.base import OptionsRefused, Refused
from privacy_service.subjects.destinations.sending import check_answer, checked_url, send

PLACE = "results"
MOST_BYTES = 64 << 20  # They are read whole.
_OK = frozenset({200})
_LINES = frozenset({"application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"})

Record = Mapping[str, object]


def fetched(said: Mapping[str, Any], home: str, authorization: str) -> Iterator[tuple[str, Record]]:
    """Yield what lies at the `results_url` of an answer; raise NotDone. Without one there is nothing.

    The credentials go to the processor's own host and port alone: its results may lie with somebody else.
    """
    where = said.get("results_url")
    if where is None:
        return
    try:
        url = checked_url(str(where), "results_url")
    except OptionsRefused as refused:
        message = f"Where its results lie cannot be asked: {refused}"
        raise Refused(message[:200]) from None
    is_home = urlsplit(url).netloc == urlsplit(home).netloc
    headers = {"User-Agent": "privacy-service"} | (
        {"Authorization": authorization} if is_home and authorization else {}
    )
    most = min(MOST_BYTES, settings.PRIVACY_SUBJECTS_EXPORT_LIMIT_BYTES)
    answer = send("GET", url, headers=headers, content=None, most=most)
    check_answer(answer, _OK)
    yield from ((PLACE, record) for record in _records(answer))


def _records(answer: httpx.Response) -> Iterator[Record]:
    """Yield records of JSON and lines of JSON; anything else, such as a ZIP, is one record that holds it."""
    kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    try:
        if kind in _LINES:
            yield from (_as_record(orjson.loads(line)) for line in answer.content.splitlines() if line.strip())
            return
        if kind == "application/json":
            document = orjson.loads(answer.content)
            yield from map(_as_record, document if isinstance(document, list) else [document])
            return
    except orjson.JSONDecodeError:
        pass
    else:
        yield {"content_type": kind, "base64": base64.b64encode(answer.content).decode()}
        return
    message = "Its results are not what their type says."
    raise Refused(message, answer.status_code)


def _as_record(one: Any) -> Record:
    return one if isinstance(one, dict) else {"value": one}
