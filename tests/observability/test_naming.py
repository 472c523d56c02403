"""The name of a request, through every hop: taken from the caller or made, in answers, log lines, records and tasks."""

import json
import logging
import re
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from celery import Celery, current_app
from celery.contrib.testing.worker import start_worker
from django.core.cache import cache
from django.test import Client

from privacy_service.answering import answers
from privacy_service.celery import app
from privacy_service.decisions.audit import ship
from privacy_service.decisions.models import AuditRecord
from privacy_service.http import Answer, Call, current, received, trace_id_in
from privacy_service.observability.logging import LineFormatter, logger_named
from tests.asking import through_django, through_hot_path
from workspaces.models import User, Workspace

ROOT = Path(__file__).resolve().parents[2]
REQUEST = "0123456789abcdef0123456789abcdef"
TRACE = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = f"00-{TRACE}-b7ad6b7169203331-01"
CANARY = "canary@example.com"


def asked(key: str, **headers: str) -> dict[str, str]:
    """Return the headers of a call for bob."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {"Authorization": f"Bearer {key}", "X-Actor": "bob@example.com", "Content-Type": "application/json"} | named


@pytest.fixture
def lines() -> Iterator[list[dict[str, Any]]]:
    """Return what is logged, as a collector of lines reads it."""
    written: list[dict[str, Any]] = []

    class Collector(logging.StreamHandler[StringIO]):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(json.loads(self.format(record)))

    handler = Collector(StringIO())
    handler.setFormatter(LineFormatter())
    logging.getLogger().addHandler(handler)
    yield written
    logging.getLogger().removeHandler(handler)


@pytest.mark.parametrize("through", [through_hot_path, through_django])
@pytest.mark.parametrize(
    ("said", "becomes"),
    [
        (REQUEST, REQUEST),
        (REQUEST.upper(), REQUEST),
        ("01234567-89ab-cdef-0123-456789abcdef", REQUEST),
        ("", None),
        (CANARY, None),
        ("123-45-6789", None),
        (REQUEST + "0", None),
        (f"{REQUEST},{REQUEST}", None),
        (REQUEST[:-1] + "\u0663", None),
    ],
)
def test_a_well_formed_name_is_taken_and_any_other_replaced(
    released_workspace: Workspace, bob: User, key: str, through: Any, said: str, becomes: str | None
) -> None:
    url = "/v1/workspaces/acme/mask"
    reply = through("POST", url, b"{}", asked(key, PII_Request_Id=said))
    broken = through("POST", url, b"{", asked(key, PII_Request_Id=said))

    names = [reply.headers["PII-Request-Id"], broken.json["request_id"], broken.headers["PII-Request-Id"]]
    assert names == [becomes] * 3 if becomes else all(name not in {said, REQUEST} for name in names)
    assert all(len(name) == 32 and int(name, 16) >= 0 for name in names)


@pytest.mark.parametrize(
    ("traceparent", "trace_id"),
    [
        (TRACEPARENT, TRACE),
        (f"cc-{TRACE}-b7ad6b7169203331-00", TRACE),
        (f"ff-{TRACE}-b7ad6b7169203331-01", ""),
        (f"00-{'0' * 32}-b7ad6b7169203331-01", ""),
        (f"00-{TRACE}-{'0' * 16}-01", ""),
        (TRACEPARENT.upper(), ""),
        (f"00-{CANARY}-01", ""),
        (f"{TRACEPARENT},{TRACEPARENT}", ""),
    ],
)
def test_a_trace_is_read_as_w3c_writes_it(traceparent: str, trace_id: str) -> None:
    assert trace_id_in(traceparent) == trace_id


def test_two_calls_of_one_name_are_two_records_that_carry_it(
    released_workspace: Workspace, bob: User, key: str
) -> None:
    for _ in range(2):
        named = asked(key, PII_Request_Id=REQUEST, traceparent=TRACEPARENT)
        through_hot_path("POST", "/v1/workspaces/acme/mask", b"{}", named)
    unnamed = through_hot_path("POST", "/v1/workspaces/acme/mask", b"{}", asked(key))
    ship()

    records = AuditRecord.objects.decisions()
    assert records.filter(detail__request_id=REQUEST, detail__trace_id=TRACE).count() == 2
    assert [row.detail for row in records.filter(pk=unnamed.headers["PII-Request-Id"])] == [{}]
    assert records.count() == 3


def test_no_record_takes_its_id_from_the_caller() -> None:
    sources = [path.read_text() for path in (ROOT / "privacy_service").rglob("*.py")]
    made_of = {found for source in sources for found in re.findall(r"\bOccasion\(([^,)]+)", source)}

    assert made_of <= {"NamedTuple", "new_request_id("}  # `Occasion.of` gives a named call's record an id of its own.


def test_a_trace_alone_is_kept_beside_a_name_of_ours(released_workspace: Workspace, bob: User, key: str) -> None:
    reply = through_hot_path("POST", "/v1/workspaces/acme/mask", b"{}", asked(key, traceparent=TRACEPARENT))
    ship()

    [record] = AuditRecord.objects.decisions()
    assert record.detail == {"request_id": reply.headers["PII-Request-Id"], "trace_id": TRACE}


def test_an_act_of_management_carries_the_name_of_its_request(
    released_workspace: Workspace, alice: User, client: Client, key: str
) -> None:
    headers = {"Authorization": f"Bearer {key}", "X-Actor": "alice@example.com", "PII-Request-Id": REQUEST}
    body = {"name": "crm"}
    client.post("/v1/workspaces/acme/service-accounts", body, "application/json", headers=headers)
    ship()

    assert REQUEST in {row.detail.get("request_id") for row in AuditRecord.objects.acts()}


def test_every_page_names_its_request(client: Client, workspace: Workspace) -> None:
    pages = [client.get(path) for path in ("/v1/nothing", "/docs", "/nothing")]
    taken = client.get("/docs", headers={"PII-Request-Id": REQUEST})

    assert all(len(page["PII-Request-Id"]) == 32 for page in pages)
    assert pages[0].json()["request_id"] == pages[0]["PII-Request-Id"]
    assert taken["PII-Request-Id"] == REQUEST
    assert current.get() is None


def fail(_: Call) -> Answer:
    """Break, quoting what was sent."""
    raise ValueError(CANARY)


def test_a_line_names_the_request_it_is_about_and_no_value(lines: list[dict[str, Any]]) -> None:
    environ = {"REQUEST_METHOD": "POST", "HTTP_PII_REQUEST_ID": REQUEST, "HTTP_TRACEPARENT": TRACEPARENT}
    answers("mask", "POST")(fail)(received(environ, "acme", bytes))

    [line] = lines
    assert (line["request_id"], line["trace_id"], line["endpoint"]) == (REQUEST, TRACE, "mask")
    assert line["error"].startswith("ValueError < ")
    assert CANARY not in str(line)


def test_a_field_that_nobody_has_thought_about_is_left_out(lines: list[dict[str, Any]]) -> None:
    logger_named("privacy").warning("Something happened", endpoint="mask", email=CANARY, body=CANARY)

    [line] = lines
    assert line["endpoint"] == "mask"
    assert (line["message"], line["level"], line["logger"]) == ("Something happened", "warning", "privacy")
    assert CANARY not in str(line)


def test_the_path_of_a_request_is_in_no_line(client: Client, workspace: Workspace, lines: list[dict[str, Any]]) -> None:
    client.get(f"/v1/people/{CANARY}?email={CANARY}", headers={"PII-Request-Id": REQUEST})
    client.get("/docs", headers={"host": CANARY})

    assert lines[0]["message"] == "A request was answered with 404"
    assert lines[0]["request_id"] == REQUEST
    assert {line["message"].rpartition(" ")[2] for line in lines[1:]} == {"400"}
    assert CANARY not in str(lines)


# An app, a queue and connections of its own: a worker in this process would take what other tests have sent, and close
# the connections over which they send when it ends.
hops = Celery("hops", set_as_current=False, fixups=[])
hops.config_from_object("django.conf:settings", namespace="CELERY")
hops.conf.update(broker_transport_options={"global_keyprefix": "hops:"})


@hops.task(name="tests.tell_hop")
def tell_hop() -> None:
    """Write down which request this task belongs to, and a line as it would be logged."""
    hop = current.get()
    line = LineFormatter().format(logging.LogRecord("task", logging.INFO, __file__, 1, "ran", (), None))
    cache.set("hop", (hop.id, hop.traceparent, json.loads(line)) if hop else None, 60)


@pytest.fixture
def worker() -> Iterator[Callable[[], AbstractContextManager[object]]]:
    """Return what runs a worker in this process: its app becomes everybody's and its level the log's, for that long."""
    root = logging.getLogger()
    level, handlers = root.level, [*root.handlers]
    yield lambda: start_worker(hops, pool="solo", perform_ping_check=False, shutdown_timeout=30)
    root.setLevel(level)
    root.handlers[:] = handlers
    app.set_current()
    app.set_default()


def test_a_task_goes_on_under_the_name_of_the_request_that_sent_it(
    worker: Callable[[], AbstractContextManager[object]],
) -> None:
    cache.delete("hop")
    received({"HTTP_PII_REQUEST_ID": REQUEST, "HTTP_TRACEPARENT": TRACEPARENT}, "acme", bytes)
    tell_hop.delay()
    current.set(None)

    with worker():
        deadline = time.monotonic() + 90
        while not cache.get("hop") and time.monotonic() < deadline:
            time.sleep(0.01)

    name, traceparent, line = cache.get("hop")
    assert (name, traceparent) == (REQUEST, TRACEPARENT)
    assert (line["request_id"], line["trace_id"]) == (REQUEST, TRACE)


def test_a_task_that_no_request_sent_has_a_name_of_its_own() -> None:
    current.set(None)
    assert current_app.main == "privacy_service"

    tell_hop.apply()

    name, traceparent, _ = cache.get("hop")
    assert (len(name), traceparent, current.get()) == (32, "", None)
