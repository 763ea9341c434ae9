"""Every exit code of every command, as the README's table says: good input, bad input, a bug, an interruption."""

import functools
import os
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer

from synthaudit import audit
from synthaudit.audit import cli
from synthaudit.audit.suite.execution.run import run
from synthaudit.audit.suite.plan import make_plan

README = Path(audit.__file__).resolve().parent.parent / "README.md"
COMMANDS = {
    (command.name or command.callback.__name__): command
    for command in cli.app.registered_commands
    if command.callback is not None
}
VERDICTS = {"gate", "compare", "verify", "selftest"}
PARTIAL = {"run", "check", "gate"}

Words = list[str]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the smallest audit."""
    folder = tmp_path_factory.mktemp("smallest") / "run"
    plan = make_plan(
        {
            "preset": "quick",
            "data": {"reader": "simulated", "patients": 240, "codes": 12},
            "split": {"members": 80, "holdout": 80, "reference": 80},
            "sweep": {"releases": 1, "synthetic_rows": ["1x"], "known_columns": [2]},
            "generators": {"vae": {"epochs": 1}},
            "attacks": {"nearest": {}},
            "metrics": {"dimension_probability": {}},
            "controls": {"enabled": False},
        }
    )
    run(plan, folder, base=Path())
    return folder


@pytest.fixture
def place(tmp_path: Path, finished: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a working directory with a finished audit, tables and a plan; not every command needs all of them."""
    shutil.copytree(finished, tmp_path / "run")
    shutil.copy(finished / "result.json", tmp_path / "result.json")
    rows = [f"{20 + at % 60},{'FM'[at % 2]},{at * 37 % 101}" for at in range(240)]
    for side, part in zip(("members", "holdout", "synthetic"), (rows[:80], rows[80:160], rows[160:]), strict=True):
        (tmp_path / f"{side}.csv").write_text("\n".join(["age,sex,lab", *part]) + "\n")
    (tmp_path / "broken.csv").write_text('age,sex\n1,"F\n2,M\n')
    (tmp_path / "plan.toml").write_text('[data]\nreader = "simulated"\npatients = 90\ncodes = 10\n[generators.vae]\n')
    (tmp_path / "broken.toml").write_text("[data\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


GOOD: dict[str, Words] = {
    "gate": ["result.json", "--unsigned"],
    "report": ["run", "--out", "pages"],
    "compare": ["result.json", "result.json"],
    "validate": ["plan.toml"],
    "inspect": ["members.csv"],
    "init": ["new.toml"],
    "split": ["members.csv", "--out", "sides"],
    "schema": ["plan"],
    "list": [],
}
"""Commands that do their work within a second or two; ``run``, ``check``, ``selftest`` have tests of their own."""

BAD: dict[str, list[Words]] = {
    "run": [["broken.toml"], ["nowhere.toml"], ["--workers", "-1"], ["plan.toml", "--policy", "nowhere"]],
    "check": [["--members", "broken.csv", "--holdout", "holdout.csv", "--synthetic", "synthetic.csv"], []],
    "gate": [["nowhere"], ["broken.toml"], ["result.json", "--policy", "nowhere"]],
    "report": [["nowhere"], ["members.csv"]],
    "compare": [["result.json", "nowhere"], ["result.json"]],
    "validate": [["broken.toml"], ["nowhere.toml"]],
    "inspect": [["broken.csv"], ["nowhere.csv"], []],
    "init": [["plan.toml"], ["other.toml", "--table", "broken.csv"]],
    "split": [["broken.csv", "--out", "s"], ["members.csv"]],
    "schema": [["nothing"]],
    "selftest": [["broken.csv"], ["members.csv", "--only", "nothing"]],
    "doctor": [["--nothing"]],
    "verify": [["nowhere"], ["members.csv"]],
    "sign": [["nowhere", "--key", "nowhere.pem"], ["run"]],
    "list": [["nothing"]],
    "export": [["nowhere", "--out", "e"], []],
}


def ended(words: Words, monkeypatch: pytest.MonkeyPatch) -> int:
    """Return the exit code of the whole command line, through the real door."""
    monkeypatch.setattr(sys, "argv", ["synthaudit", *words])
    with pytest.raises(SystemExit) as left:
        cli.main()
    return int(left.value.code or 0)


def test_every_command_has_its_bad_input() -> None:
    assert set(COMMANDS) <= set(BAD)


@pytest.mark.parametrize("name", sorted(GOOD))
def test_good_input_is_0(name: str, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = ended([name, *GOOD[name]], monkeypatch)
    assert code == 0 or (name == "gate" and code in (1, 3))


@pytest.mark.parametrize(("name", "words"), [(name, words) for name in sorted(COMMANDS) for words in BAD[name]])
def test_bad_input_is_2(
    name: str, words: Words, place: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert ended([name, *words], monkeypatch) == 2
    shown = capfd.readouterr()
    assert "Traceback" not in shown.err
    assert str(place) not in shown.err + shown.out


@pytest.mark.parametrize("name", sorted(COMMANDS))
@pytest.mark.parametrize(
    ("error", "code"),
    [(KeyError("Maria 1950"), 70), (KeyboardInterrupt(), 130), (MemoryError(), 2)],
    ids=lambda x: str(x),
)
def test_a_bug_is_70_and_an_interruption_130(
    name: str, error: BaseException, code: int, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    command = COMMANDS[name]
    assert command.callback is not None
    monkeypatch.setattr(command, "callback", _raising(command.callback, error))
    words = {"check": ["--members", "a", "--holdout", "b", "--synthetic", "c"], "compare": ["a", "b"]}
    words |= {"split": ["a", "--out", "b"], "sign": ["a", "--key", "b"], "export": ["a", "--out", "b"]}
    lone = [] if name in ("run", "init", "doctor", "list") else ["plan"]
    assert ended([name, *words.get(name, lone)], monkeypatch) == code
    assert "Maria" not in capfd.readouterr().err


def _raising(callback: Callable[..., Any], error: BaseException) -> Callable[..., Any]:
    @functools.wraps(callback)
    def command(*_: Any, **__: Any) -> None:
        raise error

    return command


def test_the_table_of_the_readme_is_this_one() -> None:
    table = dict(re.findall(r"^\| (\d+) \| .* \| (.*) \|$", README.read_text(encoding="utf-8"), re.MULTILINE))
    assert set(table) == {"0", "1", "2", "3", "70", "130"}
    assert set(re.findall(r"`(\w+)`", table["1"])) == VERDICTS
    assert set(re.findall(r"`(\w+)`", table["3"])) == PARTIAL
    assert all(table[code] == "every command" for code in ("0", "2", "70", "130"))


def test_a_folder_that_was_changed_is_1(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from synthaudit.audit.suite.result.manifest import write_manifest

    write_manifest(place / "run")
    assert ended(["verify", "run"], monkeypatch) == 0
    os.truncate(place / "run" / "result.json", 10)
    assert ended(["verify", "run"], monkeypatch) == 1


def test_typer_takes_the_signature_of_a_wrapped_command() -> None:
    app = typer.Typer()
    app.command()(_raising(COMMANDS["sign"].callback or print, KeyError()))
    names = {parameter.name for parameter in typer.main.get_command(app).params}
    assert {"run", "key"} <= names
