"""Membership inference by several signals at once, with weights learned on shadow models."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthaudit.attacks.membership.shadow.in_out_statistics import InOutStatistics, learn_log_odds
from synthaudit.attacks.membership.shadow.shadow_models import Background, check_models, train_shadow_models
from synthaudit.attacks.membership.shadow.signals import SIGNALS, Signal, SignalExtractor
from synthaudit.audit.errors import check_choice, check_positive
from synthaudit.audit.knowledge import Knowledge, Need
from synthaudit.audit.records import Records
from synthaudit.audit.workload import Workload


@dataclass(frozen=True)
class ShadowEnsemble:
    """Several signals, each standardised against its shadow models, with weights learned on these.

    Score: the log odds of 'in' by a logistic regression, which learns from pairs of a target and a shadow which of the
    signals tell in from out. After the strongest entries of the MIDST challenge (2025), which combined distances and
    ratios by a classifier trained on shadow models.

    Attributes:
        signals: What is read off each table.
        models: Shadow models, a multiple of 8.
        max_pairs: Pairs that the regression learns from, at most.
    """

    title: ClassVar[str] = "Ensemble of signals learned on shadow models"
    question: ClassVar[str] = "Do several weak traces of this patient add up, weighed as shadow models teach?"
    source: ClassVar[str] = "MIDST challenge at SaTML 2025, blended entries; Carlini et al., LiRA, S&P 2022"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.SYNTHETIC, Need.TRAINER})
    threat_model: ClassVar[str] = (
        "The attacker holds the synthetic table and the generator's recipe, trains shadow models, and learns from "
        "them how to weigh several signals."
    )
    presets: ClassVar[frozenset[str]] = frozenset({"thorough"})
    measures_power: ClassVar[frozenset[str]] = frozenset()
    background: ClassVar[Background] = "reference"

    signals: tuple[Signal, ...] = SIGNALS
    models: int = 16
    max_pairs: int = 60_000

    def __post_init__(self) -> None:
        for signal in self.signals:
            check_choice(SIGNALS, signal=signal)
        if not self.signals:
            raise ValueError("expected at least one signal, got none")
        check_positive(max_pairs=self.max_pairs)
        check_models(self.models)

    def score(self, targets: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        """Return the log odds of 'in', shape ``(n,)``."""
        shadows = train_shadow_models(targets, knowledge, models=self.models)
        extractor = SignalExtractor(targets, knowledge, rng)
        readers = [extractor.reader(signal) for signal in self.signals]
        # Tables on the outside, so that each is read from disk once.
        values = shadows.evaluate(knowledge.synthetic, lambda table: np.stack([reader(table) for reader in readers]))
        inclusion = shadows.target_inclusion
        features = [InOutStatistics.of(values[:, at], inclusion).standardized() for at in range(len(readers))]
        return learn_log_odds(np.stack(features, axis=-1), inclusion, max_pairs=self.max_pairs, rng=rng)

    def cost(self, work: Workload) -> float:
        """Return seconds on one core, without the training of shadow models, which several attacks share."""
        return work.comparison_seconds
