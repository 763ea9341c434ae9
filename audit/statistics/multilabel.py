"""Multilabel metrics: average precision and F1, averaged over many columns of the same patients.

A patient's cells resemble each other, so that patients and not cells are the sample: the influence of each patient on
the mean is summed over the columns before it is squared.
"""

import numpy as np

from synthaudit.audit.errors import check_fraction
from synthaudit.audit.statistics.estimate import Estimate, Measurement, NotMeasured
from synthaudit.audit.statistics.intervals import normal_quantile, wilson_bounds


def average_precision(
    scores: np.ndarray, present: np.ndarray, queried: np.ndarray, *, confidence: float = 0.95
) -> Measurement:
    """Mean over columns of the average precision: the precision at each present cell's rank, averaged over them.

    Ties share the precision of the whole tie, as in scikit-learn. The variance is the delete-one-patient jackknife's,
    exact and in one sort per column.

    Args:
        scores: Score of each patient's cell, higher for "present", shape ``(patients, columns)``.
        present: Whether it is, same shape, bool.
        queried: Whether the cell was to be guessed, same shape, bool; every column needs two present cells of those.
        confidence: Two-sided.

    Returns:
        The mean, with ``trials`` the number of patients who have one of the cells; ``NotMeasured`` without a column.

    Raises:
        ValueError: Shapes differ, or a column has fewer than two present cells.
    """
    check_fraction(confidence=confidence)
    scores, present, queried = np.asarray(scores, float), np.asarray(present, bool), np.asarray(queried, bool)
    if scores.ndim != 2 or not scores.shape == present.shape == queried.shape:
        raise ValueError("expected three arrays of one shape (patients, columns)")
    if not scores.shape[1]:
        return NotMeasured("no column to average over")
    positives = (present & queried).sum(axis=0)
    if positives.min() < 2:
        raise ValueError(f"expected at least two present cells in every column, got {positives.min()}")
    value, without = _delete_one(scores, present & queried, queried)
    total = queried.sum(axis=0)
    change = np.where(queried, without - np.where(queried, without, 0.0).sum(axis=0) / total, 0.0)
    influence = (change * np.sqrt((total - 1) / total)).mean(axis=1)
    carriers = int((present & queried).any(axis=1).sum())
    mean = float(np.clip(value.mean(), 0.0, 1.0))
    return _estimate(mean, float((influence**2).sum()), carriers, confidence, "jackknife over patients, Wilson scale")


def weighted_f1(
    successes: np.ndarray, trials: np.ndarray, weights: np.ndarray, *, confidence: float = 0.95
) -> Measurement:
    """Weighted mean over columns of ``sum(successes) / sum(trials)``, with the jackknife's variance between patients.

    With successes twice the true positives, and trials the predicted plus the present cells, it is the F1 of a
    column; with successes the correct and trials the queried cells, its accuracy.

    Args:
        successes: Shape ``(patients, columns)``.
        trials: Same shape, at least ``successes``; columns without a trial are left out.
        weights: Weight of each column, shape ``(columns,)``, at least 0.
        confidence: Two-sided.

    Returns:
        The mean, with ``trials`` the number of patients with a trial; ``NotMeasured`` without a column of positive
        weight that was tried.
    """
    check_fraction(confidence=confidence)
    successes, trials = np.asarray(successes, float), np.asarray(trials, float)
    total = trials.sum(axis=0)
    weight = np.where(total > 0, np.asarray(weights, float), 0.0)
    patients = int((trials > 0).any(axis=1).sum())
    if not weight.sum() > 0 or patients < 2:
        return NotMeasured("no column that tells patients apart was guessed")
    weight = weight / weight.sum()
    rate = np.divide(successes.sum(axis=0), total, out=np.zeros_like(total), where=total > 0)
    # What the mean loses without each patient; a column that is one patient's own stays as it is.
    left = np.where(total > trials, total - trials, np.maximum(total, 1.0))
    influence = ((successes - trials * rate) / left) @ weight
    variance = (patients - 1) / patients * float((influence**2).sum())
    value = float(np.clip(weight @ rate, 0.0, 1.0))
    return _estimate(value, variance, patients, confidence, "jackknife over patients, Wilson scale")


def _estimate(value: float, variance: float, units: int, confidence: float, method: str) -> Estimate:
    """Return the value with Wilson's interval for the sample size that its variance implies.

    z^2 patients whose own values are coins of that value are added: without them the jackknife of a dozen
    carriers errs two to four times as often as it states. Where the variance is 0 the sample is taken to be ``units``.
    """
    z = normal_quantile(confidence)
    spread = value * (1 - value)
    padded = variance + z * z * spread / (units + z * z) ** 2
    effective = max(spread / padded, 1.0) if variance > 0 else float(units)
    low, high = wilson_bounds(value, effective, confidence=confidence)
    return Estimate(value, low, high, confidence, units, method)


def _delete_one(scores: np.ndarray, present: np.ndarray, queried: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return each column's average precision, ``(columns,)``, and what it is without each patient, ``(n, columns)``."""
    size, columns = scores.shape
    order = np.argsort(np.where(queried, -scores, np.inf), axis=0, kind="stable")
    level = np.take_along_axis(np.where(queried, scores, -np.inf), order, axis=0)
    is_present, is_queried = (np.take_along_axis(mask, order, axis=0) for mask in (present, queried))
    place = np.arange(size)[:, None]
    ends_tie = np.concatenate([level[1:] != level[:-1], np.ones((1, columns), bool)])
    starts_tie = np.concatenate([np.ones((1, columns), bool), ends_tie[:-1]])
    end = np.minimum.accumulate(np.where(ends_tie, place, size)[::-1], axis=0)[::-1]  # where each row's tie ends
    start = np.maximum.accumulate(np.where(starts_tie, place, 0), axis=0)
    hits = np.take_along_axis(np.cumsum(is_present, axis=0), end, axis=0).astype(float)
    ranked = np.take_along_axis(np.cumsum(is_queried, axis=0), end, axis=0).astype(float)
    fewer = np.maximum(ranked - 1, 1)
    precision = hits / np.maximum(ranked, 1)
    total, positives = np.where(is_present, precision, 0.0).sum(axis=0), is_present.sum(axis=0)

    def from_tie(change: np.ndarray) -> np.ndarray:
        """Return the changes summed over the present cells from each row's tie downwards."""
        below = np.cumsum(np.where(is_present, change, 0.0)[::-1], axis=0)[::-1]
        summed: np.ndarray = np.take_along_axis(below, start, axis=0)
        return summed

    without_hit = (hits - 1) / fewer
    if_absent = (total + from_tie(hits / fewer - precision)) / positives
    if_present = (total + from_tie(without_hit - precision) - without_hit) / np.maximum(positives - 1, 1)
    without = np.empty_like(scores)
    np.put_along_axis(without, order, np.where(is_present, if_present, if_absent), axis=0)
    return total / positives, without
