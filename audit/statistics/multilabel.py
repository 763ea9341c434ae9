"""Means of a score over many columns, each patient in all of them: average precision, and F1 weighted by entropy.

A patient's cells resemble each other, so that patients and not cells are counted: what each patient moves the mean by
is added up over the columns before it is squared.
"""

import numpy as np

from synthaudit.audit.errors import check_fraction
from synthaudit.audit.statistics.estimate import Estimate, Measurement, NotMeasured
from synthaudit.audit.statistics.intervals import normal_quantile, wilson


def average_precision(
    scores: np.ndarray, present: np.ndarray, asked: np.ndarray, *, confidence: float = 0.95
) -> Measurement:
    """Mean over columns of the average precision: the precision at each present cell's rank, averaged over them.

    Ties share the precision of the whole tie, as in scikit-learn. The variance is the delete-one-patient jackknife's,
    exact and in one sort a column.

    Args:
        scores: How likely each patient's cell is held to be present, shape ``(patients, columns)``.
        present: Whether it is, same shape, bool.
        asked: Whether the cell was to be guessed, same shape, bool; every column needs two present cells of those.
        confidence: Two-sided.

    Returns:
        The mean, with ``trials`` the number of patients who have one of the cells; ``NotMeasured`` without a column.

    Raises:
        ValueError: Shapes differ, or a column has fewer than two present cells.
    """
    check_fraction(confidence=confidence)
    scores, present, asked = np.asarray(scores, float), np.asarray(present, bool), np.asarray(asked, bool)
    if scores.ndim != 2 or not scores.shape == present.shape == asked.shape:
        raise ValueError("expected three arrays of one shape (patients, columns)")
    if not scores.shape[1]:
        return NotMeasured("no column to average over")
    positives = (present & asked).sum(axis=0)
    if positives.min() < 2:
        raise ValueError(f"expected at least two present cells in every column, got {positives.min()}")
    value, without = _delete_one(scores, present & asked, asked)
    total = asked.sum(axis=0)
    apart = np.where(asked, without - np.where(asked, without, 0.0).sum(axis=0) / total, 0.0)
    moved = (apart * np.sqrt((total - 1) / total)).mean(axis=1)
    carriers = int((present & asked).any(axis=1).sum())
    mean = float(np.clip(value.mean(), 0.0, 1.0))
    return _estimate(mean, float((moved**2).sum()), carriers, confidence, "jackknife over patients, Wilson scale")


def weighted_f1(hits: np.ndarray, tries: np.ndarray, weights: np.ndarray, *, confidence: float = 0.95) -> Measurement:
    """Mean over columns of ``sum(hits) / sum(tries)``, weighted, with the jackknife's variance between patients.

    With hits twice the true positives, and tries the cells claimed plus the cells present, it is the F1 of a column;
    with hits the right and tries the asked cells, its accuracy.

    Args:
        hits: Shape ``(patients, columns)``.
        tries: Same shape, at least ``hits``; columns that nobody tried are left out.
        weights: Weight of each column, shape ``(columns,)``, at least 0.
        confidence: Two-sided.

    Returns:
        The mean, with ``trials`` the number of patients who tried; ``NotMeasured`` if no column with a weight was.
    """
    check_fraction(confidence=confidence)
    hits, tries = np.asarray(hits, float), np.asarray(tries, float)
    total = tries.sum(axis=0)
    weight = np.where(total > 0, np.asarray(weights, float), 0.0)
    patients = int((tries > 0).any(axis=1).sum())
    if not weight.sum() > 0 or patients < 2:
        return NotMeasured("no column that tells patients apart was guessed")
    weight = weight / weight.sum()
    rate = np.divide(hits.sum(axis=0), total, out=np.zeros_like(total), where=total > 0)
    # What the mean loses without each patient; a column that is one patient's own stays as it is.
    left = np.where(total > tries, total - tries, np.maximum(total, 1.0))
    moved = ((hits - tries * rate) / left) @ weight
    variance = (patients - 1) / patients * float((moved**2).sum())
    value = float(np.clip(weight @ rate, 0.0, 1.0))
    return _estimate(value, variance, patients, confidence, "jackknife over patients, Wilson scale")


def _estimate(value: float, variance: float, units: int, confidence: float, method: str) -> Estimate:
    """Return the value with Wilson's interval for the sample size that its variance implies.

    z^2 patients whose own values differ as a coin of that value does are added: without them the jackknife of a dozen
    carriers errs two to four times as often as it says. Where the variance is 0 the sample is taken to be ``units``.
    """
    z = normal_quantile(confidence)
    spread = value * (1 - value)
    padded = variance + z * z * spread / (units + z * z) ** 2
    effective = max(spread / padded, 1.0) if variance > 0 else float(units)
    low, high = wilson(value, effective, confidence=confidence)
    return Estimate(value, low, high, confidence, units, method)


def _delete_one(scores: np.ndarray, present: np.ndarray, asked: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return each column's average precision, ``(columns,)``, and what it is without each patient, ``(n, columns)``."""
    size, columns = scores.shape
    order = np.argsort(np.where(asked, -scores, np.inf), axis=0, kind="stable")
    level = np.take_along_axis(np.where(asked, scores, -np.inf), order, axis=0)
    here, there = (np.take_along_axis(mask, order, axis=0) for mask in (present, asked))
    place = np.arange(size)[:, None]
    last = np.concatenate([level[1:] != level[:-1], np.ones((1, columns), bool)])
    first = np.concatenate([np.ones((1, columns), bool), last[:-1]])
    end = np.minimum.accumulate(np.where(last, place, size)[::-1], axis=0)[::-1]  # where each row's tie ends
    start = np.maximum.accumulate(np.where(first, place, 0), axis=0)
    found = np.take_along_axis(np.cumsum(here, axis=0), end, axis=0).astype(float)
    ranked = np.take_along_axis(np.cumsum(there, axis=0), end, axis=0).astype(float)
    fewer = np.maximum(ranked - 1, 1)
    precision = found / np.maximum(ranked, 1)
    total, positives = np.where(here, precision, 0.0).sum(axis=0), here.sum(axis=0)

    def from_tie(change: np.ndarray) -> np.ndarray:
        """Return the changes summed over the present cells from each row's tie downwards."""
        below = np.cumsum(np.where(here, change, 0.0)[::-1], axis=0)[::-1]
        summed: np.ndarray = np.take_along_axis(below, start, axis=0)
        return summed

    lost = (found - 1) / fewer
    absent = (total + from_tie(found / fewer - precision)) / positives
    gone = (total + from_tie(lost - precision) - lost) / np.maximum(positives - 1, 1)
    without = np.empty_like(scores)
    np.put_along_axis(without, order, np.where(here, gone, absent), axis=0)
    return total / positives, without
