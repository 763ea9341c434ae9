"""Dimension-wise probability: rates of codes and categories, real against synthetic (Choi et al., 2017)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthaudit.audit.fidelity.binary_features import BinaryFeatures
from synthaudit.audit.fidelity.patient_intervals import (
    OVER_BOTH,
    bootstrap_means,
    enough_patients,
    exact_count,
    fisher_interval,
    normal_interval,
    patient_count,
    share_of_columns,
)
from synthaudit.audit.protocols import Better, MetricResult
from synthaudit.audit.records import Records
from synthaudit.audit.statistics import Measurement, NotMeasured
from synthaudit.audit.workload import Workload


@dataclass(frozen=True)
class DimensionProbability:
    """Rates of every binary feature, real against synthetic.

    Features are those of ``BinaryFeatures``: a code occurs, a category is taken, a number lies below a real quantile.
    Features that fewer than ``small_count`` real patients have (or lack) enter nothing but ``facts_hidden``. In the
    figure, a synthetic rate that rests on 1 to ``small_count - 1`` rows is shown at ``small_count`` rows, since in the
    yardstick those rows are patients.

    An interval says how far the number would move with other patients and other synthetic rows of the same numbers;
    errors hold the noise of samples of this size, and so does the yardstick beside them.
    """

    title: ClassVar[str] = "Dimension-wise probability"
    question: ClassVar[str] = "Does every code and category occur as often in the synthetic table as in the real one?"
    source: ClassVar[str] = "Choi et al., Generating multi-label discrete patient records, MLHC 2017, section 4.2"
    better: ClassVar[Mapping[str, Better]] = {
        "pearson": "higher",
        "spearman": "higher",
        "mean_error": "lower",
        "max_error": "lower",
        "codes_lost": "lower",
        "facts_hidden": "lower",
    }
    presets: ClassVar[frozenset[str]] = frozenset({"quick", "standard", "thorough"})

    def measure(
        self,
        real: Records,
        synthetic: Records,
        test: Records,
        *,
        rng: np.random.Generator,
        small_count: int = 10,
    ) -> MetricResult:
        """Compare rates; ``codes_lost`` is the share of shown codes that never occur in ``synthetic``."""
        if not len(real) or not len(synthetic):
            return MetricResult.not_measured(self.better, "one of the tables has no rows")
        features = BinaryFeatures.of(test)
        real_matrix, synthetic_matrix = features.matrix(real), features.matrix(synthetic)
        shown = enough_patients(real_matrix, real, small_count)
        hidden = exact_count(int((~shown).sum()), len(shown))
        if not shown.any():
            reason = f"no fact is had by {small_count} real patients and lacked by none or {small_count}"
            return MetricResult.not_measured(self.better, reason, facts_hidden=hidden)
        is_code = np.arange(len(shown)) < features.codes
        real_matrix, synthetic_matrix = real_matrix[:, shown], synthetic_matrix[:, shown]
        left, right = (np.asarray(m.mean(axis=0), dtype=np.float64).ravel() for m in (real_matrix, synthetic_matrix))
        lost = (right == 0) & is_code[shown]
        draws = bootstrap_means(real_matrix, real, rng), bootstrap_means(synthetic_matrix, synthetic, rng)
        trials = patient_count(real)
        gaps, errors = np.abs(left - right), np.abs(draws[0] - draws[1])
        statistics: dict[str, Measurement] = {
            "pearson": _correlation(left, right, draws[0], draws[1], trials),
            "spearman": _correlation(_ranks(left), _ranks(right), _ranks(draws[0]), _ranks(draws[1]), trials),
            "mean_error": normal_interval(
                float(gaps.mean()), float(errors.mean(axis=1).std(ddof=1)), trials, OVER_BOTH, bounds=(0, 1)
            ),
            "max_error": normal_interval(
                float(gaps.max()), float(errors.max(axis=1).std(ddof=1)), trials, OVER_BOTH, bounds=(0, 1)
            ),
            "codes_lost": share_of_columns(int(lost.sum()), int(is_code[shown].sum())),
            "facts_hidden": hidden,
        }
        floor = small_count / len(synthetic)
        shown_rates = np.where(right > 0, np.maximum(right, min(floor, 1.0)), 0.0)
        points = {"real": tuple(left.tolist()), "synthetic": tuple(shown_rates.tolist())}
        return MetricResult(statistics, points)

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return work.comparison_seconds


def _correlation(
    left: np.ndarray, right: np.ndarray, left_draws: np.ndarray, right_draws: np.ndarray, trials: int
) -> Measurement:
    """Return the correlation of two rows of rates, given draws of both, shape ``(b, e)``."""
    if len(left) < 3:
        return NotMeasured(f"a correlation needs 3 rates, {len(left)} may be shown")
    if np.ptp(left) == 0 or np.ptp(right) == 0:
        return NotMeasured("all rates are alike, so they cannot correlate")
    value = float(_pearson(left[None], right[None])[0])
    return fisher_interval(value, _pearson(left_draws, right_draws), trials)


def _ranks(rates: np.ndarray) -> np.ndarray:
    """Return ranks within every row, ties at their mean, in the same shape."""
    from scipy.stats import rankdata  # half a second: loaded only where it runs

    ranks: np.ndarray = rankdata(rates, axis=-1)
    return ranks


def _pearson(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return Pearson's correlation of every pair of rows, shape ``(b,)``; 0 where one side is constant."""
    left = left - left.mean(axis=1, keepdims=True)
    right = right - right.mean(axis=1, keepdims=True)
    spread = np.sqrt((left**2).sum(axis=1) * (right**2).sum(axis=1))
    together = (left * right).sum(axis=1)
    ratio: np.ndarray = np.divide(together, spread, out=np.zeros_like(spread), where=spread > 0)
    clipped: np.ndarray = np.clip(ratio, -1, 1)
    return clipped
