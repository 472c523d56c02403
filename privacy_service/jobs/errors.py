"""What stops a job: a sentence that says what to do, and never a value."""

from typing import Any


class JobRefused(Exception):
    """The job was not begun, or not gone on with: what it is told to do cannot be done."""


class NothingToMask(JobRefused):
    """The source names no file that could be masked."""


class OutIsThere(JobRefused):
    """A file is there already where a masked one would go."""


class OutOfSight(JobRefused):
    """This process cannot look into a place, which says nothing about the workers."""


class Unreadable(Exception):
    """A file cannot be read as its kind; says in which line of what was read, counted from 1, and what is wrong."""

    def __init__(self, message: str, *, line: int = 0, column: int = 0) -> None:
        super().__init__(message, line, column)
        self.message, self.line, self.column = message, line, column

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel between processes."""
        return _unreadable, (self.message, self.line, self.column)

    def __str__(self) -> str:
        return told(self.message, self.line, self.column)


def _unreadable(message: str, line: int, column: int) -> Unreadable:
    return Unreadable(message, line=line, column=column)


class PartDamaged(Exception):
    """A masked part is not what was written: the job is to be gone on with, which makes it anew."""


def told(message: str, line: int, column: int = 0, lines_before: int = 0) -> str:
    """Say what is wrong and in which line of the file."""
    where = f"line {lines_before + line}" if line else ""
    where += f", column {column}" if line and column else ""
    return f"{where}: {message}" if where else message
