"""Membership inference by an attacker who samples the generator: as many rows as wanted, not only the published."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from synthaudit.attacks.attacker_scale import DISTANCES, Distance, nearest_on_attacker_scale
from synthaudit.attacks.kernel import Kernel
from synthaudit.audit.errors import check_choice, check_positive
from synthaudit.audit.knowledge import Knowledge, Need, require_fresh_samples
from synthaudit.audit.records import Records
from synthaudit.audit.workload import Workload


@dataclass(frozen=True)
class FreshSamples:
    """Nearness of rows sampled afresh from the generator (GAN-Leaks, full black box; Chen et al., CCS 2020).

    Score: ``d(x, R) - d(x, S)``, distances to the nearest row, or ``log p_S(x) - log p_R(x)`` by a kernel; without
    reference records ``-d(x, S)`` or ``log p_S(x)``. S holds published and fresh rows together: a short table hides how
    near the generator can come to a patient, and who may sample it does not depend on the table.

    Attributes:
        form: ``nearest`` or ``density``.
        metric: The distance; ``auto`` by the schema.
        sample_factor: Rows sampled, as a multiple of the members.
    """

    title: ClassVar[str] = "Nearest of fresh samples"
    question: ClassVar[str] = "Does a generator that may be sampled at will come closer to patients it was trained on?"
    source: ClassVar[str] = "Chen et al., GAN-Leaks, CCS 2020 (full black box, calibrated)"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.SYNTHETIC, Need.SAMPLER})
    threat_model: ClassVar[str] = (
        "The attacker holds the synthetic table and can sample the generator at will; it measures how near the "
        "sampled rows come to each target."
    )
    presets: ClassVar[frozenset[str]] = frozenset({"thorough"})
    measures_power: ClassVar[frozenset[str]] = frozenset()

    form: Literal["nearest", "density"] = "nearest"
    metric: Distance = "auto"
    sample_factor: int = 10

    def __post_init__(self) -> None:
        check_choice(("nearest", "density"), form=self.form)
        check_choice(DISTANCES, metric=self.metric)
        check_positive(sample_factor=self.sample_factor)

    def score(self, targets: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        """Return how much nearer, or denser, the generator's rows are than real ones, shape ``(n,)``."""
        rows = Records.concat([knowledge.synthetic, require_fresh_samples(knowledge)])
        real = knowledge.real
        if self.form == "nearest":
            scores = (
                -nearest_on_attacker_scale(targets, rows, knowledge, metric=self.metric)
                .distance[:, 0]
                .astype(np.float64)
            )
            if real is not None:
                scores += nearest_on_attacker_scale(targets, real, knowledge, metric=self.metric).distance[:, 0]
            return scores
        background = real if real is not None else knowledge.synthetic
        kernel = Kernel.fit(background, knowledge.units, rng=rng)
        density = kernel.log_sum(targets, rows) - np.log(len(rows))
        if real is not None:
            density -= kernel.log_sum(targets, real) - np.log(len(real))
        ratio: np.ndarray = density
        return ratio

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return work.comparison_seconds
