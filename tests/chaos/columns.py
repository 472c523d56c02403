"""Each way in, asked once: what came back, and whether it is as it should be when nothing is broken."""

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import httpx

from privacy_service.streams.errors import StreamsError
from privacy_service.streams.records import Record
from tests.chaos.installation import BODY, GIVEN, KEY, OWN_KEY, PASSWORD, SOURCES, Installation
from tests.chaos.needles import EMAIL, NUMBER, is_in
from tests.stories.conftest import Service

NO_ANSWER = 0  # The connection broke, or nobody answered in time.


@dataclass(frozen=True)
class Said:
    """What one request was answered."""

    column: str
    status: int
    body: bytes = b""
    is_cut: bool = False  # The connection broke in the middle of the answer.

    @property
    def leaks(self) -> bool:
        """Say whether a planted value is in the answer."""
        return is_in(self.body)

    @property
    def outcome(self) -> str:
        """Return what is counted."""
        return f"{self.status} cut off" if self.is_cut else str(self.status or "no answer")

    def __str__(self) -> str:
        return f"{self.column} {self.outcome} {self.body[:160]!r}"


Ask = Callable[[Installation, bytes], httpx.Response]
READER = {"Authorization": f"Bearer {KEY}", "X-Actor": "bob@acme.example"}
OWNER = {"Authorization": f"Bearer {OWN_KEY}"}
ACME = "/v1/workspaces/acme"


def _mask(there: Installation, body: bytes) -> httpx.Response:
    return there.web.mask(body, actor="bob@acme.example", key=KEY)


def _decision(there: Installation, _: bytes) -> httpx.Response:
    return there.web.client.get(f"{ACME}/decision", headers=READER)


def _gateway(there: Installation, _: bytes) -> httpx.Response:
    return _in_pieces(there.gateway, "/gateway/acme/orders/customers", READER)


def _topics(there: Installation, _: bytes) -> httpx.Response:
    return _in_pieces(there.web, f"{ACME}/topics/{GIVEN}?count=2", READER)


def _in_pieces(service: Service, path: str, headers: dict[str, str]) -> httpx.Response:
    """Read an answer as it comes: of one that breaks off what came is kept, for it must show nothing either."""
    seen = bytearray()
    with service.client.stream("GET", path, headers=headers) as reply:
        try:
            for piece in reply.iter_raw():
                seen += piece
        except httpx.HTTPError:
            return httpx.Response(reply.status_code, content=bytes(seen), extensions={"is_cut": True})
    return httpx.Response(reply.status_code, content=bytes(seen))


def _jobs(there: Installation, _: bytes) -> httpx.Response:
    name = f"{uuid.uuid4()}.jsonl"
    source = there.folder / SOURCES / name
    source.write_bytes(BODY + b"\n")
    asked = {"source": f"file://{source}", "out": f"file://{there.folder}/out/{name}", "policy": "strict"}
    return there.web.client.post(f"{ACME}/jobs", json=asked, headers=OWNER)


def _subjects(there: Installation, _: bytes) -> httpx.Response:
    somebody = EMAIL.replace("@", f"+{uuid.uuid4().hex[:8]}@")
    asked = {"wish": "SUPPRESS_ONLY", "law": "gdpr", "identifiers": [{"kind": "email", "value": somebody}]}
    return there.web.client.post(f"{ACME}/subject-requests", json=asked, headers=OWNER)


def _console(there: Installation, _: bytes) -> httpx.Response:
    client = there.web.client
    if "sessionid" not in client.cookies:
        page = client.get("/console/sign-in")
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
        filled = {
            "csrfmiddlewaretoken": found[1] if found else "",
            "username": "alice@acme.example",
            "password": PASSWORD,
        }
        client.post("/console/sign-in", data=filled, headers={"Referer": str(page.url)})
    return client.get("/console/w/acme/requests")


COLUMNS: Mapping[str, Ask] = {
    "mask": _mask,
    "decision": _decision,
    "gateway": _gateway,
    "topics": _topics,
    "jobs": _jobs,
    "subject requests": _subjects,
    "console": _console,
}
FLOWS = "flows"


def ask(there: Installation, column: str, body: bytes = BODY) -> Said:
    """Ask one column; what was answered with a decision is noted, for the trail must have it."""
    there.sent += 1
    try:
        reply = COLUMNS[column](there, body)
    except httpx.HTTPError:
        return Said(column, NO_ANSWER)
    if column in {"mask", "decision"} and reply.status_code == httpx.codes.OK:
        there.answered.add(reply.headers["PII-Request-Id"])
    return Said(column, reply.status_code, reply.content, is_cut="is_cut" in reply.extensions)


def produce(there: Installation, count: int = 20, note: str = "a word") -> Said:
    """Append records to the flow's topic; what was not confirmed was not written, or comes again under its id."""
    numbers = range(there.written, there.written + count)
    records = [Record(_record(one, note), id=f"made/{one}") for one in numbers]
    there.sent += count
    try:
        broker = there.broker()
        broker.write(GIVEN, records)
        broker.close()
    except StreamsError:
        return Said(FLOWS, NO_ANSWER)
    there.written += count
    return Said(FLOWS, httpx.codes.OK)


def _record(number: int, note: str) -> bytes:
    return f'{{"number": {number}, "ssn": "{NUMBER}", "note": "{note}"}}'.encode()
