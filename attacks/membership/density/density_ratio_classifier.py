"""Membership inference by classifiers that tell synthetic rows from real ones."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import numpy as np

from synthaudit.attacks.attacker_scale import subsample
from synthaudit.attacks.feature_encoder import FeatureEncoder
from synthaudit.audit.errors import check_choice, check_positive
from synthaudit.audit.knowledge import Knowledge, Need, require_reference
from synthaudit.audit.records import Records
from synthaudit.audit.workload import Workload

MODELS = ("auto", "trees", "forest", "boosting", "logistic")
CELLS = 2_000_000
"""Encoded cells that trees learn from at most; wider tables are learned from fewer rows."""
TRIAL_ROWS = 1_000
"""Rows of either side on which a model is chosen, at most."""


@dataclass(frozen=True)
class DensityRatioClassifier:
    """Log odds that the target is synthetic, by classifiers of synthetic against reference rows.

    Score: the sum over classifiers of ``log P(synthetic | x) / P(real | x)``. By Bayes' rule each is ``log p_S(x) -
    log p_R(x)`` and a constant: a density ratio, learned without a density, that works in a thousand columns. ``trees``
    are a forest of extremely randomised trees, whose leaves hold single rows and so remember what lies near one, and
    boosted trees, which see what many rows have in common. No target is among the rows that they learn from.

    Attributes:
        model: ``trees``, only the ``forest`` or ``boosting`` of the two, ``logistic`` regression, or ``auto``: trees,
            unless regression tells left-out synthetic rows from left-out reference records clearly better.
        rounds: Rounds of boosting.
        forest_size: Trees of the forest.
        folds: Parts that the choice is cross-fitted over.
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

    model: Literal["auto", "trees", "forest", "boosting", "logistic"] = "auto"
    rounds: int = 200
    forest_size: int = 100
    folds: int = 2
    max_rows: int = 20_000
    inverse_penalty: float = 1.0

    def __post_init__(self) -> None:
        check_choice(MODELS, model=self.model)
        check_positive(
            rounds=self.rounds,
            forest_size=self.forest_size,
            max_rows=self.max_rows,
            inverse_penalty=self.inverse_penalty,
        )
        if self.folds < 2:
            raise ValueError(f"expected folds >= 2, got {self.folds}")

    def score(self, targets: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        """Return the sum of log odds of 'synthetic', shape ``(n,)``."""
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

        synthetic = subsample(knowledge.synthetic, self.max_rows, rng)
        reference = subsample(require_reference(knowledge), self.max_rows, rng)
        features = FeatureEncoder.fit(reference.schema, knowledge.units)
        seed = int(rng.integers(2**31))
        # One thread: sums in one order whatever the machine, and no spinning where tasks already fill the cores.
        with threadpool_limits(limits=1):
            model = self._choose(features, synthetic, reference, rng) if self.model == "auto" else self.model
            if model != "logistic":
                share = CELLS / len(features.owner) / (len(synthetic) + len(reference))
                synthetic, reference = (
                    subsample(side, max(1, round(min(1.0, share) * len(side))), rng) for side in (synthetic, reference)
                )
            encode = features.sparse if model == "logistic" else features.dense
            labels = np.arange(len(synthetic) + len(reference)) < len(synthetic)
            rows = encode(Records.concat([synthetic, reference]))
            return self._log_odds(model, rows, labels, encode(targets), seed)

    def cost(self, work: Workload) -> float:
        """Return seconds on one core: trees sort what they are given, and every target goes down each."""
        sides = min(work.synthetic, self.max_rows) + min(work.reference, self.max_rows)
        learned = min(sides * work.columns, CELLS)
        return work.comparison_seconds + 3e-8 * (self.rounds + self.forest_size) / 3 * learned + 5e-5 * work.targets

    def _choose(
        self, features: FeatureEncoder, synthetic: Records, reference: Records, rng: np.random.Generator
    ) -> str:
        """Return ``logistic`` where it tells left-out rows of the two tables apart better by two standard errors.

        Else ``trees``, tried with a quarter of their rounds.
        """
        sides = [subsample(side, TRIAL_ROWS, rng) for side in (synthetic, reference)]
        if min(map(len, sides)) < 10 * self.folds:
            return "trees"
        rows = features.dense(Records.concat(sides))
        labels = np.arange(len(rows)) < len(sides[0])
        fold = np.concatenate([rng.permutation(len(side)) % self.folds for side in sides])
        trial = replace(self, rounds=max(1, self.rounds // 4))
        fits = {}
        for model in ("trees", "logistic"):
            odds = np.zeros(len(rows))
            for left_out in range(self.folds):
                train, test = fold != left_out, fold == left_out
                odds[test] = trial._log_odds(model, rows[train], labels[train], rows[test], left_out)
            fits[model] = _auc(odds[labels], odds[~labels])
        error = np.sqrt((1 / len(sides[0]) + 1 / len(sides[1])) / 12)  # of an AUC where nothing differs
        return "logistic" if fits["logistic"] > fits["trees"] + 2 * error else "trees"

    def _log_odds(self, model: str, rows: Any, labels: np.ndarray, targets: Any, seed: int) -> np.ndarray:
        """Return the log odds of 'synthetic' of each target, by a model trained on rows and labels."""
        if model == "trees":
            forest, boosting = (self._log_odds(one, rows, labels, targets, seed) for one in ("forest", "boosting"))
            total: np.ndarray = forest + boosting
            return total
        if model == "forest":
            from sklearn.ensemble import ExtraTreesClassifier

            trees = ExtraTreesClassifier(self.forest_size, class_weight="balanced", random_state=seed, n_jobs=1)
            votes = self.forest_size * trees.fit(rows, labels).predict_proba(targets)[:, 1]
            # Half a tree on either side: where all agree, the odds are not infinite.
            ours: np.ndarray = np.log(votes + 0.5) - np.log(self.forest_size - votes + 0.5)
            return ours
        if model == "boosting":
            from sklearn.ensemble import HistGradientBoostingClassifier

            learner: Any = HistGradientBoostingClassifier(
                max_iter=self.rounds,
                min_samples_leaf=5,
                early_stopping=False,
                class_weight="balanced",
                random_state=seed,
            )
        else:
            from sklearn.linear_model import LogisticRegression

            learner = LogisticRegression(C=self.inverse_penalty, max_iter=500, class_weight="balanced")
        log_odds: np.ndarray = learner.fit(rows, labels).decision_function(targets).astype(np.float64)
        return log_odds


def _auc(first: np.ndarray, second: np.ndarray) -> float:
    """Return the chance that one of the first scores exceeds one of the second; ties count half."""
    from scipy.stats import rankdata

    ranks = rankdata(np.concatenate([first, second]))[: len(first)]
    return float((ranks.sum() - len(first) * (len(first) + 1) / 2) / (len(first) * len(second)))
