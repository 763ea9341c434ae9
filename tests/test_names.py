"""One word, one meaning: words that were given up do not come back, and no public name stands for two things."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted(
    path for room in ("audit", "attacks", "generators", "reports", "synthaudit") for path in (ROOT / room).rglob("*.py")
)

PARTICIPLES = "held told asked drawn made kept said heard promised paid alike standing grown lifted narrowed"
COINAGES = """
    subject Bench bench Job Cell Sides Adversary Asked Said Knows Touch Crowd Coins Stack Shift Entry Holder Plain Alone
    Together PrivateStack SaidOfTargets NotHeld Refuted Nearness Spend Descent descend one_of begin_at_odds private_step
    rhythm opinion makers bursts miss odds pulls grades lanes course told_results
"""
RETIRED = {*PARTICIPLES.split(), *COINAGES.split()}

SEAMS = {"section", "render"}
"""Public functions of one name in several modules on purpose: each page has its section, each format its renderer."""


def names(tree: ast.Module) -> Iterator[str]:
    """Yield the names that a module gives: of functions, classes, parameters, fields and attributes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr


def retired(tree: ast.Module) -> list[str]:
    return sorted({name for name in names(tree) if name.strip("_") in RETIRED})


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_retired_word_is_a_name(path: Path) -> None:
    assert retired(ast.parse(path.read_text(encoding="utf-8"))) == []
    assert path.stem not in RETIRED


@pytest.mark.parametrize("code", ["def told(): ...", "def f(held): ...", "class Bench: ...", "class A:\n    made: int"])
def test_a_retired_word_is_seen(code: str) -> None:
    assert retired(ast.parse(code))


def shared_names(sources: dict[str, str]) -> dict[str, list[str]]:
    """Return the public functions and classes that stand at the top of several modules, by name."""
    places = defaultdict(list)
    for where, source in sources.items():
        for node in ast.parse(source).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(where)
    return {name: sorted(set(where)) for name, where in places.items() if len(set(where)) > 1 and name not in SEAMS}


def test_no_public_name_means_two_things() -> None:
    inside = [path for path in FILES if path.parent.name not in ("cli", "synthaudit")]  # the roof names what it calls
    assert shared_names({str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in inside}) == {}


def test_a_name_with_two_meanings_is_seen() -> None:
    assert shared_names({"a.py": "def draw(): ...", "b.py": "def draw(): ..."}) == {"draw": ["a.py", "b.py"]}
