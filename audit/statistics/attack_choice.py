"""Choice of the best attack, and of its guessing rule or threshold, on a third of the trials of an audit.

The choice looks at the labels of that third only: on the others, attack and rule are as good as fixed beforehand.
"""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from scipy.special import betaincinv, ndtri

from synthaudit.audit.statistics.guessing_rules import (
    GuessingRules,
    RankedGuesses,
    geometric_rules,
    pure_epsilon,
    rank_rules,
)

SPLITS = 51
CHOICE_SHARE = 1 / 3
"""Share of the trials on which attack and rule are chosen; a choice needs fewer than a bound."""


def random_thirds(
    size: int, seed: int, *, strata: np.ndarray | None = None
) -> Iterator[tuple[np.random.Generator, np.ndarray]]:
    """Yield random thirds as masks, shape ``(size,)``; of each of two strata where given."""
    groups = [np.arange(size)] if strata is None else [np.flatnonzero(strata), np.flatnonzero(~strata)]
    for child in np.random.SeedSequence(seed).spawn(SPLITS):
        rng = np.random.default_rng(child)
        first = np.zeros(size, dtype=bool)
        for group in groups:
            first[rng.permutation(group)[: round(CHOICE_SHARE * len(group))]] = True
        yield rng, first


def best_guesses(candidates: list[RankedGuesses], first: np.ndarray, level: float) -> tuple[int, int]:
    """Choose attack and number of guesses on ``first``; return the guesses on the others, and how many are correct."""
    size = int(first.sum())
    score_rules = geometric_rules(size)
    counts = np.unique(score_rules.top[score_rules.bottom == 0])
    sign_rules = GuessingRules(counts, np.zeros_like(counts))
    best, choice = -1.0, (candidates[0], sign_rules)
    for ranked in candidates:
        rules, part = sign_rules if ranked.by_sign else score_rules, ranked.subset(first)
        rule = rules.rule(int(rank_rules(part, rules, level)[0]))
        value = float(pure_epsilon(rule.guesses, part.correct(rule), level)[0])
        if value > best:
            best, choice = value, (ranked, rule)
    ranked, rule = choice
    rest = ranked.subset(~first)
    # As large a share of the others as of the third; rounded down, so that they never exceed their number.
    rule = GuessingRules(*(side * rest.size // size for side in (rule.top, rule.bottom)))
    return int(rule.guesses[0]), int(rest.correct(rule)[0])


def best_threshold(
    scores: np.ndarray, truth: np.ndarray, *, delta: float, gaussian: bool, level: float
) -> tuple[int, float]:
    """Return the attack and the threshold with the largest bound on these trainings; thresholds lie between scores."""
    best, choice = -np.inf, (0, float(np.inf))
    k1, k0 = int(truth.sum()), int((~truth).sum())
    for attack, row in enumerate(scores):
        values = np.unique(row)
        middles = [(a + b) / 2 if np.isfinite(a) and np.isfinite(b) else b for a, b in pairwise(values)]
        thresholds = np.array([values[0], *middles, np.inf])
        tp = (row[truth][None] >= thresholds[:, None]).sum(axis=1)  # (thresholds,)
        fp = (row[~truth][None] >= thresholds[:, None]).sum(axis=1)
        fnr, fpr = _upper_limits(k1 - tp, k1, level / 2), _upper_limits(fp, k0, level / 2)
        if gaussian:
            value = -ndtri(fpr) - ndtri(fnr)
        else:
            value = np.log(np.maximum(np.maximum((1 - delta - fnr) / fpr, (1 - delta - fpr) / fnr), 1e-300))
        at = int(np.argmax(value))
        if value[at] > best:
            best, choice = float(value[at]), (attack, float(thresholds[at]))
    return choice


def _upper_limits(successes: np.ndarray, trials: int, error: float) -> np.ndarray:
    """Return upper Clopper-Pearson limits, shape of ``successes``."""
    limits = betaincinv(successes + 1, np.maximum(trials - successes, 1), 1 - error)
    return np.where(successes >= trials, 1.0, np.minimum(limits, 1.0))
