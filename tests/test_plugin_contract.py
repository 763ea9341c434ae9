"""Each contract test passes a sound plug-in of its kind and catches one that breaks any single promise."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import pytest

from synthaudit.attacks.membership import MEMBERSHIP
from synthaudit.audit.errors import TrainingError
from synthaudit.audit.fidelity import METRICS
from synthaudit.audit.knowledge import Knowledge, Need
from synthaudit.audit.protocols import Better, Guesses, MetricResult, Training
from synthaudit.audit.records import KINDS, Cohort, Kind, Records
from synthaudit.audit.statistics import Estimate, NotMeasured
from synthaudit.audit.workload import Workload
from synthaudit.generators.baselines.fresh_cohort import FreshCohort
from synthaudit.generators.baselines.republish import Republish
from synthaudit.testing import (
    check_attribute_attack,
    check_generator,
    check_membership_attack,
    check_metric,
    check_reidentification_attack,
)


class Facts:
    """What every plug-in here says of itself."""

    title: ClassVar[str] = "Sound"
    summary: ClassVar[str] = "Keeps its contract."
    question: ClassVar[str] = "Does it keep its contract?"
    source: ClassVar[str] = "this test"
    threat_model: ClassVar[str] = "The attacker holds the synthetic table."
    needs: ClassVar[frozenset[Need]] = frozenset({Need.SYNTHETIC})
    presets: ClassVar[frozenset[str]] = frozenset()
    measures_power: ClassVar[frozenset[str]] = frozenset()
    kinds: ClassVar[frozenset[Kind]] = frozenset(KINDS)
    control: ClassVar[bool] = False
    better: ClassVar[Mapping[str, Better]] = {"overlap": "higher"}

    def cost(self, work: Workload) -> float:
        return 1e-9 * work.targets


@dataclass(frozen=True)
class Membership(Facts):
    """Counts codes."""

    weight: float = 1.0

    def score(self, targets: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        return self.weight * targets.codes.sum(axis=1).astype(np.float64)


@dataclass(frozen=True)
class Attribute(Facts):
    """Guesses 0."""

    def guess(self, targets: Records, known: np.ndarray, knowledge: Knowledge, *, rng: np.random.Generator) -> Guesses:
        return Guesses(np.zeros(known.shape), np.full(known.shape, 0.5))


@dataclass(frozen=True)
class Reidentification(Facts):
    """Points at nobody."""

    def attempt(self, targets: Records, knowledge: Knowledge, *, rng: np.random.Generator) -> np.ndarray:
        return np.zeros(7, dtype=bool)


@dataclass(frozen=True)
class Fidelity(Facts):
    """Measures nothing."""

    def measure(
        self, real: Records, synthetic: Records, test: Records, *, rng: np.random.Generator, small_count: int = 10
    ) -> MetricResult:
        return MetricResult({"overlap": Estimate(0.5, 0.4, 0.6, 0.95, 10, "none")}, {"x": (1.0,), "y": (2.0,)})


@dataclass(frozen=True)
class Copier(Facts):
    """Publishes members."""

    def fit(self, members: Records, *, seed: int, device: str = "cpu", progress: Any = None) -> "Copies":
        if not len(members):
            raise TrainingError("no members")
        return Copies(members)


@dataclass(frozen=True, eq=False)
class Copies:
    members: Records
    training: Training = field(default_factory=Training)

    def sample(self, size: int, *, seed: int) -> Records:
        rows = np.random.default_rng(seed).integers(len(self.members), size=size)
        return self.members.take(rows).with_patients(np.arange(size))


CHECKS: dict[type, Callable[..., None]] = {
    Membership: check_membership_attack,
    Attribute: check_attribute_attack,
    Reidentification: check_reidentification_attack,
    Fidelity: check_metric,
    Copier: check_generator,
}


@pytest.mark.parametrize("plugin", CHECKS, ids=lambda plugin: plugin.__name__)
def test_a_sound_plugin_passes_as_class_and_as_instance(plugin: type) -> None:
    CHECKS[plugin](plugin)
    CHECKS[plugin](plugin())


def test_the_catalogue_passes() -> None:
    for name in ("nearest", "exact", "tracing"):
        check_membership_attack(MEMBERSHIP[name])
    check_metric(METRICS["rare_codes"])
    check_generator(Republish)
    check_generator(FreshCohort(population=3), members=Cohort(codes=20, population=3).draw(40, seed=1))


def broken(base: type, **members: Any) -> type:
    """Return a frozen dataclass that is sound but for some members."""
    return dataclass(frozen=True)(type("Broken", (base,), {"__doc__": "Breaks its contract.", **members}))


def lacking(base: type, name: str) -> type:
    """Return a class that has all that ``base`` has but one member."""
    members = {key: value for room in reversed(base.__mro__[:-1]) for key, value in vars(room).items()}
    kept = {key: value for key, value in members.items() if key != name and not key.startswith("__")}
    return dataclass(frozen=True)(type("Broken", (), {**kept, "__doc__": "Breaks its contract."}))


def drifting(method: str, base: type) -> Callable[..., Any]:
    """Return a method whose every other result differs from its base's."""
    calls = []

    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        calls.append(1)
        result = getattr(base, method)(self, *args, **kwargs)
        return result if len(calls) % 2 else ~result if result.dtype == bool else result + len(calls)

    return call


