"""What guesses are worth beyond counts of hits: rare codes by their rank, columns by what they tell, the surest tenth.

A code of one patient in a hundred is guessed right 99 times in 100 by who never guesses it. Average precision asks
instead whether its carriers come first; entropy weights a column by how much it tells people apart; and an attacker
who acts on the guesses it is surest of is judged by those.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from synthaudit.audit.protocols import Guesses
from synthaudit.audit.records import Records
from synthaudit.audit.statistics import Measurement, NotMeasured, intervals
from synthaudit.audit.statistics.multilabel import average_precision, weighted_f1

RARE = 0.05
"""Share of the patients below which a code is rare."""

CARRIERS = 10
"""Patients of either side who must have a rare code among those it is asked of."""

SUREST = 0.1
"""Share of a column's guesses, the surest first, that an attacker acts on; equally sure ones all count."""

PARTS = 10
"""Intervals, of equally many patients, whose entropy is a numeric column's."""

NO_CODE = NotMeasured(f"no secret code rarer than {RARE:.0%} has {CARRIERS} carriers on both sides to be guessed")


@dataclass(frozen=True, eq=False)
class AttributeGuesses:
    """What an attacker said of one side.

    Attributes:
        targets: The true rows.
        secret: Which cells it was asked for, shape ``(n, p)``.
        guesses: What it said of them.
    """

    targets: Records
    secret: np.ndarray
    guesses: Guesses

    def secret_codes(self) -> np.ndarray:
        """Return which codes of whom it was asked for, shape ``(n, codes)``."""
        to_guess: np.ndarray = self.secret[:, list(self.targets.schema.codes)]
        return to_guess

    def claimed_codes(self) -> np.ndarray:
        """Return which of these it said are present, same shape."""
        claimed_present: np.ndarray = self.guesses.values[:, list(self.targets.schema.codes)] > 0.5
        claimed: np.ndarray = claimed_present & self.secret_codes()
        return claimed

    def secret_rest(self) -> np.ndarray:
        """Return which other cells it was asked for that hold a value, shape ``(n, rest)``."""
        to_guess: np.ndarray = self.secret[:, list(self.targets.schema.rest)] & ~np.isnan(self.targets.rest)
        return to_guess

    def correct_rest(self, spread: np.ndarray) -> np.ndarray:
        """Return which of these it guessed right, numbers within ``spread`` (shape ``(p,)``), same shape."""
        rest = list(self.targets.schema.rest)
        apart = np.abs(self.guesses.values[:, rest] - self.targets.rest)
        right: np.ndarray = self.secret_rest() & (apart <= spread[rest] + 1e-9)
        return right


@dataclass(frozen=True, eq=False)
class Columns:
    """What is known of the table's columns, from both sides together.

    Attributes:
        spread: How far a guessed number may be off, shape ``(p,)``.
        share: Share of the real patients who have each code, shape ``(codes,)``.
        entropy: What each column tells people apart by, in nats: codes first, then the rest.
    """

    spread: np.ndarray
    share: np.ndarray
    entropy: np.ndarray

    @classmethod
    def of(cls, real: Records, spread: np.ndarray) -> "Columns":
        """Return what the real rows of both sides say of the columns."""
        share = (real.codes > 0).mean(axis=0)
        entropy = [_entropy(np.stack([share, 1 - share]))]
        for place, at in enumerate(real.schema.rest):
            values = real.rest[:, place]
            values = values[~np.isnan(values)]
            if real.schema.columns[at].is_numeric and values.size:
                values = np.searchsorted(np.quantile(values, np.linspace(0, 1, PARTS + 1)[1:-1]), values)
            _, times = np.unique(values, return_counts=True)
            entropy.append(_entropy(times[:, None] / max(values.size, 1)))
        return cls(spread, share, np.concatenate(entropy))


def secondary_metrics(
    members: AttributeGuesses, holdout: AttributeGuesses, baseline: AttributeGuesses | None, columns: Columns
) -> Iterator[tuple[str, dict[str, Measurement], dict[str, float]]]:
    """Yield the name of a statistic, its value by side, and what a guesser of nothing would reach, by side.

    ``baseline`` is an attacker without the synthetic rows, on the holdout; None where there is none.
    """
    sides = {"members": members, "holdout": holdout} | ({"baseline": baseline} if baseline is not None else {})
    if members.targets.schema.codes:
        rare = _rare(members, holdout, columns)
        ranked = {name: _ranked(side, rare) for name, side in sides.items()}
        yield (
            "average_precision",
            {name: found[0] for name, found in ranked.items()},
            {name: found[1] for name, found in ranked.items() if rare.size},
        )
    yield "weighted_f1", {name: _weighted(side, columns) for name, side in sides.items()}, {}
    for statistic, surest in (("confident_precision", _surest_codes), ("confident_accuracy", _surest_rest)):
        rates = dict(zip(sides, surest(members, holdout, columns), strict=False))
        if baseline is not None:
            rates["baseline"] = surest(baseline, baseline, columns)[1]
        yield statistic, rates, {}


def _rare(members: AttributeGuesses, holdout: AttributeGuesses, columns: Columns) -> np.ndarray:
    """Return the places of the rare codes that enough patients have on both sides."""
    carried = [((side.targets.codes > 0) & side.secret_codes()).sum(axis=0) for side in (members, holdout)]
    return np.flatnonzero((columns.share < RARE) & (np.minimum(*carried) >= CARRIERS))


