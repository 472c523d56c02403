"""What a newcomer starts with `make` and ends with Ctrl-C."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.stories.conftest import ROOT

# The environment of a newcomer: none of the servers that this test run has started, no make that started it.
_OURS = ("PRIVACY_", "DATABASE_", "REDIS_", "PROM", "MAKE", "MFLAGS")
BARE = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)} | {"VENV": sys.prefix}


@contextmanager
def made(target: str, settings: Mapping[str, object], log: Path, *, ready: str, within_seconds: float) -> Iterator[str]:
    """Run a target and give what it has printed when it says that it is ready; end it as Ctrl-C does."""
    command = ["make", target, *(f"{name}={value}" for name, value in settings.items())]
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=BARE, stdout=output, stderr=output, start_new_session=True)
    try:
        deadline = time.monotonic() + within_seconds
        while ready not in log.read_text():
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        yield log.read_text()
    finally:
        os.killpg(process.pid, signal.SIGINT)  # Ctrl-C.
        process.wait(timeout=40)


def left_running(data: Path) -> list[Path]:
    """Return the processes whose environment names this folder."""
    return [path for path in Path("/proc").glob("[0-9]*/environ") if str(data).encode() in _content(path)]


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
