"""The import rule of the house, read from the syntax trees: data goes one way, from table to page."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = {
    "synthaudit": "synthaudit",
    **{f"synthaudit.{folder}": folder for folder in ("audit", "attacks", "generators", "reports")},
}

A, S, G = "synthaudit.audit", "synthaudit.audit.suite", "synthaudit.generators"
VALUES = tuple(
    f"{A}.{name}"
    for name in (
        "errors",
        "files",
        "kernels",
        "ledger",
        "memory",
        "processes",
        "renamed",
        "toml_file",
        "workload",
        "statistics",
        "records",
    )
)
GROUND = (*VALUES, f"{A}.knowledge", f"{A}.neighbours", f"{A}.protocols", f"{A}.entry_points", f"{A}.plugins")
METHODS = (*GROUND, "synthaudit.attacks", G, f"{A}.fidelity")

# Who may import whom; a room may always import itself. The longest matching prefix counts. A bare package name in the
# right column stands for its __init__ only where the package has rooms of its own on the left.
ALLOWED: dict[str, tuple[str, ...]] = {
    "synthaudit": (A, f"{A}.cli", f"{A}.policy", "synthaudit.reports", *METHODS, S),
    A: (),
    f"{A}.errors": (),
    f"{A}.kernels": (),
    f"{A}.processes": (),
    f"{A}.renamed": (),
    f"{A}.toml_file": (),
    f"{A}.workload": (),
    f"{A}.ledger": (),
    f"{A}.files": (f"{A}.errors",),
    f"{A}.statistics": (f"{A}.errors",),
    f"{A}.memory": (f"{A}.errors",),
    f"{A}.records": (f"{A}.errors", f"{A}.files", f"{A}.memory", f"{A}.toml_file"),
    f"{A}.knowledge": (f"{A}.errors", f"{A}.records"),
    f"{A}.neighbours": (f"{A}.errors", f"{A}.kernels", f"{A}.records"),
    f"{A}.protocols": (*VALUES, f"{A}.knowledge"),
    f"{A}.entry_points": (f"{A}.errors",),
    f"{A}.plugins": (*VALUES, f"{A}.knowledge", f"{A}.protocols", f"{A}.entry_points"),
    f"{A}.fidelity": GROUND,
    "synthaudit.attacks": GROUND,
    G: GROUND,  # the catalogue, and generators on disk
    f"{G}.encoding": GROUND,
    f"{G}.nets": (*GROUND, f"{G}.encoding"),
    f"{G}.stacking": (*GROUND, f"{G}.encoding"),
    f"{G}.dp": (*GROUND, f"{G}.encoding", f"{G}.nets", f"{G}.stacking"),
    f"{G}.training": (*GROUND, f"{G}.encoding", f"{G}.nets", f"{G}.stacking", f"{G}.dp"),
    f"{G}.models": (*GROUND, f"{G}.encoding", f"{G}.nets", f"{G}.stacking", f"{G}.dp", f"{G}.training"),
    f"{G}.members": GROUND,
    f"{G}.baselines": (*GROUND, f"{G}.members"),
    f"{G}.external": (*GROUND, f"{G}.members"),
    f"{S}.result": (f"{A}.errors", f"{A}.files", f"{A}.ledger", f"{A}.renamed", f"{A}.statistics"),
    f"{S}.plan": (*METHODS, f"{S}.result"),
    f"{S}.context": (*METHODS, f"{S}.result", f"{S}.plan"),
    f"{S}.attacker": (*METHODS, f"{S}.result", f"{S}.plan", f"{S}.context"),
    f"{S}.tasks": (*METHODS, f"{S}.result", f"{S}.plan", f"{S}.context", f"{S}.attacker"),
    f"{S}.execution": (*METHODS, A, f"{S}.result", f"{S}.plan", f"{S}.context", f"{S}.attacker", f"{S}.tasks"),
    f"{A}.policy": (
        *(f"{A}.{n}" for n in ("errors", "files", "entry_points", "renamed", "statistics", "toml_file")),
        f"{S}.result",
        A,
    ),
    "synthaudit.reports": (f"{A}.errors", f"{A}.files", f"{A}.ledger", f"{A}.statistics", f"{S}.result", A),
    f"{A}.selftest": (*METHODS, S, f"{A}.policy"),
    f"{A}.disclosure": (f"{A}.errors", f"{A}.files", f"{A}.records", f"{S}.result"),
    f"{A}.cli": (A, *METHODS, S, f"{A}.selftest", f"{A}.disclosure", f"{A}.policy", "synthaudit.reports"),
}

WITHOUT_TORCH = (f"{A}.statistics", f"{A}.policy", f"{S}.result", f"{S}.plan", "synthaudit.reports")


@cache
def modules() -> dict[str, Path]:
    """Return every module of the house by its dotted name."""
    found = {}
    for package, folder in FOLDERS.items():
        for path in (ROOT / folder).rglob("*.py"):
            parts = (package, *path.relative_to(ROOT / folder).with_suffix("").parts)
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def imports(name: str) -> frozenset[str]:
    """Return the modules that a module imports anywhere: also inside functions, also for type checkers only."""
    return frozenset(imported(ast.parse(modules()[name].read_text(encoding="utf-8"))))


def imported(tree: ast.AST) -> Iterator[str]:
    known = modules()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            for alias in node.names:
                deeper = f"{base}.{alias.name}"
                yield deeper if deeper in known else base


def room(name: str) -> str:
    """Return the room that a module lies in."""
    return max((r for r in ALLOWED if name == r or name.startswith(f"{r}.")), key=len)


def within(name: str, allowed: str) -> bool:
    """Whether a module lies in an allowed room; a room whose inner rooms have rules of their own is itself only."""
    if allowed in (A, G):
        return name == allowed or (allowed == G and name.startswith(f"{G}."))
    return name == allowed or name.startswith(f"{allowed}.")


def breaches(name: str, targets: frozenset[str] | set[str]) -> list[str]:
    """Return the imports of a module that the rule forbids."""
    here = room(name)
    return [
        f"{name} imports {target}"
        for target in sorted(targets)
        if target.split(".")[0] == "synthaudit"
        and room(target) != here
        and not any(within(target, allowed) for allowed in ALLOWED[here])
        and not (here == G and target.startswith(f"{G}."))  # the catalogue names what stands in its rooms
    ]


@pytest.mark.parametrize("name", sorted(modules()))
def test_imports_go_down(name: str) -> None:
    assert breaches(name, imports(name)) == []


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("synthaudit.attacks.membership.x", f"{G}.models.vae"),
        (f"{G}.models.x", "synthaudit.attacks.membership"),
        (f"{G}.nets.x", f"{G}.stacking.streams"),
        (f"{G}.dp.x", f"{G}.training.fit"),
        (f"{G}.baselines.x", f"{G}.nets.layers"),
        (f"{A}.records.x", f"{A}.neighbours"),
        (f"{A}.statistics.x", f"{A}.records"),
        (f"{S}.plan.x", f"{S}.tasks"),
        (f"{S}.context.x", f"{S}.execution.run"),
        (f"{S}.tasks.x", f"{S}.execution.run"),
        (f"{S}.result.x", f"{S}.plan"),
        ("synthaudit.reports.x", f"{S}.execution.run"),
        ("synthaudit.reports.x", f"{A}.policy"),
        (f"{A}.policy", f"{S}.plan"),
        (f"{A}.fidelity.x", f"{S}.result"),
        (f"{S}.tasks.x", "synthaudit.reports"),
        (f"{S}.tasks.x", f"{A}.cli"),
        (f"{A}.cli.x", "synthaudit"),
    ],
)
def test_the_rule_fires(name: str, target: str) -> None:
    assert breaches(name, {target})


def circles(arrows: dict[str, set[str]]) -> list[list[str]]:
    """Return the groups of modules that import each other in a loop (Tarjan's strongly connected components)."""
    place: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        place[node] = lowest[node] = len(place)
        stack.append(node)
        for target in arrows[node]:
            if target not in place:
                visit(target)
            if target in stack:
                lowest[node] = min(lowest[node], lowest[target])
        if lowest[node] == place[node]:
            at = stack.index(node)
            found.append(stack[at:])
            del stack[at:]

    for node in arrows:
        if node not in place:
            visit(node)
    return [sorted(group) for group in found if len(group) > 1]


def test_no_modules_import_each_other_in_a_circle() -> None:
    known = set(modules())
    assert circles({name: set(imports(name)) & known - {name} for name in sorted(known)}) == []


def test_a_circle_is_seen() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}}) == [["b", "c"]]


