"""A parent for commands that run where memory is limited: what the kernel or a library ends without a word gets one.

Some libraries abort the process when they get no memory, and the kernel kills it; nobody inside can then say why.
"""

import os
import signal
import sys
from typing import Any

from synthaudit.audit.memory import CURE, address_left, is_limited
from synthaudit.audit.processes import end_with_parent

NO_ROOM, BUG = 2, 70
NATIVE = frozenset({signal.SIGABRT, signal.SIGSEGV, signal.SIGBUS, signal.SIGILL})
"""Signals with which native code ends a process that got no memory, or that has a bug."""


def watch_over() -> None:
    """Go on in a child where memory is limited, and end this process as the child ends; elsewhere do nothing.

    Nothing heavy may be loaded yet, and no thread started.
    """
    if sys.platform == "win32" or not is_limited():
        return
    child = os.fork()
    if child == 0:
        end_with_parent()
        return

    def pass_on(number: int, _: Any) -> None:
        os.kill(child, number)

    signal.signal(signal.SIGTERM, pass_on)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to the child as well
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code < 0:
        code, message = ending(-code)
        print(f"synthaudit: {message}", file=sys.stderr, flush=True)
    os._exit(code)


def ending(number: int) -> tuple[int, str]:
    """Return the exit code and the sentence for a command that a signal ended."""
    kept = "what was finished is kept"
    if number == signal.SIGKILL or (number in NATIVE and address_left() is not None):
        return NO_ROOM, f"memory ran out, and the command was ended by signal {number}; {kept}. {CURE}"
    if number in NATIVE:
        return BUG, f"this is a bug: native code ended by signal {number}; {kept}. Please report this line"
    return 128 + number, f"ended by signal {number}; {kept}"
