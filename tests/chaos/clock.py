"""A clock that jumps: the time of day of every process of the service, set forward and back while they run."""

import os
import struct
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

DAY = 86_400
_SOURCE = Path(__file__).with_suffix(".c")


@dataclass(frozen=True)
class Clock:
    """By how many seconds the processes' time of day is off; PostgreSQL, Valkey and whoever asks keep the true one."""

    folder: Path

    @classmethod
    def made_in(cls, folder: Path) -> "Clock":
        """Build what is loaded into the processes; it is right to begin with."""
        clock = cls(folder)
        command = [os.environ.get("CC", "cc"), "-shared", "-fPIC", "-O2", "-o", str(clock._library), str(_SOURCE)]
        subprocess.run(command, check=True)
        clock._say(0)
        return clock

    @property
    def environment(self) -> Mapping[str, str]:
        """Return what a process is started with."""
        return {"LD_PRELOAD": str(self._library), "CHAOS_CLOCK": str(self._file)}

    @contextmanager
    def off_by(self, seconds: int) -> Iterator[None]:
        """Let the clock jump, and jump back."""
        self._say(seconds)
        try:
            yield
        finally:
            self._say(0)

    @property
    def _library(self) -> Path:
        return self.folder / "clock.so"

    @property
    def _file(self) -> Path:
        return self.folder / "clock"

    def _say(self, seconds: int) -> None:
        mode = "r+b" if self._file.exists() else "wb"
        with self._file.open(mode) as file:  # Written in place: the processes have it mapped.
            file.write(struct.pack("q", seconds))
