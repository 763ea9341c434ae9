"""From guesses of every column to rows: one per column, and the worst of them with its correction.

Judging the worst of many columns has two sides. *A leak is shown* where a column's lower bound, corrected for all
columns and both kinds of knowledge (Bonferroni), lies above the limit; any column with enough carriers can show one.
*No leak* can be said of a column only where its patients suffice to settle it: a column of which the difference
between the sides is too imprecise is not measured, with the reason, unless it shows a leak. The worst row's interval
therefore ends above at the largest upper bound of all precise columns, which needs no correction
(intersection-union), and below at a corrected bound.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtri

from synthaudit.attacks.attribute.record_linkage.cells import ROUNDING, close_reach
from synthaudit.audit.records import Records
from synthaudit.audit.statistics import Estimate, NotMeasured, differences, intervals
from synthaudit.audit.statistics.multiplicity import max_t_of_sums
from synthaudit.audit.suite.result import Row
from synthaudit.audit.suite.tasks.rows import CONFIDENCE, RowTemplate

CARRIERS = 10
"""Patients of either side with a column's trials, and with a value rightly and wrongly guessed on both together."""

PRECISION = 0.05
"""Difference in rates that a column's patients must be able to settle, for "no leak" to be said of it."""

CHANCE_BEYOND = 0.05
"""Probability at which any precise column without a leak may come too close to that difference to be settled."""

LISTED = 10
"""Columns, the worst first, that have a row each."""


@dataclass(frozen=True, eq=False)
class SecretGuesses:
    """What an attacker said of every column.

    Attributes:
        targets: True rows, members first.
        members: How many rows are members'.
        guesses: By what the attacker knew; shape ``(n, p)``, infinity where a column was known.
        imputed: The guesses from real strangers in place of synthetic rows, with all other columns known; or None.
        to_guess: Which columns are secrets, shape ``(p,)``, bool.
    """

    targets: Records
    members: int
    guesses: Mapping[str, np.ndarray]
    imputed: np.ndarray | None
    to_guess: np.ndarray


@dataclass(frozen=True, eq=False)
class SecretOutcome:
    """One column under one kind of knowledge: right guesses and trials of every patient.

    Attributes:
        column: Position of the column.
        known: What the attacker knew.
        rate: ``sensitivity``, of carriers, or ``accuracy``, of all patients.
        right: Right guesses, shape ``(patients,)``.
        trials: Guesses asked for, likewise.
        imputed: Right guesses from real strangers, likewise; or None.
    """

    column: int
    known: str
    rate: str
    right: np.ndarray
    trials: np.ndarray
    imputed: np.ndarray | None

    def excess(self) -> np.ndarray:
        """Return right guesses beyond the rate of both sides together, shape ``(patients,)``, adding up to 0."""
        beyond: np.ndarray = self.right - self.trials * self.right.sum() / self.trials.sum()
        return beyond

    def leakage(self, is_member: np.ndarray, confidence: float) -> Estimate:
        """Return the rate of members minus that of holdout patients, interval by patients."""
        sides = [
            intervals.clustered_rate(self.right[side], self.trials[side], confidence=confidence)
            for side in (is_member, ~is_member)
        ]
        if not isinstance(sides[0], Estimate) or not isinstance(sides[1], Estimate):
            raise ValueError("expected two patients with trials on either side")
        return differences.difference(sides[0], sides[1])

    def deviation(self, is_member: np.ndarray) -> float:
        """Return the standard deviation of the leakage if members were guessed as holdout patients are."""
        right, trials = self.right[~is_member], self.trials[~is_member]
        spread = float(((right - trials * right.sum() / trials.sum()) ** 2).mean())
        total = self.trials[is_member].sum()
        return float(np.sqrt(spread * (is_member.sum() / total**2 + len(trials) / trials.sum() ** 2)))


def grade_secrets(
    template: RowTemplate, inferred: SecretGuesses, real: Records, *, small_count: int, seed: int
) -> list[Row]:
    """Return the worst column's rows and a row for each of the worst columns.

    Args:
        template: What all rows have in common.
        inferred: The attacker's guesses.
        real: Real records that say which numbers are close enough to count as right.
        small_count: Fewer patients than this are never shown.
        seed: Seed of the permutations.
    """
    is_member, outcomes = secret_outcomes(inferred, real, max(small_count, CARRIERS))
    if not outcomes:
        reason = f"no column has {max(small_count, CARRIERS)} patients on either side by whom a leak could be settled"
        return [template.row("secret_leakage", NotMeasured(reason), chance=0.0)]
    corrected = 1 - (1 - CONFIDENCE) / len(outcomes)
    p_values = max_t_of_sums(np.stack([one.excess() for one in outcomes]), is_member, permutations=1_999, seed=seed)
    bounds = [one.leakage(is_member, corrected) for one in outcomes]
    limit = precision_limit(len(outcomes))
    precise = np.array([one.deviation(is_member) <= limit for one in outcomes])
    rows = []
    for statistic, chosen in (("secret_leakage", precise), ("imprecise_secret_leakage", ~precise)):
        places = np.flatnonzero(chosen)
        if not len(places):
            continue
        worst = max(places, key=lambda at: (bounds[at].low, bounds[at].value))
        if statistic == "imprecise_secret_leakage" and bounds[worst].low <= 0:
            rows.append(template.row(statistic, NotMeasured(_too_few(outcomes, precise)), chance=0.0))
            continue
        plain = [outcomes[at].leakage(is_member, CONFIDENCE) for at in places]
        number = _worst(bounds[worst], max(one.high for one in plain), float(p_values[worst]), len(outcomes))
        rows.append(_named(template, inferred, outcomes[worst]).row(statistic, number, chance=0.0))
        if outcomes[worst].imputed is not None:
            rows.append(_beyond_imputation(template, inferred, outcomes[worst], is_member, statistic))
    if not precise.any():
        rows.insert(0, template.row("secret_leakage", NotMeasured(_too_few(outcomes, precise)), chance=0.0))
    for at in sorted(range(len(outcomes)), key=lambda at: (p_values[at], -bounds[at].value))[:LISTED]:
        number = replace(outcomes[at].leakage(is_member, CONFIDENCE), p_value=float(p_values[at]))
        one = outcomes[at]
        name = f"{inferred.targets.schema.names[one.column]}, {one.rate}, knowing {one.known}"
        rows.append(_named(template, inferred, one).row("column_leakage", number, part=name, chance=0.0))
    return rows


