"""Running somebody's program on patients' rows: in a folder of its own, for a limited time, seeing only its input."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from synthaudit.audit.errors import TrainingError
from synthaudit.audit.records import Records, write_table
from synthaudit.audit.records.frame import to_records
from synthaudit.audit.records.text import read_text

KEPT = 4000  # characters of stderr


class ProgramError(TrainingError):
    """An outside program failed.

    Attributes:
        stderr: The end of what it said; kept out of the message, since it may quote a patient's cell.
    """

    def __init__(self, message: str, stderr: str = "") -> None:
        super().__init__(message)
        self.stderr = stderr

    def __reduce__(self) -> tuple[object, ...]:
        return (ProgramError, (str(self), self.stderr))


def run(
    command: Sequence[str], members: Records, size: int, seed: int, *, timeout: float, stderr: str | None
) -> Records:
    """Run a command on the members and return the rows that it wrote.

    Raises:
        ProgramError: It cannot be started, fails, takes too long, or writes no table or one of another size.
        InputError: Its table is not under the members' schema.
    """
    with tempfile.TemporaryDirectory(prefix="synthaudit-") as folder:
        source, out = Path(folder) / "members.csv", Path(folder) / "synthetic.csv"
        write_table(members, source)
        words = {"{members}": str(source), "{size}": str(size), "{seed}": str(seed), "{out}": str(out)}
        said = _call([_filled(part, words) for part in command], folder, timeout, stderr)
        if not out.is_file():
            raise ProgramError(f"{_name(command)} ended well but wrote no file at {{out}}.", said)
        drawn = to_records(read_text(out), members.schema, file=out)
    if len(drawn) != size:
        raise ProgramError(f"{_name(command)} was asked for {size} rows and wrote {len(drawn)}.", said)
    return drawn


def _call(command: Sequence[str], folder: str, timeout: float, log: str | None) -> str:
    """Run a command to its end and return the last of what it said on stderr."""
    # Nothing of this process's environment but what finding and running a program takes.
    bare = {key: os.environ[key] for key in ("PATH", "LANG", "LC_ALL", "SYSTEMROOT") if key in os.environ}
    bare |= {"HOME": folder, "TMPDIR": folder}
    spoken = Path(folder) / "stderr.txt"
    with spoken.open("wb") as pipe:
        try:
            process = subprocess.Popen(
                command,
                cwd=folder,
                env=bare,
                stdin=subprocess.DEVNULL,
                stdout=pipe,
                stderr=pipe,
                start_new_session=True,
            )
        except OSError as problem:
            raise ProgramError(
                f"{_name(command)} could not be started ({problem.strerror}). "
                "Give the program's full path, or a name on PATH."
            ) from problem
        try:
            code = process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise ProgramError(
                f"{_name(command)} was stopped after {timeout:g} seconds. Give it a longer timeout or less to do.",
                _end(spoken),
            ) from None
        finally:
            _stop(process)
            _keep(spoken, log)
    said = _end(spoken)
    if code != 0:
        raise ProgramError(
            f"{_name(command)} failed with exit code {code}. Set stderr to a file to read what it said.", said
        )
    return said


def _filled(part: str, words: dict[str, str]) -> str:
    for word, value in words.items():
        part = part.replace(word, value)
    if part == "{python}":  # this one: the audit's own environment
        return sys.executable
    # The program runs in a folder of its own, where a path such as ./gen would lead nowhere.
    return str(Path(part).absolute()) if os.sep in part and Path(part).is_file() else part


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the program and all that it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):  # it and its children are gone already
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _keep(spoken: Path, log: str | None) -> None:
    if log is None:
        return
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "ab") as file:
        file.write(spoken.read_bytes())


def _end(spoken: Path) -> str:
    return spoken.read_text(encoding="utf-8", errors="replace")[-KEPT:]


def _name(command: Sequence[str]) -> str:
    return f"the program '{Path(command[0]).name}'"