def _ranked(side: AttributeGuesses, rare: np.ndarray) -> tuple[Measurement, float]:
    """Return the average precision over rare codes, and the share of carriers, which chance would reach."""
    if not rare.size:
        return NO_CODE, 0.0
    at = np.asarray(side.targets.schema.codes)[rare]
    to_guess = side.secret[:, at]
    present = (side.targets.codes[:, rare] > 0) & to_guess
    # Sure of presence, less sure, less sure of absence, sure: one order, whatever the attacker's scale.
    sure = side.guesses.confidence[:, at]
    score = np.where(to_guess, np.where(side.guesses.values[:, at] > 0.5, sure, -sure), -np.inf)
    patients, owner = np.unique(side.targets.patients, return_inverse=True)
    if len(patients) < len(owner):  # of a patient's rows, any that has the code, and the highest score
        to_guess, present = (_by_patient(np.logical_or, mask, owner) for mask in (to_guess, present))
        score = _by_patient(np.maximum, score, owner)
    measured = average_precision(np.where(to_guess, score, 0.0), present, to_guess)
    return measured, float((present.sum(axis=0) / to_guess.sum(axis=0)).mean())


def _weighted(side: AttributeGuesses, columns: Columns) -> Measurement:
    """Return the F1 of codes and the accuracy of other columns, weighted by the columns' entropy."""
    to_guess, claimed, true = side.secret_codes(), side.claimed_codes(), side.targets.codes > 0
    hits = np.concatenate([2 * (claimed & true), side.correct_rest(columns.spread)], axis=1, dtype=np.int16)
    tries = np.concatenate([claimed + (to_guess & true).astype(np.int16), side.secret_rest()], axis=1, dtype=np.int16)
    patients, owner = np.unique(side.targets.patients, return_inverse=True)
    if len(patients) < len(owner):
        hits, tries = (_by_patient(np.add, counts, owner) for counts in (hits, tries))
    return weighted_f1(hits, tries, columns.entropy)


def _surest_codes(
    members: AttributeGuesses, holdout: AttributeGuesses, columns: Columns
) -> tuple[Measurement, Measurement]:
    """Return the precision of each side's surest claims that a code is present."""
    marked = [side.claimed_codes() for side in (members, holdout)]
    right = [side.targets.codes > 0 for side in (members, holdout)]
    return _surest(
        members,
        holdout,
        list(members.targets.schema.codes),
        marked=marked,
        right=right,
        otherwise="the attacker guessed no code",
    )


def _surest_rest(
    members: AttributeGuesses, holdout: AttributeGuesses, columns: Columns
) -> tuple[Measurement, Measurement]:
    """Return the accuracy of each side's surest guesses of columns that are no codes."""
    marked = [side.secret_rest() for side in (members, holdout)]
    right = [side.correct_rest(columns.spread) for side in (members, holdout)]
    otherwise = "no other column to be guessed"
    return _surest(members, holdout, list(members.targets.schema.rest), marked=marked, right=right, otherwise=otherwise)


def _surest(
    members: AttributeGuesses,
    holdout: AttributeGuesses,
    at: list[int],
    *,
    marked: list[np.ndarray],
    right: list[np.ndarray],
    otherwise: str,
) -> tuple[Measurement, Measurement]:
    """Return how often the surest of the marked guesses are right, by side; one cut a column for both sides.

    Confidence is comparable within a column only. The cut depends on nobody's side.
    """
    rows = [np.nonzero(mask) for mask in marked]
    sure = [side.guesses.confidence[:, at][place] for side, place in zip((members, holdout), rows, strict=True)]
    cut = _cuts(np.concatenate([place[1] for place in rows]), np.concatenate(sure), len(at))
    rates: list[Measurement] = []
    for side, (row, column), confidence, hit in zip((members, holdout), rows, sure, right, strict=True):
        acted = confidence >= cut[column]
        _, owner = np.unique(side.targets.patients, return_inverse=True)
        tries = np.bincount(owner[row[acted]], minlength=int(owner.max(initial=-1)) + 1)
        hits = np.bincount(owner[row[acted]], weights=hit[row[acted], column[acted]], minlength=len(tries))
        rates.append(intervals.clustered_rate(hits, tries) if tries.any() else NotMeasured(otherwise))
    return rates[0], rates[1]


def _cuts(column: np.ndarray, confidence: np.ndarray, columns: int) -> np.ndarray:
    """Return the confidence of the last guess in each column's surest share, shape ``(columns,)``."""
    order = np.lexsort((-confidence, column))
    many = np.bincount(column, minlength=columns)
    last = np.cumsum(many) - many + np.maximum(np.ceil(SUREST * many).astype(np.intp), 1) - 1
    cut = np.full(columns, np.inf)
    cut[many > 0] = confidence[order][last[many > 0]]
    return cut


def _entropy(shares: np.ndarray) -> np.ndarray:
    """Return the entropy of each column of shares, in nats."""
    found: np.ndarray = -(shares * np.log(np.where(shares > 0, shares, 1.0))).sum(axis=0)
    return found


def _by_patient(join: np.ufunc, values: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """Return one row per patient, joined from theirs."""
    order = np.argsort(owner, kind="stable")
    joined: np.ndarray = join.reduceat(values[order], np.flatnonzero(np.diff(owner[order], prepend=-1)), axis=0)
    return joined
