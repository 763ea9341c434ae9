"""A file is written whole or not at all, for whom it is meant, and a failure says what to do."""

import os
from pathlib import Path

import pytest

from synthaudit.audit.errors import InputError
from synthaudit.audit.files import replacing, write_atomically


def test_a_failed_write_leaves_the_old_file_and_no_trace(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    write_atomically(path, b"old")

    def fill_the_disk() -> None:
        with replacing(path) as temporary:
            temporary.write_bytes(b"half")
            raise OSError(28, "No space left on device")

    with pytest.raises(InputError, match=r"result\.json: could not be written \(No space left on device\)\. Make room"):
        fill_the_disk()
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["result.json"]


def test_only_the_owner_may_read_a_restricted_file_even_while_it_is_written(tmp_path: Path) -> None:
    with replacing(tmp_path / "scores.npz", mode=0o600) as temporary:
        assert temporary.stat().st_mode & 0o777 == 0o600
        assert temporary.suffix == ".npz"
    assert (tmp_path / "scores.npz").stat().st_mode & 0o777 == 0o600


def test_the_umask_counts(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        write_atomically(tmp_path / "a", b"")
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("folder", ["missing", "a file"])
def test_a_folder_that_cannot_be_written_is_said_without_its_path(folder: str, tmp_path: Path) -> None:
    (tmp_path / "a file").touch()
    with pytest.raises(InputError, match="could not be written") as caught:
        write_atomically(tmp_path / folder / "result.json", b"new")
    assert str(tmp_path) not in str(caught.value)


def test_another_error_passes_and_leaves_no_trace(tmp_path: Path) -> None:
    def stop() -> None:
        with replacing(tmp_path / "a.npy"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stop()
    assert list(tmp_path.iterdir()) == []
