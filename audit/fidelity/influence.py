"""AUROC and AUPRC of one model, with every row's influence on them.

A row's influence is by how much the number moves if the row counts once more, to first order. The sum of squared
influences is the variance over other rows of the same population (the infinitesimal jackknife; for the AUROC it is
DeLong's variance). Influences of two models on the same rows may be subtracted, which pairs them, and averaged, which
keeps their correlation.
"""

import numpy as np

from synthaudit.audit.statistics.ranks import placements


def auroc(scores: np.ndarray, truth: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the Mann-Whitney AUROC, ties one half, and the influences, shape ``(n,)``; both classes must occur."""
    positive, negative = placements(scores[truth], scores[~truth])
    value, influence = float(positive.mean()), np.empty(len(scores))
    influence[truth], influence[~truth] = (positive - value) / len(positive), (negative - value) / len(negative)
    return value, influence


def auprc(scores: np.ndarray, truth: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the average precision, ties in one step, and the influences, shape ``(n,)``; the class 1 must occur.

    It is the mean over positives of the precision at their own score, the steps of Davis & Goadrich (ICML 2006) without
    interpolation. A row acts through its own precision, if it is a positive, and through the precision at every
    positive that does not score higher than itself.
    """
    _, level = np.unique(-scores, return_inverse=True)  # 0 is the highest score
    hits = np.bincount(level, weights=truth)
    true_positives, taken = np.cumsum(hits), np.cumsum(np.bincount(level))
    precision, positives = true_positives / taken, float(truth.sum())
    value = float((hits * precision).sum() / positives)
    # At a level, one more positive above lifts the precision by (1 - precision) / taken, one more negative sinks it.
    per_row = hits / taken
    lift = np.cumsum((per_row * (1 - precision))[::-1])[::-1]
    sink = np.cumsum((per_row * precision)[::-1])[::-1]
    influence: np.ndarray = np.where(truth, precision[level] - value + lift[level], -sink[level]) / positives
    return value, influence
