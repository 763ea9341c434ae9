"""Files that are written whole or not at all, and temporary folders that nobody but the owner reads."""

import contextlib
import errno
import os
import re
import secrets
import stat
import tempfile
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path

from synthaudit.audit.errors import InputError

LEFTOVER = re.compile(r"\..+-[0-9a-f]{8}(\.\w+)?")
"""Names that ``replacing`` gives to unfinished files."""

_work_folder: ContextVar[Path | None] = ContextVar("work_folder", default=None)
_written: ContextVar[list[Path] | None] = ContextVar("written", default=None)


@contextlib.contextmanager
def files_written() -> Iterator[list[Path]]:
    """Yield a list that fills with the files that this block writes."""
    written: list[Path] = []
    token = _written.set(written)
    try:
        yield written
    finally:
        _written.reset(token)


@contextlib.contextmanager
def work_folder(path: Path) -> Iterator[None]:
    """Put the private folders of this block into ``path``, where the next run sweeps what a killed one left."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    token = _work_folder.set(path)
    try:
        yield
    finally:
        _work_folder.reset(token)


@contextlib.contextmanager
def private_folder() -> Iterator[Path]:
    """Yield a folder of mode 0700 that is gone when the block ends; in the ``work_folder``, if there is one."""
    with tempfile.TemporaryDirectory(prefix="synthaudit-", dir=_work_folder.get()) as folder:
        yield Path(folder)


def read_file(path: Path, *, most: int = 2**26) -> bytes:
    """Return the content of a regular file of at most ``most`` bytes.

    Raises:
        OSError: It cannot be read, is larger, or is a pipe or a device, on which a reader would wait for ever.
    """
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "it is no regular file", str(path))
    if status.st_size > most:
        raise OSError(errno.EFBIG, f"it is larger than {most // 2**20:,} MiB", str(path))
    return path.read_bytes()


def remove_leftovers(folder: Path) -> None:
    """Remove the unfinished files that killed processes left in a folder; nobody may be writing to it."""
    for path in folder.glob(".*"):
        if LEFTOVER.fullmatch(path.name) and path.is_file():
            with contextlib.suppress(OSError):
                path.unlink()


def write_atomically(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Write a file; a reader sees the old one or the new one, never half of it.

    Args:
        path: The file; its folder must exist.
        content: The whole of it.
        mode: Permissions, less what the process's umask takes away.

    Raises:
        InputError: The disk is full, or the folder is missing or not writable; the old file, if any, still stands.
    """
    with replacing(path, mode=mode) as temporary:
        temporary.write_bytes(content)


@contextlib.contextmanager
def replacing(path: Path, *, mode: int = 0o644) -> Iterator[Path]:
    """Yield an empty file beside ``path``, with its ending, that takes its place once the block ends well.

    Raises:
        InputError: As ``write_atomically``; also for any ``OSError`` of the block.
    """
    temporary = path.with_name(f".{path.stem[:40]}-{secrets.token_hex(4)}{path.suffix}")
    try:
        # Permissions are set at birth, so that nobody else can open a restricted file while it is written.
        os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode))
        yield temporary
        _flush(temporary)
        temporary.replace(path)
        if (written := _written.get()) is not None:
            written.append(path)
    except OSError as error:
        raise InputError(
            f"could not be written ({error.strerror or 'unknown reason'})",
            file=path,
            cure="Make room or choose a folder that exists and is writable; what was finished before is kept",
        ) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    """Put a file on the disk itself: a rename may otherwise outlive a power cut that its content does not."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
