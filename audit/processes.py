"""Child processes that end when they should: with their parent, and with everything that they started."""

import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

PR_SET_PDEATHSIG = 1
"""Of Linux's ``prctl``: the signal that a process gets when its parent dies."""

MARK = "SYNTHAUDIT_WORK"
"""Environment variable with the private folder that a process, and all that it started, works in."""


def end_with_parent() -> None:
    """Have Linux kill this process when its parent dies, however that happens; elsewhere do nothing."""
    if sys.platform != "linux":
        return
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def kill_marked(folder: Path) -> int:
    """Kill every process that was started with a private folder inside ``folder``, and return how many there were.

    A process that left its group or session still carries the environment that it was started with. Where there is no
    ``/proc``, nothing is found.
    """
    killed = 0
    for process in _marked(folder):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(process, signal.SIGKILL)
            killed += 1
    return killed


def _marked(folder: Path) -> Iterator[int]:
    mark = os.fsencode(f"{MARK}={folder.absolute()}")
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            for variable in (entry / "environ").read_bytes().split(b"\0"):
                if variable == mark or variable.startswith(mark + os.sep.encode()):
                    yield int(entry.name)
                    break
