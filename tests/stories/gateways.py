"""A gateway process in front of a backend, and answers that are too long for any memory."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from zlib import compressobj

import pytest

from privacy_service.gateway.models import Upstream
from tests.backend import Answering, Backend, Handler
from tests.factories import make_policy
from tests.stories.conftest import Service
from workspaces.models import User, Workspace
from workspaces.stamp import bump

NDJSON = "application/x-ndjson"
_LINES_A_CHUNK = 64
_SSN = b"123-45-6789"
_MASKED = b"***-**-****"
_LINE = b'{"ssn": "123-45-6789", "pad": "' + b"x" * 4000 + b'"}\n'
_ROW = b"123-45-6789," + b"x" * 4000 + b"\n"


@pytest.fixture
def gateway(
    transactional_db: None,
    tmp_path: Path,
    released_workspace: Workspace,
    alice: User,
    bob: User,
    carol: User,
    mallory: User,
    backend: Backend,
) -> Iterator[Service]:
    """Return a gateway process in front of the backend, for acme with its cast."""
    make_policy(released_workspace, {"US_SSN": "shape", "PERSON": "keep"})
    Upstream.objects.create(workspace=released_workspace, slug="orders", url=f"{backend.url}/api", read_seconds=1.0)
    bump()  # Emptying the tables between tests took the stamp's row along.
    running = Service(tmp_path, workers=1, application="asgi", PRIVACY_GATEWAY_NETWORKS="127.0.0.0/8")
    try:
        running.start()
        yield running
    finally:
        running.stop()


def headers_of(key: str, actor: str) -> dict[str, str]:
    """Return who asks."""
    return {"Authorization": f"Bearer {key}", "X-Actor": f"{actor}@example.com"}


def lines_of(megabytes: int) -> int:
    """Return how many lines a long answer of this size has."""
    return megabytes * 1_000_000 // len(_LINE) // _LINES_A_CHUNK * _LINES_A_CHUNK


def long_answer(megabytes: int, content_type: str = NDJSON, *, is_packed: bool = False) -> Answering:
    """Answer with so many megabytes of lines, each with one number to mask."""
    line = _ROW if content_type == "text/csv" else _LINE
    head = b"ssn,pad\n" if content_type == "text/csv" else b""

    def answering(handler: Handler) -> None:
        encoding = "gzip" if is_packed else ""
        names = {"Content-Type": content_type, "Transfer-Encoding": "chunked", "Content-Encoding": encoding}
        packer = compressobj(wbits=31)
        handler.head(200, names)
        for data in (head, *[line * _LINES_A_CHUNK] * (lines_of(megabytes) // _LINES_A_CHUNK)):
            packed = packer.compress(data) if is_packed else data
            if packed:
                handler.chunk(packed)
        if is_packed:
            handler.chunk(packer.flush())
        handler.chunk(b"")

    return answering


def endless(backend: Backend, path: str, line: bytes, *, seen: threading.Event) -> None:
    """Have the backend answer without an end, and say when nobody listens any more."""

    def answering(handler: Handler) -> None:
        handler.head(200, {"Content-Type": NDJSON, "Transfer-Encoding": "chunked"})
        try:
            while True:
                handler.chunk(line + b"\n")
                time.sleep(0.02)
        except OSError:
            seen.set()

    backend.does(path, answering)


@dataclass(frozen=True, slots=True)
class Streamed:
    """What came of a long answer."""

    lines: int
    masked: int
    megabytes: float
    seconds: float
    grown_megabytes: float


def streamed(gateway: Service, headers: dict[str, str], path: str) -> Streamed:
    """Read an answer to its end, keeping nothing of it, and say how far the gateway's memory grew meanwhile."""
    before, started = _peak_megabytes(gateway, is_anew=True), monotonic()
    lines = masked = size = 0
    rest = b""
    with gateway.client.stream("GET", path, headers=headers, timeout=60) as response:
        assert response.status_code == 200
        for data in response.iter_bytes():
            # A number may lie across two pieces.
            searched = rest + data
            lines += data.count(b"\n")
            masked += searched.count(_MASKED)
            assert _SSN not in searched or (
                "pii-decision" in response.headers and response.headers["pii-decision"] == "pass"
            )
            size += len(data)
            rest = searched[-len(_MASKED) + 1 :] if not searched.endswith(_MASKED) else b""
    grown = _peak_megabytes(gateway) - before
    return Streamed(lines, masked, size / 1e6, monotonic() - started, grown)


def _peak_megabytes(gateway: Service, *, is_anew: bool = False) -> float:
    """Return the most memory that the gateway's processes took together, since the last time it was asked anew."""
    peak = 0.0
    for process in _processes_of(gateway.process.pid):
        if is_anew:
            (process / "clear_refs").write_text("5")  # Forgets the peak.
        status = (process / "status").read_text()
        peak += next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1000
    return peak


def _processes_of(parent: int) -> list[Path]:
    """Return a process and its children."""
    every = [path.parent for path in Path("/proc").glob("[0-9]*/status")]
    return [path for path in every if path.name == str(parent) or f"\nPPid:\t{parent}\n" in _text(path / "status")]


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""  # It has ended.
