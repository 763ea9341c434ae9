"""From the guesses of an attribute attack to rows: of members, of holdout, and without the synthetic table."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from synthaudit.audit.statistics import Measurement, NotMeasured, intervals
from synthaudit.audit.suite.result import Row
from synthaudit.audit.suite.tasks.attribute_metrics import NO_CODE, AttributeGuesses, Columns, secondary_metrics
from synthaudit.audit.suite.tasks.rows import CONFIDENCE, RowTemplate, minus


@dataclass(frozen=True)
class GuessCounts:
    """How often an attacker of attributes was right, one entry per patient.

    Attributes:
        found: Codes that were guessed present and are.
        present: Codes that are present among those to be guessed.
        claimed: Codes that were guessed present.
        right: Other values that were guessed right.
        asked: Other values that were to be guessed.
    """

    found: np.ndarray
    present: np.ndarray
    claimed: np.ndarray
    right: np.ndarray
    to_guess: np.ndarray


def count_guesses(side: AttributeGuesses, spread: np.ndarray) -> GuessCounts:
    """Count an attacker's right guesses by patient; numbers are right within ``spread``, shape ``(p,)``."""
    true, claimed, to_guess = side.targets.codes > 0, side.claimed_codes(), side.secret_codes()
    counts = [claimed & true, to_guess & true, claimed, side.correct_rest(spread), side.secret_rest()]
    _, owner = np.unique(side.targets.patients, return_inverse=True)
    return GuessCounts(*(np.bincount(owner, weights=count.sum(axis=1)) for count in counts))


def grade_attributes(
    label: RowTemplate,
    members: AttributeGuesses,
    holdout: AttributeGuesses,
    baseline: AttributeGuesses | None,
    columns: Columns,
) -> list[Row]:
    """Grade an attacker of attributes; only what it knows of members beyond holdout patients is their loss."""
    guesses = {"members": members, "holdout": holdout} | ({"baseline": baseline} if baseline is not None else {})
    counted = {name: count_guesses(side, columns.spread) for name, side in guesses.items()}
    rows: list[Row] = []
    for name, part in _RATES.items():
        rows += _rows_by_side(label, name, {side: part(found) for side, found in counted.items()}, {})
    for name, measured, chance in secondary_metrics(members, holdout, baseline, columns):
        rows += _rows_by_side(label, name, measured, chance)
    return rows


def _rows_by_side(
    label: RowTemplate, name: str, measured: Mapping[str, Measurement], chance: Mapping[str, float]
) -> list[Row]:
    """Return a statistic of members, holdout and baseline, and what the first two differ from the next by."""
    rates = [rate for rate in measured.values() if not isinstance(rate, NotMeasured)]
    if not rates:  # said once; of a kind of column that the table has not, nothing is said
        reason = next(iter(measured.values()))
        return [label.row(f"leakage_{name}", reason, chance=0.0)] if reason is NO_CODE else []
    rows = [label.row(name, rate, part=side, chance=chance.get(side)) for side, rate in measured.items()]
    rows.append(label.row(f"leakage_{name}", minus(measured["members"], measured["holdout"]), chance=0.0))
    if "baseline" in measured:
        rows.append(label.row(f"imputation_{name}", minus(measured["holdout"], measured["baseline"]), chance=0.0))
    return rows


_RATES: dict[str, Callable[[GuessCounts], Measurement]] = {
    "sensitivity": lambda side: _rate(side.found, side.present, "no target has a code to be guessed"),
    "precision": lambda side: _rate(side.found, side.claimed, "the attacker guessed no code"),
    "f1": lambda side: _rate(2 * side.found, side.claimed + side.present, "no code to be guessed and none guessed"),
    "accuracy": lambda side: _rate(side.right, side.to_guess, "no other column to be guessed"),
}


def _rate(successes: np.ndarray, trials: np.ndarray, otherwise: str) -> Measurement:
    if not trials.sum():
        return NotMeasured(otherwise)
    return intervals.clustered_rate(successes, trials, confidence=CONFIDENCE)
