"""The wheel holds the one package ``synthaudit``, whole, and nobody else's ``reports`` or ``joblib.py`` is imported."""

import hashlib
import os
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("audit", "attacks", "generators", "reports")
NOT_INSTALLED = {".md"}
"""Suffixes of files in the packages' folders that are for readers of the repository."""

PLAN = """
preset = "quick"
[data]
reader = "simulated"
patients = 90
codes = 12
[split]
members = 30
holdout = 30
reference = 30
[sweep]
synthetic_rows = ["1x"]
[controls]
enabled = false
[generators.republish]
[attacks.exact]
[metrics.rare_codes]
"""


def git_files() -> list[str]:
    """Return the files of the repository, the new ones too, or skip where git does not know it."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout: which files belong to it is not known")
    return [name for name in listed if (ROOT / name).is_file()]


def installed_name(name: str) -> str | None:
    """Return the name that a file of the repository has in the wheel, or None if it is not installed."""
    folder = name.split("/")[0]
    if PurePosixPath(name).suffix in NOT_INSTALLED or "/" not in name:
        return None
    return f"synthaudit/{name}" if folder in FOLDERS else name if folder == "synthaudit" else None


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from the repository's files alone: what earlier builds left in ``build/`` would get in."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in git_files():
        if name.split("/")[0] in (*FOLDERS, "synthaudit", "tests") or "/" not in name:
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, source / name)
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(out)]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, str(source)], check=True)
    (built,) = out.glob("*.whl")
    return built


def test_who_builds_the_wheel_again_gets_the_same_bytes(
    wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another folder, other times and modes of the files, another umask: with one date given, the bytes are equal."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    digests = []
    for at, (mode, mask) in enumerate(((0o644, 0o022), (0o600, 0o077))):
        source, out = tmp_path / f"source{at}", tmp_path / f"wheel{at}"
        for name in git_files():
            if name.split("/")[0] in (*FOLDERS, "synthaudit") or "/" not in name:
                (source / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(ROOT / name, source / name)
                (source / name).chmod(mode)
                os.utime(source / name, (10**9 + at, 10**9 + at))
        options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(out)]
        before = os.umask(mask)
        try:
            subprocess.run([sys.executable, "-m", "pip", "wheel", *options, str(source)], check=True)
        finally:
            os.umask(before)
        digests.append(hashlib.sha256(next(out.glob("*.whl")).read_bytes()).hexdigest())
    assert digests[0] == digests[1]


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel in an environment of its own, beside packages that fail if they are imported."""
    home = tmp_path_factory.mktemp("environment")
    venv.create(home, with_pip=False)
    (site,) = home.glob("lib/python*/site-packages")
    # What synthaudit depends on is taken from here; its own files come from the wheel.
    (site / "dependencies.pth").write_text("\n".join(path for path in sys.path if path.endswith("site-packages")))
    for name in ("audit.py", "attacks.py", "generators/__init__.py", "reports/__init__.py"):
        (site / name).parent.mkdir(exist_ok=True)
        (site / name).write_text("raise ImportError('the wrong package')")
    interpreter = home / "bin" / "python"
    options = ["--quiet", "--no-deps", "--no-index", "--no-warn-script-location"]
    subprocess.run([sys.executable, "-m", "pip", "--python", interpreter, "install", *options, wheel], check=True)
    return interpreter


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """Return a working directory with modules called as ours and others' are, which tell of their import."""
    folder = tmp_path / "hostile"
    for name in ("audit.py", "generators/__init__.py", "joblib.py", "multiprocessing.py", "typer.py", "numpy.py"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"open({str(folder / 'imported.txt')!r}, 'a').write({name!r} + chr(10))\n")
    (folder / "plan.toml").write_text(PLAN)
    return folder


def run(command: list[str | Path], folder: Path) -> subprocess.CompletedProcess[str]:
    # This run's own settings must not reach it: PYTHONPATH leads here, and PYTHONSAFEPATH would hide what is tested.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_the_wheel_holds_every_file_of_the_packages_and_no_other(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    files = {name for name in names if ".dist-info/" not in name}
    assert files == {name for name in map(installed_name, git_files()) if name is not None}
    assert {Path(name).suffix for name in files} >= {".py", ".toml", ".j2", ".css", ".js", ".typ", ".typed"}
    (tops,) = (name for name in names if name.endswith("top_level.txt"))
    assert zipfile.ZipFile(wheel).read(tops).split() == [b"synthaudit"]


def test_the_editable_install_and_the_wheel_see_the_same_names(python: Path, tmp_path: Path) -> None:
    code = (
        "import importlib, pkgutil\n"
        f"for room in {FOLDERS}:\n"
        "    package = importlib.import_module(f'synthaudit.{room}')\n"
        "    print(*(name for _, name, _ in pkgutil.walk_packages(package.__path__, f'{package.__name__}.')))\n"
    )
    here, there = (run([interpreter, "-c", code], tmp_path) for interpreter in (Path(sys.executable), python))
    assert here.returncode == there.returncode == 0, here.stderr + there.stderr
    assert here.stdout == there.stdout
    assert "synthaudit.audit.suite.plan.plan" in there.stdout.split()


def test_the_command_imports_nothing_of_the_working_directory(python: Path, hostile: Path) -> None:
    listed = run([python.with_name("synthaudit"), "list"], hostile)
    assert listed.returncode == 0, listed.stderr
    assert not (hostile / "imported.txt").exists(), (hostile / "imported.txt").read_text()


def test_python_m_and_its_workers_import_nothing_of_the_working_directory(python: Path, hostile: Path) -> None:
    listed = run([python, "-m", "synthaudit", "list"], hostile)
    assert listed.returncode == 0, listed.stderr
    audited = run([python, "-m", "synthaudit", "run", "plan.toml", "--workers", "2", "--out", "out"], hostile)
    assert audited.returncode == 0, audited.stderr
    assert (hostile / "out" / "report.html").is_file()
    assert not (hostile / "imported.txt").exists(), (hostile / "imported.txt").read_text()
