"""What a closed network installs is pinned by hash, and is what the constraints say."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGING = ROOT / "packaging"
LOCKED = PACKAGING / "requirements-linux-x86_64-cp311.txt"


def pinned(text: str) -> dict[str, str]:
    """Return versions by package."""
    found = re.findall(r"^([\w.-]+)==([^\s+\\]+)", text, re.MULTILINE)
    return {name.lower().replace("_", "-"): version for name, version in found}


def test_the_locked_set_is_that_of_the_constraints_each_with_a_hash() -> None:
    locked = LOCKED.read_text()
    wanted = pinned((ROOT / "constraints.txt").read_text())
    beyond = pinned(locked).items() - wanted.items()
    assert {name for name, _ in beyond} <= {"setuptools"}  # torch needs it; pip leaves it out of what it freezes
    assert {"torch", "numpy", "opacus", "typst", "cryptography"} <= pinned(locked).keys()
    assert len(re.findall(r"--hash=sha256:[0-9a-f]{64}$", locked, re.MULTILINE)) >= len(pinned(locked))


def test_every_locked_package_has_a_licence_listed() -> None:
    listed = (PACKAGING / "LICENCES.md").read_text()
    names = {
        line.split("|")[1].strip().lower().replace("_", "-") for line in listed.splitlines() if line.startswith("|")
    }
    assert set(pinned(LOCKED.read_text())) <= names
    assert "not stated" not in listed


def lock(folder: Path) -> "subprocess.CompletedProcess[str]":
    line = [sys.executable, str(PACKAGING / "lock.py"), str(folder)]
    return subprocess.run(line, capture_output=True, text=True, check=False)


def test_a_wheel_is_locked_by_its_own_hash(tmp_path: Path) -> None:
    (tmp_path / "Some_Thing-1.0-py3-none-any.whl").write_bytes(b"")
    (tmp_path / "torch-2.0+cpu-cp311-cp311-linux_x86_64.whl").write_bytes(b"x")
    assert lock(tmp_path).stdout.splitlines() == [
        "some-thing==1.0 \\",
        "    --hash=sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "torch==2.0+cpu \\",
        "    --hash=sha256:2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881",
    ]
    (tmp_path / "some_thing-2.0-py3-none-any.whl").write_bytes(b"")
    assert "several of: some-thing" in lock(tmp_path).stderr


@pytest.mark.parametrize("name", ["Dockerfile", "synthaudit.def"])
def test_images_install_by_hash_without_a_network(name: str) -> None:
    recipe = (PACKAGING / name).read_text()
    steps = "\n".join(line for line in recipe.splitlines() if not line.startswith("#"))
    assert "--no-index --find-links /wheels --require-hashes" in steps
    assert "curl" not in steps
    assert "apt-get" not in steps
    if name == "Dockerfile":
        assert re.search(r"^USER (?!root)", steps, re.MULTILINE)
        assert "--read-only" in recipe
