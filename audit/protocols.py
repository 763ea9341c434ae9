"""The house on one screen: what a generator, an attack and a metric promise.

Facts about a class travel with the class, so that one more of it is one module, one line in a catalogue and one test.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal, Protocol, runtime_checkable

import numpy as np

from synthaudit.audit.knowledge import Knowledge, Need
from synthaudit.audit.ledger import Ledger
from synthaudit.audit.records import Kind, Records
from synthaudit.audit.statistics import Measurement, NotMeasured
from synthaudit.audit.workload import Workload

Progress = Callable[[str, int, int], None]
"""Called with (phase, steps done, steps in all) while a generator trains."""


@dataclass(frozen=True)
class Training:
    """How a training went.

    Attributes:
        losses: One curve per name, sampled along training; keys such as ``autoencoder``, ``generator``.
        steps: Optimiser steps in all.
        problem: Why the model should not be trusted (non-finite loss, collapse), or None.
        notes: Facts a report should state, such as how outputs are drawn.
        ledger: Every access to real records and its epsilon, where the recipe claims differential privacy.
    """

    losses: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    steps: int = 0
    problem: str | None = None
    notes: tuple[str, ...] = ()
    ledger: Ledger | None = None


@runtime_checkable
class Fitted(Protocol):
    """A trained generator: it can be sampled, and holds no real record unless its recipe says so."""

    @property
    def training(self) -> Training:
        """How the training went."""
        ...

    def sample(self, size: int, *, seed: int) -> Records:
        """Return ``size`` synthetic rows under the members' schema; the same seed gives the same rows."""
        ...


@runtime_checkable
class Generator(Protocol):
    """A recipe: hyperparameters only. Fields are its options.

    Attributes:
        title: Name for people.
        summary: What it is, in one sentence.
        source: Paper or program that it follows.
        kinds: Kinds of columns that it can learn.
        control: Whether its leak is known beforehand, so that it tests the audit rather than is tested.
    """

    title: ClassVar[str]
    summary: ClassVar[str]
    source: ClassVar[str]
    kinds: ClassVar[frozenset[Kind]]
    control: ClassVar[bool]

    def fit(self, members: Records, *, seed: int, device: str = "cpu", progress: Progress | None = None) -> Fitted:
        """Train on the members. Raises ``TrainingError`` where that is impossible."""
        ...

    def cost(self, work: Workload) -> float:
        """Return about how many seconds a training takes on one core; good to a factor of three."""
        ...


@runtime_checkable
class PrivateGenerator(Generator, Protocol):
    """A recipe that can train under differential privacy."""

    @property
    def privacy(self) -> object | None:
        """The privacy parameters; None trains without noise."""
        ...


@runtime_checkable
class StackedGenerator(Generator, Protocol):
    """A generator that trains K models in one pass."""

    def fit_stack(
        self,
        pool: Records,
        inclusion: np.ndarray,
        *,
        seeds: Sequence[int],
        device: str = "cpu",
        progress: Progress | None = None,
    ) -> tuple[Fitted, ...]:
        """Train K independent models, model k on the rows where ``inclusion[k]`` (shape ``(K, n)``) is true.

        Each equals, to floating-point tolerance, the model that ``fit`` trains alone on those rows with that seed.
        """
        ...


@runtime_checkable
class Attack(Protocol):
    """What every attack says of itself. Fields are its options.

    Attributes:
        title: Name for people.
        question: What the attacker asks, in one sentence with a question mark.
        source: Paper or program that it follows.
        threat_model: What the attacker holds and does, in one sentence.
        needs: What the attack cannot do without.
        presets: Presets that use it where a plan names no attacks.
    """

    title: ClassVar[str]
    question: ClassVar[str]
    source: ClassVar[str]
    threat_model: ClassVar[str]
    needs: ClassVar[frozenset[Need]]
    presets: ClassVar[frozenset[str]]

    def cost(self, work: Workload) -> float:
        """Return about how many seconds it takes on one core; good to a factor of three."""
        ...


