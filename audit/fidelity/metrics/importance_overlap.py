"""Overlap of the most important features in models of an outcome, learnt from real and from synthetic rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import scipy

from synthaudit.audit.errors import check_positive
from synthaudit.audit.fidelity.design_matrix import DesignMatrix
from synthaudit.audit.fidelity.metrics.latent_clusters import most_varied
from synthaudit.audit.fidelity.outcome_columns import Outcomes
from synthaudit.audit.fidelity.patient_intervals import bootstrap_weights, enough_patients, normal_interval
from synthaudit.audit.fidelity.patient_samples import equal_samples
from synthaudit.audit.protocols import Better, MetricResult
from synthaudit.audit.records import NumericScale, Records
from synthaudit.audit.statistics import Measurement, NotMeasured
from synthaudit.audit.workload import Workload

if TYPE_CHECKING:
    from synthaudit.audit.fidelity.logistic import LogisticModels

SHOWN = 2_000


@dataclass(frozen=True)
class ImportanceOverlap:
    """The most important features of logistic regressions learnt from real and from synthetic rows.

    A feature's importance is the size of its coefficient times its standard deviation in the rows learnt from.
    ``overlap`` is the share of the real model's ``top`` features that are also among the synthetic model's; a half of
    the features where there are fewer than twice ``top``. Chance alone gives ``top`` over the number of features, which
    the method states. ``same_direction`` is the share of the real model's top features that raise, or lower, the risk
    in the synthetic model too. Both are means over outcomes, which are those of ``OutcomePrediction``.

    Intervals are over patients and synthetic rows, by a bootstrap of one Newton step from the fitted coefficients, and
    not narrower than one feature of one outcome changing its place half the time. The figure shows coefficients times
    deviations, sign kept, of at most 2,000 features drawn at random from those that at least ``small_count`` rows of
    either table have and lack.

    Of more than 2,000 features, those of largest variance in the real rows enter. Of each outcome and table one dense
    ``(d, d)`` array is in memory at a time, 32 MB at most.

    Attributes:
        outcomes: Binary columns to predict; where there are none, ``count`` are chosen nearest to 20 % prevalence.
        count: Outcomes to choose.
        top: Features that count as important.
        rows: Training rows, at most.
    """

    title: ClassVar[str] = "Feature importance"
    question: ClassVar[str] = "Do the same features predict an outcome in the synthetic table as in the real one?"
    source: ClassVar[str] = "Yan et al., A multifaceted benchmarking of synthetic EHR generation, Nat. Commun. 2022"
    better: ClassVar[Mapping[str, Better]] = {"overlap": "higher", "same_direction": "higher"}
    presets: ClassVar[frozenset[str]] = frozenset()

    outcomes: tuple[str, ...] = ()
    count: int = 3
    top: int = 10
    rows: int = 15_000

    def __post_init__(self) -> None:
        check_positive(count=self.count, top=self.top, rows=self.rows)

    def measure(
        self,
        real: Records,
        synthetic: Records,
        test: Records,
        *,
        rng: np.random.Generator,
        small_count: int = 10,
    ) -> MetricResult:
        """Fit both tables and compare coefficients; ``test`` sets the scale, and limits the outcomes as elsewhere.

        Raises:
            InputError: An outcome is not a binary column of the table.
        """
        train = equal_samples(real, synthetic, most=self.rows, rng=rng)
        chosen = Outcomes.of(real, test, train, self.outcomes, count=self.count, small_count=small_count)
        if isinstance(chosen, NotMeasured):
            return MetricResult(dict.fromkeys(self.better, chosen))
        design = DesignMatrix.of(test.schema, NumericScale.of(test))
        features = [design.matrix(table) for table in train]
        entering = np.union1d(most_varied(features[0]), chosen.columns)
        if len(entering) < 3:
            reason = "features that are more or less important need 2 beside the outcome"
            return MetricResult.not_measured(self.better, reason)
        own = np.searchsorted(entering, chosen.columns)
        features = [part[:, entering] for part in features]
        effects = [_effects(part, own, table, rng) for part, table in zip(features, train, strict=True)]
        if any(isinstance(effect, NotMeasured) for effect in effects):
            return MetricResult.not_measured(self.better, "a logistic regression did not converge")
        left, right = (effect for effect in effects if not isinstance(effect, NotMeasured))
        others = len(entering) - 1
        top = min(self.top, others // 2)
        shares = _shares(left, right, top)
        method = (
            f"normal, one-step bootstrap standard error over patients and synthetic rows; top {top} of {others} "
            f"features, {top / others:.2g} by chance; {chosen.description}"
        )
        least = 0.5 / (top * len(own))
        statistics: dict[str, Measurement] = {
            name: normal_interval(
                float(share[0]), max(float(share[1:].std(ddof=1)), least), len(train[0]), method, bounds=(0.0, 1.0)
            )
            for name, share in shares.items()
        }
        enough = [enough_patients(part, table, small_count) for part, table in zip(features, train, strict=True)]
        shown = enough[0] & enough[1] & (np.arange(len(entering)) != own[:, None])  # (K, d)
        pairs = np.stack([left[0][shown], right[0][shown]])
        pairs = pairs[:, np.sort(rng.permutation(pairs.shape[1])[:SHOWN])]
        return MetricResult(statistics, {"real": tuple(pairs[0].tolist()), "synthetic": tuple(pairs[1].tolist())})

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return work.comparison_seconds


def _effects(
    features: scipy.sparse.csr_matrix, own: np.ndarray, table: Records, rng: np.random.Generator
) -> np.ndarray | NotMeasured:
    """Return coefficients times deviations: as fitted, then of every bootstrap draw, shape ``(1 + DRAWS, K, d)``."""
    from synthaudit.audit.fidelity.logistic import fit_columns  # compiled code: loaded only where it runs

    models = fit_columns(features, own)
    if not models.converged.all():
        return NotMeasured("a logistic regression did not converge")
    extra_weights = np.concatenate(list(bootstrap_weights(table, rng))).astype(np.float64) - 1  # (DRAWS, n)
    moved = np.stack(
        [_moves(features, models, at=at, own=column, extra_weights=extra_weights) for at, column in enumerate(own)],
        axis=1,
    )
    fitted = models.weights.T[None].astype(np.float64)
    mean = np.asarray(features.mean(axis=0), dtype=np.float64).ravel()
    squares = np.asarray(features.multiply(features).mean(axis=0), dtype=np.float64).ravel()
    deviation = np.sqrt(np.maximum(squares - mean**2, 0.0))
    effects: np.ndarray = np.concatenate([fitted, fitted + moved]) * deviation
    return effects


def _moves(
    features: scipy.sparse.csr_matrix, models: LogisticModels, *, at: int, own: int, extra_weights: np.ndarray
) -> np.ndarray:
    """Return by how much other draws of the rows would move one model's coefficients, shape ``(DRAWS, d)``.

    With weights v the gradient at the fit is ``sum_i (v_i - 1) x_i (y_i - q_i)``; one Newton step from there is the
    bootstrap to first order (Davidson & MacKinnon, International Economic Review 40, 1999).
    """
    width = features.shape[1]
    logits = models.only(np.array([at])).logits(features)[:, 0].astype(np.float64)
    rate = 1 / (1 + np.exp(-logits))
    truth = np.asarray(features[:, [own]].todense(), dtype=np.float64).ravel()
    bend = rate * (1 - rate)
    hessian = np.eye(width + 1)
    hessian[:-1, :-1] += (features.T @ features.multiply(bend[:, None]).tocsr()).toarray()
    hessian[-1, :-1] = hessian[:-1, -1] = features.T @ bend
    hessian[-1, -1] = bend.sum()
    influence = extra_weights * (truth - rate)  # (DRAWS, n)
    gradient = np.concatenate([features.T @ influence.T, influence.sum(axis=1)[None]])  # (d + 1, DRAWS)
    # The outcome is no feature of itself: its coefficient stays where it is.
    hessian[own], hessian[:, own], gradient[own] = 0.0, 0.0, 0.0
    hessian[own, own] = 1.0
    step: np.ndarray = np.linalg.solve(hessian, gradient)[:-1].T
    return step


def _shares(left: np.ndarray, right: np.ndarray, top: int) -> dict[str, np.ndarray]:
    """Return overlap and agreement of direction, means over outcomes, for effects of shape ``(b, K, d)``."""
    first, second = _leading(left, top), _leading(right, top)
    same = first & (np.sign(left) == np.sign(right))
    return {
        "overlap": (first & second).sum(axis=(1, 2)) / (top * left.shape[1]),
        "same_direction": same.sum(axis=(1, 2)) / np.maximum(first.sum(axis=(1, 2)), 1),
    }


def _leading(effects: np.ndarray, top: int) -> np.ndarray:
    """Return which features are among the largest of their model, shape ``(b, K, d)``, bool; none without effect."""
    size = np.abs(effects)
    order = np.argsort(-size, axis=2, kind="stable")[:, :, :top]
    leading = np.zeros(size.shape, dtype=bool)
    np.put_along_axis(leading, order, True, axis=2)
    chosen: np.ndarray = leading & (size > 0)
    return chosen
