"""Classifier two-sample test: how well a model tells synthetic rows from real ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import scipy

from synthaudit.audit.errors import check_positive
from synthaudit.audit.fidelity.design_matrix import DesignMatrix
from synthaudit.audit.fidelity.patient_samples import equal_samples
from synthaudit.audit.protocols import Better, MetricResult
from synthaudit.audit.records import NumericScale, Records
from synthaudit.audit.statistics import Measurement, roc
from synthaudit.audit.workload import Workload

FEW = 20


@dataclass(frozen=True)
class Discriminator:
    """AUC of two classifiers of real against synthetic, each row scored by a model that did not see it.

    ``auc_linear`` is a logistic regression (C = 1), which sees rates; ``auc_trees`` is gradient boosting, which also
    sees combinations. One half means that the model cannot tell. Rows are balanced, one per patient, split into folds.
    Intervals are over rows, the fitted models fixed. Below one half by chance alone.

    Attributes:
        folds: Parts of the rows, each scored by models of the others.
        rows: Rows per side, at most, for the linear model.
        tree_rows: Rows per side, at most, for the trees, whose cost grows with rows x columns.
    """

    title: ClassVar[str] = "Discriminator"
    question: ClassVar[str] = "Can a model tell a synthetic patient from a real one?"
    source: ClassVar[str] = "Lopez-Paz & Oquab, Revisiting classifier two-sample tests, ICLR 2017"
    better: ClassVar[Mapping[str, Better]] = {"auc_linear": "lower", "auc_trees": "lower"}
    presets: ClassVar[frozenset[str]] = frozenset({"standard", "thorough"})

    folds: int = 5
    rows: int = 20_000
    tree_rows: int = 3_000

    def __post_init__(self) -> None:
        check_positive(folds=self.folds - 1, rows=self.rows, tree_rows=self.tree_rows)

    def measure(
        self,
        real: Records,
        synthetic: Records,
        test: Records,
        *,
        rng: np.random.Generator,
        small_count: int = 10,
    ) -> MetricResult:
        """Cross-fit both models; a row's score is its log odds of being real."""
        del small_count
        sides = equal_samples(real, synthetic, most=self.rows, rng=rng)
        size = len(sides[0])
        if size < FEW:
            reason = f"cross-fitting needs {FEW} real patients and {FEW} synthetic rows"
            return MetricResult.not_measured(self.better, reason)
        both = sides[0].with_patients(np.arange(size)), sides[1].with_patients(np.arange(size, 2 * size))
        design = DesignMatrix.of(test.schema, NumericScale.of(test))
        features = scipy.sparse.vstack([design.matrix(side) for side in both], format="csr")
        is_real = np.arange(2 * size) < size
        fold = np.concatenate([rng.permutation(size) % self.folds for _ in both])
        few = np.concatenate([rng.permutation(size) < self.tree_rows for _ in both])
        seed = int(rng.integers(2**31))
        return MetricResult(
            {
                "auc_linear": _auc(_linear(features, is_real, fold), is_real),
                "auc_trees": _auc(_trees(features[few].toarray(), is_real[few], fold[few], seed), is_real[few]),
            }
        )

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return 3e-6 * work.members * work.columns


def _linear(features: scipy.sparse.csr_matrix, is_real: np.ndarray, fold: np.ndarray) -> np.ndarray:
    """Return out-of-fold logits of a logistic regression, shape ``(n,)``."""
    from synthaudit.audit.fidelity.logistic import fit_columns  # compiled code: loaded only where it runs

    # The label stands as one more column, predicted from all others.
    marked = scipy.sparse.hstack([features, scipy.sparse.csr_matrix(is_real[:, None], dtype=np.float32)], format="csr")
    label = np.array([features.shape[1]])
    scores = np.empty(len(fold))
    for part in np.unique(fold):
        test = fold == part
        scores[test] = fit_columns(marked[~test], label).logits(marked[test])[:, 0]
    return scores


def _trees(features: np.ndarray, is_real: np.ndarray, fold: np.ndarray, seed: int) -> np.ndarray:
    """Return out-of-fold log odds of gradient boosting, shape ``(n,)``."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    scores = np.empty(len(fold))
    for part in np.unique(fold):
        test = fold == part
        model = HistGradientBoostingClassifier(
            max_iter=60, max_leaf_nodes=15, early_stopping=False, max_bins=32, random_state=seed
        )
        scores[test] = model.fit(features[~test], is_real[~test]).decision_function(features[test])
    return scores


def _auc(scores: np.ndarray, is_real: np.ndarray) -> Measurement:
    """Return the AUC of telling real rows, scored higher, from synthetic ones."""
    return roc.auc(scores[is_real], scores[~is_real])
