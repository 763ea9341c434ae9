"""Prediction of clinical outcomes: train on synthetic and test on real (TSTR), against TRTR and TRTS."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthaudit.audit.errors import check_positive
from synthaudit.audit.fidelity.design_matrix import DesignMatrix
from synthaudit.audit.fidelity.influence import auprc, auroc
from synthaudit.audit.fidelity.learners import Scorer, boosting, logistic
from synthaudit.audit.fidelity.outcome_columns import Outcomes
from synthaudit.audit.fidelity.patient_intervals import exact_count, normal_interval, patient_index
from synthaudit.audit.fidelity.patient_samples import equal_samples
from synthaudit.audit.protocols import Better, MetricResult
from synthaudit.audit.records import NumericScale, Records
from synthaudit.audit.statistics import Measurement, NotMeasured
from synthaudit.audit.workload import Workload

MEASURES = {"auroc": (auroc, "DeLong"), "auprc": (auprc, "infinitesimal jackknife")}
"""The functions, and what their sums of squared influences are called."""


@dataclass(frozen=True)
class OutcomePrediction:
    """How well models of clinical outcomes do, learnt from either table, for two learners.

    TSTR is trained on synthetic and tested on real rows, TRTR on real and real, TRTS on real and synthetic; the real
    test rows are ``test``. ``loss`` is TRTR less TSTR on the same patients: what a researcher pays for working with
    synthetic data. Both models learn from as many rows, one per patient, by the same recipe: logistic regression (L2,
    C = 1) and gradient boosting (60 trees). A chance model has an AUROC of one half and an AUPRC of the prevalence.

    Numbers are means over outcomes; which outcomes is said in their method. Intervals are over test patients (for TRTS
    synthetic rows) with the fitted models fixed, and not narrower than one patient per side changing sides would make
    them. Outcomes that fewer than ``small_count`` real or test patients have, or lack, are not predicted.

    Attributes:
        outcomes: Binary columns to predict; where there are none, ``count`` are chosen nearest to 20 % prevalence.
        count: Outcomes to choose.
        rows: Training rows, at most, for the linear model.
        tree_rows: Training rows, at most, for the trees, whose cost grows with rows x columns.
    """

    title: ClassVar[str] = "Outcome prediction"
    question: ClassVar[str] = "Does a model of a clinical outcome learnt from synthetic patients work on real ones?"
    source: ClassVar[str] = "Esteban et al., Real-valued (medical) time series generation, 2017; Yan et al., 2022"
    better: ClassVar[Mapping[str, Better]] = {
        **{
            f"{measure}_{kind}_{learner}": "lower" if kind == "loss" else "higher"
            for measure in ("auroc", "auprc")
            for learner in ("logistic", "boosting")
            for kind in ("loss", "tstr", "trtr", "trts")
        },
        "outcomes_scored": "higher",
        "outcomes_hidden": "lower",
        "outcomes_lost": "lower",
    }
    presets: ClassVar[frozenset[str]] = frozenset()

    outcomes: tuple[str, ...] = ()
    count: int = 3
    rows: int = 15_000
    tree_rows: int = 3_000

    def __post_init__(self) -> None:
        check_positive(count=self.count, rows=self.rows, tree_rows=self.tree_rows)

    def measure(
        self,
        real: Records,
        synthetic: Records,
        test: Records,
        *,
        rng: np.random.Generator,
        small_count: int = 10,
    ) -> MetricResult:
        """Fit every learner on both tables; the points are AUROCs, one per outcome, TRTR against TSTR.

        Raises:
            InputError: An outcome is not a binary column of the table.
        """
        train = equal_samples(real, synthetic, most=self.rows, rng=rng)
        few = tuple(table.take(np.sort(rng.permutation(len(table))[: self.tree_rows])) for table in train)
        chosen = Outcomes.of(real, test, few, self.outcomes, count=self.count, small_count=small_count)
        seed = int(rng.integers(2**31))
        if isinstance(chosen, NotMeasured):
            return MetricResult(dict.fromkeys(self.better, chosen))
        design = DesignMatrix.of(test.schema, NumericScale.of(test))
        fitted: dict[str, list[Scorer | NotMeasured]] = {
            "logistic": [logistic(table, chosen.columns, design) for table in train],
            "boosting": [boosting(table, chosen.columns, design, seed=seed) for table in few],
        }
        statistics: dict[str, Measurement] = {
            "outcomes_scored": exact_count(len(chosen.columns), chosen.requested),
            "outcomes_hidden": exact_count(chosen.hidden, chosen.requested),
            "outcomes_lost": exact_count(chosen.lost, chosen.requested),
        }
        points: dict[str, tuple[float, ...]] = {}
        for learner, (by_real, by_synthetic) in fitted.items():
            if isinstance(by_real, NotMeasured) or isinstance(by_synthetic, NotMeasured):
                reason = NotMeasured("a logistic regression did not converge")
                statistics |= {name: reason for name in self.better if name.endswith(learner)}
                continue
            trtr, tstr = _Scores.of(by_real, test, chosen), _Scores.of(by_synthetic, test, chosen)
            trts = _Scores.of(by_real, train[1], chosen)
            for measure in MEASURES:
                for kind, scores in (("trtr", trtr), ("tstr", tstr), ("trts", trts)):
                    statistics[f"{measure}_{kind}_{learner}"] = scores.over_outcomes(measure, chosen.description)
                statistics[f"{measure}_loss_{learner}"] = trtr.minus(tstr).over_outcomes(
                    measure, chosen.description, lowest=-1.0
                )
            for side, scores in (("real", trtr), ("synthetic", tstr)):
                name = side if learner == "logistic" else f"{side}_{learner}"
                points[name] = tuple(scores.values["auroc"].tolist())
        return MetricResult(statistics, points)

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return work.comparison_seconds


@dataclass(frozen=True, eq=False)
class _Scores:
    """The scores of K models, one per outcome, on the rows of one table.

    Attributes:
        values: By measure, one number per outcome, shape ``(K,)``.
        influences: By measure, every row's influence on the mean over outcomes, shape ``(n,)``.
        tested: The rows.
        least_error: Standard error of the mean over outcomes if one row per class changed sides.
    """

    values: Mapping[str, np.ndarray]
    influences: Mapping[str, np.ndarray]
    tested: Records
    least_error: float

    @classmethod
    def of(cls, score: Scorer, tested: Records, chosen: Outcomes) -> "_Scores":
        scores, truth = score(tested), tested.codes[:, chosen.columns] > 0
        values, influences = {}, {}
        for name, (measured, _) in MEASURES.items():
            per_outcome = [measured(*column) for column in zip(scores.T, truth.T, strict=True)]
            values[name] = np.array([value for value, _ in per_outcome])
            influences[name] = np.mean([influence for _, influence in per_outcome], axis=0)
        having = truth.sum(axis=0)
        least_error = math.sqrt(float((having**-2.0 + (len(tested) - having) ** -2.0).sum())) / len(having)
        return cls(values, influences, tested, least_error)

    def minus(self, other: "_Scores") -> "_Scores":
        """Return the difference on the same rows."""
        values = {name: self.values[name] - other.values[name] for name in self.values}
        influences = {name: self.influences[name] - other.influences[name] for name in self.influences}
        return _Scores(values, influences, self.tested, self.least_error)

    def over_outcomes(self, measure: str, description: str, *, lowest: float = 0.0) -> Measurement:
        """Return the mean over outcomes with its interval over the patients of the rows."""
        position, patients = patient_index(self.tested)
        variance = (
            float((np.bincount(position, weights=self.influences[measure]) ** 2).sum()) * patients / (patients - 1)
        )
        error = math.sqrt(max(variance, self.least_error**2))
        method = f"{MEASURES[measure][1]} over rows tested, models held; {description}"
        return normal_interval(float(self.values[measure].mean()), error, patients, method, bounds=(lowest, 1.0))
