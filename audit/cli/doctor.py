"""``synthaudit doctor``: is this machine fit for an audit?"""

import platform
import tempfile
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path

import typer

PACKAGES = ("torch", "opacus", "numpy", "scipy", "pandas", "pyarrow", "scikit-learn", "numba", "pydantic", "typst")


def doctor() -> None:
    """Check the installation by using it: kernels, a training step, a page; exit 2 if something is broken."""
    from synthaudit.audit import __version__
    from synthaudit.audit.suite.context.audit_context import cores

    print(f"synthaudit {__version__}, Python {platform.python_version()}, {platform.system()} {platform.machine()}")
    print(f"cores: {cores()}, memory: {_memory()}")
    for package in PACKAGES:
        print(f"  {package} {_version(package)}")
    broken = 0
    for name, check in (("neighbour kernel", _kernel), ("training", _training), ("PDF", _page), ("GPU", _gpu)):
        ok, message = _run_check(check)
        broken += not ok
        print(f"{'ok' if ok else 'BROKEN'}: {name}: {message}")
    if broken:
        raise typer.Exit(2)


def _run_check(check: Callable[[], str]) -> tuple[bool, str]:
    try:
        return True, check()
    except Exception as error:  # noqa: BLE001 - whatever is broken is what the doctor reports
        return False, f"{type(error).__name__}: {error}"


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "is missing: pip install synthaudit"


def _memory() -> str:
    try:
        kib = next(_meminfo("MemTotal"))
    except (OSError, StopIteration):
        return "unknown"
    return f"{kib / 2**20:.0f} GiB"


def _meminfo(name: str) -> Iterator[int]:
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith(f"{name}:"):
            yield int(line.split()[1])


def _kernel() -> str:
    from synthaudit.audit.neighbours import nearest
    from synthaudit.audit.records import Cohort

    cohort = Cohort(codes=50)
    neighbors = nearest(cohort.draw(100, seed=1), cohort.draw(100, seed=1))
    if neighbors.distance.any():
        raise ArithmeticError("a row is not its own nearest neighbour")
    return "100 rows found themselves"


def _training() -> str:
    from synthaudit.audit.records import Cohort
    from synthaudit.generators import GENERATORS

    members = Cohort(codes=20).draw(64, seed=1)
    fitted = GENERATORS["vae"](epochs=1).fit(members, seed=1)  # type: ignore[call-arg]
    return f"a small VAE drew {len(fitted.sample(10, seed=1))} rows"


def _page() -> str:
    import typst

    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "page.typ"
        source.write_text("A page.", encoding="utf-8")
        return f"one page of {len(typst.compile(source)):,} bytes"


def _gpu() -> str:
    import torch

    return torch.cuda.get_device_name() if torch.cuda.is_available() else "none found, none needed"
