"""What is restricted is readable by its owner only."""

import stat
from pathlib import Path

import pytest

from synthaudit.audit.errors import InputError, ResultError
from synthaudit.audit.files import files_written, write_atomically
from synthaudit.audit.suite.context.run_folder import RunFolder, TaskResult


def test_a_cell_comes_back_as_it_was_written(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    folder.create()
    task = TaskResult(label="fit/vae/0", key="abc", seconds=1.5)
    assert not folder.has("abc")
    folder.write_task(task)
    assert folder.has("abc")
    kept = folder.read_task("abc")
    assert kept == task.model_copy(update={"sha256": kept.sha256})
    assert kept.sha256 == kept.digest()


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


@pytest.mark.parametrize(("old", "new"), [('"seconds":1.5', '"seconds":2.5'), ('"label":"fit', '"label":"fat')])
def test_a_cell_in_which_one_digit_changed_is_not_believed(old: str, new: str, tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.create()
    folder.write_task(TaskResult(label="fit/vae/0", key="abc", seconds=1.5))
    text = folder.task_path("abc").read_text()
    assert old in text
    folder.task_path("abc").write_text(text.replace(old, new))
    with pytest.raises(ResultError, match="damaged file"):
        folder.read_task("abc")


def test_a_task_knows_the_files_that_it_left(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.create()
    left, elsewhere = folder.restricted / "left.npz", tmp_path.parent / "elsewhere.npz"
    with files_written() as written:
        write_atomically(left, b"scores")
        write_atomically(elsewhere, b"x")
    assert written == [left, elsewhere]
    folder.write_task(TaskResult(label="a", key="abc"), left=written)
    task = folder.read_task("abc")
    assert list(task.files) == ["restricted/left.npz"]
    assert folder.left_intact(task)
    left.write_bytes(b"scared")
    assert not folder.left_intact(task)
    left.unlink()
    assert not folder.left_intact(task)