def precision_limit(columns: int) -> float:
    """Return the standard deviation up to which a column's patients settle the difference that is asked for."""
    return PRECISION / (1.645 + float(-ndtri(CHANCE_BEYOND / max(columns, 1))))


def secret_outcomes(inferred: SecretGuesses, real: Records, fewest: int) -> tuple[np.ndarray, list[SecretOutcome]]:
    """Return whose side each patient is on, and every column that enough patients can settle."""
    _, owner = np.unique(inferred.targets.patients, return_inverse=True)
    patients = int(owner.max(initial=-1)) + 1
    is_member = np.zeros(patients, dtype=bool)
    is_member[owner[: inferred.members]] = True
    reach, found = close_reach(real), []
    for column in np.flatnonzero(inferred.to_guess):
        name = inferred.targets.schema.names[column]
        truth = inferred.targets.column(name).astype(np.float64)
        for known, guesses in inferred.guesses.items():
            if np.isinf(guesses[:, column]).any():
                continue
            hit = right_guesses(truth, guesses[:, column], reach[column])
            other = inferred.imputed if known == "all other columns" else None
            imputed = None if other is None else right_guesses(truth, other[:, column], reach[column])
            for rate, trial in _trials(inferred.targets, int(column), truth):
                counts = [np.bincount(owner, weights=part, minlength=patients) for part in (hit * trial, trial)]
                strangers = None if imputed is None else np.bincount(owner, weights=imputed * trial, minlength=patients)
                one = SecretOutcome(int(column), known, rate, counts[0], counts[1], strangers)
                if _settles(one, is_member, fewest):
                    found.append(one)
    return is_member, found


def _trials(targets: Records, column: int, truth: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the rates of a column: of all targets, and for a code of its carriers."""
    yield "accuracy", np.ones(len(truth))
    if targets.schema.columns[column].kind == "binary":
        yield "sensitivity", (truth > 0).astype(np.float64)


def _settles(outcome: SecretOutcome, is_member: np.ndarray, fewest: int) -> bool:
    """Whether enough patients of either side are asked, and enough of both together are right and wrong."""
    to_guess = outcome.trials > 0
    right, wrong = outcome.right > 0, to_guess & (outcome.right < outcome.trials)
    sides = min(int((to_guess & is_member).sum()), int((to_guess & ~is_member).sum()))
    return sides >= fewest and min(int(right.sum()), int(wrong.sum())) >= fewest


def right_guesses(truth: np.ndarray, guess: np.ndarray, reach: float) -> np.ndarray:
    """Return 1 where a guess is close enough to count as right and else 0, shape of ``truth``."""
    near = np.abs(truth - guess) <= max(reach, 0.0) + ROUNDING * np.abs(truth)
    right: np.ndarray = (near | (np.isnan(truth) & np.isnan(guess))).astype(np.float64)
    return right


def _worst(bound: Estimate, highest: float, p_value: float, columns: int) -> Estimate:
    method = f"worst of {columns}; Newcombe over patients, below corrected for all, above the largest of all"
    return replace(bound, high=max(highest, bound.value), confidence=CONFIDENCE, p_value=p_value, method=method)


def _too_few(outcomes: list[SecretOutcome], precise: np.ndarray) -> str:
    return (
        f"of {len(outcomes)} rates of columns, {int((~precise).sum())} rest on too few patients to settle a difference "
        f"of {PRECISION:.0%} between members and holdout, and none of these shows a leak after correction"
    )


def _named(template: RowTemplate, inferred: SecretGuesses, outcome: SecretOutcome) -> RowTemplate:
    """Return a template that says which column was guessed from what."""
    if template.knowledge is None:
        return template
    names = inferred.targets.schema.names
    known = len(names) - 1
    if outcome.known == "quasi-identifiers":
        known = int(np.isinf(inferred.guesses[outcome.known]).any(axis=0).sum())
    update = {
        "known_columns": known,
        "known_choice": "all but the secret" if outcome.known == "all other columns" else outcome.known,
        "secret": f"{names[outcome.column]} ({outcome.rate})",
    }
    return replace(template, knowledge=template.knowledge.model_copy(update=update))


def _beyond_imputation(
    template: RowTemplate, inferred: SecretGuesses, outcome: SecretOutcome, is_member: np.ndarray, statistic: str
) -> Row:
    """Return how much more often members are guessed right from synthetic rows than from real strangers' rows."""
    to_guess = is_member & (outcome.trials > 0)
    strangers = outcome.imputed if outcome.imputed is not None else outcome.right
    gain = (outcome.right[to_guess] - strangers[to_guess]) / outcome.trials[to_guess]
    number = intervals.student_mean(gain, confidence=CONFIDENCE, bounds=(-1.0, 1.0))
    if isinstance(number, Estimate):
        number = replace(number, method="Student t over patients")
    return _named(template, inferred, outcome).row(
        "secret_gain", number, part=statistic.partition("_secret")[0], chance=0.0
    )
