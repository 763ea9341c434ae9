"""Membership inference by pairwise ratios: the patient against strangers, each against a world without them."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthaudit.attacks.membership.shadow.shadow_models import check_models, train_shadow_models
from synthaudit.attacks.membership.shadow.signals import SIGNALS, Signal, SignalExtractor
from synthaudit.audit.errors import check_choice, check_positive
from synthaudit.audit.knowledge import Knowledge, Need
from synthaudit.audit.records import Records
from synthaudit.audit.workload import Workload


@dataclass(frozen=True)
class RMIA:
    """The robust attack of Zarifzadeh et al. (ICML 2024) with a synthetic table's density in place of a likelihood.

    A record's ratio is its density in the published table over its mean density in the tables of shadow models that
    did not see it (offline) or of all of them (online). Threat model: synthetic rows, the generator's recipe, and
    further real records if there are any. Score: the share of strangers whose ratio the target's beats by the factor
    ``gamma``; strangers are the reference records, or where there are none the other targets.

    Attributes:
        signal: What is read off a table; densities are logarithms, distances stand for them as ``exp(-distance)``.
        online: Whether models that saw the record count too.
        gamma: Factor by which a stranger must be beaten.
        models: Shadow models, a multiple of 8.
    """

    title: ClassVar[str] = "Robust pairwise ratio with shadow models"
    question: ClassVar[str] = "Does the table favour this patient over strangers more than other models would?"
    source: ClassVar[str] = "Zarifzadeh et al., RMIA, ICML 2024"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.SYNTHETIC, Need.TRAINER})
    threat_model: ClassVar[str] = (
        "The attacker holds the synthetic table and the generator's recipe, trains shadow models, and compares "
        "each target's rise over them with that of other people."
    )
    presets: ClassVar[frozenset[str]] = frozenset({"thorough"})
    measures_power: ClassVar[frozenset[str]] = frozenset()

    signal: Signal = "cosine"
    online: bool = True
    gamma: float = 1.0
    models: int = 16

    def __post_init__(self) -> None:
        check_choice(SIGNALS, signal=self.signal)
        check_positive(gamma=self.gamma)
        check_models(self.models)

    def score(self, targets: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        """Return the share of strangers that are beaten, in [0, 1], shape ``(n,)``; a tie counts one half."""
        shadows = train_shadow_models(targets, knowledge, models=self.models)
        rows = Records.concat([targets.with_patients(np.arange(len(targets))), shadows.population])
        read = shadows.read(knowledge.synthetic, SignalExtractor(rows, knowledge, rng).of(self.signal))
        inside = np.concatenate([shadows.targets, shadows.others], axis=1)
        counted = np.ones_like(inside) if self.online else ~inside
        ratio = read[0] - _log_mean(read[1:], counted)
        first = len(targets)
        strangers = np.sort(ratio[first:] if first < len(ratio) else ratio) + np.log(self.gamma)
        below, upto = (np.searchsorted(strangers, ratio[:first], side=side) for side in ("left", "right"))
        scores: np.ndarray = (below + upto) / (2 * len(strangers))
        return scores

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return work.comparison_seconds


def _log_mean(logs: np.ndarray, counted: np.ndarray) -> np.ndarray:
    """Return the logarithm of the mean of ``exp(logs)`` over the models that count, shape ``(n,)``."""
    top = np.where(counted, logs, -np.inf).max(axis=0)
    total = np.where(counted, np.exp(np.minimum(logs - top, 0.0)), 0.0).sum(axis=0)
    mean: np.ndarray = top + np.log(total) - np.log(counted.sum(axis=0))
    return mean
