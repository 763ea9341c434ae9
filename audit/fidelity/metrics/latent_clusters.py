"""Latent clusters: how evenly real and synthetic rows mix in the clusters of both (Yan et al., 2022)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import scipy

from synthaudit.audit.errors import check_fraction, check_positive
from synthaudit.audit.fidelity.design_matrix import DesignMatrix
from synthaudit.audit.fidelity.patient_intervals import DRAWS, normal_interval
from synthaudit.audit.fidelity.patient_samples import equal_samples
from synthaudit.audit.protocols import Better, MetricResult
from synthaudit.audit.records import NumericScale, Records
from synthaudit.audit.statistics import Measurement
from synthaudit.audit.workload import Workload

FEW = 20
WIDEST = 2_000
"""Features that enter the principal components; their covariance takes 32 MB and its eigenvectors some seconds."""

SOME = 500
STARTS = 5
OVER_ROWS = "normal, bootstrap standard error over patients and synthetic rows, clusters held"


@dataclass(frozen=True)
class LatentClusters:
    """How evenly real and synthetic rows mix in the clusters of both together.

    Equal numbers of real and synthetic rows, one per patient, are stacked, projected on their principal components up
    to ``variance`` of the whole, and cut into clusters by k-means. ``log_cluster`` is the published number, the base-2
    logarithm of the mean over clusters of (real share - 1/2)^2; a share is not known better than to half a row, so the
    square counts as at least that of half a row. ``cluster_gap`` is the total variation distance between the real and
    the synthetic distribution over clusters: the share of patients that would have to change their kind.

    Of more than 2,000 features, those of largest variance enter. Intervals are over rows, with the clusters fixed; both
    numbers hold the noise of samples of this size, and so does the yardstick.

    Attributes:
        clusters: Clusters, 3 as published; more see finer kinds and more noise.
        variance: Share of the variance that the principal components keep.
        rows: Rows per side, at most.
    """

    title: ClassVar[str] = "Latent clusters"
    question: ClassVar[str] = "Does the synthetic table hold each kind of patient in the real proportion?"
    source: ClassVar[str] = "Yan et al., A multifaceted benchmarking of synthetic EHR generation, Nat. Commun. 2022"
    better: ClassVar[Mapping[str, Better]] = {"log_cluster": "lower", "cluster_gap": "lower"}
    presets: ClassVar[frozenset[str]] = frozenset()

    clusters: int = 3
    variance: float = 0.8
    rows: int = 10_000

    def __post_init__(self) -> None:
        check_positive(clusters=self.clusters - 1, rows=self.rows)
        check_fraction(variance=self.variance)

    def measure(
        self,
        real: Records,
        synthetic: Records,
        test: Records,
        *,
        rng: np.random.Generator,
        small_count: int = 10,
    ) -> MetricResult:
        """Cluster both tables and compare counts; no cluster is shown, since a small one may be one patient."""
        del small_count
        sides = equal_samples(real, synthetic, most=self.rows, rng=rng)
        size = len(sides[0])
        least = max(FEW, 2 * self.clusters)
        if size < least:
            reason = f"{self.clusters} clusters need {least} real patients and {least} synthetic rows"
            return MetricResult.not_measured(self.better, reason)
        both = [side.with_patients(np.arange(size)) for side in sides]
        design = DesignMatrix.of(test.schema, NumericScale.of(test))
        features = scipy.sparse.vstack([design.matrix(side) for side in both], format="csr")
        latent = principal(features, self.variance)
        # Sorting all rows takes longer than clustering them; among so many there are nearly always enough kinds.
        if all(len(np.unique(part, axis=0)) < self.clusters for part in (latent[:SOME], latent)):
            reason = f"fewer than {self.clusters} different rows, so they cannot be clustered"
            return MetricResult.not_measured(self.better, reason)
        label = _clusters(latent, self.clusters, int(rng.integers(2**31)))
        counts = np.stack([np.bincount(part, minlength=self.clusters) for part in (label[:size], label[size:])])
        # Rows are one per patient, so a bootstrap over patients is a draw of counts.
        draws = np.stack([rng.multinomial(size, side / size, size=DRAWS) for side in counts], axis=1)
        values, spread = _numbers(counts[None]), _numbers(draws)
        bounds = {"log_cluster": (-np.inf, -2.0), "cluster_gap": (0.0, 1.0)}
        statistics: dict[str, Measurement] = {
            name: normal_interval(
                float(values[name][0]), float(spread[name].std(ddof=1)), size, OVER_ROWS, bounds=limits
            )
            for name, limits in bounds.items()
        }
        return MetricResult(statistics)

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return work.comparison_seconds


def principal(features: scipy.sparse.csr_matrix, variance: float) -> np.ndarray:
    """Return the rows on their first principal components, shape ``(n, c)``, float64.

    The covariance comes from one sparse product, so that no dense ``(n, d)`` array exists.
    """
    from threadpoolctl import threadpool_limits

    rows = features.shape[0]
    features = features[:, most_varied(features)].astype(np.float64)
    mean = np.asarray(features.mean(axis=0)).ravel()
    covariance = np.asarray((features.T @ features).todense()) / rows - np.outer(mean, mean)
    with threadpool_limits(1):  # so that sums run in one order
        power, axes = np.linalg.eigh(covariance)
    power, axes = np.maximum(power[::-1], 0.0), axes[:, ::-1]
    if power.sum() <= 1e-12:
        return np.zeros((rows, 1))
    components = 1 + int(np.searchsorted(np.cumsum(power), variance * power.sum()))
    latent: np.ndarray = features @ axes[:, :components] - mean @ axes[:, :components]
    return latent


def most_varied(features: scipy.sparse.csr_matrix, most: int = WIDEST) -> np.ndarray:
    """Return the positions, in order, of at most ``most`` features, those of largest variance."""
    squares = np.asarray(features.multiply(features).mean(axis=0), dtype=np.float64).ravel()
    spread = squares - np.asarray(features.mean(axis=0), dtype=np.float64).ravel() ** 2
    return np.sort(np.argsort(-spread, kind="stable")[:most])


def _clusters(latent: np.ndarray, clusters: int, seed: int) -> np.ndarray:
    """Return each row's cluster, shape ``(n,)``, by the best of some runs of k-means."""
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # threads would add centres up in any order
        label: np.ndarray = KMeans(clusters, n_init=STARTS, random_state=seed).fit_predict(latent)
    return label


def _numbers(counts: np.ndarray) -> dict[str, np.ndarray]:
    """Return both numbers for counts of rows, real and synthetic, shape ``(b, 2, clusters)``."""
    whole = counts.sum(axis=1)
    total = np.maximum(whole, 1)
    off = np.where(whole > 0, np.maximum(np.abs(counts[:, 0] / total - 0.5), 0.5 / total), 0.0)
    shares = counts / counts.sum(axis=2, keepdims=True)
    return {
        "log_cluster": np.log2((off**2).mean(axis=1)),
        "cluster_gap": 0.5 * np.abs(shares[:, 0] - shares[:, 1]).sum(axis=1),
    }
