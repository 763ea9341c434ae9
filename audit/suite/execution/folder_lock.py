"""One audit at a time in a run folder: a second one would change the tables under the first one's workers."""

import contextlib
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

from synthaudit.audit.errors import InputError
from synthaudit.audit.suite.context.run_folder import RunFolder

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows has no such locks; there the folder is the user's own care
    fcntl = None  # type: ignore[assignment]

PATIENCE = 5.0
"""Seconds for which the holder may write its name before somebody else gives up."""


@contextlib.contextmanager
def audit_lock(folder: RunFolder, identity: str) -> Iterator[None]:
    """Hold a run folder for one audit; shards and repeats of the same audit hold it together.

    Who comes first sweeps away what a killed run left behind. The system releases the lock when its holder dies,
    however that happens.

    Args:
        folder: The run folder, created.
        identity: What makes two audits the same: a hash of plan, tables and code.

    Raises:
        InputError: Another audit is running in the folder.
    """
    if fcntl is None:  # pragma: no cover
        yield
        return
    descriptor = os.open(folder.restricted / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if _locked(descriptor, fcntl.LOCK_EX):
            folder.sweep()
            _write(descriptor, identity)
        _share(descriptor, identity, folder.root)
        yield
    finally:
        os.close(descriptor)


def _share(descriptor: int, identity: str, root: Path) -> None:
    """Take a shared lock if the holders are of the same audit."""
    until = time.monotonic() + PATIENCE
    while not (_locked(descriptor, fcntl.LOCK_SH) and _read(descriptor)):
        if time.monotonic() > until:
            break
        time.sleep(0.05)
    held, _, holder = _read(descriptor).partition(" ")
    if held != identity:
        raise InputError(
            f"expected a folder in which no other audit is running, found one ({holder or 'starting'})",
            file=root,
            cure="Wait for it, or choose another with --out",
        )


def _locked(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _write(descriptor: int, identity: str) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{identity} process {os.getpid()} on {socket.gethostname()}".encode(), 0)


def _read(descriptor: int) -> str:
    return os.pread(descriptor, 4096, 0).decode(errors="replace")
