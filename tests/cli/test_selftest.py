"""``synthaudit selftest`` from a table to verdicts: leaks fail, honest tables do not, and a wrong verdict is seen."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from synthaudit.audit.cli import app
from synthaudit.audit.selftest.cases import CASES
from synthaudit.audit.selftest.copies import NearCopies, VerbatimCopies

VERBATIM_ONLY = """
name = "verbatim"
title = "Sees verbatim copies only"
kind = "policy, not science"
require_power = false
[[criteria]]
id = "COPY-9"
title = "Few verbatim copies"
section = "membership"
statistic = "excess"
slice = "verbatim, distinctive records"
methods = ["copies"]
threshold = 0.05
citation = "A test."
"""


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a table of 700 patients: 200 members and as many holdout patients."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({name: rng.lognormal(1, 0.5, 700).round(3) for name in ("urea", "sodium", "glucose")})
    frame["age"] = rng.integers(20, 95, 700)
    frame["ward"] = rng.choice(["Zanzibar", "Quixote"], 700)
    path = tmp_path_factory.mktemp("table") / "patients.csv"
    frame.to_csv(path, index=False)
    return path


def selftest(table: Path, out: Path, *words: str) -> Any:
    return CliRunner().invoke(app, ["selftest", str(table), "--out", str(out), "--workers", "1", *words])


def test_leaks_fail_and_other_patients_do_not(table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CASES, "more_copies", VerbatimCopies(0.3))  # enough to settle it with 200 patients
    leaks = ("more_copies", "shuffled_columns", "key_declared")
    names = (*leaks, "key_number", "other_patients", "permuted_levels", "missing_patterns")
    outcome = selftest(table, tmp_path / "out", *(word for name in names for word in ("--only", name)))
    assert outcome.exit_code == 0, outcome.output
    found = {case["case"]: case for case in json.loads((tmp_path / "out" / "selftest.json").read_text())}
    assert set(found) == set(names)
    assert found["key_number"]["verdict"] in ("fail", "bad input"), found["key_number"]
    for name in leaks:
        assert found[name]["verdict"] == "fail", found[name]
    for name in ("other_patients", "permuted_levels"):
        assert found[name]["verdict"] in ("pass", "inconclusive"), found[name]
    assert "skipped missing_patterns: fewer than 3 columns have missing cells" in outcome.output
    assert "6 of 6 verdicts are right" in outcome.output
    pages = outcome.output + (tmp_path / "out" / "selftest.md").read_text() + json.dumps(list(found.values()))
    assert "Zanzibar" not in pages
    assert (tmp_path / "out" / "audit-1" / "restricted").stat().st_mode & 0o077 == 0


def test_a_false_pass_is_reported_as_wrong(table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CASES, "copies_one_step", NearCopies("one step", 0.3))
    policy = tmp_path / "verbatim.toml"
    policy.write_text(VERBATIM_ONLY)
    words = ("--only", "copies_one_step", "--only", "other_patients", "--policy", str(policy))
    outcome = selftest(table, tmp_path / "out", *words)
    assert outcome.exit_code == 1, outcome.output
    assert "WRONG copies_one_step" in outcome.output
    assert "expected fail" in outcome.output
    assert "1 of 2 verdicts are right" in outcome.output


@pytest.mark.parametrize(
    ("words", "problem"),
    [(("--only", "copees"), "unknown case 'copees'; did you mean 'copies'?"), (("--preset", "fast"), "preset")],
)
def test_bad_input_is_exit_code_2(words: tuple[str, ...], problem: str, table: Path, tmp_path: Path) -> None:
    outcome = selftest(table, tmp_path / "out", *words)
    assert outcome.exit_code == 2
    assert problem in outcome.stderr
