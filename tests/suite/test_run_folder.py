"""What is restricted is readable by its owner only."""

import stat
from pathlib import Path

import pytest

from synthaudit.audit.errors import InputError, ResultError
from synthaudit.audit.suite.context.run_folder import RunFolder, TaskResult


def test_a_cell_comes_back_as_it_was_written(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    folder.create()
    task = TaskResult(label="fit/vae/0", key="abc", seconds=1.5)
    assert not folder.has("abc")
    folder.write_task(task)
    assert folder.has("abc")
    assert folder.read_task("abc") == task


def test_a_damaged_cell_is_said_to_be_damaged(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.create()
    folder.task_path("abc").write_text("{half")
    with pytest.raises(ResultError, match="damaged file"):
        folder.read_task("abc")


def test_the_restricted_folder_is_the_owners(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    folder.create()
    assert stat.S_IMODE(folder.restricted.stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_made_is_named_without_its_path(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match="Choose another with --out") as caught:
        RunFolder(tmp_path / "file" / "run").create()
    assert str(tmp_path) not in str(caught.value)
