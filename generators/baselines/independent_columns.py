"""Independent columns: every marginal right, every association gone."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from synthaudit.audit.records import Records
from synthaudit.generators.baselines.stored_values import StoredValues

BLOCK = 4096  # rows drawn at once: 35 MB of positions at 1,071 columns


@dataclass(frozen=True)
class IndependentColumns(StoredValues):
    """Draws every column on its own from its values among the members.

    The baseline "independent sampling" of the medGAN paper: perfect on column means, useless for prediction, and close
    to harmless. It is not private in the strict sense: a value that one member alone has may be drawn.
    """

    title: ClassVar[str] = "Independent columns"
    summary: ClassVar[str] = "Each column drawn on its own: right marginals, no association."
    source: ClassVar[str] = "Choi et al. (2017), MLHC, baseline IS"
    note: ClassVar[str] = "holds the members' values, column by column"

    def store(self, members: Records) -> Records:
        """Return each column sorted, which forgets whose values stood together."""
        return sorted_columns(members)

    def release(self, stored: Records, size: int, *, rng: np.random.Generator) -> Records:
        """Draw every cell from its column."""
        return independent(stored, size, rng)


def sorted_columns(records: Records) -> Records:
    """Return records whose columns are each sorted, so that rows mean nothing."""
    codes, rest = np.sort(records.codes, axis=0), np.sort(records.rest, axis=0)
    return Records(records.schema, codes, rest, np.arange(len(records)))


def independent(columns: Records, size: int, rng: np.random.Generator) -> Records:
    """Return ``size`` rows whose every cell is drawn from its column, with replacement."""
    codes = np.empty((size, columns.codes.shape[1]), dtype=columns.codes.dtype)
    rest = np.empty((size, columns.rest.shape[1]))
    for start in range(0, size, BLOCK):
        for source, target in (
            (columns.codes, codes[start : start + BLOCK]),
            (columns.rest, rest[start : start + BLOCK]),
        ):
            rows = rng.integers(len(columns), size=target.shape)
            target[:] = np.take_along_axis(source, rows, axis=0)
    return Records(columns.schema, codes, rest, np.arange(size))
