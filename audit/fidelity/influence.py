"""AUROC and AUPRC of one model, with every row's pull on them.

A pull is an influence: the number moves by about that much if the row counts once more. The sum of squared pulls is the
variance over other rows of the same population (the infinitesimal jackknife; for the AUROC it is DeLong's variance).
Pulls of two models on the same rows may be subtracted, which pairs them, and averaged, which keeps their correlation.
"""

import numpy as np

from synthaudit.audit.statistics.ranks import placements


def auroc(scores: np.ndarray, truth: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the Mann-Whitney AUROC, ties one half, and the pulls, shape ``(n,)``; both classes must occur."""
    with_it, without = placements(scores[truth], scores[~truth])
    value, pull = float(with_it.mean()), np.empty(len(scores))
    pull[truth], pull[~truth] = (with_it - value) / len(with_it), (without - value) / len(without)
    return value, pull


def auprc(scores: np.ndarray, truth: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the average precision, ties in one step, and the pulls, shape ``(n,)``; the class 1 must occur.

    It is the mean over positives of the precision at their own score, the steps of Davis & Goadrich (ICML 2006) without
    interpolation. A row pulls through its own precision, if it is a positive, and through the precision at every
    positive that does not score higher than itself.
    """
    _, level = np.unique(-scores, return_inverse=True)  # 0 is the highest score
    hits = np.bincount(level, weights=truth)
    found, taken = np.cumsum(hits), np.cumsum(np.bincount(level))
    precision, positives = found / taken, float(truth.sum())
    value = float((hits * precision).sum() / positives)
    # At a level, one more positive above lifts the precision by (1 - precision) / taken, one more negative sinks it.
    per_row = hits / taken
    lift = np.cumsum((per_row * (1 - precision))[::-1])[::-1]
    sink = np.cumsum((per_row * precision)[::-1])[::-1]
    pull: np.ndarray = np.where(truth, precision[level] - value + lift[level], -sink[level]) / positives
    return value, pull
