"""Too little memory is seen beforehand, named whatever a library calls it, and never blamed on a file."""

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from synthaudit.audit import memory
from synthaudit.audit.errors import InputError, MemoryShortageError
from synthaudit.audit.memory import MIB, ran_out, require_memory, shortage_named

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="limits of address space are tried on Linux only")


def blamed_on_the_file() -> None:
    try:
        raise MemoryError
    except MemoryError:
        raise InputError("expected a table, found an unclosed quote", file="a.csv") from None


def of_arrow() -> None:
    import pyarrow as pa

    raise pa.ArrowMemoryError("malloc of size 64 failed")


def raising(error: BaseException) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


@pytest.mark.parametrize(
    "fail",
    [
        blamed_on_the_file,
        of_arrow,
        raising(MemoryError()),
        raising(OSError(errno.ENOMEM, "Cannot allocate memory")),
        raising(
            RuntimeError("[enforce fail at alloc_cpu.cpp:75] DefaultCPUAllocator: can't allocate memory: you tried")
        ),
        raising(RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")),
        raising(RuntimeError("can't start new thread")),
        raising(ImportError("libtorch_cpu.so: failed to map segment from shared object")),
        raising(RuntimeError("std::bad_alloc")),
    ],
)
def test_memory_that_ran_out_is_known_by_whatever_name(fail: Callable[[], None]) -> None:
    said = r"memory ran out while a\.csv was read\. Use fewer"
    with pytest.raises(MemoryShortageError, match=said), shortage_named("while a.csv was read"):
        fail()


@pytest.mark.parametrize(
    "error", [InputError("expected a number"), ValueError("out of memory"), OSError(errno.ENOSPC, "No space left")]
)
def test_another_error_stays_what_it_is(error: Exception) -> None:
    assert not ran_out(error)
    with pytest.raises(type(error)), shortage_named("here"):
        raise error


def test_what_does_not_fit_is_refused_with_both_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "resident_left", lambda: 100 * MIB)
    monkeypatch.setattr(memory, "address_left", lambda: 3 * 2**30)
    require_memory(99 * MIB, "to read a.csv")
    with pytest.raises(MemoryShortageError, match=r"too small to read a\.csv: expected about 101 MiB, 100 MiB may be"):
        require_memory(101 * MIB, "to read a.csv")
    with pytest.raises(MemoryShortageError, match=r"expected about 4\.0 GiB, 3\.0 GiB may be taken"):
        require_memory(1, "to start", address_space=4 * 2**30)


@pytest.mark.parametrize(
    ("group", "files"),
    [
        (
            "0::/job/step",
            {"job/memory.max": "1000", "job/memory.current": "900", "job/memory.stat": "inactive_file 50"},
        ),
        (
            "5:cpu,memory:/job",
            {
                "memory/job/memory.limit_in_bytes": "1000",
                "memory/job/memory.usage_in_bytes": "900",
                "memory/job/memory.stat": "cache 9\ntotal_inactive_file 50",
            },
        ),
    ],
)
def test_a_control_group_counts_with_those_above_it(
    group: str, files: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text + "\n")
    (tmp_path / "group").write_text(f"{group}\n")
    read = Path.read_text

    def redirected(path: Path, *rest: str) -> str:
        return read(tmp_path / "group" if str(path) == "/proc/self/cgroup" else path, *rest)

    monkeypatch.setattr(Path, "read_text", redirected)
    monkeypatch.setattr(memory, "CGROUPS", tmp_path)
    assert memory.resident_left() == 150


@LINUX
@pytest.mark.parametrize("mib", [100, 250, 340, 420, 500, 700])
def test_a_command_under_a_limit_works_or_says_so(mib: int, tmp_path: Path) -> None:
    """Before, 100 MiB ended with exit code 1, 200 as a bug, and 500 blamed a quote."""
    import resource

    table = tmp_path / "table.csv"
    table.write_text("age,sex\n" + "".join(f"{20 + at % 60},{'FM'[at % 2]}\n" for at in range(2000)))

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (mib * MIB, mib * MIB))

    ended = subprocess.run(
        [sys.executable, "-m", "synthaudit", "inspect", str(table)],
        capture_output=True,
        text=True,
        preexec_fn=limit,
        timeout=120,
        check=False,
        env={name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"},
    )
    assert ended.returncode in (0, 2), ended.stderr
    if ended.returncode == 2:
        assert "memory" in ended.stderr
        assert "may be taken" in ended.stderr or "memory ran out" in ended.stderr
        assert "quote" not in ended.stderr
    assert "Traceback" not in ended.stderr
    if mib == 100:
        assert ended.returncode == 2
