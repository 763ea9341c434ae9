"""Dimension-wise prediction: each column predicted from the others (Choi et al., 2017, section 4.2)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import scipy

from synthaudit.audit.errors import check_positive
from synthaudit.audit.fidelity.design_matrix import DesignMatrix
from synthaudit.audit.fidelity.patient_intervals import (
    correlation_over_columns,
    count_patients,
    exact_count,
    normal_interval,
    patient_count,
    patient_index,
    share_of_columns,
)
from synthaudit.audit.protocols import Better, MetricResult
from synthaudit.audit.records import NumericScale, Records
from synthaudit.audit.statistics import Measurement, NotMeasured
from synthaudit.audit.workload import Workload

if TYPE_CHECKING:
    from synthaudit.audit.fidelity.classification_scores import ClassificationScores
    from synthaudit.audit.fidelity.logistic import LogisticModels

NEAR = 0.1
BLOCK = 128
"""Columns scored at a time: 30,000 test rows then take about 120 MB."""


@dataclass(frozen=True)
class DimensionPrediction:
    """One logistic regression a binary column, on all other columns, from real and from synthetic rows.

    Both are scored on ``test``, by F1 at threshold .5 and by AUC. Regularisation is scikit-learn's C = 1. Columns of
    other kinds are features only. A column is scored where at least ``small_count`` patients of the real and of the
    test table have it, and as many lack it. Columns without both classes in ``synthetic`` cannot be learnt from it:
    they count as F1 0 and AUC .5, so that a generator gains nothing by losing codes, and stand in ``columns_lost``.

    Intervals of means are over test patients, with the fitted models fixed (and over columns where they are a sample);
    those of correlations and shares are over columns.

    Attributes:
        columns: How many columns to draw at random and score; None scores all.
    """

    title: ClassVar[str] = "Dimension-wise prediction"
    question: ClassVar[str] = "Do models learnt from the synthetic table predict real patients as well as real data do?"
    source: ClassVar[str] = "Choi et al., Generating multi-label discrete patient records, MLHC 2017, section 4.2"
    better: ClassVar[Mapping[str, Better]] = {
        "f1_real": "higher",
        "f1_synthetic": "higher",
        "f1_loss": "lower",
        "f1_correlation": "higher",
        "f1_within_tenth": "higher",
        "auc_real": "higher",
        "auc_synthetic": "higher",
        "auc_loss": "lower",
        "auc_correlation": "higher",
        "auc_within_tenth": "higher",
        "columns_scored": "higher",
        "columns_hidden": "lower",
        "columns_lost": "lower",
    }
    presets: ClassVar[frozenset[str]] = frozenset({"quick", "standard", "thorough"})

    columns: int | None = None

    def __post_init__(self) -> None:
        if self.columns is not None:
            check_positive(columns=self.columns)

    def measure(
        self,
        real: Records,
        synthetic: Records,
        test: Records,
        *,
        rng: np.random.Generator,
        small_count: int = 10,
    ) -> MetricResult:
        """Fit on ``real`` and on ``synthetic``, score both on ``test``; points are F1 and AUC, one per column."""
        binary = np.array([real.schema.columns[p].kind == "binary" for p in real.schema.codes], dtype=bool)
        reason = self._reason(real, synthetic, test, int(binary.sum()))
        if reason:
            return MetricResult.not_measured(self.better, reason)
        shown = binary & _both_sides(real, small_count) & _both_sides(test, small_count)
        varies = (synthetic.codes.max(axis=0) > 0) & (synthetic.codes.min(axis=0) == 0)
        eligible = np.flatnonzero(shown)
        chosen = eligible
        if self.columns is not None and self.columns < len(eligible):
            chosen = np.sort(rng.choice(eligible, self.columns, replace=False))
        counts = {
            "columns_hidden": exact_count(int((binary & ~shown).sum()), int(binary.sum())),
            "columns_lost": exact_count(int((shown & ~varies).sum()), int(shown.sum())),
        }
        if not len(chosen):
            reason = f"no binary column is had and lacked by {small_count} real and {small_count} test patients"
            return MetricResult.not_measured(self.better, reason, **counts)
        return _compare(
            real, synthetic, test, chosen=chosen, learnable=varies[chosen], eligible=len(eligible), counts=counts
        )

    def cost(self, work: Workload) -> float:
        """Return seconds on one core: two regressions per scored column, each over all cells."""
        scored = self.columns or work.columns
        return 60 * (scored / 930) * (2 * work.members / 30_000) * (work.columns / 930)

    @staticmethod
    def _reason(real: Records, synthetic: Records, test: Records, binary: int) -> str | None:
        """Return why nothing can be measured, or None."""
        for name, table in (("real", real), ("synthetic", synthetic), ("test", test)):
            if not len(table):
                return f"the {name} table has no rows"
        if not binary:
            return "the table has no binary column to predict"
        if len(real.schema) < 2:
            return "the table has no second column to predict from"
        return None


def _both_sides(table: Records, small_count: int) -> np.ndarray:
    """Return which columns of the integer block enough patients have and enough lack, shape ``(len(codes),)``."""
    having = count_patients(scipy.sparse.csr_matrix(table.codes > 0), table)
    return (having >= small_count) & (patient_count(table) - having >= small_count)


def _compare(
    real: Records,
    synthetic: Records,
    test: Records,
    *,
    chosen: np.ndarray,
    learnable: np.ndarray,
    eligible: int,
    counts: Mapping[str, Measurement],
) -> MetricResult:
    """Fit both, keep the columns that both solvers finished, and summarise."""
    from synthaudit.audit.fidelity.logistic import fit_columns  # compiled code: loaded only where it runs

    design = DesignMatrix.of(test.schema, NumericScale.of(test))
    of_real = fit_columns(design.matrix(real), chosen)
    of_synthetic = fit_columns(design.matrix(synthetic), chosen[learnable]) if learnable.any() else None
    keep = of_real.converged.copy()
    if of_synthetic is not None:
        keep[learnable] &= of_synthetic.converged
    counts = {**counts, "columns_scored": exact_count(int(keep.sum()), len(chosen))}
    if not keep.any():
        return MetricResult.not_measured(DimensionPrediction.better, "no logistic regression converged", **counts)
    labels = test.codes[:, chosen[keep]]
    features = design.matrix(test)
    by_real = _score(of_real.only(keep), features, labels)
    by_synthetic = _guesses_at_chance(labels)
    if of_synthetic is not None and (learnt := keep[learnable]).any():
        scores = _score(of_synthetic.only(learnt), features, labels[:, learnable[keep]])
        by_synthetic = _with_lost(scores, learnable[keep])
    statistics: dict[str, Measurement] = {}
    points: dict[str, tuple[float, ...]] = {}
    for name in ("f1", "auc"):
        left, right = getattr(by_real, name), getattr(by_synthetic, name)
        left_influence, right_influence = (getattr(scores, f"{name}_influence") for scores in (by_real, by_synthetic))
        statistics[f"{name}_real"] = _mean(left, left_influence, test, eligible)
        statistics[f"{name}_synthetic"] = _mean(right, right_influence, test, eligible)
        statistics[f"{name}_loss"] = _mean(left - right, left_influence - right_influence, test, eligible, lowest=-1.0)
        statistics[f"{name}_correlation"] = correlation_over_columns(left, right)
        statistics[f"{name}_within_tenth"] = share_of_columns(int((np.abs(left - right) <= NEAR).sum()), len(left))
        points[f"{name}_real"], points[f"{name}_synthetic"] = tuple(left.tolist()), tuple(right.tolist())
    return MetricResult({**statistics, **counts}, points)


def _score(models: LogisticModels, features: scipy.sparse.csr_matrix, labels: np.ndarray) -> ClassificationScores:
    """Score all models, ``BLOCK`` at a time, so that no ``(n, K)`` array stands whole."""
    from synthaudit.audit.fidelity.classification_scores import ClassificationScores, score_classifiers

    count = labels.shape[1]
    parts = []
    for start in range(0, count, BLOCK):
        block = np.arange(start, min(start + BLOCK, count))
        parts.append(score_classifiers(models.only(block).logits(features), labels[:, block]))
    share = np.array([len(part.f1) for part in parts]) / count
    return ClassificationScores(
        np.concatenate([part.f1 for part in parts]),
        np.concatenate([part.auc for part in parts]),
        np.sum([part.f1_influence * weight for part, weight in zip(parts, share, strict=True)], axis=0),
        np.sum([part.auc_influence * weight for part, weight in zip(parts, share, strict=True)], axis=0),
    )


def _guesses_at_chance(labels: np.ndarray) -> ClassificationScores:
    """Return the scores of models that could not be learnt: F1 0, AUC .5, whoever is tested."""
    from synthaudit.audit.fidelity.classification_scores import ClassificationScores

    rows, count = labels.shape
    return ClassificationScores(np.zeros(count), np.full(count, 0.5), np.zeros(rows), np.zeros(rows))


def _with_lost(scores: ClassificationScores, learnt: np.ndarray) -> ClassificationScores:
    """Return the scores of learnt columns among those of lost ones, which are at chance."""
    from synthaudit.audit.fidelity.classification_scores import ClassificationScores

    f1, auc, share = np.zeros(len(learnt)), np.full(len(learnt), 0.5), learnt.mean()
    f1[learnt], auc[learnt] = scores.f1, scores.auc
    return ClassificationScores(f1, auc, scores.f1_influence * share, scores.auc_influence * share)


def _mean(
    values: np.ndarray, influence: np.ndarray, test: Records, eligible: int, *, lowest: float = 0.0
) -> Measurement:
    """Return the mean over columns with its interval over test patients, and over columns where they were drawn."""
    position, patients = patient_index(test)
    if patients < 2:
        return NotMeasured("an interval over patients needs 2 test patients")
    variance = float((np.bincount(position, weights=influence) ** 2).sum()) * patients / (patients - 1)
    method = "delta method over test patients, models held"
    scored = len(values)
    if scored < eligible:
        if scored < 2:
            return NotMeasured("an interval over a sample of columns needs 2 columns")
        variance += float(values.var(ddof=1)) / scored * (1 - scored / eligible)
        method += f"; {scored} of {eligible} columns drawn at random"
    return normal_interval(float(values.mean()), math.sqrt(variance), patients, method, bounds=(lowest, 1.0))
