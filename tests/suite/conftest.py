"""A small audit that everybody may look at, run once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from synthaudit.audit.suite.execution.run import run
from synthaudit.audit.suite.plan import Plan, make_plan
from synthaudit.audit.suite.result import Result

SMALL: dict[str, Any] = {
    "title": "A small audit",
    "preset": "quick",
    "seed": 3,
    "data": {"reader": "simulated", "patients": 900, "codes": 40, "population": 2},
    "split": {"members": 300, "holdout": 300, "reference": 300},
    "sweep": {"releases": 2, "synthetic_rows": ["0.5x", "1x"], "known_columns": [2, 8]},
    "generators": {"vae": {"epochs": 2}, "republish": {}, "null": {"population": 2}},
    "metrics": {"dimension_probability": {}},
    "controls": {"repeats": 17},
}


def make_small(**tables: Any) -> Plan:
    """Return the small plan with some tables replaced."""
    return make_plan({**SMALL, **tables})


@pytest.fixture(scope="session")
def small() -> Callable[..., Plan]:
    """Return a function that makes the small plan with some tables replaced."""
    return make_small


@pytest.fixture(scope="session")
def raw_small() -> dict[str, Any]:
    """Return the small plan as its TOML would read."""
    return SMALL


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, Path]:
    """Return a finished audit and its folder; not to be changed."""
    folder = tmp_path_factory.mktemp("small") / "run"
    return run(make_small(), folder, base=Path()), folder
