"""Mask a file as the command `mask` does, and say on standard error what that took: run as a process of its own."""

import json
import resource
import sys
import time
from pathlib import Path

import django
from django.core.management import call_command

STATUS = Path("/proc/self/status")


def main() -> None:
    """Mask the file, as NDJSON, in the tier given."""
    django.setup()
    started = time.process_time()
    call_command("mask", "--tier", sys.argv[1], "--format", "ndjson", sys.argv[2])
    json.dump({"seconds": time.process_time() - started, "peak": peak_megabytes()}, sys.stderr)


def peak_megabytes() -> int:
    """Return the most memory this process ever held; `getrusage` would count that of the process that started it."""
    if STATUS.exists():
        line = next(line for line in STATUS.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 2**20


if __name__ == "__main__":
    main()
