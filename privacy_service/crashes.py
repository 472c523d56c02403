"""What a crash leaves behind: never the memory of the process, in which somebody's data may be."""

import ctypes
import resource
import sys

_PR_SET_DUMPABLE = 4  # From linux/prctl.h.


def forbid_core_dumps() -> None:
    """Have the kernel write down no memory of this process and its forks, whatever the limits of the host say.

    A limit of zero keeps it from files; where dumps are piped to a program, as systemd does, Linux does not ask it, and
    only a process that may not be dumped is safe. A program that this process starts (exec) may be dumped again: it
    inherits the limit alone, so it calls this itself, as each of ours does, or is kept by the host.
    """
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, most))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
