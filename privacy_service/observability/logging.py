"""Log lines that say where and what kind, never which value."""

import json
import logging
import traceback
from datetime import UTC, datetime
from types import TracebackType

_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


class LineFormatter(logging.Formatter):
    """One JSON object a line. Of an exception it prints kind and places: its message may quote a payload."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info and record.exc_info[0]:
            line["error"] = describe(record.exc_info)
        return json.dumps(line)


def describe(exc_info: _ExcInfo) -> str:
    """Return an exception's kind and the places it passed through, innermost last, without its message."""
    kind, _, trace = exc_info
    places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)]
    return " < ".join([kind.__qualname__, *reversed(places[-12:])])
