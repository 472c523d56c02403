"""The audit trail: what shipping a record costs, and whether many decisions a second all get there, with a kill."""

import os
import signal
import statistics
import subprocess
import time
from pathlib import Path
from threading import Thread
from uuid import uuid4

from django.conf import settings
from django.db import connection

from privacy_service.decisions import audit
from privacy_service.decisions.audit.verifying import verify
from privacy_service.decisions.models import AuditChain, AuditRecord
from privacy_service.decisions.types import AccessRequest, Decision, Effect, Reason
from tests.benchmarks import bench_http
from tests.benchmarks.measuring import show, verdict
from workspaces.models import User, Workspace

RECORDS = 20_000
ROUNDS = 5
SECONDS = 10
GOAL_PER_SECOND = 1000
_SCRIPT = "wrk.headers['Authorization'] = 'Bearer {key}'\n"
_PATH = "/v1/workspaces/acme/decision?actor=bob@acme.example"


def main(folder: Path) -> None:
    """Measure shipping alone, then two server processes under load, one of which is killed on the way."""
    _shipping()
    _load(folder)


def _shipping() -> None:
    workspace, reader = Workspace.objects.get(slug="acme"), User.objects.get(email="bob@acme.example")
    access = AccessRequest(reader, workspace)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        server = cursor.fetchone()[0]
    ours, theirs = [], []
    for _ in range(ROUNDS):
        _record_many(access)
        before, server_before = time.process_time(), bench_http.cpu_seconds(server)
        audit.ship()
        ours.append((time.process_time() - before) / RECORDS * 1e6)
        theirs.append((bench_http.cpu_seconds(server) - server_before) / RECORDS * 1e6)
    row = (f"{statistics.median(ours):.1f}", f"{statistics.median(theirs):.1f}")
    show("Shipping audit records, chained, PostgreSQL", ["", "CPU µs here", "in the database"], [("a record", *row)])


def _record_many(access: AccessRequest) -> None:
    masked, key_id = Decision(Effect.MASK, Reason.ROLE_LACKS_PII, policy_version=1), uuid4()
    for _ in range(RECORDS):
        audit.record(masked, access, audit.Occasion(os.urandom(16).hex(), "mask", key_id), {"EMAIL_ADDRESS": 2})


def _load(folder: Path) -> None:
    script = folder / "decision.lua"
    script.write_text(_SCRIPT.format(key=bench_http.KEY))
    recorded = AuditRecord.objects.count()
    waiting: list[int] = []
    with (
        bench_http._server(bench_http.TARGETS[2]) as (port, _),
        bench_http._server(bench_http.TARGETS[2]) as (second, victim),
    ):
        watcher = Thread(target=_watch, args=(waiting,))
        watcher.start()
        loads = [_wrk(port, script), _wrk(second, script)]
        time.sleep(SECONDS / 2)
        parent = _parent_of(victim)
        os.kill(victim, signal.SIGKILL)
        answered = sum(_answered(load.communicate()[0]) for load in loads)
        watcher.join()
        os.kill(parent, signal.SIGKILL)  # It would wait for its worker for ever.
        time.sleep(3)  # The other process ships what the dead one left.
    audit.ship()
    added = AuditRecord.objects.count() - recorded
    faults = sum(len(verify(chain.pk).faults) for chain in AuditChain.objects.all())
    met = answered / SECONDS >= GOAL_PER_SECOND and 0 <= added - answered <= 2 * bench_http.CONNECTIONS and not faults
    head = ["", "answered", "a second", "recorded", "faults", "most waiting", f"{GOAL_PER_SECOND} a second"]
    row = (f"{answered:,}", f"{answered / SECONDS:,.0f}", f"{added:,}", str(faults), f"{max(waiting) / 1e6:.1f} MB")
    show("Two processes, one killed half-way", head, [("decisions", *row, verdict(met=met))])


def _wrk(port: int, script: Path) -> "subprocess.Popen[str]":
    command = ["wrk", "-t1", f"-c{bench_http.CONNECTIONS // 2}", f"-d{SECONDS}s", "-s", str(script)]
    return subprocess.Popen([*command, f"http://127.0.0.1:{port}{_PATH}"], stdout=subprocess.PIPE, text=True)


def _parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def _answered(output: str) -> int:
    return int(bench_http._found(r"(\d+) requests in", output))


def _watch(waiting: list[int]) -> None:
    """Look at the spool twice a second while the load lasts."""
    spool = Path(settings.PRIVACY_AUDIT_SPOOL_DIR)
    for _ in range(SECONDS * 2):
        waiting.append(sum(path.stat().st_blocks * 512 for path in spool.glob("*") if path.exists()))
        time.sleep(0.5)
