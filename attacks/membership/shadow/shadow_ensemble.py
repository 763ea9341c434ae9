"""Membership inference by several signals at once, weighed as shadow models teach."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthaudit.attacks.membership.shadow.in_out_statistics import InOutStatistics, learned
from synthaudit.attacks.membership.shadow.shadow_models import check_models, train_shadow_models
from synthaudit.attacks.membership.shadow.signals import SIGNALS, Signal, SignalExtractor
from synthaudit.audit.errors import check_choice, check_positive
from synthaudit.audit.knowledge import Knowledge, Need
from synthaudit.audit.records import Records
from synthaudit.audit.workload import Workload


@dataclass(frozen=True)
class ShadowEnsemble:
    """An ensemble of signals, each against its shadows, with weights learned on shadows only.

    In the spirit of the strongest entries of the MIDST challenge (2025), which blended distances and ratios by a
    classifier trained on shadow models. Each signal is standardised as in ``LiRA``; a logistic regression learns from
    pairs of a target and a shadow which of them tell in from out. Threat model: synthetic rows, the generator's recipe,
    and further real records if there are any. Score: the log odds.

    Attributes:
        signals: What is read off each table.
        models: Shadow models, a multiple of 8.
        pairs: Pairs that the regression learns from, at most.
    """

    title: ClassVar[str] = "Blend of signals learned on shadow models"
    question: ClassVar[str] = "Do several weak traces of this patient add up, weighed as shadow models teach?"
    source: ClassVar[str] = "MIDST challenge at SaTML 2025, blended entries; Carlini et al., LiRA, S&P 2022"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.SYNTHETIC, Need.TRAINER})
    threat_model: ClassVar[str] = (
        "The attacker holds the synthetic table and the generator's recipe, trains shadow models, and learns from "
        "them how to weigh several signals."
    )
    presets: ClassVar[frozenset[str]] = frozenset({"thorough"})
    measures_power: ClassVar[frozenset[str]] = frozenset()

    signals: tuple[Signal, ...] = SIGNALS
    models: int = 16
    pairs: int = 60_000

    def __post_init__(self) -> None:
        for signal in self.signals:
            check_choice(SIGNALS, signal=signal)
        if not self.signals:
            raise ValueError("expected at least one signal, got none")
        check_positive(pairs=self.pairs)
        check_models(self.models)

    def score(self, targets: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        """Return the log odds of 'in', shape ``(n,)``."""
        shadows = train_shadow_models(targets, knowledge, models=self.models)
        reading = SignalExtractor(targets, knowledge, rng)
        functions = [reading.of(signal) for signal in self.signals]
        # Tables on the outside, so that each is read from disk once.
        read = shadows.read(knowledge.synthetic, lambda table: np.stack([function(table) for function in functions]))
        deviations = [InOutStatistics.of(read[:, at], shadows.targets).deviations() for at in range(len(functions))]
        return learned(np.stack(deviations, axis=-1), shadows.targets, rows=self.pairs, rng=rng)

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return work.comparison_seconds
