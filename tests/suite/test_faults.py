"""What a fault leaves behind is noticed, swept or made again, and never costs more than the task in flight."""

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from synthaudit.audit.errors import InputError, PoorerResultError
from synthaudit.audit.suite.context.run_folder import RunFolder
from synthaudit.audit.suite.execution.folder_lock import audit_lock
from synthaudit.audit.suite.execution.run import run
from synthaudit.audit.suite.plan import Plan
from synthaudit.audit.suite.result import Result, read_result

Small = Callable[..., Plan]


@pytest.fixture
def copied(finished: tuple[Result, Path], tmp_path: Path) -> Path:
    """Return a copy of the finished audit's folder, to be harmed."""
    shutil.copytree(finished[1], tmp_path / "run")
    return tmp_path / "run"


def numbers(result: Result) -> dict[str, object]:
    return {row.id: row.number for row in result.rows}


@pytest.mark.parametrize("pattern", ["restricted/synthetic/vae-1-*.npz", "restricted/scores/*.npz", "cells/*.json"])
@pytest.mark.parametrize("harm", ["cut", "flip", "remove", "swap"])
def test_a_damaged_file_is_made_again(
    pattern: str, harm: str, copied: Path, finished: tuple[Result, Path], small: Small
) -> None:
    harmed = sorted(copied.glob(pattern))
    victim, content = harmed[0], harmed[0].read_bytes()
    if harm == "cut":
        victim.write_bytes(content[: len(content) // 2])
    elif harm == "flip":
        victim.write_bytes(content[:200] + bytes(255 - byte for byte in content[200:300]) + content[300:])
    elif harm == "remove":
        victim.unlink()
    elif pattern.startswith("cells"):
        victim.write_bytes(harmed[1].read_bytes())
    else:
        victim.write_bytes(b"")
    assert numbers(run(small(), copied, base=Path())) == numbers(finished[0])


def test_a_poorer_result_never_replaces_a_better_one(
    copied: Path, finished: tuple[Result, Path], small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in copied.glob("cells/*.json"):
        if json.loads(path.read_text())["label"].startswith("membership/vae"):
            path.unlink()

    def broken(*_: object) -> None:
        raise OSError("no such device")

    monkeypatch.setattr("synthaudit.audit.suite.tasks.membership.score_targets", broken)
    with pytest.raises(PoorerResultError, match="with more in it stands"):
        run(small(), copied, base=Path())
    assert read_result(copied) == finished[0]
    monkeypatch.undo()
    assert numbers(run(small(), copied, base=Path())) == numbers(finished[0])


def test_two_audits_do_not_share_a_folder(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.create()
    with audit_lock(folder, "one"):
        with audit_lock(folder, "one"):  # a shard of the same audit
            pass
        with pytest.raises(InputError, match=f"process {os.getpid()} on") as caught, audit_lock(folder, "other"):
            pass
        assert "--out" in str(caught.value)
    with audit_lock(folder, "other"):
        pass
    assert stat.S_IMODE((folder.restricted / "lock").stat().st_mode) == 0o600


def test_who_comes_first_sweeps_what_a_killed_run_left(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.create()
    (folder.restricted / "synthetic").mkdir()
    leftovers = [
        tmp_path / ".report-0a1b2c3d.html",
        folder.tasks / ".4f-00ff00ff.json",
        folder.restricted / "synthetic" / ".vae-0-12345678.npz",
        folder.work / "synthaudit-abc" / "members.csv",
    ]
    kept = [tmp_path / ".gitignore", folder.tasks / "4f.json", folder.restricted / "salt", tmp_path / "work" / "mine"]
    for path in (*leftovers, *kept):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    with audit_lock(folder, "one"):
        assert not any(path.exists() for path in leftovers)
        leftovers[0].write_text("of a running shard")
        with audit_lock(folder, "one"):
            assert leftovers[0].exists()
    assert all(path.exists() for path in kept)


@pytest.mark.parametrize("size", [0, 5])
def test_a_salt_that_hides_nobody_is_refused(size: int, tmp_path: Path, small: Small) -> None:
    folder = RunFolder(tmp_path / "run")
    folder.create()
    (folder.restricted / "salt").write_bytes(b"x" * size)
    with pytest.raises(InputError, match=f"salt: expected 32 random bytes, found {size}"):
        run(small(), folder.root, base=Path())


def _alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False


def _ends(process: int) -> bool:
    """Return whether a process that was killed is gone within 20 seconds; the kernel takes its time."""
    until = time.monotonic() + 20
    while _alive(process) and time.monotonic() < until:
        time.sleep(0.05)
    return not _alive(process)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel ends children with their parent on Linux only")
@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("workers", [1, 2])
def test_a_stopped_run_leaves_no_program_and_no_patient_behind(
    sent: signal.Signals, workers: int, tmp_path: Path, raw_small: dict[str, Any]
) -> None:
    """The program works until it is stopped; its child has left its process group."""
    script, started = tmp_path / "gen.py", tmp_path / "started"
    script.write_text(
        "import os, subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(300)'], start_new_session=True)\n"
        f"open({str(started)!r} + '.tmp', 'w').write(f'{{os.getpid()}} {{child.pid}} {{os.getcwd()}}')\n"
        f"os.rename({str(started)!r} + '.tmp', {str(started)!r})\n"
        "time.sleep(300)\n"
    )
    program = {"use": "synthaudit.generators.external:Program", "command": ["{python}", str(script), "{out}"]}
    plan = tmp_path / "plan.toml"
    plan.write_text(
        '[data]\nreader = "simulated"\npatients = 300\ncodes = 10\n[sweep]\nreleases = 1\n'
        f'[generators.mine]\nuse = "{program["use"]}"\ncommand = {json.dumps(program["command"])}\n'
    )
    words = ["run", str(plan), "--out", str(tmp_path / "run"), "--workers", str(workers)]
    process = subprocess.Popen([sys.executable, "-m", "synthaudit", *words], stderr=subprocess.DEVNULL, cwd=tmp_path)
    until = time.monotonic() + 120
    while not started.exists() and time.monotonic() < until:
        time.sleep(0.05)
    parent, child, folder = started.read_text().split()
    assert Path(folder).is_relative_to((tmp_path / "run" / "restricted").resolve())
    process.send_signal(sent)
    assert process.wait(60) == (130 if sent == signal.SIGTERM else -sent)
    assert _ends(int(parent))
    with audit_lock(RunFolder(tmp_path / "run"), "next"):
        assert _ends(int(child))
        assert not Path(folder).exists()
