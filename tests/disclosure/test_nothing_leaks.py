"""Marked values of single patients, searched in every byte that commands leave outside ``restricted/``."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from synthaudit.audit.disclosure.rare_values import RareValues
from synthaudit.audit.disclosure.search import search_files
from synthaudit.audit.records import Column, Records, Schema

WORDS = ("zebraitis", "okapiosis", "quaggaparesis", "mrn77zz01")
NUMBERS = (77713.2512, 113.74219, 0.000987654321)
ROWS = 120


def markers() -> RareValues:
    """Return the marked words and numbers as what one patient has."""
    values = np.array([*NUMBERS, *np.ones(20)])
    marked = Records.of(Schema((Column("x", "continuous"),)), {"x": values}, np.arange(len(values)))
    return RareValues.of([marked], small_count=10, more=WORDS)


def side(seed: int, level: str) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "age": rng.normal(60, 10, ROWS).round(5),
            "ward": rng.choice(["north", "south"], ROWS),
            "dz": rng.choice(["chf", "copd"], ROWS),
            "lab": rng.gamma(2, 3, ROWS).round(5),
            "code": rng.integers(0, 2, ROWS),
            WORDS[2]: np.zeros(ROWS, dtype=int),
        }
    )
    table.loc[0, "dz"], table.loc[0, WORDS[2]] = level, 1
    table.loc[0, "lab"], table.loc[1, "age"], table.loc[2, "lab"] = NUMBERS
    return table


def outputs(folder: Path) -> dict[str, bytes]:
    """Run commands that succeed and that fail, and return all that they wrote and said."""
    members, holdout = side(1, WORDS[0]), side(2, WORDS[1])
    tables = {"members": members, "holdout": holdout, "reference": side(3, "chf"), "synthetic": members}
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    bad = members.astype({"lab": object})
    bad.loc[3, "lab"] = WORDS[0]
    bad.to_csv(folder / "bad.csv", index=False)
    given = ["--holdout", "holdout.csv", "--reference", "reference.csv", "--synthetic", "synthetic.csv"]
    check = ["check", "--preset", "quick", "--workers", "1", *given]
    commands = {
        "check": [*check, "--members", "members.csv", "--out", "run"],
        "fails": ["--debug", *check, "--members", "bad.csv", "--out", "bad"],
        "gate": ["gate", "run", "--junit", "junit.xml", "--badge", "badge.svg", "--summary", "summary.md", "--json"],
        "compare": ["compare", "run", "run", "--all"],
        "verify": ["verify", "run"],
        "missing": ["--debug", "gate", "nowhere"],
    }
    said = {}
    for name, command in commands.items():
        ended = subprocess.run([sys.executable, "-m", "synthaudit", *command], cwd=folder, capture_output=True)
        said[f"said by {name}"] = ended.stdout + b"\n" + ended.stderr
        assert ended.returncode == (2 if name in ("fails", "missing") else ended.returncode)
        assert ended.returncode in (0, 1, 2, 3), ended.stderr.decode()
    written = (
        path for path in folder.rglob("*") if (path.is_file() and path.suffix != ".csv") or path.name == "rows.csv"
    )
    kept = [path for path in written if not {"restricted", "synthetic"} & set(path.relative_to(folder).parts)]
    return said | {path.relative_to(folder).as_posix(): path.read_bytes() for path in kept}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Return everything that an audit of marked tables wrote outside ``restricted/``, and what commands said."""
    return outputs(tmp_path_factory.mktemp("marked"))


def test_no_marked_value_stands_anywhere(written: dict[str, bytes]) -> None:
    assert {"run/result.json", "run/report.html", "run/report.pdf", "said by fails", "junit.xml"} <= set(written)
    assert search_files(written, markers()).found == {}


@pytest.mark.parametrize("marker", [*WORDS, *map(str, NUMBERS)])
def test_the_search_fires(written: dict[str, bytes], marker: str) -> None:
    planted = written["run/findings.md"] + f" {marker} ".encode()
    assert search_files({"run/findings.md": planted}, markers()).found
