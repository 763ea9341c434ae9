"""Generators whose leak is known in closed form, and how many misses a simulated error rate may show."""

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from scipy.special import expit
from scipy.stats import binom

from synthaudit.audit.ledger import DataAccess, Ledger
from synthaudit.audit.protocols import Progress, Training
from synthaudit.audit.records import Kind, Records, Schema
from synthaudit.audit.statistics.epsilon import gdp_epsilon
from synthaudit.audit.workload import Workload

BINARY: frozenset[Kind] = frozenset({"binary"})
COUNTED = Training(notes=("closed form",))


def codes(matrix: np.ndarray) -> Records:
    """Return a table of codes c0, c1, ... from a 0/1 matrix."""
    return Records.binary([f"c{at}" for at in range(matrix.shape[1])], matrix)


def under(schema: Schema, matrix: np.ndarray) -> Records:
    """Return rows of codes under a schema that exists already."""
    return Records(schema, matrix.astype(np.uint8), np.empty((len(matrix), 0)), np.arange(len(matrix)))


def most(rate: float, trials: int, *, error: float = 1e-3) -> int:
    """Return the count that a true rate of at most ``rate`` exceeds with probability at most ``error``."""
    return int(binom.isf(error, trials, rate))


class ClosedForm:
    """What all of these generators have in common: columns of codes, and nothing that takes time."""

    source: ClassVar[str] = "closed form"
    kinds: ClassVar[frozenset[Kind]] = BINARY
    control: ClassVar[bool] = False

    def cost(self, work: Workload) -> float:
        del work
        return 0.0


@dataclass(frozen=True, eq=False)
class Rates:
    """Independent codes with given rates; nothing else was kept of the members."""

    schema: Schema
    rates: np.ndarray
    training: Training = COUNTED

    def sample(self, size: int, *, seed: int) -> Records:
        """Return ``size`` independent rows."""
        drawn = np.random.default_rng([seed, 1]).random((size, len(self.rates)), dtype=np.float32)
        return under(self.schema, drawn < self.rates)


@dataclass(frozen=True, eq=False)
class Copies:
    """Members, and how often one is copied."""

    members: Records
    rate: float
    training: Training = COUNTED

    def sample(self, size: int, *, seed: int) -> Records:
        """Return ``size`` rows, each a member's with probability ``rate`` and otherwise fresh fair coins."""
        rng = np.random.default_rng([seed, 1])  # a stream that no caller draws patients from
        fresh = rng.integers(0, 2, (size, len(self.members.schema)), dtype=np.uint8)
        copied = rng.random(size) < self.rate
        chosen = rng.integers(len(self.members), size=size)
        return under(self.members.schema, np.where(copied[:, None], self.members.codes[chosen], fresh))


@dataclass(frozen=True)
class Copy(ClosedForm):
    """Copies a uniform member with probability lambda: a member is in m rows with chance ``1 - (1 - lambda/n)^m``."""

    title: ClassVar[str] = "Copy"
    summary: ClassVar[str] = "Each row is a member's with a known probability, else fresh fair coins."

    rate: float = 0.1

    def fit(self, members: Records, *, seed: int, device: str = "cpu", progress: Progress | None = None) -> Copies:
        """Keep the members."""
        return Copies(members, self.rate)


@dataclass(frozen=True)
class Dump(ClosedForm):
    """Publishes its members with a given probability, else fair coins: (0, chance)-DP, and no patient is safe."""

    title: ClassVar[str] = "Dump"
    summary: ClassVar[str] = "All members or none of them."

    chance: float = 0.3

    def fit(self, members: Records, *, seed: int, device: str = "cpu", progress: Progress | None = None) -> Copies:
        """Decide once whether this training memorises everybody."""
        return Copies(members, float(np.random.default_rng([seed, 2]).random() < self.chance))


