"""The import rule of the house, read from the syntax trees: data goes one way, from table to page."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("audit", "attacks", "generators", "reports")

GROUND = (
    "synthaudit.audit.errors",
    "synthaudit.audit.ledger",
    "synthaudit.audit.statistics",
    "synthaudit.audit.records",
    "synthaudit.audit.knowledge",
    "synthaudit.audit.neighbours",
    "synthaudit.audit.protocols",
)
WAIST = (
    "synthaudit.audit.suite.result.cards",
    "synthaudit.audit.suite.result",
    "synthaudit.audit.suite.result.finding",
)

# Who may import whom; a room may always import itself. The longest matching prefix counts.
ALLOWED: dict[str, tuple[str, ...]] = {
    "audit": (),
    "synthaudit.audit.errors": (),
    "synthaudit.audit.ledger": (),
    "synthaudit.audit.statistics": ("synthaudit.audit.errors",),
    "synthaudit.audit.records": ("synthaudit.audit.errors",),
    "synthaudit.audit.knowledge": ("synthaudit.audit.errors", "synthaudit.audit.records"),
    "synthaudit.audit.neighbours": ("synthaudit.audit.errors", "synthaudit.audit.records"),
    "synthaudit.audit.protocols": (
        "synthaudit.audit.knowledge",
        "synthaudit.audit.ledger",
        "synthaudit.audit.records",
        "synthaudit.audit.statistics",
    ),
    "synthaudit.audit.fidelity": GROUND,
    "attacks": GROUND,
    "generators": GROUND,
    "synthaudit.audit.suite.result.cards": ("synthaudit.audit.ledger",),
    "synthaudit.audit.suite.result": (
        "synthaudit.audit.suite.result.cards",
        "synthaudit.audit.errors",
        "synthaudit.audit.ledger",
        "synthaudit.audit.statistics",
    ),
    "synthaudit.audit.suite.result.finding": ("synthaudit.audit.suite.result.cards", "synthaudit.audit.suite.result"),
    "synthaudit.audit.suite": (*GROUND, *WAIST, "attacks", "generators", "synthaudit.audit.fidelity", "audit"),
    "synthaudit.audit.policy": (*WAIST, "synthaudit.audit.errors", "synthaudit.audit.statistics", "audit"),
    "reports": (*WAIST, "synthaudit.audit.errors", "synthaudit.audit.ledger", "synthaudit.audit.statistics", "audit"),
    "synthaudit.audit.cli": ("audit", "attacks", "generators", "reports"),
}

WITHOUT_TORCH = (
    "synthaudit.audit.statistics",
    "synthaudit.audit.policy",
    "synthaudit.audit.suite.result.cards",
    "synthaudit.audit.suite.result",
    "synthaudit.audit.suite.result.finding",
    "reports",
)


def modules() -> dict[str, Path]:
    """Return every module of the house by its dotted name."""
    found = {}
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(name: str, path: Path, tree: ast.AST | None = None) -> set[str]:
    """Return the modules that a file imports anywhere, also inside functions."""
    tree = tree or ast.parse(path.read_text(encoding="utf-8"))
    known, found = modules(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                package = name if path.name == "__init__.py" else name.rpartition(".")[0]
                here = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*here, base]).strip(".")
            for alias in node.names:
                deeper = f"{base}.{alias.name}"
                found.add(deeper if deeper in known else base)
    return found


def room(name: str) -> str:
    """Return the room that a module lies in."""
    return max((r for r in ALLOWED if name == r or name.startswith(f"{r}.")), key=len)


def within(name: str, allowed: str) -> bool:
    return name == allowed or (name.startswith(f"{allowed}.") and allowed != "audit")


def breaches(name: str, imported: set[str]) -> list[str]:
    """Return the imports of a module that the rule forbids."""
    here = room(name)
    wrong = []
    for target in sorted(imported):
        if target.split(".")[0] not in PACKAGES:
            continue
        fine = room(target) == here or any(within(target, allowed) for allowed in ALLOWED[here])
        roof = here == "synthaudit.audit.cli"  # the roof may use every room below it
        if not (fine or (roof and room(target) != "synthaudit.audit.cli")):
            wrong.append(f"{name} imports {target}")
    return wrong


@pytest.mark.parametrize("name", sorted(modules()))
def test_imports_go_down(name: str) -> None:
    assert breaches(name, imports(name, modules()[name])) == []


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("synthaudit.attacks.membership.x", "synthaudit.generators.models.vae"),
        ("generators.x", "synthaudit.attacks.membership"),
        ("synthaudit.audit.records.x", "synthaudit.audit.neighbours"),
        ("synthaudit.audit.statistics.x", "synthaudit.audit.records"),
        ("reports.x", "synthaudit.audit.suite.execution.run"),
        ("reports.x", "synthaudit.audit.policy"),
        ("synthaudit.audit.policy", "synthaudit.audit.suite.plan"),
        ("synthaudit.audit.fidelity.x", "synthaudit.audit.suite.result"),
        ("synthaudit.audit.suite.x", "reports"),
        ("synthaudit.audit.suite.x", "synthaudit.audit.cli"),
    ],
)
def test_the_rule_fires(name: str, target: str) -> None:
    assert breaches(name, {target})


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
    assert not {"pickle", "cPickle", "dill", "cloudpickle", "shelve"} & imports(name, modules()[name])


@pytest.mark.parametrize("name", sorted(modules()))
def test_no_room_is_named_after_nothing(name: str) -> None:
    assert name.rpartition(".")[2] not in {"utils", "util", "common", "helpers", "base", "misc"}


@pytest.mark.parametrize("name", sorted(n for n in modules() if not n.startswith("synthaudit.audit.cli")))
def test_only_the_command_line_prints(name: str) -> None:
    tree = ast.parse(modules()[name].read_text(encoding="utf-8"))
    calls = [node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    assert "print" not in calls
