"""Shadow models: the attacker trains the published recipe on records it holds, and so knows who was in and who was out.

One balanced ensemble serves every target at once (Carlini et al., 2022): each target is in exactly half of the models,
drawn as pairs of complements, so that what one model saw of the targets the other did not. The targets' records are the
attacker's to train on, since that is what it asks about; whether they are members is not.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from synthaudit.audit.knowledge import InsufficientKnowledge, Knowledge, require_trainer
from synthaudit.audit.records import Records

Background = Literal["reference", "synthetic"]
BACKGROUNDS: tuple[Background, ...] = ("reference", "synthetic")
MIN_PATIENTS = 20
"""Patients below which shadow models would be trained on next to nobody."""


@dataclass(frozen=True, eq=False)
class ShadowModels:
    """The tables of shadow models, and who they were trained on.

    Attributes:
        target_inclusion: Whether each target was in each model, shape ``(K, n)``, bool.
        background: Further records that fill the models up, z of them.
        background_inclusion: Whether each of these was in each model, shape ``(K, z)``, bool.
        tables: One synthetic table per model, as long as the published one; it may be read from disk at each use.
    """

    target_inclusion: np.ndarray
    background: Records
    background_inclusion: np.ndarray
    tables: Sequence[Records]

    def evaluate(self, published: Records, signal: Callable[[Records], np.ndarray]) -> np.ndarray:
        """Return a signal of the published table, then of each model's, stacked: shape ``(1 + K, ...)``."""
        first = np.asarray(signal(published), dtype=np.float64)
        values = np.empty((1 + len(self.tables), *first.shape))
        values[0] = first
        for at, table in enumerate(self.tables):
            values[1 + at] = signal(table)
        return values


def check_models(models: int) -> None:
    """Raise ``ValueError`` unless a balanced design of so many models exists."""
    if models < 8 or models % 8:
        raise ValueError(f"expected models to be a multiple of 8, got {models}")


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
    source = knowledge.synthetic if background == "synthetic" else knowledge.reference
    rng = np.random.default_rng([trainer.seed, models, BACKGROUNDS.index(background)])
    owner = _patient_numbers(targets)
    patients = int(owner.max(initial=-1)) + 1
    one_in = 2  # each target is in one of so many models
    while background == "synthetic" and len(targets) / one_in > trainer.members / 2 and models % (4 * one_in) == 0:
        one_in *= 2
    further, left_out_of = _background_records(source, trainer.members - len(targets) / one_in, targets, rng)
    further_owner = _patient_numbers(further)
    if patients + int(further_owner.max(initial=-1)) + 1 < MIN_PATIENTS:
        raise InsufficientKnowledge(
            f"fewer than {MIN_PATIENTS} patients to train shadow models on: the targets and {background} records"
        )
    with_target = _one_model_in(one_in, owner, models, rng)
    inclusion = np.concatenate([with_target, ~_one_model_in(left_out_of, further_owner, models, rng)], axis=1)
    pool = Records.concat([targets.with_patients(owner), further.with_patients(patients + further_owner)])
    seeds = [int(seed) for seed in rng.integers(2**62, size=models)]
    tables = trainer.train(pool, inclusion, seeds=seeds, size=len(knowledge.synthetic))
    trusted = [at for at, table in enumerate(tables) if table is not None]
    target_inclusion = inclusion[trusted, : len(targets)]
    times_in = target_inclusion.sum(axis=0)
    enough = len(trusted) >= models / 2 and times_in.min(initial=2) >= 2
    if not enough or (len(trusted) - times_in).min(initial=2) < 2:
        raise InsufficientKnowledge(f"only {len(trusted)} of {models} shadow models could be trusted")
    return ShadowModels(target_inclusion, further, inclusion[trusted, len(targets) :], TrustedTables(tables, trusted))


class TrustedTables(Sequence[Records]):
    """The tables of the models that can be trusted, looked up one by one."""

    def __init__(self, tables: Sequence[Records | None], trusted: Sequence[int]) -> None:
        self._tables, self._trusted = tables, trusted

    def __len__(self) -> int:
        return len(self._trusted)

    def __getitem__(self, at: int) -> Records:  # type: ignore[override]
        table = self._tables[self._trusted[at]]
        if table is None:
            raise IndexError(f"expected a trusted model, got number {at}")
        return table


def _patient_numbers(records: Records) -> np.ndarray:
    """Return patients numbered by first appearance, shape ``(n,)``, so that ids mean nothing."""
    _, first, owner = np.unique(records.patients, return_index=True, return_inverse=True)
    numbers: np.ndarray = np.argsort(np.argsort(first))[owner]
    return numbers


def _background_records(
    source: Records | None, rows: float, targets: Records, rng: np.random.Generator
) -> tuple[Records, int]:
    """Return the records that fill the models up to ``rows`` more, and one in how many models each is left out of."""
    if source is None or not len(source) or rows < 1:
        return targets.take(slice(0, 0)), 2
    owner = _patient_numbers(source)
    patients = int(owner.max()) + 1
    rows_per_patient = len(source) / patients
    parts = 2 if patients * rows_per_patient / 2 >= rows else 4
    size = min(patients, round(rows / rows_per_patient * parts / (parts - 1)))
    chosen = rng.permutation(patients)[:size]
    return source.take(np.isin(owner, chosen)), parts


def _one_model_in(parts: int, owner: np.ndarray, models: int, rng: np.random.Generator) -> np.ndarray:
    """Return, shape ``(K, rows)``, one of every ``parts`` models for each patient; models get equally many patients."""
    patients = int(owner.max(initial=-1)) + 1
    chosen = np.zeros((models, patients), dtype=bool)
    for start in range(0, models - parts + 1, parts):
        part = rng.permutation(patients) % parts
        chosen[start : start + parts] = part == np.arange(parts)[:, None]
    inclusion: np.ndarray = chosen[:, owner]
    return inclusion
