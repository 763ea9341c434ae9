"""Intervals with the patient as the unit: bootstrap over patients, normal and Fisher intervals, small counts."""

from __future__ import annotations

import math
from collections.abc import Iterator
from statistics import NormalDist

import numpy as np
import scipy

from synthaudit.audit.records import Records
from synthaudit.audit.statistics import Estimate, Measurement, NotMeasured

DRAWS = 200
"""Bootstrap draws; the standard error of a standard error is then 5 %."""

CONFIDENCE = 0.95
Z = NormalDist().inv_cdf(1 - (1 - CONFIDENCE) / 2)
WEIGHTS_PER_BLOCK = 8_000_000
"""Weights drawn at a time: 32 MB."""

OVER_BOTH = "normal, bootstrap standard error over patients and synthetic rows"
OVER_COLUMNS = "exact binomial over columns"
COUNTED = "counted, no sampling"


def patient_count(records: Records) -> int:
    """Return how many patients the rows are of."""
    return len(np.unique(records.patients))


def patient_index(records: Records) -> tuple[np.ndarray, int]:
    """Return the patient of every row as a number from 0, shape ``(n,)``, and how many patients there are."""
    ids, position = np.unique(records.patients, return_inverse=True)
    return position, len(ids)


def count_patients(features: scipy.sparse.csr_matrix, records: Records) -> np.ndarray:
    """Return how many patients have a non-zero value in any of their rows, for every column, shape ``(e,)``."""
    position, patients = patient_index(records)
    if patients < len(records):
        group = scipy.sparse.csr_matrix((np.ones(len(position), np.float32), (position, np.arange(len(position)))))
        features = (group @ features).tocsr()
    having: np.ndarray = np.bincount(features.indices[features.data != 0], minlength=features.shape[1])
    return having


def enough_patients(features: scipy.sparse.csr_matrix, records: Records, small_count: int) -> np.ndarray:
    """Return which binary features rest on enough patients to be shown, shape ``(e,)``, bool.

    Both sides count: a feature of all patients but three says as much of those three.
    """
    having = count_patients(features, records)
    without = patient_count(records) - having
    enough: np.ndarray = (having >= small_count) & ((without == 0) | (without >= small_count))
    return enough


def bootstrap_weights(records: Records, rng: np.random.Generator, draws: int = DRAWS) -> Iterator[np.ndarray]:
    """Yield bootstrap weights of the rows, in blocks of shape ``(b, n)``, float32; a patient's rows stay together."""
    position, patients = patient_index(records)
    block = max(1, WEIGHTS_PER_BLOCK // max(1, max(patients, len(position))))
    for start in range(0, draws, block):
        size = min(block, draws - start)
        chosen = rng.integers(patients, size=(size, patients)) + np.arange(size)[:, None] * patients
        counts = np.bincount(chosen.ravel(), minlength=size * patients).reshape(size, patients)
        yield counts[:, position].astype(np.float32)


def bootstrap_means(features: scipy.sparse.csr_matrix, records: Records, rng: np.random.Generator) -> np.ndarray:
    """Return column means over bootstrap draws of the patients, shape ``(DRAWS, e)``."""
    columns = features.T.tocsr()
    return np.concatenate(
        [
            (columns @ w.T).T.astype(np.float64) / w.sum(axis=1, keepdims=True, dtype=np.float64)
            for w in bootstrap_weights(records, rng)
        ]
    )


def normal_interval(
    value: float, error: float, trials: int, method: str, *, bounds: tuple[float, float] = (-math.inf, math.inf)
) -> Estimate:
    """Return the value with its normal interval, cut to where the value can lie."""
    reach = Z * error
    low, high = max(value - reach, bounds[0]), min(value + reach, bounds[1])
    return Estimate(value, min(low, value), max(high, value), CONFIDENCE, trials, method)


def fisher_interval(
    value: float, resampled: np.ndarray, trials: int, method: str = OVER_BOTH + ", on Fisher's scale"
) -> Estimate:
    """Return a correlation with the interval of its bootstrap draws on Fisher's scale."""
    near_one = 1 - 1e-9
    centre = np.arctanh(np.clip(value, -near_one, near_one))
    error = np.std(np.arctanh(np.clip(resampled, -near_one, near_one)), ddof=1)
    reach = Z * error
    low, high = min(value, float(np.tanh(centre - reach))), max(value, float(np.tanh(centre + reach)))
    return Estimate(value, low, high, CONFIDENCE, trials, method)


def correlation_over_columns(left: np.ndarray, right: np.ndarray) -> Measurement:
    """Return Pearson's correlation with Fisher's interval, in which the columns are the sample."""
    count = len(left)
    if count < 4:
        return NotMeasured(f"a correlation with an interval needs 4 columns, {count} could be used")
    if np.ptp(left) == 0 or np.ptp(right) == 0:
        return NotMeasured("the values do not vary over columns, so they cannot correlate")
    value = float(np.clip(np.corrcoef(left, right)[0, 1], -1, 1))
    centre = np.arctanh(np.clip(value, -1 + 1e-9, 1 - 1e-9))
    reach = Z / math.sqrt(count - 3)
    low, high = min(value, float(np.tanh(centre - reach))), max(value, float(np.tanh(centre + reach)))
    return Estimate(value, low, high, CONFIDENCE, count, "Fisher z over columns")


def share_of_columns(hits: int, columns: int) -> Measurement:
    """Return a share of columns with its Clopper-Pearson interval, in which the columns are the sample."""
    if not columns:
        return NotMeasured("no column could be used")
    from scipy.stats import binomtest  # half a second: loaded only where it runs

    interval = binomtest(hits, columns).proportion_ci(CONFIDENCE, method="exact")
    share = hits / columns
    return Estimate(
        share, min(float(interval.low), share), max(float(interval.high), share), CONFIDENCE, columns, OVER_COLUMNS
    )


def exact_count(number: int, of: int) -> Estimate:
    """Return a plain count out of ``of``; there is nothing to be uncertain of."""
    return Estimate(float(number), float(number), float(number), CONFIDENCE, of, COUNTED)
