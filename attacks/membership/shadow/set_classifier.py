"""Membership inference by a classifier of whole tables: do its summaries resemble those of tables with the target?"""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from synthaudit.attacks.attacker_scale import plausible_rows
from synthaudit.attacks.feature_encoder import FeatureEncoder
from synthaudit.attacks.membership.shadow.shadow_models import Background, check_models, train_shadow_models
from synthaudit.audit.errors import check_choice, check_positive
from synthaudit.audit.knowledge import Knowledge, Need
from synthaudit.audit.records import Records
from synthaudit.audit.workload import Workload

MAX_COLUMNS = 128
"""Columns whose correlations are looked at: the 128 that vary most, 8,128 pairs."""
Summary = Literal["all", "naive", "histogram", "correlation"]
SUMMARIES: tuple[Summary, ...] = ("all", "naive", "histogram", "correlation")


@dataclass(frozen=True)
class SetClassifier:
    """A classifier of whole tables, trained on shadow tables with and without the target (Stadler et al., 2022).

    Score: the answer of a ridge regression, centred at 0, of 'in' on summaries of a table. Summaries are the same for
    every target, so one system of K equations with as many right-hand sides as there are targets classifies all of
    them. It finds the patient who moves a table's summaries, and says little of the others.

    Attributes:
        summary: ``naive`` (mean, deviation and median of each column), ``histogram`` (shares of values),
            ``correlation`` of the columns that vary most, or ``all``.
        penalty: Ridge penalty, as a share of the mean eigenvalue of the tables' inner products.
        models: Shadow models, a multiple of 8.
    """

    title: ClassVar[str] = "Classifier of whole tables"
    question: ClassVar[str] = "Do the table's summaries look as if this patient had been in the training data?"
    source: ClassVar[str] = "Stadler et al., Synthetic data: anonymisation groundhog day, USENIX Security 2022"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.SYNTHETIC, Need.TRAINER})
    threat_model: ClassVar[str] = (
        "The attacker holds the synthetic table and the generator's recipe, trains shadow models, and learns from "
        "them which summaries of a whole table tell in from out."
    )
    presets: ClassVar[frozenset[str]] = frozenset()
    measures_power: ClassVar[frozenset[str]] = frozenset()
    background: ClassVar[Background] = "reference"

    summary: Summary = "all"
    penalty: float = 1.0
    models: int = 64

    def __post_init__(self) -> None:
        check_choice(SUMMARIES, summary=self.summary)
        check_positive(penalty=self.penalty)
        check_models(self.models)

    def score(self, targets: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        """Return the regression's answer, shape ``(n,)``."""
        del rng  # nothing is drawn
        shadows = train_shadow_models(targets, knowledge, models=self.models)
        encoder = FeatureEncoder.fit(targets.schema, knowledge.units)
        # Shadow models publish no wild numbers, so a mean or deviation that these moved would compare with nothing.
        published = plausible_rows(knowledge)
        spread = np.var(encoder.dense(published.take(slice(0, 2_000))), axis=0)
        widest = np.sort(np.argsort(-spread, kind="stable")[:MAX_COLUMNS])
        summaries = shadows.evaluate(published, lambda table: self._summaries(encoder.dense(table), widest))
        centred = summaries - summaries[1:].mean(axis=0)
        scale = centred[1:].std(axis=0)
        centred = np.divide(centred, scale, out=np.zeros_like(centred), where=scale > 1e-9)
        gram = centred[1:] @ centred[1:].T  # (K, K)
        ridge = self.penalty * max(float(np.trace(gram)) / len(gram), 1e-9)
        inclusion = shadows.target_inclusion - shadows.target_inclusion.mean(axis=0)  # (K, n)
        weights = np.linalg.solve(gram + ridge * np.eye(len(gram)), inclusion)
        answers: np.ndarray = (centred[:1] @ centred[1:].T @ weights)[0]
        return answers

    def cost(self, work: Workload) -> float:
        """Return seconds on one core, without the training of shadow models, which several attacks share."""
        return work.comparison_seconds

    def _summaries(self, rows: np.ndarray, widest: np.ndarray) -> np.ndarray:
        """Return a table's summaries in one vector."""
        parts = []
        if self.summary in ("all", "naive"):
            parts += [rows.mean(axis=0), rows.std(axis=0), np.median(rows, axis=0)]
        if self.summary in ("all", "histogram"):
            # Encoded codes and levels are 0 or about 1, and numbers are standardised: these edges part them all.
            parts += [(rows > edge).mean(axis=0) for edge in (-1.0, -0.3, 0.3, 1.0)]
        if self.summary in ("all", "correlation"):
            centred = rows[:, widest] - rows[:, widest].mean(axis=0)
            norm = np.sqrt(np.square(centred).sum(axis=0))
            centred = np.divide(centred, norm, out=np.zeros_like(centred), where=norm > 0)
            parts.append((centred.T @ centred)[np.triu_indices(len(widest), 1)])
        return np.concatenate(parts).astype(np.float64)
