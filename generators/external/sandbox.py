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
from synthaudit.audit.records.parse import parse_records
from synthaudit.audit.records.text import read_text

STDERR_TAIL = 4000  # characters


class ProgramError(TrainingError):
    """An outside program failed.

    Attributes:
        stderr: The end of what it wrote to stderr; not in the message, since it may quote a patient's cell.
    """

    def __init__(self, message: str, stderr: str = "") -> None:
        super().__init__(message)
        self.stderr = stderr

    def __reduce__(self) -> tuple[object, ...]:
        return (ProgramError, (str(self), self.stderr))


def run_program(
    command: Sequence[str], members: Records, size: int, seed: int, *, timeout: float, stderr_file: Path | None
) -> Records:
    """Run a command on the members and return the rows that it wrote.

    Args:
        command: The program and its arguments, with placeholders in braces.
        members: What the program trains on.
        size: Rows that it is to write.
        seed: What it is to seed its randomness with.
        timeout: Seconds after which it is stopped.
        stderr_file: File to which its stderr is appended; None for none.

    Raises:
        ProgramError: It cannot be started, fails, takes too long, or writes no table or one of another size.
        InputError: Its table is not under the members' schema.
    """
    with tempfile.TemporaryDirectory(prefix="synthaudit-") as folder:
        source, out = Path(folder) / "members.csv", Path(folder) / "synthetic.csv"
        write_table(members, source)
        words = {"{members}": str(source), "{size}": str(size), "{seed}": str(seed), "{out}": str(out)}
        stderr = _call([_filled(part, words) for part in command], folder, timeout, stderr_file)
        if not out.is_file():
            raise ProgramError(f"{_name(command)} ended well but wrote no file at {{out}}.", stderr)
        rows = parse_records(read_text(out), members.schema, file=out)
    if len(rows) != size:
        raise ProgramError(f"{_name(command)} was asked for {size} rows and wrote {len(rows)}.", stderr)
    return rows


def _call(command: Sequence[str], folder: str, timeout: float, stderr_file: Path | None) -> str:
    """Run a command to its end and return the end of its stderr."""
    # Nothing of this process's environment but what finding and running a program takes.
    bare = {key: os.environ[key] for key in ("PATH", "LANG", "LC_ALL", "SYSTEMROOT") if key in os.environ}
    bare |= {"HOME": folder, "TMPDIR": folder}
    captured = Path(folder) / "stderr.txt"
    with captured.open("wb") as pipe:
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
                _end(captured),
            ) from None
        finally:
            _stop(process)
            _append(captured, stderr_file)
    stderr = _end(captured)
    if code != 0:
        raise ProgramError(
            f"{_name(command)} failed with exit code {code}. Set stderr_file to read what it wrote to stderr.", stderr
        )
    return stderr


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


def _append(captured: Path, file: Path | None) -> None:
    if file is None:
        return
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "ab") as stream:
        stream.write(captured.read_bytes())


def _end(captured: Path) -> str:
    return captured.read_text(encoding="utf-8", errors="replace")[-STDERR_TAIL:]


def _name(command: Sequence[str]) -> str:
    return f"the program '{Path(command[0]).name}'"
