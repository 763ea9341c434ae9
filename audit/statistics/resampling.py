"""Bootstrap intervals for statistics without a formula: BCa, by patient or by release, stratified by label."""

from collections.abc import Callable, Iterator

import numpy as np
from scipy.special import ndtr, ndtri

from synthaudit.audit.errors import check_fraction, check_positive
from synthaudit.audit.statistics.estimate import Estimate, Measurement, NotMeasured

Statistic = Callable[[np.ndarray], np.ndarray]
"""Takes weights ``(b, n)``, how often each record counts, and returns one number a row, ``(b,)``."""

BLOCK_BYTES = 8 * 2**20  # larger blocks leave the cache and run three times slower
MIN_CLUSTERS = 10


def bootstrap(
    statistic: Statistic,
    records: int,
    *,
    clusters: np.ndarray | None = None,
    strata: np.ndarray | None = None,
    confidence: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> Measurement:
    """Bias-corrected and accelerated bootstrap interval (Efron, JASA 82, 1987).

    The statistic sees weights instead of copies of the data, so that a thousand resamples are one matrix product.
    Whole clusters are drawn; drawing records again inside a drawn release would count their noise twice. Memory
    stays under a few blocks of 8 MiB.

    Args:
        statistic: Vectorised over rows of weights; ``roc.weighted_auc`` makes one for the AUC.
        records: Number of records n.
        clusters: Patient or release of each record, shape ``(n,)``; by default each record is its own.
        strata: Label of each record, shape ``(n,)``; the number of clusters of each label is kept.
        confidence: Two-sided.
        resamples: Bootstrap draws.
        seed: Same seed, same interval.

    Returns:
        The estimate; ``NotMeasured`` under ten clusters in a stratum (use ``mean`` over releases), where resamples
        leave the statistic undefined (NaN), or where all of them agree.

    Raises:
        ValueError: If shapes disagree, a cluster spans two strata, or the statistic of all the data is not finite.
    """
    check_fraction(confidence=confidence)
    check_positive(records=records, resamples=resamples)
    unit, layers = _units(records, clusters, strata)
    units, smallest = sum(map(len, layers)), min(map(len, layers))
    if smallest < MIN_CLUSTERS:
        return NotMeasured(f"{smallest} clusters in a stratum; a bootstrap interval needs at least {MIN_CLUSTERS}")
    value = float(statistic(np.ones((1, records)))[0])
    if not np.isfinite(value):
        raise ValueError("expected a finite statistic of the whole data")
    rows = max(1, BLOCK_BYTES // (8 * records))
    rng = np.random.default_rng(seed)
    draws = np.concatenate([statistic(w[:, unit]) for w in _draw(rng, layers, units, resamples, rows)])
    if np.isnan(draws).any():
        return NotMeasured(f"the statistic is undefined on {np.isnan(draws).mean():.0%} of the resamples")
    if np.ptp(draws) == 0:
        return NotMeasured("the statistic is the same on every resample, so its spread is unknown")
    left_out = np.concatenate([statistic(w[:, unit]) for w in _leave_one_out(units, rows)])
    low, high = _bca(value, draws, left_out[np.isfinite(left_out)], confidence)
    return Estimate(value, min(low, value), max(high, value), confidence, units, "BCa bootstrap")


def _units(records: int, clusters: np.ndarray | None, strata: np.ndarray | None) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return the cluster number of each record and the cluster numbers of each stratum."""
    owners = np.arange(records) if clusters is None else np.asarray(clusters)
    labels = np.zeros(records, int) if strata is None else np.asarray(strata)
    if owners.shape != (records,) or labels.shape != (records,):
        raise ValueError(f"expected one cluster and one stratum for each of {records} records")
    _, unit = np.unique(owners, return_inverse=True)
    _, layer = np.unique(labels, return_inverse=True)
    layer_of_unit = np.zeros(unit.max() + 1, int)
    layer_of_unit[unit] = layer
    if np.any(layer_of_unit[unit] != layer):
        raise ValueError("expected every cluster within one stratum")
    return unit, [np.flatnonzero(layer_of_unit == k) for k in range(layer.max() + 1)]


def _draw(
    rng: np.random.Generator, layers: list[np.ndarray], units: int, resamples: int, rows: int
) -> Iterator[np.ndarray]:
    """Yield blocks of bootstrap weights, shape ``(b, units)``."""
    for start in range(0, resamples, rows):
        size = min(rows, resamples - start)
        weights = np.zeros((size, units))
        for members in layers:
            weights[:, members] = rng.multinomial(len(members), np.full(len(members), 1 / len(members)), size=size)
        yield weights


def _leave_one_out(units: int, rows: int) -> Iterator[np.ndarray]:
    """Yield blocks of jackknife weights: all ones but for one cluster."""
    for start in range(0, units, rows):
        size = min(rows, units - start)
        weights = np.ones((size, units))
        weights[np.arange(size), start + np.arange(size)] = 0.0
        yield weights


def _bca(value: float, draws: np.ndarray, left_out: np.ndarray, confidence: float) -> tuple[float, float]:
    count = len(draws)
    # Ties count one half; an estimate outside all resamples is moved in by half a draw, so that z0 stays finite.
    share = (np.sum(draws < value) + 0.5 * np.sum(draws == value)) / count
    z0 = ndtri(np.clip(share, 0.5 / count, 1 - 0.5 / count))
    influence = left_out.mean() - left_out
    spread = float(np.sum(influence**2))
    acceleration = float(np.sum(influence**3)) / (6 * spread**1.5) if spread > 0 else 0.0
    z = z0 + ndtri(np.array([(1 - confidence) / 2, (1 + confidence) / 2]))
    # The map turns over beyond acceleration * z = 1: nothing but the outermost draw is left there.
    levels = np.where(
        acceleration * z < 1, ndtr(z0 + z / np.maximum(1 - acceleration * z, 1e-12)), (z > 0).astype(float)
    )
    low, high = np.quantile(draws, levels, method="inverted_cdf")
    return float(low), float(high)