def reads_blanked(self: Any, targets: Records, known: np.ndarray, knowledge: Knowledge, *, rng: Any) -> Guesses:
    confidence = targets.codes.sum(axis=1, dtype=float) / 1_000
    return Guesses(np.zeros(known.shape), np.repeat(confidence[:, None], known.shape[1], axis=1))


def _scores(values: Callable[[Records, Any], Any]) -> dict[str, Any]:
    return {"score": lambda self, targets, knowledge, *, rng: values(targets, rng)}


def _guesses(values: Callable[[np.ndarray], Any], confidence: Callable[[np.ndarray], Any]) -> dict[str, Any]:
    return {"guess": lambda self, targets, known, knowledge, *, rng: Guesses(values(known), confidence(known))}


def _attempts(values: Callable[[Records, Any], Any]) -> dict[str, Any]:
    return {"attempt": lambda self, targets, knowledge, *, rng: values(targets, rng)}


def _result(statistics: dict[str, Any], **points: tuple[float, ...]) -> dict[str, Any]:
    return {"measure": lambda self, real, synthetic, test, *, rng, small_count=10: MetricResult(statistics, points)}


def _samples(change: Callable[[Records, int], Any]) -> dict[str, Any]:
    class Changed(Copies):
        def sample(self, size: int, *, seed: int) -> Any:
            return change(super().sample(size, seed=seed), seed)

    def fit(self: Any, members: Records, *, seed: int, device: str = "cpu", progress: Any = None) -> Changed:
        return Changed(members)

    return {"fit": fit}


def _spill(known: np.ndarray) -> np.ndarray:
    known[:] = True
    return np.zeros(known.shape)


def _out_of_range(rows: Records, seed: int) -> Records:
    return Records(rows.schema, (rows.codes + 9).astype(np.uint8), rows.rest, rows.patients)


def _zeros(rows: Records, seed: int) -> Records:
    return Records(rows.schema, np.zeros_like(rows.codes), np.zeros_like(rows.rest), rows.patients)


def _global_seed(rows: Records, seed: int) -> Records:
    np.random.seed(seed)  # noqa: NPY002
    return rows