@runtime_checkable
class MembershipAttack(Attack, Protocol):
    """An attacker who asks: was this patient in the training data? It scores and never grades itself.

    Attributes:
        measures_power: Presets whose planted leaks it is tried on.
    """

    measures_power: ClassVar[frozenset[str]]

    def score(self, targets: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        """Return one finite score per target, shape ``(n,)``; higher means more likely a member."""
        ...


@runtime_checkable
class ClaimingAttack(MembershipAttack, Protocol):
    """A membership attack with decision rules fixed beforehand, such as 'within distance h'."""

    def claims(self) -> Mapping[str, float]:
        """Return rules: a label to a threshold; the attacker claims 'member' where score >= threshold."""
        ...


@runtime_checkable
class RowwiseAttack(MembershipAttack, Protocol):
    """A membership attack that may look at each synthetic row alone, so that added rows are scored on their own."""

    @property
    def rowwise(self) -> bool:
        """Whether a score is the largest over the synthetic rows, each judged alone on a scale of real records."""
        ...


@runtime_checkable
class ShadowAttack(MembershipAttack, Protocol):
    """A membership attack that compares targets with what shadow models make of them."""

    @property
    def models(self) -> int:
        """How many shadow models it needs."""
        ...

    @property
    def background(self) -> str:
        """Which records fill the shadow models up besides the targets: ``reference`` or ``synthetic``."""
        ...


@runtime_checkable
class SamplingAttack(MembershipAttack, Protocol):
    """A membership attack that samples the generator itself."""

    @property
    def sample_factor(self) -> int:
        """Rows that it samples, as a multiple of the members."""
        ...


@dataclass(frozen=True, eq=False)
class Guesses:
    """What an attacker says of cells it does not know.

    Attributes:
        values: Guessed stored values, shape ``(n, p)`` in schema order; anything where the cell is known.
        confidence: How sure the attacker is, shape ``(n, p)``, in [0, 1]; comparable within a column.
    """

    values: np.ndarray
    confidence: np.ndarray


@runtime_checkable
class AttributeAttack(Attack, Protocol):
    """An attacker who knows some columns of a patient and asks for the rest."""

    def guess(self, targets: Records, known: np.ndarray, knowledge: Knowledge, *, rng: np.random.Generator) -> Guesses:
        """Guess every cell where ``known`` (shape ``(n, p)``, bool) is false.

        Cells the attacker does not know arrive blanked (0 for codes, NaN otherwise), so they cannot be read.
        """
        ...


@runtime_checkable
class ReidentificationAttack(Attack, Protocol):
    """An attacker who points at one patient: each try has its success, and it never learns which side it is on.

    The caller attempts the members and as many holdout patients, with random streams of the same seed: whatever is
    drawn from synthetic rows alone is then the same on both sides, and so is the number of tries. Only what succeeds
    more often on members than on the holdout is the generator's doing.
    """

    def attempt(self, targets: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        """Return whether each try succeeded, shape ``(tries,)``, bool; empty if none was made.

        An attack that knows only the chance of its success, such as one patient in a class of four, returns that:
        float64, in [0, 1], one try per patient.
        """
        ...


@runtime_checkable
class SinglingAttack(ReidentificationAttack, Protocol):
    """A re-identification attack whose tries are predicates; one succeeds if it describes exactly one patient.

    Who is described is what the intervals need: predicates that describe the same patients succeed and fail together.
    """

    @property
    def max_attempts(self) -> int:
        """Predicates asked for."""
        ...

    def describe(self, patients: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        """Return which patients, in the order of their numbers, each predicate describes, shape ``(patients, tries)``.

        Predicates are drawn from what the attacker holds alone, so that they are the same whoever the patients are.
        """
        ...


Better = Literal["higher", "lower"]


@dataclass(frozen=True)
class MetricResult:
    """The statistics of one fidelity metric on one synthetic table.

    Attributes:
        statistics: Named numbers with intervals.
        points: Named series of equal length for a figure, one value per column of the table. Values that rest on
            fewer patients than the small-count limit are left out by the metric.
        figures: Further figures by name, each with its own named series of equal length; under the same limit.
    """

    statistics: Mapping[str, Measurement]
    points: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    figures: Mapping[str, Mapping[str, tuple[float, ...]]] = field(default_factory=dict)

    @classmethod
    def not_measured(cls, names: Iterable[str], reason: str, **measured: Measurement) -> "MetricResult":
        """Return a result whose statistics ``names`` have a reason for their absence, but for those given."""
        return cls({**{name: NotMeasured(reason) for name in names}, **measured})


@runtime_checkable
class Metric(Protocol):
    """A fidelity metric: how near is the synthetic table to the real one?

    The runner calls ``measure`` twice, on (real, synthetic) and on (real, other real): the second is the yardstick.
    Fields are its options.

    Attributes:
        title: Name for people.
        question: What it asks, in one sentence with a question mark.
        source: Paper or program that it follows.
        better: Each statistic, and in which direction it gets better.
        presets: Presets that use it where a plan names no metrics.
    """

    title: ClassVar[str]
    question: ClassVar[str]
    source: ClassVar[str]
    better: ClassVar[Mapping[str, Better]]
    presets: ClassVar[frozenset[str]]

    def measure(
        self,
        real: Records,
        synthetic: Records,
        test: Records,
        *,
        rng: np.random.Generator,
        small_count: int = 10,
    ) -> MetricResult:
        """Compare ``synthetic`` with ``real`` (the members); ``test`` holds real records that neither was made from."""
        ...

    def cost(self, work: Workload) -> float:
        """Return about how many seconds one measurement takes on one core; good to a factor of three."""
        ...
