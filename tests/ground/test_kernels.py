"""Compiled functions keep the liberties they name, and run where no machine code can be stored."""

import math
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from synthaudit import audit
from synthaudit.audit.kernels import FUSED, WITHOUT_NAN, compiled

ROOT = Path(audit.__file__).resolve().parent.parent
KERNELS = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for room in ("audit", "attacks", "generators")
    for path in (ROOT / room).rglob("*.py")
    if "@compiled(" in path.read_text(encoding="utf-8")
)

READ_ONLY = """
import importlib, sys
import synthaudit.audit

print(synthaudit.audit.__file__)
for name in sys.argv[1:]:
    module = importlib.import_module(f"synthaudit.{name}")
    kernels = [kernel for kernel in vars(module).values() if hasattr(kernel, "py_func")]
    assert kernels, name
    for kernel in kernels:
        assert type(kernel._cache).__name__ == "NullCache", (name, kernel)
from synthaudit.audit.neighbours import accumulate
import numpy as np

print(int(accumulate._bits(np.uint64(255))))
"""


def test_the_kernels_are_known() -> None:
    assert {name.split(".")[0] for name in KERNELS} == {"audit", "attacks", "generators"}


def test_an_install_where_nothing_can_be_written_works(tmp_path: Path) -> None:
    package = tmp_path / "synthaudit"
    for room in ("audit", "attacks", "generators"):
        shutil.copytree(ROOT / room, package / room, ignore=shutil.ignore_patterns("__pycache__"))
    (package / "__init__.py").touch()
    for name in KERNELS:
        # A file in the cache folder's place stops even root, whom permissions would not.
        (package / Path(*name.split(".")).parent / "__pycache__").touch()
    homeless = {"HOME": "/dev/null", "XDG_CACHE_HOME": "/dev/null/none", "PYTHONPATH": str(tmp_path)}
    env = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"} | homeless
    done = subprocess.run(
        [sys.executable, "-c", READ_ONLY, *KERNELS],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        env=env,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(package / "audit" / "__init__.py"), "8"]


def test_no_other_place_compiles() -> None:
    for path in ROOT.glob("*/**/*.py"):
        if path.parts[len(ROOT.parts)] in ("audit", "attacks", "generators", "reports") and path.name != "kernels.py":
            assert "njit" not in path.read_text(encoding="utf-8"), path


def fresh(source: str) -> Callable[..., float]:
    """Return the function ``f`` of a source that lies in no file: numba stores no code of it between tests."""
    names: dict[str, Callable[..., float]] = {}
    exec(source, names)
    return names["f"]


def test_the_error_model_decides_on_a_division_by_zero() -> None:
    ratio = "def f(a, b): return a / b"
    assert math.isinf(compiled(error_model="numpy")(fresh(ratio))(1.0, 0.0))
    with pytest.raises(ZeroDivisionError):
        compiled()(fresh(ratio))(1.0, 0.0)


@pytest.mark.parametrize("flags", [(), FUSED, WITHOUT_NAN])
def test_the_flags_reach_the_compiler(flags: frozenset[str]) -> None:
    kernel = compiled(fastmath=flags)(fresh("def f(a, b): return a * b + 1.0"))
    assert kernel(2.0, 3.0) == 7.0
    code = next(iter(kernel.inspect_llvm().values()))  # type: ignore[attr-defined]
    assert {flag for flag in FUSED | WITHOUT_NAN if f" {flag} " in code} == set(flags)
