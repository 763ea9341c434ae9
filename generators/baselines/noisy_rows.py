"""Real rows with noise on every cell: what looks like protection and mostly is not."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from synthaudit.audit.errors import check_choice
from synthaudit.audit.records import Records
from synthaudit.generators.baselines.independent_columns import independent, sorted_columns
from synthaudit.generators.baselines.stored_values import StoredValues, shuffled_rounds


@dataclass(frozen=True)
class NoisyRows(StoredValues):
    """Publishes members with each cell disturbed with a given probability.

    Members go round in a random order before any is repeated.

    Attributes:
        rate: Probability that a cell is disturbed.
        perturbation: ``flip`` turns yes into no and no into yes, as the medGAN paper's baseline does (columns of other
            kinds are redrawn); ``redraw`` draws every disturbed cell from its column, which keeps the marginals.
    """

    title: ClassVar[str] = "Random noise"
    summary: ClassVar[str] = "Real rows, each cell disturbed with a small probability."
    source: ClassVar[str] = "Choi et al. (2017), MLHC, baseline RN"
    note: ClassVar[str] = "holds its members and publishes them with noise"

    rate: float = 0.1
    perturbation: Literal["flip", "redraw"] = "flip"

    def __post_init__(self) -> None:
        if not 0 <= self.rate <= 1:
            raise ValueError(f"expected rate in [0, 1], got {self.rate}")
        check_choice(("flip", "redraw"), perturbation=self.perturbation)

    def release(self, stored: Records, size: int, *, rng: np.random.Generator) -> Records:
        """Disturb whole rounds of the members."""
        rows = stored.take(shuffled_rounds(len(stored), size, rng))
        other = independent(sorted_columns(stored), size, rng)
        hit = rng.random(rows.codes.shape, dtype=np.float32) < self.rate
        codes = np.where(hit, other.codes, rows.codes)
        if self.perturbation == "flip":
            schema = rows.schema
            binary = np.array([schema.columns[at].kind == "binary" for at in schema.codes], dtype=bool)
            codes[:, binary] = rows.codes[:, binary] ^ hit[:, binary]
        rest = np.where(rng.random(rows.rest.shape) < self.rate, other.rest, rows.rest)
        return Records(rows.schema, codes, rest, np.arange(size))
