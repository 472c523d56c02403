"""Several processes, one of them killed and one started anew, count together: nothing is lost and nothing is twice."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from privacy_service.observability import facts, metrics

ROOT = Path(__file__).resolve().parents[2]
COUNTS = """
import sys, time
from prometheus_client import Gauge
from privacy_service.observability.tally import CounterTally, HistogramTally
amount = int(sys.argv[1])
requests = CounterTally("privacy_requests", "", ("endpoint", "status"))
seconds = HistogramTally("privacy_stage_seconds", "", ("stage",), buckets=(0.001, 0.01))
requests.add("mask", "200", amount=amount)
seconds.add("all", amount=0.002)
requests.flush()
seconds.flush()
asked = Gauge("privacy_stamp_read_timestamp_seconds", "", ("process",), multiprocess_mode="livemin")
asked.labels("server").set(amount)
print("counted", flush=True)
time.sleep(60)
"""


def count(folder: Path, amount: int) -> "subprocess.Popen[str]":
    """Start a process that counts this much into the folder and then lives on; return it once it has counted."""
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(folder)}
    command = [sys.executable, "-c", COUNTS, str(amount)]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline() == "counted\n"
    return process


def end(process: "subprocess.Popen[str]") -> None:
    """Kill a process."""
    process.kill()
    process.communicate()


def test_processes_that_end_and_begin_add_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = count(tmp_path, 1000), count(tmp_path, 2000)
    end(first)
    third = count(tmp_path, 4000)

    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    monkeypatch.setattr(facts, "SOURCES", {})
    facts.forget()
    shown = metrics.exposition().decode().splitlines()
    end(second)
    end(third)

    assert 'privacy_requests_total{endpoint="mask",status="200"} 7000.0' in shown
    assert 'privacy_stage_seconds_count{stage="all"} 3.0' in shown
    # The dead process answers nobody, so how old its rights are says nothing.
    assert 'privacy_stamp_read_timestamp_seconds{process="server"} 2000.0' in shown
