"""A command that the kernel or a library ends without a word still ends with a sentence and a code of its own."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from synthaudit.audit.cli import watch

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")

WATCHED = """
import os, sys, time
from synthaudit.audit.cli import watch
watch.is_limited = lambda: True
watch.address_left = lambda: {left}
watch.watch_over()
{then}
"""


def ended(then: str, *, left: object = 1) -> "subprocess.CompletedProcess[str]":
    code = WATCHED.format(left=left, then=then)
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(
    ("number", "left", "code", "said"),
    [
        (signal.SIGKILL, None, 2, "memory ran out"),
        (signal.SIGABRT, 1, 2, "memory ran out"),
        (signal.SIGSEGV, 1, 2, "memory ran out"),
        (signal.SIGSEGV, None, 70, "this is a bug"),
        (signal.SIGUSR1, None, 128 + signal.SIGUSR1, "ended by signal"),
    ],
)
def test_a_signal_becomes_a_code_and_a_sentence(number: int, left: object, code: int, said: str) -> None:
    done = ended(f"os.kill(os.getpid(), {int(number)})", left=left)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr


@pytest.mark.parametrize("code", [0, 1, 3, 130])
def test_an_exit_code_is_passed_on(code: int) -> None:
    done = ended(f"print('done'); sys.exit({code})")
    assert (done.returncode, done.stdout, done.stderr) == (code, "done\n", "")


def test_a_term_reaches_the_command_and_a_kill_takes_it_along(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    code = WATCHED.format(left=1, then=f"open({str(note)!r}, 'w').write(str(os.getpid())); time.sleep(60)")
    for sent, wanted in ((signal.SIGTERM, 128 + signal.SIGTERM), (signal.SIGKILL, -signal.SIGKILL)):
        note.unlink(missing_ok=True)
        parent = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
        until = time.monotonic() + 30
        while not (note.exists() and note.read_text()) and time.monotonic() < until:
            time.sleep(0.05)
        child = int(note.read_text())
        assert child != parent.pid
        parent.send_signal(sent)
        assert parent.wait(30) == wanted
        if sys.platform == "linux":
            while _alive(child) and time.monotonic() < until:
                time.sleep(0.05)
            assert not _alive(child)


def _alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False


def test_without_a_limit_nothing_is_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "is_limited", lambda: False)
    monkeypatch.setattr(os, "fork", lambda: pytest.fail("expected no child"))
    watch.watch_over()
