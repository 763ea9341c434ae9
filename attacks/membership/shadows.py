"""Shadow models: the attacker trains the published recipe on records it holds, and so knows who was in and who was out.

One balanced ensemble serves every target at once (Carlini et al., 2022): each target is in exactly half of the models,
drawn as pairs of complements, so that what one model saw of the targets the other did not. The targets' records are the
attacker's to train on, since that is what it asks about; whether they are members is not.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from audit.errors import check_positive
from audit.knowledge import Knowledge, Need, NotHeld, Trainer
from audit.records import Records

Background = Literal["reference", "synthetic"]
BACKGROUNDS: tuple[Background, ...] = ("reference", "synthetic")
FEWEST = 20
"""Patients below which shadow models would be trained on next to nobody."""
BLOCK = 4
"""Models designed together: two pairs of complements; others are left out of one in two or one in four."""


@dataclass(frozen=True, eq=False)
class Ensemble:
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
    if models < 2 * BLOCK or models % BLOCK:
        raise ValueError(f"expected models to be a multiple of {BLOCK} and at least {2 * BLOCK}, got {models}")


def trainer_of(knowledge: Knowledge) -> Trainer:
    """Return the recipe; ``ValueError`` where the attacker holds none (ask ``Knowledge.lacks`` first)."""
    if knowledge.trainer is None:
        raise ValueError(f"expected a trainer: {knowledge.lacks(frozenset({Need.TRAINER}))}")
    return knowledge.trainer


def ensemble(
    targets: Records, knowledge: Knowledge, *, models: int, background: Background = "reference"
) -> Ensemble:
    """Train shadow models on the targets and on further records, each of them as large as the real one if it can be.

    Of n members' rows, half the targets are in each model; the rest are further records: half of twice as many where
    there are so many, else three quarters of all there are. A model is never given more than that, so with few
    records it is smaller than the real one; with more than 2n targets it is larger.

    Args:
        targets: Records to ask about; all rows of a patient go together.
        knowledge: Holds the trainer and the further records.
        models: K.
        background: Where further records come from; the ``synthetic`` table is all that an attacker without reference
            records has (Guepin et al., 2023).

    Raises:
        NotHeld: There are too few records to train on, or too few models can be trusted.
    """
    trainer = trainer_of(knowledge)
    held = knowledge.synthetic if background == "synthetic" else knowledge.reference
    rng = np.random.default_rng([trainer.seed, models, len(background)])
    owner = _owners(targets)
    asked = int(owner.max(initial=-1)) + 1
    population, parts = _further(held, trainer.members - len(targets) / 2, targets, rng)
    others = _owners(population)
    if asked + int(others.max(initial=-1)) + 1 < FEWEST:
        raise NotHeld(f"fewer than {FEWEST} patients to train shadow models on: the targets and {background} records")
    inclusion = np.concatenate(
        [_included(owner, 2, models, rng), _included(others, parts, models, rng)], axis=1
    )
    pool = Records.concat([targets.with_patients(owner), population.with_patients(asked + others)])
    seeds = [int(seed) for seed in rng.integers(2**62, size=models)]
    tables = trainer.train(pool, inclusion, seeds=seeds, size=len(knowledge.synthetic))
    good = [at for at, table in enumerate(tables) if table is not None]
    inside = inclusion[good, : len(targets)]
    if len(good) < models / 2 or not (inside.any(axis=0) & ~inside.all(axis=0)).all():
        raise NotHeld(f"only {len(good)} of {models} shadow models could be trusted")
    return Ensemble(inside, inclusion[good, len(targets) :], population, Trusted(tables, good))


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


def _further(
    held: Records | None, wanted: float, targets: Records, rng: np.random.Generator
) -> tuple[Records, int]:
    """Return the records to fill the models up with, and in how many models one is left out of one: 2 or 4."""
    if held is None or not len(held) or wanted < 1:
        return targets.take(slice(0, 0)), 2
    owner = _owners(held)
    patients = int(owner.max()) + 1
    rows = len(held) / patients
    parts = 2 if patients * rows / 2 >= wanted else BLOCK
    keep = min(patients, round(wanted / rows * parts / (parts - 1)))
    chosen = rng.permutation(patients)[:keep]
    return held.take(np.isin(owner, chosen)), parts


def _included(owner: np.ndarray, parts: int, models: int, rng: np.random.Generator) -> np.ndarray:
    """Return who is in which model, shape ``(K, rows)``: of every ``parts`` models, each patient is left out of one."""
    check_positive(parts=parts)
    patients = int(owner.max(initial=-1)) + 1
    inside = np.empty((models, patients), dtype=bool)
    for start in range(0, models, parts):
        part = rng.permutation(patients) % parts
        inside[start : start + parts] = part != np.arange(parts)[:, None]
    found: np.ndarray = inside[:, owner]
    return found
