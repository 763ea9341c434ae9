"""Small simulated tables with every kind of column, and what an attacker can hold of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from synthaudit.audit.knowledge import Access, Knowledge, Need
from synthaudit.audit.records import KINDS, Cohort, Column, Kind, Records, Schema

ROWS = 60

_COHORT = Cohort(codes=12, mean_codes=4, labs=2, demographics=True, missing=0.1)


def simulated_patients(rows: int = ROWS, *, seed: int, kinds: Collection[Kind] = KINDS) -> Records:
    """Return rows of a simulated cohort, with columns of the given kinds only.

    Codes are binary, laboratory values and age continuous, sex categorical; a count of the codes and a stage that
    follows from it are added, so that every kind of column depends on the others.
    """
    cohort = _COHORT.draw(rows, seed=seed)
    total = (cohort.codes > 0).sum(axis=1)
    columns: dict[str, np.ndarray] = {name: cohort.column(name) for name in cohort.columns}
    columns |= {"diagnoses": total, "stage": np.minimum(total // 3, 2).astype(float)}
    schema = (
        *cohort.schema.columns,
        Column("diagnoses", "count"),
        Column("stage", "ordinal", levels=("mild", "moderate", "severe")),
    )
    chosen = tuple(column for column in schema if column.kind in kinds)
    return Records.of(Schema(chosen), {column.name: columns[column.name] for column in chosen}, cohort.patients)


@dataclass(frozen=True, eq=False)
class ResamplingTrainer:
    """A recipe in the attacker's hands: each shadow model publishes rows that it was trained on."""

    members: int = ROWS
    seed: int = 5

    def train(
        self, pool: Records, inclusion: np.ndarray, *, seeds: Sequence[int], size: int
    ) -> Sequence[Records | None]:
        """Return one table per model, of ``size`` rows drawn with replacement where ``inclusion`` is true."""
        return [
            pool.take(np.random.default_rng(seed).choice(np.flatnonzero(included), size))
            for seed, included in zip(seeds, inclusion, strict=True)
        ]


@dataclass(frozen=True, eq=False)
class ListedSignals:
    """Weights in the attacker's hands: they know the rows that they were trained on."""

    trained_on: Records

    def signals(self, targets: Records) -> Mapping[str, np.ndarray]:
        """Return 1 for each row that was trained on, else 0, under the names of the catalogue's signals."""
        known = {row.tobytes() for row in self.trained_on.dense()}
        found = np.array([row.tobytes() in known for row in targets.dense()], dtype=np.float64)
        return dict.fromkeys(("critic", "reconstruction", "bound", "free energy"), found)


def knowledge_for(needs: Collection[Need], members: Records, *, seed: int) -> Knowledge:
    """Return what an attacker with just these needs holds; the generator publishes its members.

    What an attack does not name in its needs is not there, so that reading it fails.
    """
    rng = np.random.default_rng(seed)
    synthetic, fresh = (members.take(rng.integers(len(members), size=len(members))) for _ in range(2))
    return Knowledge(
        synthetic=synthetic,
        reference=simulated_patients(seed=seed + 1) if Need.REFERENCE in needs else None,
        access=Access.SYNTHETIC,
        trainer=ResamplingTrainer() if Need.TRAINER in needs else None,
        weights=ListedSignals(members) if Need.WEIGHTS in needs else None,
        fresh_samples=fresh if Need.SAMPLER in needs else None,
    )
