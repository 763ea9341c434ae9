"""The value object, the package's doors, and the examples in docstrings."""

import ast
import doctest
import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import synthaudit.audit.statistics
from synthaudit.audit.statistics import Estimate, NotMeasured


def test_an_estimate_lies_within_its_bounds():
    assert str(Estimate(0.5, 0.4, 0.6, 0.95, 10)) == "0.500 [0.400, 0.600]"
    assert Estimate(1.0, 1.0, float("inf"), 0.95, 10).high == float("inf")
    for value, low, high in [(0.5, 0.6, 0.7), (0.8, 0.6, 0.7), (float("nan"), 0.0, 1.0), (0.5, float("nan"), 1.0)]:
        with pytest.raises(ValueError, match="low <= value <= high"):
            Estimate(value, low, high, 0.95, 10)
    with pytest.raises(ValueError, match="confidence in"):
        Estimate(0.5, 0.4, 0.6, 95, 10)


def test_what_is_not_measured_says_why():
    assert str(NotMeasured("no holdout")) == "not measured: no holdout"


def test_reading_a_result_loads_no_scipy_and_nothing_here_loads_torch():
    light = "import sys, synthaudit.audit.statistics; sys.exit('scipy' in sys.modules)"
    full = (
        "import sys; from synthaudit.audit.statistics import roc, intervals, epsilon, one_run, multiplicity, power;"
        "sys.exit(bool({'torch', 'pandas', 'sklearn', 'scipy.stats'} & set(sys.modules)))"
    )
    for code in (light, full):
        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_modules_are_reached_through_the_package():
    assert synthaudit.audit.statistics.roc.auc is importlib.import_module("synthaudit.audit.statistics.roc").auc
    with pytest.raises(AttributeError, match="no attribute 'auroc'"):
        synthaudit.audit.statistics.auroc  # noqa: B018


def public_functions(name: str) -> set[str]:
    """Return the functions that a module of statistics defines, without those that begin with an underscore."""
    path = Path(synthaudit.audit.statistics.__file__).parent / f"{name}.py"
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")}


def test_the_package_lists_every_public_function_once():
    listed, module = {}, ""
    for line in synthaudit.audit.statistics.__doc__.splitlines():
        if line.startswith("    "):
            words = line.split()
            module = words.pop(0) if line[4] != " " else module
            listed.setdefault(module, []).append(words[0])
    names = synthaudit.audit.statistics.MODULES
    assert {name: sorted(functions) for name, functions in listed.items()} == {
        name: sorted(public_functions(name)) for name in names
    }


@pytest.mark.parametrize("name", synthaudit.audit.statistics.MODULES)
def test_every_public_function_says_what_it_is(name):
    module = importlib.import_module(f"synthaudit.audit.statistics.{name}")
    for function in public_functions(name):
        first = inspect.getdoc(getattr(module, function)).splitlines()[0]
        assert first.endswith("."), function


@pytest.mark.parametrize("name", ["intervals", "epsilon", "root_finding"])
def test_examples_in_docstrings_are_true(name):
    outcome = doctest.testmod(importlib.import_module(f"synthaudit.audit.statistics.{name}"))
    assert outcome.attempted > 0
    assert outcome.failed == 0
