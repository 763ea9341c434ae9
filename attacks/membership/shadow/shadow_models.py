"""Shadow models: the attacker trains the published recipe on records it holds, and so knows who was in and who was out.

One balanced ensemble serves every target at once (Carlini et al., 2022): each target is in exactly half of the models,
drawn as pairs of complements, so that what one model saw of the targets the other did not. The targets' records are the
attacker's to train on, since that is what it asks about; whether they are members is not.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from synthaudit.audit.knowledge import InsufficientKnowledge, Knowledge, Need, Trainer
from synthaudit.audit.records import Records

Background = Literal["reference", "synthetic"]
BACKGROUNDS: tuple[Background, ...] = ("reference", "synthetic")
FEWEST = 20
"""Patients below which shadow models would be trained on next to nobody."""


@dataclass(frozen=True, eq=False)
class ShadowModels:
    """Shadow models and who they were trained on.

    Attributes:
        targets: Whether each target was in each model, shape ``(K, n)``, bool.
        others: Whether each further record was, shape ``(K, z)``, bool.
        population: The further records, z of them.
        tables: One synthetic table a model, as long as the published one; a table may be read from disk at each use.
    """

    targets: np.ndarray
    others: np.ndarray
    population: Records
    tables: Sequence[Records]

    def read(self, published: Records, signal: Callable[[Records], np.ndarray]) -> np.ndarray:
        """Return a signal of the published table, then of each model's, stacked: shape ``(1 + K, ...)``."""
        first = np.asarray(signal(published), dtype=np.float64)
        found = np.empty((1 + len(self.tables), *first.shape))
        found[0] = first
        for at, table in enumerate(self.tables):
            found[1 + at] = signal(table)
        return found


def check_models(models: int) -> None:
    """Raise ``ValueError`` unless a balanced design of so many models exists."""
    if models < 8 or models % 8:
        raise ValueError(f"expected models to be a multiple of 8, got {models}")


def require_trainer(knowledge: Knowledge) -> Trainer:
    """Return the recipe; ``ValueError`` where the attacker holds none (ask ``Knowledge.lacks`` first)."""
    if knowledge.trainer is None:
        raise ValueError(f"expected a trainer: {knowledge.lacks(frozenset({Need.TRAINER}))}")
    return knowledge.trainer


def train_shadow_models(
    targets: Records, knowledge: Knowledge, *, models: int, background: Background = "reference"
) -> ShadowModels:
    """Train shadow models on the targets and on further records, each of them as large as the real one if it can be.

    Half the targets are in each model; the rest of the n rows are further records: half of twice as many where there
    are so many, else three quarters of up to all there are. With few records a model is therefore smaller than the
    real one, and with more than 2n targets larger. Before a synthetic background targets never fill more than half a
    model, so that each is in fewer of them, down to two: the shadows must imitate the table, not the targets.

    Args:
        targets: Records to ask about; all rows of a patient go together.
        knowledge: Holds the trainer and the further records.
        models: K.
        background: Where further records come from; the ``synthetic`` table is all that an attacker without reference
            records has (Guepin et al., 2023).

    Raises:
        InsufficientKnowledge: There are too few records to train on, or too few models can be trusted.
    """
    trainer = require_trainer(knowledge)
    held = knowledge.synthetic if background == "synthetic" else knowledge.reference
    rng = np.random.default_rng([trainer.seed, models, BACKGROUNDS.index(background)])
    owner = _owners(targets)
    asked = int(owner.max(initial=-1)) + 1
    among = 2  # each target is in one of so many models
    while background == "synthetic" and len(targets) / among > trainer.members / 2 and models % (4 * among) == 0:
        among *= 2
    population, parts = _further(held, trainer.members - len(targets) / among, targets, rng)
    others = _owners(population)
    if asked + int(others.max(initial=-1)) + 1 < FEWEST:
        raise InsufficientKnowledge(
            f"fewer than {FEWEST} patients to train shadow models on: the targets and {background} records"
        )
    inclusion = np.concatenate([_one_of(owner, among, models, rng), ~_one_of(others, parts, models, rng)], axis=1)
    pool = Records.concat([targets.with_patients(owner), population.with_patients(asked + others)])
    seeds = [int(seed) for seed in rng.integers(2**62, size=models)]
    tables = trainer.train(pool, inclusion, seeds=seeds, size=len(knowledge.synthetic))
    good = [at for at, table in enumerate(tables) if table is not None]
    inside = inclusion[good, : len(targets)]
    saw = inside.sum(axis=0)
    if len(good) < models / 2 or saw.min(initial=2) < 2 or (len(good) - saw).min(initial=2) < 2:
        raise InsufficientKnowledge(f"only {len(good)} of {models} shadow models could be trusted")
    return ShadowModels(inside, inclusion[good, len(targets) :], population, Trusted(tables, good))


class Trusted(Sequence[Records]):
    """The tables of the models that can be trusted, looked up one by one."""

    def __init__(self, tables: Sequence[Records | None], good: Sequence[int]) -> None:
        self._tables, self._good = tables, good

    def __len__(self) -> int:
        return len(self._good)

    def __getitem__(self, at: int) -> Records:  # type: ignore[override]
        table = self._tables[self._good[at]]
        if table is None:
            raise IndexError(f"expected a trusted model, got number {at}")
        return table


def _owners(records: Records) -> np.ndarray:
    """Return patients numbered by first appearance, shape ``(n,)``, so that ids mean nothing."""
    _, first, owner = np.unique(records.patients, return_index=True, return_inverse=True)
    numbers: np.ndarray = np.argsort(np.argsort(first))[owner]
    return numbers


def _further(held: Records | None, wanted: float, targets: Records, rng: np.random.Generator) -> tuple[Records, int]:
    """Return the records to fill the models up with, and in how many models one is left out of one: 2 or 4."""
    if held is None or not len(held) or wanted < 1:
        return targets.take(slice(0, 0)), 2
    owner = _owners(held)
    patients = int(owner.max()) + 1
    rows = len(held) / patients
    parts = 2 if patients * rows / 2 >= wanted else 4
    keep = min(patients, round(wanted / rows * parts / (parts - 1)))
    chosen = rng.permutation(patients)[:keep]
    return held.take(np.isin(owner, chosen)), parts


def _one_of(owner: np.ndarray, parts: int, models: int, rng: np.random.Generator) -> np.ndarray:
    """Return, shape ``(K, rows)``, one of every ``parts`` models for each patient; models get equally many patients."""
    patients = int(owner.max(initial=-1)) + 1
    chosen = np.zeros((models, patients), dtype=bool)
    for start in range(0, models - parts + 1, parts):
        part = rng.permutation(patients) % parts
        chosen[start : start + parts] = part == np.arange(parts)[:, None]
    found: np.ndarray = chosen[:, owner]
    return found