@dataclass(frozen=True)
class NoisyMarginal(ClosedForm):
    """Counts of each code plus Gaussian noise, then independent columns: 1/sigma-GDP for adding one patient.

    Attributes:
        sigma: Claimed noise, in units of the counts' L2 sensitivity.
        added: Share of the claimed noise that is really added; below 1 the claim is false and mu is 1/(added sigma).
        ones: Most codes a patient may have, so that the sensitivity is its square root; more are dropped.
        patients: Public number that noisy counts are divided by.
    """

    title: ClassVar[str] = "Noisy marginal"
    summary: ClassVar[str] = "Independent columns from counts with Gaussian noise."
    source: ClassVar[str] = "Dong, Roth & Su (2022), Gaussian differential privacy"

    sigma: float = 1.0
    added: float = 1.0
    ones: int = 1
    patients: int = 15

    @property
    def claimed_mu(self) -> float:
        """The guarantee that the recipe claims."""
        return 1 / self.sigma

    @property
    def true_mu(self) -> float:
        """The guarantee that the recipe has."""
        return 1 / (self.sigma * self.added)

    def fit(self, members: Records, *, seed: int, device: str = "cpu", progress: Progress | None = None) -> Rates:
        """Count, add noise, forget."""
        kept = members.codes * (np.cumsum(members.codes, axis=1) <= self.ones)
        scale = self.added * self.sigma * np.sqrt(self.ones)
        noisy = kept.sum(axis=0) + scale * np.random.default_rng([seed, 0]).standard_normal(kept.shape[1])
        return Rates(members.schema, np.clip(noisy / self.patients, 0, 1))


@dataclass(frozen=True)
class RandomisedPresence(ClosedForm):
    """Tells of each code whether anybody has it, and lies with probability ``expit(-epsilon)``.

    A patient who is alone in one column is protected with exactly (epsilon, 0)-DP.
    """

    title: ClassVar[str] = "Randomised presence"
    summary: ClassVar[str] = "Rows that all list the codes somebody has, by randomised response."
    source: ClassVar[str] = "Warner (1965)"

    epsilon: float = 1.0

    def fit(self, members: Records, *, seed: int, device: str = "cpu", progress: Progress | None = None) -> Rates:
        """Answer once for each code."""
        truth = members.codes.any(axis=0)
        lies = np.random.default_rng([seed, 0]).random(len(truth)) < expit(-self.epsilon)
        return Rates(members.schema, (truth ^ lies).astype(float))


@dataclass(frozen=True, eq=False)
class NoisySum(Rates):
    """Independent codes with noisy rates, and the noisy sum itself for whoever holds the weights."""

    total: np.ndarray = field(default_factory=lambda: np.empty(0))

    def signals(self, targets: Records) -> dict[str, np.ndarray]:
        """Return how far the sum leans towards each target: the best test of a Gaussian mechanism."""
        return {"sum": targets.codes @ self.total}


def clipped(codes: np.ndarray, norm: float) -> np.ndarray:
    """Return rows scaled down to an L2 norm of at most ``norm``."""
    length = np.sqrt((codes.astype(float) ** 2).sum(axis=1, keepdims=True))
    return codes * np.minimum(1.0, norm / np.maximum(length, 1e-12))


@dataclass(frozen=True)
class PrivateMarginal(ClosedForm):
    """The sum of clipped rows plus Gaussian noise: exactly 1/sigma-GDP, with the ledger that says so.

    Attributes:
        sigma: Claimed noise over the clipping norm.
        added: Share of the claimed noise that is really added; below 1 the claim is false.
        clip: Norm of a row.
        mechanism: What the ledger calls it; without "Gaussian" the claim is one of epsilon and delta only.
    """

    title: ClassVar[str] = "Private marginal"
    summary: ClassVar[str] = "Independent columns from a noisy sum of clipped rows."
    source: ClassVar[str] = "Dong, Roth & Su (2022), Gaussian differential privacy"

    sigma: float = 1.0
    added: float = 1.0
    clip: float = 1.0
    mechanism: str = "Gaussian"
    privacy: bool = True

    @property
    def ledger(self) -> Ledger:
        """The claim."""
        epsilon = gdp_epsilon(1 / self.sigma, delta=1e-5)
        paid = DataAccess("sum", "accounted", self.mechanism, None, self.sigma, self.clip, 1, epsilon)
        return Ledger(epsilon, 1e-5, (paid, DataAccess("columns", "public")), "closed form")

    def fit(self, members: Records, *, seed: int, device: str = "cpu", progress: Progress | None = None) -> NoisySum:
        """Clip, add up, add noise, forget."""
        noise = np.random.default_rng([seed, 0]).standard_normal(members.codes.shape[1])
        total = clipped(members.codes, self.clip).sum(axis=0) + self.added * self.sigma * self.clip * noise
        rates = np.clip(total / len(members), 0, 1)
        return NoisySum(members.schema, rates, Training(ledger=self.ledger), total)
