"""What runs long, and is not part of the suite, can at least be collected: nobody would see it broken."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_every_long_run_can_be_collected() -> None:
    files = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "tests").rglob("soak_*.py"))
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", *files, "tests/chaos/matrix.py"]

    collected = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert collected.returncode == 0, collected.stdout[-2000:] + collected.stderr[-2000:]
    assert all(f"{name}::" in collected.stdout for name in files)
