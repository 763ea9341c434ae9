"""Lets the tests of this folder import their systems, the results that policy tests make, and the gate's benchmark."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

HERE = Path(__file__).resolve().parent
sys.path += [str(HERE), str(HERE.parent / "policy")]


@pytest.fixture(scope="session")
def gate_level() -> ModuleType:
    """Return the benchmark that simulates whole audits."""
    spec = importlib.util.spec_from_file_location("gate_level", HERE.parents[1] / "benchmarks" / "gate_level.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError("expected benchmarks/gate_level.py beside the tests")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
