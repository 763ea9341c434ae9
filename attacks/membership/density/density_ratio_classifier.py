"""Membership inference by a classifier that tells synthetic rows from real ones."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from synthaudit.attacks.attacker_scale import subsample
from synthaudit.attacks.feature_encoder import FeatureEncoder
from synthaudit.audit.errors import check_choice, check_positive
from synthaudit.audit.knowledge import Knowledge, Need, require_reference
from synthaudit.audit.records import Records
from synthaudit.audit.workload import Workload

NARROW = 64
"""Columns up to which trees are grown where the model is chosen by the table."""


@dataclass(frozen=True)
class DensityRatioClassifier:
    """Log odds that the target is synthetic, by classifiers of synthetic against reference rows.

    Score: the mean of ``log P(synthetic | x) / P(real | x)`` over an ensemble of cross-fitted classifiers. By Bayes'
    rule it is ``log p_S(x) - log p_R(x)`` and a constant: a density ratio, learned without a density, that works in a
    thousand columns. Each classifier is trained on all folds but one; no target is among the rows that any of them saw.

    Attributes:
        model: ``logistic`` regression, gradient ``boosting``, or ``auto``: trees on narrow tables.
        folds: How many classifiers are trained.
        max_rows: Rows of either side that they are trained on, at most, drawn at random.
        inverse_penalty: Inverse of the logistic penalty, scikit-learn's C.
    """

    title: ClassVar[str] = "Density ratio by classifier"
    question: ClassVar[str] = "Does a classifier take this real patient for a synthetic record?"
    source: ClassVar[str] = "Hayes et al., LOGAN, PoPETs 2019; van Breugel et al., DOMIAS, AISTATS 2023"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.SYNTHETIC, Need.REFERENCE})
    threat_model: ClassVar[str] = (
        "The attacker holds the synthetic table and reference records, and trains classifiers to tell the two apart."
    )
    presets: ClassVar[frozenset[str]] = frozenset({"standard", "thorough"})
    measures_power: ClassVar[frozenset[str]] = frozenset()

    model: Literal["auto", "logistic", "boosting"] = "auto"
    folds: int = 4
    max_rows: int = 20_000
    inverse_penalty: float = 1.0

    def __post_init__(self) -> None:
        check_choice(("auto", "logistic", "boosting"), model=self.model)
        check_positive(inverse_penalty=self.inverse_penalty, max_rows=self.max_rows)
        if self.folds < 2:
            raise ValueError(f"expected folds >= 2, got {self.folds}")

    def score(self, targets: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        """Return the mean log odds of 'synthetic', shape ``(n,)``."""
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

        synthetic = subsample(knowledge.synthetic, self.max_rows, rng)
        reference = subsample(require_reference(knowledge), self.max_rows, rng)
        features = FeatureEncoder.fit(reference.schema, knowledge.units)
        trees = self.model == "boosting" or (self.model == "auto" and len(targets.schema) <= NARROW)
        encode = features.dense if trees else features.sparse
        rows = encode(Records.concat([synthetic, reference]))
        labels = np.arange(rows.shape[0]) < len(synthetic)
        # Folds within each side, so that every classifier sees both.
        fold = np.concatenate([rng.permutation(len(side)) % self.folds for side in (synthetic, reference)])
        seeds = rng.integers(2**31, size=self.folds)
        encoded = encode(targets)
        total = np.zeros(len(targets))
        # One thread: sums in one order whatever the machine, and no spinning where tasks already fill the cores.
        with threadpool_limits(limits=1):
            for left_out, seed in enumerate(seeds):  # over classifiers, four by default
                train = fold != left_out
                if len(set(labels[train].tolist())) < 2:  # a side with one row: nothing may be left out
                    train[:] = True
                total += self._model(trees, int(seed)).fit(rows[train], labels[train]).decision_function(encoded)
        return total / self.folds

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return work.comparison_seconds

    def _model(self, trees: bool, seed: int) -> Any:
        if trees:
            from sklearn.ensemble import HistGradientBoostingClassifier

            return HistGradientBoostingClassifier(
                max_iter=60,
                learning_rate=0.1,
                min_samples_leaf=5,
                early_stopping=False,
                class_weight="balanced",
                random_state=seed,
            )
        from sklearn.linear_model import LogisticRegression

        return LogisticRegression(C=self.inverse_penalty, max_iter=500, class_weight="balanced")
