"""Ranks, and what they say when members and holdout are exchangeable. Ties count one half.

Everything here depends on the order of the scores alone, so infinite scores are welcome and NaN is an error.
"""

from functools import lru_cache

import numpy as np
from scipy.special import gammaln, ndtr

PERMUTATIONS = 9_999


def as_scores(**named: np.ndarray) -> list[np.ndarray]:
    """Return one-dimensional float arrays. Raises ``ValueError`` for any other shape and for NaN."""
    arrays = []
    for name, values in named.items():
        array = np.asarray(values, float)
        if array.ndim != 1:
            raise ValueError(f"expected one score a record in {name}, got shape {array.shape}")
        if np.isnan(array).any():
            raise ValueError(f"expected scores that can be ordered in {name}, got {np.isnan(array).sum()} NaN")
        arrays.append(array)
    return arrays


def midranks(values: np.ndarray) -> np.ndarray:
    """Return ranks from 1 along the only axis; tied values share their mean rank."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[inverse]


def placements(members: np.ndarray, holdout: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return each member's share of holdout below it, and each holdout record's share of members above it.

    V10 and V01 of DeLong et al. (1988) by mid-ranks in O(N log N) (Sun & Xu, 2014); both have mean AUC.
    """
    ranks, n1, n0 = midranks(np.concatenate([members, holdout])), len(members), len(holdout)
    return (ranks[:n1] - midranks(members)) / n0, 1 - (ranks[n1:] - midranks(holdout)) / n1


def rank_sum_test(members: np.ndarray, holdout: np.ndarray) -> tuple[float, float]:
    """Return the one-sided Mann-Whitney p-value and z against "members and holdout are exchangeable".

    The normal approximation has the exact variance under ties. Where few records are untied or a group is tiny it
    errs (3 exact matches against 0 would have p = .04, not .125), and permutations decide.
    """
    ranks, n1, n0 = midranks(np.concatenate([members, holdout])), len(members), len(holdout)
    total = n1 + n0
    excess = float(ranks[:n1].sum()) - n1 * (total + 1) / 2
    variance = n1 * n0 / (total * (total - 1)) * float(((ranks - (total + 1) / 2) ** 2).sum())
    if variance <= 0:
        return 1.0, 0.0
    z = excess / np.sqrt(variance)
    _, counts = np.unique(ranks, return_counts=True)
    fewest, crowd = min(n1, n0), int(counts.max())
    if fewest >= 10 and (crowd <= total / 10 or total - crowd >= 200 or len(counts) > 100):
        return float(ndtr(-z)), z
    # The smaller group is drawn; its sum and the other's are fixed together.
    drawn = _permuted_sums(tuple(counts.tolist()), fewest) if len(counts) <= 100 else _permuted_few(ranks, fewest)
    sums = drawn - fewest * (total + 1) / 2
    extremes = int(np.sum((sums if n1 <= n0 else -sums) >= excess - 1e-6))
    return (1 + extremes) / (PERMUTATIONS + 1), z


@lru_cache(maxsize=32)
def _permuted_sums(counts: tuple[int, ...], size: int) -> np.ndarray:
    """Return rank sums of ``size`` records drawn without replacement, over and over, shape ``(PERMUTATIONS,)``."""
    tied = np.array(counts)
    drawn = np.random.default_rng(0).multivariate_hypergeometric(tied, size, size=PERMUTATIONS, method="marginals")
    return np.asarray(drawn @ (np.cumsum(tied) - (tied - 1) / 2))


def _permuted_few(ranks: np.ndarray, size: int) -> np.ndarray:
    """Do the same for fewer than 10 records out of more than 100, by rejecting draws with a repetition."""
    rng, sums = np.random.default_rng(0), np.empty(0)
    while len(sums) < PERMUTATIONS:
        chosen = np.sort(rng.integers(len(ranks), size=(PERMUTATIONS, size)), axis=1)
        sums = np.append(sums, ranks[chosen[(np.diff(chosen, axis=1) > 0).all(axis=1)]].sum(axis=1))
    return sums[:PERMUTATIONS]


def members_above(members: np.ndarray, holdout: np.ndarray, *, seed: int) -> np.ndarray:
    """Return how many members score above the largest, second largest, ... holdout record, shape ``(n0,)``.

    Ties are broken by a seeded coin, which makes any score continuous without changing its randomised ROC.
    """
    scores = np.concatenate([members, holdout])
    order = np.lexsort((np.random.default_rng(seed).random(len(scores)), scores))[::-1]
    is_member = order < len(members)
    return np.cumsum(is_member)[~is_member]


def order_test(above: int, position: int, members: int, holdout: int) -> float:
    """Return the chance that ``above`` or more members score above the ``position``-th largest holdout record.

    Exact under exchangeability: among the top ``above + position - 1`` records at most ``position - 1`` are
    holdout, a hypergeometric tail.
    """
    drawn = above + position - 1
    hits = np.arange(max(0, drawn - members), min(position - 1, drawn, holdout) + 1)
    logs = _log_choose(holdout, hits) + _log_choose(members, drawn - hits) - _log_choose(members + holdout, drawn)
    return float(min(np.exp(logs).sum(), 1.0))


def _log_choose(n: int, k: np.ndarray | int) -> np.ndarray:
    return np.asarray(gammaln(n + 1) - gammaln(np.asarray(k) + 1) - gammaln(n - np.asarray(k) + 1))
