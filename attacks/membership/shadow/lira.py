"""Membership inference by likelihood ratio: what would this table look like had the patient been in, and had not?"""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from synthaudit.attacks.membership.shadow.in_out_statistics import InOutStatistics
from synthaudit.attacks.membership.shadow.shadow_models import (
    BACKGROUNDS,
    Background,
    check_models,
    train_shadow_models,
)
from synthaudit.attacks.membership.shadow.signals import SIGNALS, Signal, SignalExtractor
from synthaudit.audit.errors import check_choice
from synthaudit.audit.knowledge import Knowledge, Need
from synthaudit.audit.records import Records
from synthaudit.audit.workload import Workload

MODELS_FOR_OWN_VARIANCE = 64
"""Models from which a target's own variance can be told; with fewer it is pooled over targets."""


@dataclass(frozen=True)
class LiRA:
    """The likelihood ratio attack (Carlini et al., S&P 2022) on a signal of the synthetic table.

    Score: online, ``log N(s; mean in, v) - log N(s; mean out, v)`` of the published table's signal s, with one variance
    and each target's effect shrunk towards the mean effect; offline, ``(s - mean out) / sd out``, from models without
    the target only. Means and variances are those of the same signal in the tables of shadow models: what makes a
    record easy or hard to imitate cancels. A target's own variance counts from 64 models on; with fewer it is pooled.
    Memory: 8 bytes per target and model, and one table at a time.

    Attributes:
        signal: What is read off a table.
        mode: ``online`` or ``offline``.
        models: Shadow models, a multiple of 8.
        background: What fills the shadow models up besides the targets.
    """

    title: ClassVar[str] = "Likelihood ratio attack (LiRA)"
    question: ClassVar[str] = "Does the table look like those of models that were trained on this patient?"
    source: ClassVar[str] = "Carlini et al., LiRA, S&P 2022"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.SYNTHETIC, Need.TRAINER})
    threat_model: ClassVar[str] = (
        "The attacker holds the synthetic table and the generator's recipe, trains shadow models with and without "
        "each target, and compares their tables with the published one."
    )
    presets: ClassVar[frozenset[str]] = frozenset({"thorough"})
    measures_power: ClassVar[frozenset[str]] = frozenset()

    signal: Signal = "cosine"
    mode: Literal["online", "offline"] = "online"
    models: int = 16
    background: Background = "reference"

    def __post_init__(self) -> None:
        check_choice(SIGNALS, signal=self.signal)
        check_choice(("online", "offline"), mode=self.mode)
        check_choice(BACKGROUNDS, background=self.background)
        check_models(self.models)

    def score(self, targets: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        """Return the log likelihood ratio or the standardised signal, shape ``(n,)``."""
        shadows = train_shadow_models(targets, knowledge, models=self.models, background=self.background)
        signal = SignalExtractor(targets, knowledge, rng).reader(self.signal)
        statistics = InOutStatistics.of(shadows.evaluate(knowledge.synthetic, signal), shadows.target_inclusion)
        own_variance = len(shadows.tables) >= MODELS_FOR_OWN_VARIANCE
        if self.mode == "offline":
            offline: np.ndarray = (statistics.published - statistics.mean(False)) / np.sqrt(
                _variance(statistics, False, own=own_variance)
            )
            return offline
        middle = (statistics.mean(True) + statistics.mean(False)) / 2
        # With one variance the log ratio of two Gaussians is linear: effect x (s - middle) / variance.
        online: np.ndarray = (
            statistics.effect() * (statistics.published - middle) / _variance(statistics, True, False, own=own_variance)
        )
        return online

    def cost(self, work: Workload) -> float:
        """Return seconds on one core, without the training of shadow models, which several attacks share."""
        return work.comparison_seconds


def _variance(statistics: InOutStatistics, *sides: bool, own: bool) -> np.ndarray | float:
    """Return each target's own variance, shape ``(n,)``, or the variance pooled over targets.

    One degree of freedom of the pooled variance keeps a constant signal's own from being 0.
    """
    return statistics.variance(*sides, prior=1.0) if own else statistics.pooled_variance(*sides)


@dataclass(frozen=True)
class SyntheticLiRA(LiRA):
    """``LiRA`` by an attacker without real records: shadow models are filled up with the synthetic table itself.

    Score: as ``LiRA``. The shadows imitate an imitation, so that scores are biased, the same for members and others;
    they rank targets and are no likelihoods.
    """

    title: ClassVar[str] = "Likelihood ratio attack with shadows of the synthetic table"
    question: ClassVar[str] = "Can an attacker with nothing but the synthetic table train shadow models that tell?"
    source: ClassVar[str] = "Guepin et al., Synthetic is all you need, ESORICS workshops 2023"
    threat_model: ClassVar[str] = (
        "The attacker holds the synthetic table and the generator's recipe but no real records, and trains shadow "
        "models on the targets and the table itself."
    )
    presets: ClassVar[frozenset[str]] = frozenset()
    measures_power: ClassVar[frozenset[str]] = frozenset()

    background: Background = "synthetic"
