"""What an identified patient's synthetic row would teach: El Emam's criterion of learning something new."""

from dataclasses import dataclass

import numpy as np

from synthaudit.audit.records import NumericScale, Records

NORMAL_MAD = 1.48
"""Median absolute deviations, times this, are standard deviations of a normal column."""


@dataclass(frozen=True, eq=False)
class Cells:
    """Cells that are not quasi-identifiers, of the same columns for every table.

    Attributes:
        codes: Whether each row has each code worth learning, shape ``(n, c)``, bool.
        rest: The other columns, shape ``(n, r)``; missing is NaN.
    """

    codes: np.ndarray
    rest: np.ndarray


@dataclass(frozen=True, eq=False)
class NewInformation:
    """What there is to learn of each target beyond the quasi-identifiers, and what each synthetic row says of it.

    Attributes:
        targets: What is true of the n targets; codes are those that fewer than half of them have.
        synthetic: What the m synthetic rows say.
        common: For each of the rest, the level that half of the targets or more have, shape ``(r,)``; NaN where none
            is.
        tolerance: For each of the rest, how near a guessed number must be, shape ``(r,)``; NaN for levels.
        required: Right guesses that count as something learned, shape ``(n,)``.
    """

    targets: Cells
    synthetic: Cells
    common: np.ndarray
    tolerance: np.ndarray
    required: np.ndarray

    @classmethod
    def beyond(
        cls,
        quasi_identifiers: list[int],
        targets: Records,
        synthetic: Records,
        scale: NumericScale,
        *,
        learned_share: float,
    ) -> "NewInformation":
        """Return what there is to learn of these targets by somebody who knows the quasi-identifiers.

        Args:
            quasi_identifiers: Positions of these columns.
            targets: n records.
            synthetic: m rows.
            scale: How far real numbers lie apart.
            learned_share: Share of a patient's other attributes that must be right for something to be learned.
        """
        schema = targets.schema
        hidden = np.array([at not in quasi_identifiers for at in schema.codes], bool)
        informative = hidden & ((targets.codes > 0).mean(axis=0) < 0.5)
        places = [place for place, at in enumerate(schema.rest) if at not in quasi_identifiers]
        true, claimed = (
            Cells(np.ascontiguousarray(rows.codes[:, informative] > 0), rows.rest[:, places])
            for rows in (targets, synthetic)
        )
        common, tolerance = np.full(len(places), np.nan), np.full(len(places), np.nan)
        for at, place in enumerate(places):  # over the columns that are no codes
            values = targets.rest[:, place]
            values = values[~np.isnan(values)]
            column = schema.columns[schema.rest[place]]
            if column.is_numeric and values.size:
                tolerance[at] = NORMAL_MAD * scale.median_deviation(column.name)
            elif values.size:
                levels, times = np.unique(values, return_counts=True)
                common[at] = levels[times.argmax()] if 2 * times.max() >= values.size else np.nan
        attributes = (targets.codes[:, hidden] > 0).sum(axis=1) + (~np.isnan(true.rest)).sum(axis=1)
        return cls(true, claimed, common, tolerance, np.maximum(np.ceil(learned_share * attributes), 1))

    def is_learned(self, row: np.ndarray) -> np.ndarray:
        """Return whether synthetic row ``row[i]`` teaches enough about target i, shape ``(n,)``; -1 is no row."""
        matched = np.flatnonzero(row >= 0)
        right = np.count_nonzero(self.targets.codes[matched] & self.synthetic.codes[row[matched]], axis=1)
        true, claimed = self.targets.rest[matched], self.synthetic.rest[row[matched]]
        same_level = (true == claimed) & (true != self.common)
        same = np.where(np.isnan(self.tolerance), same_level, np.abs(true - claimed) < self.tolerance)
        learned = np.zeros(len(row), bool)
        learned[matched] = right + same.sum(axis=1) >= self.required[matched]
        return learned
