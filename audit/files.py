"""Files that are written whole or not at all: to a name beside the final one, then renamed."""

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from synthaudit.audit.errors import InputError


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