FLAWS: dict[str, tuple[type, type, str]] = {
    "no threat model": (Membership, lacking(Membership, "threat_model"), "it lacks threat_model"),
    "no score": (Membership, lacking(Membership, "score"), "it lacks score"),
    "no question": (Membership, broken(Membership, question="It asks nothing."), "expected a question"),
    "unknown need": (Membership, broken(Membership, needs=frozenset({"rows"})), "needs: unknown value 'rows'"),
    "untyped option": (
        Membership,
        broken(Membership, anything=1, __annotations__={"anything": Any}),
        "the option 'anything' to be typed",
    ),
    "option without default": (
        Membership,
        dataclass(frozen=True, kw_only=True)(
            type("Broken", (Membership,), {"__doc__": "x", "__annotations__": {"k": int}})
        ),
        "a default for every option",
    ),
    "negative cost": (Membership, broken(Membership, cost=lambda self, work: -1.0), "seconds, a finite number"),
    "scores of another shape": (Membership, broken(Membership, **_scores(lambda t, r: np.zeros(3))), "one score per"),
    "float32 scores": (
        Membership,
        broken(Membership, **_scores(lambda t, r: np.zeros(len(t), np.float32))),
        "expected float64",
    ),
    "scores that are no number": (
        Membership,
        broken(Membership, **_scores(lambda t, r: np.full(len(t), np.nan))),
        "finite scores",
    ),
    "scores in a list": (Membership, broken(Membership, **_scores(lambda t, r: [0.0] * len(t))), "a numpy array"),
    "scores of a call": (Membership, broken(Membership, score=drifting("score", Membership)), "equal scores for equal"),
    "scores by id": (
        Membership,
        broken(Membership, **_scores(lambda t, r: t.patients.astype(float))),
        "do not depend on patient ids",
    ),
    "scores by position": (
        Membership,
        broken(Membership, **_scores(lambda t, r: -np.arange(len(t), dtype=float))),
        "order of the targets",
    ),
    "scores by batch": (
        Membership,
        broken(Membership, **_scores(lambda t, r: t.codes.sum(axis=1) - t.codes.sum(axis=1).mean())),
        "other targets of the batch",
    ),
    "unstated knowledge": (
        Membership,
        broken(Membership, score=lambda self, targets, knowledge, *, rng: np.zeros(len(knowledge.reference))),
        r"failed on a small simulated table \(TypeError",
    ),
    "endless claims": (Membership, broken(Membership, claims=lambda self: {"near": np.inf}), "finite thresholds"),
    "guesses of another shape": (
        Attribute,
        broken(Attribute, **_guesses(lambda k: np.zeros(3), lambda k: np.zeros(k.shape))),
        "expected values of shape",
    ),
    "guesses left open": (
        Attribute,
        broken(Attribute, **_guesses(lambda k: np.where(k, 0, np.nan), lambda k: np.zeros(k.shape))),
        "finite values for every cell",
    ),
    "too sure": (
        Attribute,
        broken(Attribute, **_guesses(lambda k: np.zeros(k.shape), lambda k: np.full(k.shape, 2.0))),
        r"confidence in \[0, 1\]",
    ),
    "no level": (
        Attribute,
        broken(Attribute, **_guesses(lambda k: np.full(k.shape, 0.5), lambda k: np.zeros(k.shape))),
        "positions of levels",
    ),
    "changed mask": (Attribute, broken(Attribute, **_guesses(_spill, lambda k: np.zeros(k.shape))), "'known' to stay"),
    "reads blanked cells": (Attribute, broken(Attribute, guess=reads_blanked), "do not read the cells"),
    "guesses by position": (
        Attribute,
        broken(
            Attribute,
            **_guesses(lambda k: np.zeros(k.shape), lambda k: np.linspace(0, 1, k.size).reshape(k.shape)),
        ),
        "order of the targets",
    ),
    "attempts in a table": (
        Reidentification,
        broken(Reidentification, **_attempts(lambda t, r: np.zeros((2, 2), bool))),
        "one success per attempt",
    ),
    "attempts as counts": (
        Reidentification,
        broken(Reidentification, **_attempts(lambda t, r: np.zeros(4, int))),
        "bool or float64",
    ),
    "too few chances": (
        Reidentification,
        broken(Reidentification, **_attempts(lambda t, r: np.zeros(4))),
        "one chance per patient",
    ),
    "attempts of a call": (
        Reidentification,
        broken(Reidentification, attempt=drifting("attempt", Reidentification)),
        "equal attempts for equal seeds",
    ),
    "attempts by id": (
        Reidentification,
        broken(Reidentification, **_attempts(lambda t, r: t.patients % 10_000 == t.patients)),
        "do not depend on patient ids",
    ),
    "other statistics": (Fidelity, broken(Fidelity, **_result({"x": NotMeasured("none")})), "the statistics that"),
    "no reason": (Fidelity, broken(Fidelity, **_result({"overlap": NotMeasured("")})), "a reason why"),
    "naked number": (Fidelity, broken(Fidelity, **_result({"overlap": 0.5})), "to be an Estimate, got float"),
    "no method": (
        Fidelity,
        broken(Fidelity, **_result({"overlap": Estimate(0.5, 0, 1, 0.95, 9)})),
        "name the method",
    ),
    "ragged points": (
        Fidelity,
        broken(Fidelity, **_result({"overlap": NotMeasured("none")}, x=(1.0,), y=(1.0, 2.0))),
        "points of one length",
    ),
    "no direction": (Fidelity, broken(Fidelity, better={"overlap": "up"}), "'higher' or 'lower'"),
    "another size": (Copier, broken(Copier, **_samples(lambda rows, seed: rows.take(slice(0, 3)))), "60 rows, got 3"),
    "another schema": (
        Copier,
        broken(Copier, **_samples(lambda rows, seed: rows.select(rows.columns[:3]))),
        "under the members' schema",
    ),
    "a frame": (Copier, broken(Copier, **_samples(lambda rows, seed: rows.dense())), "expected Records, got ndarray"),
    "impossible values": (Copier, broken(Copier, **_samples(_out_of_range)), "the binary column"),
    "one table for all seeds": (Copier, broken(Copier, **_samples(_zeros)), "other rows for another seed"),
    "global seed": (Copier, broken(Copier, **_samples(_global_seed)), "global random states"),
    "no refusal": (
        Copier,
        broken(Copier, fit=lambda self, members, *, seed, device="cpu", progress=None: Copies(members)),
        "TrainingError for a table without rows",
    ),
    "no training": (
        Copier,
        broken(Copier, fit=lambda self, members, *, seed, device="cpu", progress=None: members),
        r"to have sample\(\) and training",
    ),
    "mutable": (Copier, dataclass(type("Broken", (Facts,), {"fit": Copier.fit})), "expected a frozen dataclass"),
}


@pytest.mark.parametrize("flaw", FLAWS)
def test_a_broken_promise_is_said_in_a_sentence(flaw: str) -> None:
    base, plugin, sentence = FLAWS[flaw]
    with pytest.raises(AssertionError, match=sentence):
        CHECKS[base](plugin)
