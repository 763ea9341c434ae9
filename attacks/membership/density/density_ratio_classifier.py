"""Membership inference by a classifier that tells synthetic rows from real ones."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from synthaudit.attacks.attacker_scale import require_reference, subsample
from synthaudit.attacks.features import Features
from synthaudit.audit.errors import check_choice, check_positive
from synthaudit.audit.knowledge import Knowledge, Need
from synthaudit.audit.records import Records
from synthaudit.audit.workload import Workload

NARROW = 64
"""Columns up to which trees are grown where the model is chosen by the table."""


@dataclass(frozen=True)
class DensityRatioClassifier:
    """The log odds that the target is synthetic, by classifiers trained on synthetic against reference rows.

    By Bayes' rule the log odds are a density ratio, learned without a density; they work in a thousand columns.
    Threat model: synthetic rows and reference records. Score: the mean log odds of an ensemble, each member of which
    is trained on all folds but one; no target is among the rows that any of them saw.

    Attributes:
        model: ``logistic`` regression, gradient ``boosting``, or ``auto``: trees on narrow tables.
        folds: How many classifiers are trained.
        rows: Rows of either side that they are trained on, at most, drawn at random.
        strength: Inverse of the logistic penalty.
    """

    title: ClassVar[str] = "Classifier ratio"
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
    rows: int = 20_000
    strength: float = 1.0

    def __post_init__(self) -> None:
        check_choice(("auto", "logistic", "boosting"), model=self.model)
        check_positive(strength=self.strength, rows=self.rows)
        if self.folds < 2:
            raise ValueError(f"expected folds >= 2, got {self.folds}")

    def score(self, targets: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        """Return the mean log odds of 'synthetic', shape ``(n,)``."""
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

        synthetic = subsample(knowledge.synthetic, self.rows, rng)
        reference = subsample(require_reference(knowledge), self.rows, rng)
        features = Features.of(synthetic, reference)
        trees = self.model == "boosting" or (self.model == "auto" and len(targets.schema) <= NARROW)
        encode = features.dense if trees else features.sparse
        rows = encode(Records.concat([synthetic, reference]))
        labels = np.arange(rows.shape[0]) < len(synthetic)
        # Folds within each side, so that every classifier sees both.
        fold = np.concatenate([rng.permutation(len(side)) % self.folds for side in (synthetic, reference)])
        seeds = rng.integers(2**31, size=self.folds)
        asked = encode(targets)
        total = np.zeros(len(targets))
        # One thread: sums in one order whatever the machine, and no spinning where cells already fill the cores.
        with threadpool_limits(limits=1):
            for left_out, seed in enumerate(seeds):  # over classifiers, four by default
                kept = fold != left_out
                if len(set(labels[kept].tolist())) < 2:  # a side with one row: nothing may be left out
                    kept[:] = True
                total += self._model(trees, int(seed)).fit(rows[kept], labels[kept]).decision_function(asked)
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

        return LogisticRegression(C=self.strength, max_iter=500, class_weight="balanced")
