"""A thousand people, six systems each: how long from the first request until all are completed, with two workers."""

import os
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import redis
from django.conf import settings
from django.db import connection

from privacy_service.celery import app
from privacy_service.subjects.identifiers import Identifier, Kind
from privacy_service.subjects.lifecycle import Proof, State, open_request, start
from privacy_service.subjects.models import Receipt, SubjectRequest, Wish
from tests.backend import Backend
from tests.benchmarks.measuring import show, verdict
from tests.services import valkey
from tests.shop import make_destination
from workspaces.models import Workspace

PEOPLE = 1000
WORKERS = 2
MOST_SECONDS = 60
_WORK = f"""
import time
from privacy_service.subjects.carrying_out import work
from privacy_service.subjects.models import SubjectRequest
while SubjectRequest.objects.filter(state="completed").count() < {PEOPLE}:
    work(5) or time.sleep(0.1)
"""


def main(folder: Path) -> None:
    """Print the table."""
    settings.PRIVACY_SUBJECTS_NETWORKS = ["127.0.0.0/8"]
    workspace = Workspace.objects.get(slug="acme")
    with ExitStack() as stack:
        store = stack.enter_context(valkey(folder / "forgetting"))
        # Each request sends a task, as in production; the workers here ask without being told.
        app.conf.update(broker_url=store)
        _systems(workspace, store, stack)
        began = time.monotonic()
        workers = [_worker() for _ in range(WORKERS)]
        for number in range(PEOPLE):
            opened, _ = open_request(workspace, Wish.SUPPRESS_WITH_DELETE, [Identifier(Kind.USER_ID, f"u{number}")])
            start(opened.pk, Proof.OWNER)
        asked = time.monotonic()
        for worker in workers:
            worker.wait()
        ended = time.monotonic()
    if SubjectRequest.objects.exclude(state=State.COMPLETED).exists():
        message = "Not every request is completed."
        raise RuntimeError(message)
    rows = [
        ["all requests made after, s", f"{asked - began:.1f}", "", ""],
        [
            "all completed after, s",
            f"{ended - began:.1f}",
            f"{MOST_SECONDS}",
            verdict(met=ended - began <= MOST_SECONDS),
        ],
        ["receipts", f"{Receipt.objects.count():,}", "", ""],
    ]
    show(f"Forgetting: {PEOPLE:,} people, six systems, {WORKERS} workers", ["", "", "at most", ""], rows)


def _systems(workspace: Workspace, store: str, stack: ExitStack) -> None:
    backend = Backend()
    backend.start()
    stack.callback(backend.stop)
    backend.on("/forget")
    with connection.cursor() as cursor, redis.Redis.from_url(store) as filled:
        for table in ("bench_people", "bench_orders"):
            cursor.execute(f"CREATE TABLE {table} AS SELECT 'u' || n AS person FROM generate_series(1, 10000) n")
            cursor.execute(f"CREATE INDEX ON {table} (person)")
        filled.mset({f"profile:u{number}": "x" for number in range(PEOPLE)})
    url = os.environ["DATABASE_URL"]
    for name in ("bench_people", "bench_orders"):
        tables = {"tables": [{"name": name, "match": {"user_id": "person"}}]}
        make_destination(workspace, "sql", tables, slug=name.replace("_", "-"), url=url)
    make_destination(workspace, "redis", {"keys": ["profile:{user_id}"]}, url=store)
    make_destination(workspace, "webhook", {"url": f"{backend.url}/forget"}, shared_secret="s3cret")
    for slug in ("crm", "mail"):
        body = {"method": "POST", "url": f"{backend.url}/forget", "body": {"id": "{user_id}"}}
        make_destination(workspace, "http", body, slug=slug)


def _worker() -> "subprocess.Popen[bytes]":
    environment = os.environ | {"PRIVACY_SUBJECTS_NETWORKS": "127.0.0.0/8"}
    return subprocess.Popen([sys.executable, "manage.py", "shell", "-c", _WORK], env=environment)
