"""The examples do what they say."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def made_up(*arguments: str) -> list[dict[str, object]]:
    """Return what the generator prints."""
    command = [sys.executable, str(ROOT / "examples" / "synthetic_events.py"), *arguments]
    finished = subprocess.run(command, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in finished.stdout.splitlines()]


def test_the_same_seed_makes_the_same_events_and_notes_up() -> None:
    events = made_up("--seed", "7", "--events", "4", "--notes", "2")

    assert [event["type"] for event in events] == ["identify", "track", "identify", "track", "track", "track"]
    assert events == made_up("--seed", "7", "--events", "4", "--notes", "2")
    assert events != made_up("--seed", "8", "--events", "4", "--notes", "2")
