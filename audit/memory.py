"""How much memory may still be taken, known before it is asked for: by the process's limit, its cgroup, the machine.

A library that gets no memory may raise, may blame its input, or may abort the process. So what needs much asks first.
Nothing but the standard library is imported: this is asked before NumPy, which cannot start where there is no room.
"""

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path

from synthaudit.audit.errors import MemoryShortageError

MIB = 2**20

CURE = "Use fewer --workers or rows, raise the limit (ulimit -v, a container's, a job's), or take a larger machine"

CGROUPS = Path("/sys/fs/cgroup")
SAID_SO = (
    "can't allocate memory",  # torch
    "cannot allocate memory",  # the loader of shared libraries
    "out of memory",  # CUDA, LLVM, SQLite
    "failed to map segment",  # the loader
    "can't start new thread",  # its stack found no room
    "bad_alloc",  # C++
    "bad allocation",
)
"""What the texts of errors say, in small letters, where memory ran out and no ``MemoryError`` was raised."""


def require_memory(need: int, what: str, *, address_space: int | None = None) -> None:
    """Raise ``MemoryShortageError`` where ``need`` bytes are more than may be taken.

    Args:
        need: Bytes that will be used.
        what: What for, in words that finish "memory is too small".
        address_space: Bytes that will be addressed, used or not; as many as used where left out.
    """
    for wanted, left in ((need, resident_left()), (need if address_space is None else address_space, address_left())):
        if left is not None and wanted > left:
            room = f"expected about {_size(wanted)}, {_size(max(0, left))} may be taken"
            raise MemoryShortageError(f"memory is too small {what}: {room}. {CURE}")


def spare_address_space() -> None:
    """Let libraries reserve little where this process may address little: one thread each, and no large arenas.

    They read these variables when they are loaded, which must not have happened yet. No number depends on threads.
    """
    if address_left() is not None:
        os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
            os.environ.setdefault(name, "1")


@contextlib.contextmanager
def shortage_named(what: str) -> Iterator[None]:
    """Turn every error of this block that memory caused into ``MemoryShortageError``: what, and what to do.

    Libraries that get no memory blame their input, so what this block says of a file is no longer believed.
    """
    try:
        yield
    except MemoryShortageError:
        raise
    except Exception as error:
        if ran_out(error):
            raise MemoryShortageError(f"memory ran out {what}. {CURE}") from error
        raise


def address_left() -> int | None:
    """Return the bytes that this process may still address (``ulimit -v``); None without a limit."""
    try:
        import resource
    except ImportError:  # pragma: no cover - Windows
        return None
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    if limit == resource.RLIM_INFINITY:
        return None
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:
        return limit
    return limit - pages * os.sysconf("SC_PAGE_SIZE")


def resident_left() -> int | None:
    """Return the bytes that the machine, or the cgroup of this process, still has; None where nobody says."""
    found = [left for left in (_machine_left(), *_cgroups_left()) if left is not None]
    return min(found, default=None)


def is_limited() -> bool:
    """Whether this process has a limit of its own, or its control group one below the machine's memory."""
    return address_left() is not None or any(left is not None and left < 2**50 for left in _cgroups_left())


def ran_out(error: BaseException) -> bool:
    """Whether an error, or what caused it, says that memory ran out, in whatever words its library has for it."""
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        if isinstance(cause, MemoryError | MemoryShortageError) or getattr(cause, "errno", None) == errno.ENOMEM:
            return True
        if isinstance(cause, RuntimeError | ImportError | OSError):
            text = str(cause).casefold()
            if any(words in text for words in SAID_SO):
                return True
        seen.add(id(cause))
        cause = cause.__cause__ or cause.__context__
    return False


def _machine_left() -> int | None:
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    return None


def _cgroups_left() -> Iterator[int | None]:
    """Yield what each control group over this process still has, of version 1 or 2."""
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if not controllers:
            root, limit, used = CGROUPS, "memory.max", "memory.current"
        elif "memory" in controllers.split(","):
            root, limit, used = CGROUPS / "memory", "memory.limit_in_bytes", "memory.usage_in_bytes"
        else:
            continue
        group = root / path.lstrip("/")
        while group.is_relative_to(root):
            yield _group_left(group, limit, used)
            group = group.parent


def _group_left(group: Path, limit: str, used: str) -> int | None:
    """Return what one control group still has; pages of files that it can drop are not in use."""
    try:
        most, taken = int((group / limit).read_text()), int((group / used).read_text())
        for line in (group / "memory.stat").read_text().splitlines():
            name, _, count = line.partition(" ")
            if name in ("inactive_file", "total_inactive_file"):
                taken -= int(count)
                break
    except (OSError, ValueError):  # not there, or "max"
        return None
    return most - max(0, taken)


def _size(count: int) -> str:
    return f"{count / 2**30:.1f} GiB" if count >= 2**30 else f"{count // MIB:,} MiB"
