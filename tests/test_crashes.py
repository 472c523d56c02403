"""A process that crashes: nothing of its memory is written down, though the host wants dumps."""

import signal
import subprocess
import sys

_CRASHING = """
import ctypes, os, resource, signal, sys
from privacy_service.crashes import forbid_core_dumps
most = resource.getrlimit(resource.RLIMIT_CORE)[1]
resource.setrlimit(resource.RLIMIT_CORE, (most, most))
forbid_core_dumps()
is_dumped = ctypes.CDLL(None).prctl(3) if sys.platform == "linux" else 0
print(resource.getrlimit(resource.RLIMIT_CORE)[0], is_dumped, flush=True)
os.kill(os.getpid(), signal.SIGSEGV)
"""


def test_a_crash_writes_down_no_memory() -> None:
    crashed = subprocess.run([sys.executable, "-c", _CRASHING], stdout=subprocess.PIPE, check=False)

    assert crashed.stdout.split() == [b"0", b"0"]
    assert crashed.returncode == -signal.SIGSEGV
