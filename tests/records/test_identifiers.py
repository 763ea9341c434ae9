"""Keys are refused whatever their counts; measurements never are."""

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest

from synthaudit.audit.records.identifiers import number_key, text_key
from synthaudit.audit.records.infer import infer_columns
from synthaudit.audit.records.problems import Problems
from synthaudit.audit.records.text import read_text

RNG = np.random.default_rng(5)


def key(name, *tables):
    distinct, place = np.unique(np.concatenate(tables), return_inverse=True)
    ends = np.cumsum([0, *map(len, tables)])
    counts = [np.bincount(place[a:b], minlength=len(distinct)) for a, b in pairwise(ends)]
    return number_key(name, distinct.astype(float), np.stack(counts))


@pytest.mark.parametrize(
    ("name", "tables"),
    [
        ("nr1", [np.arange(50), np.arange(50)]),  # a row number that begins anew in each file
        ("Unnamed: 0", [np.arange(1, 101), np.arange(1, 101)]),
        ("__index_level_0__", [np.arange(2000) // 2]),
        ("subject_id", [np.repeat(np.arange(10_000, 10_100), 2)]),
        ("subject_id", [np.repeat(np.arange(10_000, 10_100), 48)]),
        ("patient_nbr", [RNG.integers(100, 10**8, 700)]),
        ("MRN", [RNG.integers(10**6, 10**7, 300)]),
        ("ssn", [RNG.integers(10**6, 10**9, 300)]),
        ("account", [RNG.integers(10**4, 10**9, 300)]),
        ("claim_no", [RNG.lognormal(12, 2, 300).round()]),
        ("HomePhone", [RNG.integers(2 * 10**9, 10**10, 300)]),
        ("q7", [RNG.choice(9 * 10**8, 2000, replace=False) + 10**8, RNG.choice(9 * 10**8, 2000, replace=False)]),
        ("q8", [np.sort(RNG.choice(9105, 900, replace=False)), np.sort(RNG.choice(9105, 900, replace=False))]),
        ("q9", [2025550000 + RNG.choice(10**4, 250, replace=False) * 37]),
        ("q10", [np.repeat(RNG.choice(10**6, 500, replace=False), 2)]),
    ],
)
def test_keys_are_found_by_name_or_by_their_values(name, tables):
    assert key(name, *tables)


@pytest.mark.parametrize("rows", [30, 300, 3000])
@pytest.mark.parametrize(
    ("name", "draw"),
    [
        ("charges_cents", lambda n: RNG.lognormal(13, 1.2, n)),
        ("platelets", lambda n: RNG.normal(250_000, 60_000, n)),
        ("steps", lambda n: RNG.gamma(2, 4_000, n)),
        ("viral_load", lambda n: 10 ** RNG.uniform(2, 7, n)),
        ("income", lambda n: RNG.normal(5e7, 9e6, n)),
        ("age", lambda n: RNG.integers(18, 95, n)),
        ("age_days", lambda n: RNG.normal(22_000, 6_000, n)),
        ("body_mass_index", lambda n: RNG.normal(27, 5, n)),
        ("charlson_index", lambda n: RNG.poisson(3, n)),
        ("visit_number", lambda n: RNG.poisson(4, n)),
        ("num_medications", lambda n: RNG.poisson(16, n)),
        ("account_balance", lambda n: RNG.normal(1e6, 2e5, n)),
        ("patient_weight_g", lambda n: RNG.normal(70_000, 9_000, n)),
        ("admission_type_id", lambda n: RNG.integers(1, 9, n)),
        ("discharge_disposition_id", lambda n: RNG.integers(1, 29, n) if n > 280 else RNG.integers(1, 9, n)),
        ("minute_of_day", lambda n: RNG.integers(0, 1440, n)),
    ],
)
def test_measurements_are_never_taken_for_keys(name, draw, rows):
    """Over 200 draws each: no refusal, however many digits and distinct values."""
    for _ in range(200 if rows < 3000 else 20):
        assert key(name, draw(rows).round(), draw(rows).round()) is None


def test_texts_are_keys_by_their_form_or_name():
    assert text_key("x", [f"{at:032x}" for at in range(9)], 900)
    assert text_key("x", [f"u{at}@ward.org" for at in range(9)], 900)
    assert text_key("patient_id", [f"P{at}" for at in range(30)], 3000)
    assert text_key("ward", [f"W{at}" for at in range(30)], 3000) is None
    assert text_key("ward_id", [f"W{at}" for at in range(30)], 3000) is None
    assert text_key("drug", ["aspirin", "deadbeef"], 30) is None


@pytest.mark.parametrize("share", [1.0, 0.2, 0.05])
@pytest.mark.parametrize(
    ("file", "keys", "texts"),
    [
        ("support2/support2.csv.gz", {"Index"}, set()),
        ("diabetes130/diabetic_data.csv.gz", {"encounter_id", "patient_nbr"}, {"diag_1", "diag_2", "diag_3"}),
        (
            "desynpuf/DE1_0_2008_Beneficiary_Summary_File_Sample_1.csv.gz",
            {"DESYNPUF_ID"},
            {"BENE_DEATH_DT", "BENE_COUNTY_CD"},
        ),
    ],
)
def test_real_tables_lose_their_keys_and_nothing_else(file, keys, texts, share, data_folder):
    table = read_text(data_folder / file)
    chosen = np.random.default_rng(1).permutation(table.num_rows)[: int(share * table.num_rows)]
    tables = {"m": table.take(pa.array(chosen[::2])), "h": table.take(pa.array(chosen[1::2]))}
    problems = Problems()
    infer_columns(tables, table.column_names, problems=problems)
    assert {problem.column for problem in problems.errors} - texts == keys
