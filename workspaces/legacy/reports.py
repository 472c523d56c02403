"""Reports of what was folded or stripped: written for `--undo`, and for whoever checks the migration."""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from workspaces.legacy.folding import Entry, Outcome
from workspaces.yaml_files import FileRefused


def new_report(path: Path) -> TextIO:
    """Open a report that only its owner may read, never over another one; raise FileRefused.

    Open it before anything is changed: what cannot be reported could not be taken back.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        message = f"The report {path} cannot be written: {error.strerror}. Nothing was changed."
        raise FileRefused(message) from None
    return os.fdopen(descriptor, "w", encoding="utf-8")


def write_report(stream: TextIO, step: str, entries: Iterable[Entry]) -> None:
    """Write what a step did."""
    with stream:
        json.dump({"step": step, "entries": [asdict(entry) for entry in entries]}, stream, indent=1)


def read_report(path: Path) -> list[Entry]:
    """Return what a report tells of; raise FileRefused."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        return [_entry(one) for one in said["entries"]]
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}."
    except (ValueError, KeyError, TypeError):
        message = f"{path} is no report of this command."
    raise FileRefused(message)


def _entry(said: Mapping[str, Any]) -> Entry:
    return Entry(Outcome(said["outcome"]), str(said["source"]), dict(said["detail"]))
