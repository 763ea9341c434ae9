"""``synthaudit check`` on plain CSVs of mixed types: a copy is caught, other patients of the population are not."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from synthaudit.audit.cli import app
from synthaudit.audit.suite.result import Estimated, Result, read_result


def patients(size: int, seed: int) -> pd.DataFrame:
    """Return mixed records: a number, a category, an ordinal-looking text, flags, and missing cells."""
    rng = np.random.default_rng(seed)
    age = rng.normal(60, 15, size).clip(18, 95).round(1)
    frame = pd.DataFrame(
        {
            "age": age,
            "sex": rng.choice(["F", "M"], size),
            "smoker": rng.choice(["never", "former", "current"], size, p=[0.5, 0.3, 0.2]),
            "diabetes": (rng.random(size) < 0.1 + age / 400).astype(int),
            "admissions": rng.poisson(1.5, size),
            "creatinine": rng.lognormal(0.1, 0.4, size).round(2),
        }
    )
    frame.loc[rng.random(size) < 0.1, "creatinine"] = np.nan
    return frame


def check(folder: Path, tables: dict[str, pd.DataFrame], *more: str) -> Any:
    words = ["check", "--out", str(folder / "run"), "--preset", "quick", "--workers", "1", *more]
    for side, table in tables.items():
        table.to_csv(folder / f"{side}.csv", index=False)
        words += [f"--{side}", str(folder / f"{side}.csv")]
    return CliRunner().invoke(app, words)


def best_auc(result: Result) -> Estimated:
    numbers = [row.number for row in result.select(section="membership", statistic="auc", level="release")]
    return max((number for number in numbers if isinstance(number, Estimated)), key=lambda number: number.low)


@pytest.fixture(scope="module")
def sides() -> dict[str, pd.DataFrame]:
    return {"members": patients(500, 1), "holdout": patients(500, 2)}


def test_a_copy_of_the_members_is_a_leak(tmp_path: Path, sides: dict[str, pd.DataFrame]) -> None:
    outcome = check(tmp_path, {**sides, "synthetic": sides["members"].sample(frac=1, random_state=0)})
    assert outcome.exit_code == 0, outcome.output
    assert outcome.output.startswith("FAIL")
    assert best_auc(read_result(tmp_path / "run")).low > 0.9
    for name in ("report.html", "report.pdf", "findings.md"):
        assert (tmp_path / "run" / name).stat().st_size > 1000


def test_other_patients_of_the_population_are_none(tmp_path: Path, sides: dict[str, pd.DataFrame]) -> None:
    outcome = check(tmp_path, {**sides, "synthetic": patients(500, 3), "reference": patients(300, 4)}, "--json")
    assert outcome.exit_code == 0, outcome.output
    said = json.loads(outcome.output)
    assert said["verdict"] != "fail"
    # The best of a handful of correlated attacks, at 95 % each, on one fixed seed.
    assert best_auc(read_result(tmp_path / "run")).low < 0.52


def test_a_column_in_other_units_is_warned_of_and_no_silent_pass(
    tmp_path: Path, sides: dict[str, pd.DataFrame]
) -> None:
    converted = patients(500, 3).assign(creatinine=lambda table: table["creatinine"] * 88.42)
    outcome = check(tmp_path, {**sides, "synthetic": converted, "reference": patients(300, 4)}, "--json")
    assert outcome.exit_code == 0, outcome.output
    said = json.loads(outcome.output)
    assert any("other units than the real records: creatinine (about " in warning for warning in said["warnings"])
    assert "pass" not in {finding["verdict"] for finding in said["findings"] if finding["section"] != "fidelity"}


def test_members_in_the_holdout_are_bad_input(tmp_path: Path, sides: dict[str, pd.DataFrame]) -> None:
    holdout = pd.concat([sides["holdout"][40:], sides["members"][:40]])
    outcome = check(tmp_path, {**sides, "holdout": holdout, "synthetic": patients(500, 3)})
    assert outcome.exit_code == 2, outcome.output
    assert "expected members and holdout without a patient in common" in outcome.output
    assert not (tmp_path / "run" / "result.json").exists()


def test_a_table_made_from_the_holdout_is_named(tmp_path: Path, sides: dict[str, pd.DataFrame]) -> None:
    outcome = check(tmp_path, {**sides, "synthetic": sides["holdout"], "reference": patients(300, 4)})
    assert outcome.output.startswith("INVALID"), outcome.output
    assert "100.0% of the holdout patients with a record of their own stand in the table" in outcome.output


def test_the_whole_file_as_training_data_is_no_pass_without_a_reference(
    tmp_path: Path, sides: dict[str, pd.DataFrame]
) -> None:
    whole = pd.concat([sides["members"], sides["holdout"]])
    outcome = check(tmp_path, {**sides, "synthetic": whole.sample(600, random_state=0)})
    assert outcome.output.startswith("INVALID"), outcome.output
    assert "note: no reference was given, so 132 of 500 holdout patients" in outcome.output


def broken(sides: dict[str, pd.DataFrame], what: str) -> dict[str, pd.DataFrame]:
    """Return the three tables with one thing wrong."""
    synthetic = patients(200, 5)
    tables = {**sides, "synthetic": synthetic}
    if what == "column missing":
        tables["synthetic"] = synthetic.drop(columns="smoker")
    elif what == "column unknown":
        tables["synthetic"] = synthetic.assign(shoe_size=42)
    elif what == "text in a number":
        tables["holdout"] = sides["holdout"].astype({"age": object}).assign(age=["OLD-SECRET"] * len(sides["holdout"]))
    elif what == "empty":
        tables["members"] = sides["members"].iloc[:0]
    return tables


@pytest.mark.parametrize(
    ("what", "named"),
    [
        ("column missing", ("synthetic.csv", "smoker")),
        ("column unknown", ("synthetic.csv", "shoe_size")),
        ("text in a number", ("age",)),
        ("empty", ("members.csv", "row")),
    ],
)
def test_a_broken_table_is_named_and_its_values_are_not(
    tmp_path: Path, sides: dict[str, pd.DataFrame], what: str, named: tuple[str, ...]
) -> None:
    outcome = check(tmp_path, broken(sides, what))
    assert outcome.exit_code == 2
    assert len(outcome.stderr.strip().splitlines()) == 1
    for word in named:
        assert word in outcome.stderr
    assert "SECRET" not in outcome.output
    assert str(tmp_path) not in outcome.stderr


def test_a_level_that_no_real_table_has_is_audited_and_said(tmp_path: Path, sides: dict[str, pd.DataFrame]) -> None:
    members = sides["members"].assign(smoker=["?", *sides["members"]["smoker"][1:]])
    synthetic = sides["members"].assign(smoker=["PIPE-SECRET", *sides["members"]["smoker"][1:]])
    outcome = check(tmp_path, {**sides, "members": members, "synthetic": synthetic})
    assert outcome.exit_code == 0, outcome.output
    assert "warning: members.csv, column 'smoker': holds ?, which exports write where" in outcome.output
    assert outcome.output.startswith("FAIL")
    said = (tmp_path / "run" / "result.json").read_text(encoding="utf-8")
    assert "cells of column 'smoker' with a value that no real table has" in said
    assert not any("SECRET" in path.read_text(errors="replace") for path in (tmp_path / "run").rglob("*.*"))


def test_members_and_holdout_that_share_patients_are_refused(tmp_path: Path, sides: dict[str, pd.DataFrame]) -> None:
    tables = {
        "members": sides["members"].assign(mrn=[f"P-SECRET-{n}" for n in range(500)]),
        "holdout": sides["holdout"].assign(mrn=[f"P-SECRET-{n}" for n in range(490, 990)]),
        "synthetic": patients(100, 5),
    }
    outcome = check(tmp_path, tables, "--id", "mrn")
    assert outcome.exit_code == 2
    assert "found 10 in both" in outcome.stderr
    assert "SECRET" not in outcome.output


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "empty file"), (b"PK\x03\x04 not a table \x00\x01", "holdout.csv"), (b"age,sex\n1,F,3\n", "row 2")],
)
def test_a_file_that_is_not_what_its_name_says(
    tmp_path: Path, sides: dict[str, pd.DataFrame], content: bytes, said: str
) -> None:
    for side in ("members", "synthetic"):
        sides["members"].to_csv(tmp_path / f"{side}.csv", index=False)
    (tmp_path / "holdout.csv").write_bytes(content)
    words = [
        word for side in ("members", "holdout", "synthetic") for word in (f"--{side}", str(tmp_path / f"{side}.csv"))
    ]
    outcome = CliRunner().invoke(app, ["check", *words, "--out", str(tmp_path / "run")])
    assert outcome.exit_code == 2
    assert "holdout.csv" in outcome.stderr
    assert said in outcome.stderr


def test_a_constant_column_and_rows_of_zeros_are_handled(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)

    def codes(size: int) -> pd.DataFrame:
        frame = pd.DataFrame(
            (rng.random((size, 6)) < 0.2).astype(int), columns=["0083", "E045", "250.00", "1E5", "A", "B"]
        )
        frame.loc[: size // 4] = 0
        return frame.assign(constant=1)

    outcome = check(tmp_path, {side: codes(60) for side in ("members", "holdout", "synthetic")})
    assert outcome.exit_code == 0, outcome.output
    result = read_result(tmp_path / "run")
    assert result.data.columns == 7
    assert not result.run.failed


def test_without_a_reference_the_guesser_who_never_saw_the_release_learns_from_other_holdout_patients(
    tmp_path: Path, sides: dict[str, pd.DataFrame]
) -> None:
    outcome = check(tmp_path, {**sides, "synthetic": patients(500, 3)})
    assert outcome.exit_code == 0, outcome.output
    rows = list(read_result(tmp_path / "run").select(section="attribute", statistic="accuracy"))
    by_side = {row.slice: row.number for row in rows if row.knowledge is not None and row.knowledge.known_columns == 4}
    assert set(by_side) == {"members", "holdout", "baseline"}
    baseline, holdout = by_side["baseline"], by_side["holdout"]
    assert isinstance(baseline, Estimated)
    assert isinstance(holdout, Estimated)
    # Fresh patients teach as much as strangers do: 500 patients, so a gap of .1 is beyond four standard errors.
    assert abs(baseline.value - holdout.value) < 0.1