@pytest.mark.parametrize("name", WITHOUT_TORCH)
def test_what_answers_at_once_does_not_import_torch(name: str) -> None:
    code = f"import sys, {name}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_help_and_list_do_not_import_torch_or_scikit_learn() -> None:
    code = (
        "import sys\n"
        "from typer.testing import CliRunner\n"
        "from synthaudit.audit.cli import app\n"
        "for words in (['--help'], ['list']):\n"
        "    outcome = CliRunner().invoke(app, words)\n"
        "    assert outcome.exit_code == 0, outcome.output\n"
        "sys.exit(bool({'torch', 'sklearn', 'numba'} & set(sys.modules)))\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("name", sorted(modules()))
def test_nobody_reads_pickle(name: str) -> None:
    assert not {"pickle", "cPickle", "dill", "cloudpickle", "shelve"} & imports(name)


@pytest.mark.parametrize("name", sorted(modules()))
def test_no_room_is_named_after_nothing(name: str) -> None:
    assert name.rpartition(".")[2] not in {"utils", "util", "common", "helpers", "base", "misc"}


@pytest.mark.parametrize("name", sorted(n for n in modules() if not n.startswith(f"{A}.cli")))
def test_only_the_command_line_prints(name: str) -> None:
    tree = ast.parse(modules()[name].read_text(encoding="utf-8"))
    calls = [node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    assert "print" not in calls
