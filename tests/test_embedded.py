"""The embedded Valkey: one server a data folder, there as long as anybody uses it, whatever is killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, RedisError
from redis.retry import Retry

from privacy_service import embedded
from tests.stories.making import left_running

ONCE = Retry(NoBackoff(), 0)
ROOT = Path(__file__).resolve().parents[1]
USE = """
import sys
from pathlib import Path
from privacy_service import embedded
with embedded.running(Path(sys.argv[1])) as address:
    print(address, flush=True)
    sys.stdin.read()
"""


class User:
    """A process that uses the server until it is told to end."""

    def __init__(self, data: Path) -> None:
        command = [sys.executable, "-c", USE, str(data)]
        self.process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def address(self) -> str:
        """Return what it was given."""
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def leave(self) -> None:
        """Have it end by itself."""
        self.process.communicate(timeout=20)

    def kill(self) -> None:
        """Kill it in the middle of whatever it does."""
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """Return a data folder, after whose test nothing is left running."""
    yield tmp_path
    within(90, lambda: servers(tmp_path) == [])


def within(seconds: float, is_so: Callable[[], bool]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def servers(data: Path) -> list[int]:
    """Return the processes that serve from a data folder."""
    folder = str(data / "valkey")
    found = [path for path in Path("/proc").glob("[0-9]*/cwd") if _target(path) == folder]
    return [int(path.parent.name) for path in found]


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:
        return ""


def is_up(address: str) -> bool:
    """Say whether the server answers."""
    try:
        with Redis.from_url(address, retry=ONCE) as redis:
            return bool(redis.ping())
    except RedisError:
        return False


def test_two_commands_share_one_server_which_the_last_one_stops(data: Path) -> None:
    first, second = User(data), User(data)
    address = first.address()
    shared = second.address()
    count = len(servers(data))
    first.leave()
    after_the_first = is_up(address)
    second.leave()

    assert (shared, count, after_the_first) == (address, 1, True)
    assert not is_up(address)
    assert left_running(data) == []


def test_what_was_written_is_there_after_the_server_was_killed_and_after_it_was_stopped(data: Path) -> None:
    with embedded.running(data) as address:
        with Redis.from_url(address) as redis:
            redis.set("kept", "yes")
        [server] = servers(data)
        os.kill(server, signal.SIGKILL)
        within(90, lambda: is_up(address))
        with Redis.from_url(address) as redis:
            after_the_kill = redis.get("kept")

    with embedded.running(data) as again, Redis.from_url(again) as redis:
        after_the_stop = redis.get("kept")

    assert (after_the_kill, after_the_stop, again) == (b"yes", b"yes", address)


def test_a_killed_keeper_is_replaced_and_its_server_stopped_in_the_end(data: Path) -> None:
    first = User(data)
    address = first.address()
    os.kill(int((data / "valkey" / "keeper").read_text()), signal.SIGKILL)
    second = User(data)

    assert second.address() == address
    first.kill()
    second.leave()
    assert not is_up(address)


def test_killed_commands_leave_no_server_behind(data: Path) -> None:
    user = User(data)
    address = user.address()
    # While it is up: only its owner can read its files, and it answers nobody without the password.
    modes = {path.name: path.stat().st_mode & 0o077 for path in (data / "valkey").iterdir()}
    with pytest.raises(AuthenticationError), Redis(port=urlsplit(address).port or 0, retry=ONCE) as redis:
        redis.ping()

    user.kill()

    assert {name: mode for name, mode in modes.items() if mode} == {}
    within(90, lambda: not is_up(address))


def test_a_port_that_somebody_else_took_is_given_up(data: Path) -> None:
    address = embedded.address_of(data)
    with subprocess.Popen(
        [sys.executable, "-c", _LISTEN, str(urlsplit(address).port)], stdout=subprocess.PIPE
    ) as other:
        assert other.stdout
        other.stdout.readline()
        with embedded.running(data) as moved:
            moved_up = is_up(moved)
        other.kill()
        other.communicate()

    assert moved_up
    assert urlsplit(moved).port != urlsplit(address).port


_LISTEN = """
import socket, sys, time
server = socket.socket()
server.bind(("127.0.0.1", int(sys.argv[1])))
server.listen()
print("here", flush=True)
time.sleep(60)
"""
