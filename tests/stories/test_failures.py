"""A few rows of the failure matrix each day, where `make chaos` breaks them all: under real processes, in seconds."""

import contextlib
import json
import os
import resource
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from redis import Redis

from tests.chaos.faults import GARBAGE, workers_of
from tests.chaos.installation import wait
from tests.chaos.needles import EMAIL, NUMBER, is_in
from tests.factories import make_policy
from tests.stories.conftest import ROOT, Service
from workspaces.models import User, Workspace
from workspaces.stamp import bump

BODY = f'{{"email": "{EMAIL}", "ssn": "{NUMBER}", "note": "a word"}}'
MASKED = {"email": "<EMAIL_ADDRESS>", "ssn": "***-**-****", "note": "a word, and no more"}
NO_ANSWER = 0
# Longer than what a system keeps of an answer that nobody reads.
LONG = json.dumps([json.loads(BODY)] + ["x" * 1000] * 6000)


@pytest.fixture
def failing(
    transactional_db: None, tmp_path: Path, released_workspace: Workspace, alice: User, bob: User
) -> Iterator[Service]:
    """Return a service whose classifier does what a text says; its crashes would leave their memory in its folder."""
    make_policy(released_workspace, {"US_SSN": "shape"})
    bump()  # Emptying the tables between tests took the stamp's row along.
    told = {"PRIVACY_RECOGNIZERS": "tests.chaos.misbehaving:Misbehaving", "PYTHONPATH": str(ROOT)}
    running = Service(tmp_path, workers=2, **told)
    running.code = tmp_path
    before = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (before[1], before[1]))
    try:
        running.start()
        yield running
    finally:
        running.stop()
        resource.setrlimit(resource.RLIMIT_CORE, before)


def ask(service: Service, key: str, note: str = "and no more") -> tuple[int, bytes]:
    """Have bob read something; nothing but the status 0 where the connection breaks."""
    try:
        reply = service.mask(BODY.replace("a word", f"a word, {note}").encode(), actor="bob@example.com", key=key)
    except httpx.TransportError:
        return NO_ANSWER, b""
    return reply.status_code, reply.content


def is_right(service: Service, key: str) -> bool:
    """Say whether bob reads a masked copy, as he should, within the time that a process takes to start."""
    last = [(NO_ANSWER, b"")]

    def is_answered() -> bool:
        last[0] = ask(service, key)
        return last[0][0] == httpx.codes.OK

    wait(20, is_answered)
    return is_answered() and json.loads(last[0][1]) == MASKED


def killed_while_it_replies(service: Service, key: str) -> bytes:
    """Kill the processes while one writes a long answer, and return what came of it."""
    head = f"POST /v1/workspaces/acme/mask HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n"
    head += f"X-Actor: bob@example.com\r\nContent-Type: application/json\r\nContent-Length: {len(LONG)}\r\n\r\n"
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(20)
        connection.connect(("127.0.0.1", service.port))
        connection.sendall((head + LONG).encode())
        connection.recv(1, socket.MSG_PEEK)
        for process in workers_of(service):
            os.kill(process, signal.SIGKILL)
        came = bytearray()
        with contextlib.suppress(ConnectionError):
            while piece := connection.recv(1 << 16):
                came += piece
    return bytes(came)


def test_whatever_fails_nobody_is_shown_a_value(failing: Service, key: str, tmp_path: Path) -> None:
    assert is_right(failing, key)

    # The classifier raises.
    assert ask(failing, key, "please-raise")[0] == httpx.codes.SERVICE_UNAVAILABLE
    assert is_right(failing, key)

    # Redis is emptied, and what comes to be in it is garbage.
    with Redis.from_url(os.environ["REDIS_URL"]) as redis:
        redis.flushdb()
        assert is_right(failing, key)
        for name in redis.scan_iter("*"):
            redis.set(name, GARBAGE)
    assert is_right(failing, key)

    # A process crashes within the classifier, on a host that allows core dumps.
    assert ask(failing, key, "please-crash") == (NO_ANSWER, b"")
    assert is_right(failing, key)

    # Every process is killed in the middle of an answer.
    came = killed_while_it_replies(failing, key)
    assert b"***-**-****" in came
    assert len(came) < len(LONG)

    # Nothing that is left holds a value: no part of an answer, no log, no dump, no file, no metric.
    left = [path for path in tmp_path.rglob("*") if path.is_file() and is_in(path.read_bytes())]
    assert (is_in(came), left, [*tmp_path.rglob("core*")]) == (False, [], [])
