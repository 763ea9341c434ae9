"""Real rows with noise on every cell: what looks like protection and mostly is not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from synthaudit.audit.errors import check_choice
from synthaudit.audit.protocols import Progress, Training
from synthaudit.audit.records import KINDS, Kind, Records, Schema
from synthaudit.audit.workload import Workload
from synthaudit.generators.baselines.marginal import independent, sorted_columns
from synthaudit.generators.baselines.stored_rows import some

HELD = Training(notes=("holds its members and publishes them with noise",))


@dataclass(frozen=True)
class Noise:
    """Publishes members with each cell disturbed with a given probability.

    Attributes:
        rate: Probability that a cell is disturbed.
        how: ``flip`` turns yes and no round, as the medGAN paper's baseline does (columns of other kinds are redrawn);
            ``redraw`` draws every disturbed cell from its column, which keeps the marginals.
    """

    title: ClassVar[str] = "Random noise"
    summary: ClassVar[str] = "Real rows, each cell disturbed with a small probability."
    source: ClassVar[str] = "Choi et al. (2017), MLHC, baseline RN"
    kinds: ClassVar[frozenset[Kind]] = frozenset(KINDS)
    control: ClassVar[bool] = False

    rate: float = 0.1
    how: Literal["flip", "redraw"] = "flip"

    def __post_init__(self) -> None:
        if not 0 <= self.rate <= 1:
            raise ValueError(f"expected rate in [0, 1], got {self.rate}")
        check_choice(("flip", "redraw"), how=self.how)

    def fit(self, members: Records, *, seed: int, device: str = "cpu", progress: Progress | None = None) -> "NoisyRows":
        """Keep the members. Raises ``TrainingError`` where there are none."""
        del seed, device, progress  # nothing is trained
        return NoisyRows(self, some(members, self.title), sorted_columns(members))

    def cost(self, work: Workload) -> float:
        """Return 0: nothing is trained."""
        del work
        return 0.0

    def restore(self, schema: Schema, state: Mapping[str, np.ndarray], training: Training) -> "NoisyRows":
        """Put what was fitted together from its ``state``."""
        members = Records(schema, state["codes"], state["rest"], np.arange(len(state["codes"])))
        return NoisyRows(self, members, sorted_columns(members), training)


@dataclass(frozen=True, eq=False)
class NoisyRows:
    """Members held for disturbance."""

    recipe: Noise
    members: Records
    columns: Records
    training: Training = HELD

    @property
    def schema(self) -> Schema:
        """The columns of every sample."""
        return self.members.schema

    def state(self) -> Mapping[str, np.ndarray]:
        """Return the values that are held."""
        return {"codes": self.members.codes, "rest": self.members.rest}

    def sample(self, size: int, *, seed: int) -> Records:
        """Return ``size`` rows; members go round in a random order before any is repeated."""
        rng = np.random.default_rng(seed)
        rounds = [rng.permutation(len(self.members)) for _ in range(max(1, -(-size // len(self.members))))]
        base = self.members.take(np.concatenate(rounds)[:size])
        other = independent(self.columns, size, rng)
        hit = rng.random(base.codes.shape, dtype=np.float32) < self.recipe.rate
        codes = np.where(hit, other.codes, base.codes)
        if self.recipe.how == "flip":
            schema = base.schema
            binary = np.array([schema.columns[at].kind == "binary" for at in schema.codes], dtype=bool)
            codes[:, binary] = base.codes[:, binary] ^ hit[:, binary]
        rest = np.where(rng.random(base.rest.shape) < self.recipe.rate, other.rest, base.rest)
        return Records(base.schema, codes, rest, np.arange(size))
