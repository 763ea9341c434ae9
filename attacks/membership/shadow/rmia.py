"""Membership inference by pairwise likelihood ratios: the target against other people, each over shadow models."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthaudit.attacks.membership.shadow.shadow_models import Background, check_models, train_shadow_models
from synthaudit.attacks.membership.shadow.signals import SIGNALS, Signal, SignalExtractor
from synthaudit.audit.errors import check_choice, check_positive
from synthaudit.audit.knowledge import Knowledge, Need
from synthaudit.audit.records import Records
from synthaudit.audit.workload import Workload


@dataclass(frozen=True)
class RMIA:
    """The robust attack of Zarifzadeh et al. (ICML 2024), with a table's density in place of a model's likelihood.

    Score: the share of other people z with ``ratio(x) > gamma x ratio(z)``, where ``ratio`` is a record's density in
    the published table over its mean density in the tables of shadow models: those that did not see it (offline) or all
    of them (online). Other people are the reference records, or where there are none the other targets.

    Attributes:
        signal: What is read off a table; densities are logarithms, distances stand for them as ``exp(-distance)``.
        online: Whether models that saw the record count, too.
        gamma: Factor by which another person's ratio must be beaten.
        models: Shadow models, a multiple of 8.
    """

    title: ClassVar[str] = "Robust pairwise ratio (RMIA)"
    question: ClassVar[str] = "Does the table favour this patient over other people more than other models would?"
    source: ClassVar[str] = "Zarifzadeh et al., RMIA, ICML 2024"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.SYNTHETIC, Need.TRAINER})
    threat_model: ClassVar[str] = (
        "The attacker holds the synthetic table and the generator's recipe, trains shadow models, and compares "
        "each target's rise over them with that of other people."
    )
    presets: ClassVar[frozenset[str]] = frozenset({"thorough"})
    measures_power: ClassVar[frozenset[str]] = frozenset()
    background: ClassVar[Background] = "reference"

    signal: Signal = "cosine"
    online: bool = True
    gamma: float = 1.0
    models: int = 16

    def __post_init__(self) -> None:
        check_choice(SIGNALS, signal=self.signal)
        check_positive(gamma=self.gamma)
        check_models(self.models)

    def score(self, targets: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        """Return the share of other people that are beaten, in [0, 1], shape ``(n,)``; a tie counts one half."""
        shadows = train_shadow_models(targets, knowledge, models=self.models)
        rows = Records.concat([targets.with_patients(np.arange(len(targets))), shadows.background])
        reader = SignalExtractor(rows, knowledge, rng).reader(self.signal)
        log_density = shadows.evaluate(knowledge.synthetic, reader)
        inclusion = np.concatenate([shadows.target_inclusion, shadows.background_inclusion], axis=1)
        log_ratio = log_density[0] - _log_mean(log_density[1:], np.ones_like(inclusion) if self.online else ~inclusion)
        of_targets, of_others = log_ratio[: len(targets)], log_ratio[len(targets) :]
        others = np.sort(of_others if len(of_others) else of_targets) + np.log(self.gamma)
        below, up_to = (np.searchsorted(others, of_targets, side=side) for side in ("left", "right"))
        scores: np.ndarray = (below + up_to) / (2 * len(others))
        return scores

    def cost(self, work: Workload) -> float:
        """Return seconds on one core, without the training of shadow models, which several attacks share."""
        return work.comparison_seconds


def _log_mean(logs: np.ndarray, included: np.ndarray) -> np.ndarray:
    """Return the logarithm of the mean of ``exp(logs)`` over the models included, shape ``(n,)``."""
    top = np.where(included, logs, -np.inf).max(axis=0)
    total = np.where(included, np.exp(np.minimum(logs - top, 0.0)), 0.0).sum(axis=0)
    mean: np.ndarray = top + np.log(total) - np.log(included.sum(axis=0))
    return mean
