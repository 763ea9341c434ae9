"""Running somebody's program on patients' rows: in a folder of its own, within limits, seeing only its input."""

import contextlib
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from synthaudit.audit.errors import TrainingError
from synthaudit.audit.files import private_folder
from synthaudit.audit.processes import MARK, end_with_parent, kill_marked
from synthaudit.audit.records import Records, write_table
from synthaudit.audit.records.parse import parse_records
from synthaudit.audit.records.text import read_text

STDERR_TAIL = 4000  # bytes

MIB = 2**20
LEAST_OUTPUT = 64 * MIB
"""Bytes that any program may write to a file."""
GENEROUS = 8
"""A synthetic table may take this many times the bytes that as many members take."""

PASSED_ON = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "LD_LIBRARY_PATH", "R_HOME", "R_LIBS", "R_LIBS_SITE", "JAVA_HOME")
"""Variables that finding and running a program takes; nothing else of this process's environment is passed on."""


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


@dataclass(frozen=True)
class ProgramLimits:
    """What a program may take.

    Attributes:
        timeout: Seconds after which it is stopped, with all that it started.
        memory_gb: GiB of address space per process; None sets no limit.
        env: Variables besides ``PASSED_ON``, such as ``HOME`` or ``R_LIBS_USER``.
    """

    timeout: float
    memory_gb: float | None = None
    env: Mapping[str, str] = field(default_factory=dict, hash=False)


def run_program(
    command: Sequence[str],
    members: Records,
    size: int,
    seed: int,
    *,
    limits: ProgramLimits,
    stderr_file: Path | None,
) -> Records:
    """Run a command on the members and return the rows that it wrote.

    Args:
        command: The program and its arguments, with placeholders in braces.
        members: What the program trains on.
        size: Rows that it is to write.
        seed: What it is to seed its randomness with.
        limits: What it may take. The size of its files is bounded by that of its input.
        stderr_file: File to which the end of its stderr is appended; None for none.

    Raises:
        ProgramError: It cannot be started, fails, exceeds a limit, or writes no table or one of another size.
        InputError: Its table is not under the members' schema.
    """
    with private_folder() as folder:
        source, out = folder / "members.csv", folder / "synthetic.csv"
        write_table(members, source)
        most = LEAST_OUTPUT + GENEROUS * source.stat().st_size * max(1, -(-size // len(members)))
        words = {"{members}": str(source), "{size}": str(size), "{seed}": str(seed), "{out}": str(out)}
        stderr = _call([_filled(part, words) for part in command], folder, limits, most, stderr_file)
        if not out.is_file():
            raise ProgramError(f"{_name(command)} ended well but wrote no file at {{out}}.", stderr)
        rows = parse_records(read_text(out), members.schema, file=out)
    if len(rows) != size:
        raise ProgramError(f"{_name(command)} was asked for {size} rows and wrote {len(rows)}.", stderr)
    return rows


def _call(command: Sequence[str], folder: Path, limits: ProgramLimits, most: int, stderr_file: Path | None) -> str:
    """Run a command to its end and return the end of its stderr."""
    bare = {key: os.environ[key] for key in PASSED_ON if key in os.environ}
    bare |= {"HOME": str(folder), "TMPDIR": str(folder), **limits.env, MARK: str(folder)}
    captured = folder / "stderr.txt"
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
                preexec_fn=_confined(limits, most),
            )
        except OSError as problem:
            raise ProgramError(
                f"{_name(command)} could not be started ({problem.strerror}). "
                "Give the program's full path, or a name on PATH."
            ) from problem
        try:
            code = process.wait(limits.timeout)
        except subprocess.TimeoutExpired:
            raise ProgramError(
                f"{_name(command)} was stopped after {limits.timeout:g} seconds. Give it a longer timeout or less to "
                "do.",
                _end(captured),
            ) from None
        finally:
            _stop(process, folder)
            _append(captured, stderr_file)
    stderr = _end(captured)
    if code == -signal.SIGXFSZ or any(path.stat().st_size >= most for path in folder.iterdir() if path.is_file()):
        raise ProgramError(f"{_name(command)} wrote a file of {most // MIB:,} MiB, the most that it may write.", stderr)
    if code != 0:
        raise ProgramError(
            f"{_name(command)} failed with exit code {code}. Set stderr_file to read what it wrote to stderr.", stderr
        )
    return stderr


def _confined(limits: ProgramLimits, most: int) -> Callable[[], None]:
    """Return what a child does to itself before it becomes the program: the kernel then keeps the limits."""

    def confine() -> None:
        end_with_parent()
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a dump of its memory would hold patients
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        if limits.memory_gb is not None:
            memory = int(limits.memory_gb * 2**30)
            resource.setrlimit(resource.RLIMIT_AS, (memory, memory))

    return confine


def _filled(part: str, words: dict[str, str]) -> str:
    for word, value in words.items():
        part = part.replace(word, value)
    if part == "{python}":  # this one: the audit's own environment
        return sys.executable
    # The program runs in a folder of its own, where a path such as ./gen would lead nowhere.
    return str(Path(part).absolute()) if os.sep in part and Path(part).is_file() else part


def _stop(process: subprocess.Popen[bytes], folder: Path) -> None:
    """End the program and all that it started, also what left its group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):  # it and its children are gone already
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    while kill_marked(folder):  # whatever a dying process still started
        pass


def _append(captured: Path, file: Path | None) -> None:
    if file is None:
        return
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "ab") as stream, captured.open("rb") as source:
        source.seek(max(0, captured.stat().st_size - MIB))
        shutil.copyfileobj(source, stream)


def _end(captured: Path) -> str:
    with captured.open("rb") as file:
        file.seek(max(0, captured.stat().st_size - STDERR_TAIL))
        return file.read().decode(errors="replace")


def _name(command: Sequence[str]) -> str:
    return f"the program '{Path(command[0]).name}'"
