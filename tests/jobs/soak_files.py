"""Long: gigabytes masked within a small memory, by a command that is killed again and again (`make soak`).

SOAK_MEGABYTES says how much; 1,000 unless set. Ten gigabytes take as many times as long.
"""

import os
import random
import resource
import subprocess
import sys
import time
from pathlib import Path

import orjson

from tests.jobs.files import CANARY

MEGABYTES = int(os.environ.get("SOAK_MEGABYTES", "1000"))
MOST_MEMORY_MEGABYTES = 512
KILLS = 10


def event(at: int) -> bytes:
    """Return an event of about 1 KB with four personal fields."""
    personal = {
        "email": f"{CANARY}{at}@example.com",
        "ssn": "123-45-6789",
        "phone": "+1 415 555 0132",
        "ip": "203.0.113.7",
    }
    return orjson.dumps({"at": at, **personal, "path": "/checkout/done", "items": ["TX-1"] * 110}) + b"\n"


def command(source: Path, out: Path, *more: str) -> "subprocess.Popen[str]":
    """Mask in one process, which then is all there is."""
    words = [
        sys.executable,
        "manage.py",
        "mask_files",
        str(source),
        str(out),
        "--tier",
        "patterns",
        "--workers",
        "1",
        *more,
    ]
    settings = {"DJANGO_SETTINGS_MODULE": "privacy_service.settings"}
    return subprocess.Popen(words, env={**os.environ, **settings}, stdout=subprocess.PIPE, text=True)


def test_gigabytes_fit_a_small_memory_and_survive_any_number_of_deaths(tmp_path: Path) -> None:
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    count = MEGABYTES * 1_000_000 // len(event(0))
    with source.open("wb") as file:
        file.writelines(map(event, range(count)))
    draw = random.Random(7)  # noqa: S311 - when to kill is no secret.

    kills = 0
    for _ in range(KILLS):
        running = command(source, out, *(["--resume"] if kills else []))
        time.sleep(draw.uniform(3, 3 + MEGABYTES / 100))
        if running.poll() is None:
            running.kill()
            kills += 1
        running.communicate()
        if out.exists():
            break
    if not out.exists():
        command(source, out, "--resume").communicate()

    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    sys.stdout.write(f"\n{MEGABYTES} MB, killed {kills} times, at most {peak:.0f} MB of memory\n")
    assert kills > 0
    assert peak < MOST_MEMORY_MEGABYTES
    with out.open("rb") as masked:
        for at, line in enumerate(masked):
            record = orjson.loads(line)
            assert (record["at"], record["email"]) == (at, "<EMAIL_ADDRESS>")
    assert at == count - 1
