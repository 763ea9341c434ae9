"""One column at a time: what leaks is named, what does not passes, and columns of too few patients are named so."""

import numpy as np
import pytest

from synthaudit.attacks.attribute.record_linkage import LinkedCells, copy_probabilities, guess_each_column
from synthaudit.audit.errors import InputError
from synthaudit.audit.records import Column, Records, Schema
from synthaudit.audit.statistics.multiplicity import max_t_of_sums
from synthaudit.audit.suite.context.quasi_identifiers import quasi_identifiers
from synthaudit.audit.suite.result import Estimated, Row, Unmeasured
from synthaudit.audit.suite.tasks.rows import RowTemplate
from synthaudit.audit.suite.tasks.secret_rows import SecretGuesses, SecretOutcome, grade_secrets

TEMPLATE = RowTemplate("secrets/s", "attribute", "s", 0, "each column", None, 400, 400)
NAMES = tuple(f"v{at}" for at in range(6))
SCHEMA = Schema(tuple(Column(name, "continuous") for name in NAMES))


def numbers(rows: int, rng: np.random.Generator) -> Records:
    return Records.of(SCHEMA, {name: rng.normal(size=rows) for name in NAMES})


def audit(seed: int, leaked: int) -> dict[str, Row]:
    rng = np.random.default_rng(seed)
    targets, real, synthetic = numbers(800, rng), numbers(400, rng), numbers(400, rng)
    values = {name: synthetic.column(name).copy() for name in NAMES}
    for name in NAMES[:leaked]:
        values[name] = targets.column(name)[:400].copy()
    donors = Records.of(SCHEMA, values).take(rng.permutation(400))
    cells = LinkedCells.of(targets, real)
    shared = copy_probabilities(cells, donors)
    guesses = {"all other columns": guess_each_column(cells, shared, donors)}
    imputed = guess_each_column(cells, shared, real)
    inferred = SecretGuesses(targets, 400, guesses, imputed, np.ones(6, dtype=bool))
    return {row.statistic: row for row in reversed(grade_secrets(TEMPLATE, inferred, real, small_count=10, seed=seed))}


def test_a_leak_of_three_columns_of_six_is_shown_and_exceeds_imputation() -> None:
    rows = audit(0, 3)
    worst, gain, column = (rows[name].number for name in ("secret_leakage", "secret_gain", "column_leakage"))
    assert isinstance(worst, Estimated)
    assert isinstance(gain, Estimated)
    assert isinstance(column, Estimated)
    assert min(worst.low, gain.low) > 0.8
    assert worst.p_value == column.p_value == pytest.approx(1 / 2000)
    assert rows["column_leakage"].slice.split(",")[0] in NAMES[:3]


def test_without_a_leak_no_column_is_shown_to_leak() -> None:
    shown = 0
    for seed in range(20):  # at 2.5 % per table two or more come up in 9 of 100 such tests
        for name in ("secret_leakage", "imprecise_secret_leakage"):
            number = audit(seed, 0)[name].number if name in audit(seed, 0) else None
            shown += isinstance(number, Estimated) and number.low > 0
    assert shown <= 1


def code_guesses(right_of_members: float, carriers: int) -> list[Row]:
    """Rows of one code that every second patient has, guessed right of some member carriers and no other carrier."""
    codes = np.zeros((800, 2), dtype=np.uint8)
    codes[:carriers, 0] = codes[400 : 400 + carriers, 0] = 1
    codes[::2, 1] = 1
    targets = Records.binary(("c", "d"), codes)
    guess = np.zeros((800, 2))
    guess[: round(right_of_members * carriers), 0] = 1
    guess[:, 1] = np.inf
    to_guess = np.array([True, False])
    return grade_secrets(
        TEMPLATE, SecretGuesses(targets, 400, {"x": guess}, None, to_guess), targets, small_count=10, seed=0
    )


def test_sensitivity_of_carriers_is_judged_beside_the_rate_of_all() -> None:
    rows = code_guesses(0.9, 40)
    worst = {row.statistic: row.number for row in rows if row.statistic != "column_leakage"}
    found = max((n for n in worst.values() if isinstance(n, Estimated)), key=lambda number: number.low)
    assert found.value == pytest.approx(0.9)
    assert found.low > 0.05


def test_a_code_of_too_few_carriers_is_not_measured_and_says_why() -> None:
    (row,) = code_guesses(1.0, 4)
    assert isinstance(row.number, Unmeasured)
    assert "10 patients on either side" in row.number.reason


def test_an_imprecise_column_without_a_leak_is_no_number() -> None:
    rng = np.random.default_rng(1)
    codes = (rng.random((800, 2)) < 0.5).astype(np.uint8)
    targets = Records.binary(("c", "d"), codes)
    guess = (rng.random((800, 2)) < 0.5).astype(float)
    inferred = SecretGuesses(targets, 400, {"x": guess}, None, np.array([True, True]))
    rows = grade_secrets(TEMPLATE, inferred, targets, small_count=10, seed=0)
    for row in rows:
        if row.statistic != "column_leakage":
            assert isinstance(row.number, Unmeasured)
            assert "too few patients" in row.number.reason


def test_right_guesses_beyond_the_common_rate_add_up_to_nothing() -> None:
    one = SecretOutcome(0, "x", "accuracy", np.array([1.0, 0, 2, 0]), np.array([1.0, 1, 2, 2]), None)
    np.testing.assert_allclose(one.excess(), [0.5, -0.5, 1.0, -1.0])


def test_adjusted_p_values_are_uniform_at_most_without_a_leak() -> None:
    rng = np.random.default_rng(0)
    sides = np.arange(100) < 50
    least = []
    for seed in range(200):
        hits = (rng.random((12, 100)) < 0.3).astype(float)
        table = hits - hits.mean(axis=1, keepdims=True)
        least.append(max_t_of_sums(table, sides, permutations=199, seed=seed).min())
    assert np.mean(np.array(least) <= 0.05) <= 0.05 + 3 * 0.0154
    with pytest.raises(ValueError, match="expected sums"):
        max_t_of_sums(np.zeros(4), sides)


def test_quasi_identifiers_are_declared_or_named_or_the_most_frequent_codes() -> None:
    named = Schema((Column("patient_age", "count"), Column("dosage", "count"), Column("Zip Code", "count")))
    table = Records.of(named, {name: np.arange(3) for name in named.names})
    assert quasi_identifiers(table, ()).tolist() == [True, False, True]
    assert quasi_identifiers(table, ("dosage",)).tolist() == [False, True, False]
    with pytest.raises(InputError, match="dosage"):
        quasi_identifiers(table, ("dosag",))
    codes = Records.binary([f"c{at}" for at in range(20)], np.tril(np.ones((20, 20))))
    assert quasi_identifiers(codes, ()).tolist() == [True] * 16 + [False] * 4
