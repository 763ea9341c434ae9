"""Every end of a command has its own exit code, and none is 1 by accident: ``gate`` says "fail" with it."""

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from synthaudit.audit import cli
from synthaudit.audit.cli.errors import DEBUG, Door
from synthaudit.audit.errors import InputError

SECRET = "Maria 1950"


def _raise(error: BaseException) -> Callable[[], None]:
    def command() -> None:
        raise error

    return command


def _ended(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> int:
    """Return the exit code of a command that raises, through the real door."""
    app = typer.Typer(cls=Door, pretty_exceptions_enable=False, rich_markup_mode=None)
    app.command(name="one")(_raise(error))
    app.callback()(lambda: None)
    monkeypatch.setattr(cli, "app", app)
    monkeypatch.setattr(sys, "argv", ["synthaudit", "one"])
    with pytest.raises(SystemExit) as left:
        cli.main()
    return int(left.value.code or 0)


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (InputError("expected a number", file="a.csv"), 2, "a.csv: expected a number"),
        (MemoryError(), 2, "memory ran out"),
        (OSError(errno.ENOSPC, "No space left on device", f"/home/{SECRET}/cells.json"), 2, "No space left on device"),
        (KeyError(SECRET), 70, "this is a bug: unexpected KeyError in test_exit_codes.py"),
        (RecursionError(SECRET), 70, "this is a bug"),
        (KeyboardInterrupt(), 130, "run the same command again"),
    ],
)
def test_each_end_has_its_code_and_a_line(
    error: BaseException,
    code: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert _ended(error, monkeypatch) == code
    shown = capfd.readouterr().err
    assert said in shown
    assert SECRET not in shown
    assert "Traceback" not in shown


def test_debug_shows_calls_and_still_no_value(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(DEBUG, "1")
    assert _ended(ValueError(SECRET), monkeypatch) == 70
    shown = capfd.readouterr().err
    assert "in command" in shown
    assert SECRET not in shown


@pytest.mark.parametrize("words", [["--no-such-option"], ["chekc"], ["gate"], ["check", "--members"]])
def test_a_mistyped_command_line_is_2(words: list[str]) -> None:
    assert CliRunner().invoke(cli.app, words).exit_code == 2


def _synthaudit(*words: str, **more: Any) -> "subprocess.Popen[bytes]":
    # What was started in the background may have Ctrl-C ignored, and hands that on.
    listens = partial(signal.signal, signal.SIGINT, signal.default_int_handler)
    return subprocess.Popen(
        [sys.executable, "-m", "synthaudit", *words], stderr=subprocess.PIPE, preexec_fn=listens, **more
    )


@pytest.mark.parametrize("words", [("list",), ("list", "--json")])
def test_output_that_nobody_reads_is_no_failure(words: tuple[str, ...], tmp_path: Path) -> None:
    command = _synthaudit(*words, stdout=subprocess.PIPE, cwd=tmp_path)
    assert command.stdout is not None
    assert command.stderr is not None
    command.stdout.close()
    said = command.stderr.read()
    assert command.wait(60) in (0, 141)
    assert said == b""


def test_ctrl_c_says_how_to_go_on(tmp_path: Path) -> None:
    command = _synthaudit("run", "--preset", "quick", "--workers", "1", stdout=subprocess.DEVNULL, cwd=tmp_path)
    assert command.stderr is not None
    cells, until = tmp_path / "audit-report" / "cells", time.monotonic() + 120
    while not (cells.exists() and any(cells.iterdir())) and time.monotonic() < until:
        time.sleep(0.1)
    command.send_signal(2)
    said = command.stderr.read()
    assert command.wait(60) == 130, said
    assert b"run the same command again" in said


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.parametrize(
    "words",
    [
        ("gate", "pipe"),
        ("report", "pipe"),
        ("validate", "pipe"),
        ("run", "pipe"),
        ("run", "--policy", "pipe.toml"),
        ("check", "--members", "pipe", "--holdout", "pipe", "--synthetic", "pipe"),
        ("gate", "folder"),
        ("validate", "folder"),
    ],
)
def test_a_pipe_in_place_of_a_file_is_refused_at_once(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "pipe")
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)
    ended = CliRunner().invoke(cli.app, list(words))
    assert ended.exit_code == 2, ended.output
    assert str(tmp_path) not in ended.output


DEEP = 100_000


@pytest.mark.parametrize(
    ("words", "name", "text"),
    [
        (("gate",), "result.json", '{"format":' + "[" * DEEP),
        (("validate",), "plan.toml", "x = " + "[" * DEEP),
        (("run", "--policy"), "policy.toml", "x = " + "[" * DEEP),
    ],
)
def test_what_is_nested_too_deeply_is_refused(words: tuple[str, ...], name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    assert CliRunner().invoke(cli.app, [*words, str(tmp_path / name)]).exit_code == 2
