"""``synthaudit check`` on real stays in hospital, dates and all: copied dates are found however they are written."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from synthaudit.audit.cli import app
from synthaudit.audit.suite.result import read_result

DATES = ["born", "admitted", "discharged", "died"]
SIZE = 500


@pytest.fixture(scope="module")
def stays(data_folder: Path) -> dict[str, pd.DataFrame]:
    """Return members, holdout, reference and others: the first stay of each patient of DE-SynPUF, with dates."""
    folder = data_folder / "desynpuf"
    claims = pd.read_csv(folder / "DE1_0_2008_to_2010_Inpatient_Claims_Sample_1.csv.gz", dtype=str)
    persons = pd.read_csv(folder / "DE1_0_2008_Beneficiary_Summary_File_Sample_1.csv.gz", dtype=str)
    joined = claims.drop_duplicates("DESYNPUF_ID").merge(persons, on="DESYNPUF_ID")
    columns = {
        "born": "BENE_BIRTH_DT",
        "admitted": "CLM_ADMSN_DT",
        "discharged": "NCH_BENE_DSCHRG_DT",
        "died": "BENE_DEATH_DT",
        "sex": "BENE_SEX_IDENT_CD",
        "race": "BENE_RACE_CD",
        "diabetes": "SP_DIABETES",
        "paid": "CLM_PMT_AMT",
    }
    table = pd.DataFrame({new: joined[old] for new, old in columns.items()}).dropna(subset=DATES[:3])
    for name in DATES:
        table[name] = pd.to_datetime(table[name], format="%Y%m%d").astype("datetime64[s]")
    rng = np.random.default_rng(0)
    table["born"] += pd.to_timedelta(rng.integers(0, 28, len(table)), unit="D")  # the source rounds to the first
    table["diabetes"] = table["diabetes"].map({"1": 1, "2": 0})
    table = table.sample(4 * SIZE, random_state=1)
    names = ("members", "holdout", "reference", "others")
    return {name: table.iloc[at * SIZE : (at + 1) * SIZE].reset_index(drop=True) for at, name in enumerate(names)}


def shifted(table: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return patients whose dates were moved by 100 to 200 years, each by his own days, as MIMIC's are."""
    moved = table.copy()
    by = pd.to_timedelta(np.random.default_rng(seed).integers(36_500, 73_000, len(table)), unit="D")
    for name in DATES:
        moved[name] = moved[name] + by
    return moved


def audit(folder: Path, tables: dict[str, pd.DataFrame], **formats: str) -> tuple[Any, Path]:
    words = ["check", "--out", str(folder / "run"), "--preset", "quick", "--workers", "1"]
    for side, table in tables.items():
        text = table.copy()
        for name in DATES:
            text[name] = text[name].dt.strftime(formats.get(side, formats["all"]))
        text.to_csv(folder / f"{side}.csv", index=False)
        words += [f"--{side}", str(folder / f"{side}.csv")]
    return CliRunner().invoke(app, words), folder / "run"


def among_others(leaked: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([leaked, others.iloc[len(leaked) :]]).sample(frac=1, random_state=0)


@pytest.mark.parametrize(
    ("written", "published"),
    [("%Y-%m-%d", "%Y-%m-%d"), ("%Y%m%d", "%Y-%m-%d"), ("%d-%b-%Y", "%d-%b-%Y")],
)
def test_copied_dates_alone_are_a_leak(tmp_path, stays, written, published):
    known = {name: stays[name] for name in ("members", "holdout", "reference")}
    leaked = stays["others"][: SIZE // 3].assign(**{name: stays["members"][name] for name in DATES[:3]})
    made = among_others(leaked, stays["others"])
    outcome, folder = audit(tmp_path, {**known, "synthetic": made}, all=written, synthetic=published)
    assert outcome.exit_code == 0, outcome.output
    assert outcome.output.startswith("FAIL")
    assert read_result(folder).data.kinds["date"] == 4


@pytest.mark.parametrize("moved", [False, True])
def test_other_patients_dates_are_none_shifted_or_not(tmp_path, stays, moved):
    tables = {name: shifted(table, at) if moved else table for at, (name, table) in enumerate(stays.items())}
    known = {name: tables[name] for name in ("members", "holdout", "reference")}
    outcome, folder = audit(tmp_path, {**known, "synthetic": tables["others"]}, all="%Y%m%d")
    assert outcome.exit_code == 0, outcome.output
    assert not outcome.output.startswith("FAIL")
    assert read_result(folder).data.kinds["date"] == 4
