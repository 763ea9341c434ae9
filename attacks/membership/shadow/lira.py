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

OWN = 64
"""Models from which a target's own variance can be told; with fewer it is pooled over targets."""


@dataclass(frozen=True)
class LiRA:
    """The likelihood ratio attack (Carlini et al., S&P 2022) on a signal of the synthetic table.

    A record's signal is compared with the same signal in the tables of shadow models that saw the record and of
    models that did not: what makes a record easy or hard to imitate cancels. Threat model: synthetic rows, the
    generator's recipe, and further real records if there are any. Score: online, ``log N(s; in) - log N(s; out)`` with
    one variance and each target's effect drawn towards the mean effect; offline, ``(s - mean out) / sd out``, from
    models without the target only. A target's own variance counts from 64 models on; with fewer it is pooled.

    Memory: 8 bytes a target and model, and one table at a time.

    Attributes:
        signal: What is read off a table.
        form: ``online`` or ``offline``.
        models: Shadow models, a multiple of 8.
        background: What fills the shadow models up besides the targets.
    """

    title: ClassVar[str] = "Likelihood ratio with shadow models"
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
    form: Literal["online", "offline"] = "online"
    models: int = 16
    background: Background = "reference"

    def __post_init__(self) -> None:
        check_choice(SIGNALS, signal=self.signal)
        check_choice(("online", "offline"), form=self.form)
        check_choice(BACKGROUNDS, background=self.background)
        check_models(self.models)

    def score(self, targets: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        """Return the log likelihood ratio or the standardised signal, shape ``(n,)``."""
        shadows = train_shadow_models(targets, knowledge, models=self.models, background=self.background)
        signal = SignalExtractor(targets, knowledge, rng).of(self.signal)
        standing = InOutStatistics.of(shadows.read(knowledge.synthetic, signal), shadows.targets)
        prior = 0.0 if len(shadows.tables) >= OWN else np.inf
        if self.form == "offline":
            out = standing.variance(False, prior=prior) if prior else _own(standing, False)
            offline: np.ndarray = (standing.published - standing.mean(False)) / np.sqrt(out)
            return offline
        both = standing.variance(True, False, prior=prior) if prior else _own(standing, True, False)
        middle = (standing.mean(True) + standing.mean(False)) / 2
        # With one variance the log ratio of two Gaussians is linear: effect x (s - middle) / variance.
        online: np.ndarray = standing.effect() * (standing.published - middle) / both
        return online

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return work.comparison_seconds


def _own(standing: InOutStatistics, *sides: bool) -> np.ndarray:
    """Return each target's own variance; one degree of the pooled one keeps a constant signal from dividing by 0."""
    return standing.variance(*sides, prior=1.0)


@dataclass(frozen=True)
class SyntheticLiRA(LiRA):
    """``LiRA`` by an attacker without real records: shadow models are filled up with the synthetic table itself.

    "Synthetic is all you need" (Guepin et al., 2023). The shadows imitate an imitation, so that scores are biased, the
    same for members and others; they rank targets and are no likelihoods. Threat model: synthetic rows and the
    generator's recipe. Score: as ``LiRA``.
    """

    title: ClassVar[str] = "Likelihood ratio, shadow models of the synthetic table"
    question: ClassVar[str] = "Can an attacker with nothing but the synthetic table train shadow models that tell?"
    source: ClassVar[str] = "Guepin et al., Synthetic is all you need, ESORICS workshops 2023"
    threat_model: ClassVar[str] = (
        "The attacker holds the synthetic table and the generator's recipe but no real records, and trains shadow "
        "models on the targets and the table itself."
    )
    presets: ClassVar[frozenset[str]] = frozenset()
    measures_power: ClassVar[frozenset[str]] = frozenset()

    background: Background = "synthetic"
