"""The ways out of a command: each has an exit code of its own, and a crash is never 1, which means "a finding fails".

2 is bad input or a machine that has no room, 70 a bug, 130 an interruption.
"""

import contextlib
import os
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup

from synthaudit.audit.errors import AuditError, MemoryShortageError
from synthaudit.audit.memory import CURE, ran_out

BAD_INPUT, BUG, INTERRUPTED, CLOSED_PIPE = 2, 70, 130, 141
"""Exit codes besides those of a verdict; 141 is a shell's own for output that nobody reads (128 + SIGPIPE)."""

DEBUG = "SYNTHAUDIT_DEBUG"
"""Environment variable by which ``--debug`` reaches here."""


SHORTAGE = f"memory ran out; what was finished is kept. {CURE}"


@contextlib.contextmanager
def user_errors() -> Iterator[None]:
    """Turn what a user can mend into its message on stderr and an exit code; bugs go on to ``report_bug``."""
    try:
        yield
    except MemoryShortageError as error:
        _leave(str(error), BAD_INPUT, error)
    except AuditError as error:
        _leave(SHORTAGE if ran_out(error) else str(error), BAD_INPUT, error)
    except BrokenPipeError:
        # Whoever read the output went away; nothing is left to say, also not at the interpreter's last flush.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(CLOSED_PIPE) from None
    except OSError as error:
        if ran_out(error):
            _leave(SHORTAGE, BAD_INPUT, error)
        file = f"{Path(os.fsdecode(error.filename)).name}: " if isinstance(error.filename, str | bytes) else ""
        reason = error.strerror or type(error).__name__
        _leave(f"{file}could not be read or written ({reason}); what was finished is kept", BAD_INPUT, error)
    except Exception as error:
        if not ran_out(error):
            raise
        _leave(SHORTAGE, BAD_INPUT, error)
    except KeyboardInterrupt as error:
        _leave("interrupted; run the same command again to go on where it stopped", INTERRUPTED, error)


class Door(TyperGroup):
    """The group of all commands: whatever they raise or cannot print leaves through ``user_errors``."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        with user_errors():
            ended = super().invoke(ctx)
            sys.stdout.flush()
            return ended


def _leave(message: str, code: int, error: BaseException) -> None:
    print(f"synthaudit: {message}", file=sys.stderr)
    _show_calls(error)
    raise typer.Exit(code) from None


def report_bug(error: Exception) -> int:
    """Say on stderr that this is a bug, where it is and what to do, and return the exit code.

    The error's own text is left out at every verbosity, since it may quote a patient's value.
    """
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""
    print(
        f"synthaudit: this is a bug: unexpected {type(error).__name__}{place}. Please report this line; what was "
        "finished is kept. Run with --debug before the command to see the calls that led there",
        file=sys.stderr,
    )
    _show_calls(error)
    return BUG


def _show_calls(error: BaseException) -> None:
    """Print the calls that led to an error where --debug asks for them: places in the code, no values."""
    if os.environ.get(DEBUG):
        for frame in traceback.extract_tb(error.__traceback__):
            print(f"  {Path(frame.filename).name}:{frame.lineno} in {frame.name}", file=sys.stderr)
        print(f"  {type(error).__name__}", file=sys.stderr)
