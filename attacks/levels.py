"""Any table as a table of levels, and a tree of dependence between its columns."""

from dataclasses import dataclass

import numpy as np

from synthaudit.audit.records import Records

BINS = 6
"""Levels a numeric column is cut into, at quantiles of the rows held."""


@dataclass(frozen=True, eq=False)
class Levels:
    """How rows become levels: binary and level columns as they are, numbers by the interval they fall in.

    A missing value is a level of its own, the last one of its column.

    Attributes:
        cuts: Interior borders of each numeric column's intervals, by position; other columns have none.
        sizes: Number of levels of each column, shape ``(p,)``.
    """

    cuts: dict[int, np.ndarray]
    sizes: np.ndarray

    @classmethod
    def of(cls, *held: Records) -> "Levels":
        """Return the levels that fit the rows an attacker holds; never pass targets."""
        schema = held[0].schema
        cuts, sizes = {}, np.full(len(schema), 2, np.intp)
        for at, column in enumerate(schema.columns):
            if column.kind in ("count", "continuous"):
                seen = np.concatenate([records.column(column.name) for records in held]).astype(np.float64)
                seen = seen[~np.isnan(seen)]
                borders = np.quantile(seen, np.linspace(0, 1, BINS + 1)[1:-1]) if seen.size else np.empty(0)
                cuts[at] = np.unique(borders)
                sizes[at] = len(cuts[at]) + 1
            elif column.levels:
                sizes[at] = len(column.levels)
            sizes[at] += column.missing
        return cls(cuts, sizes)

    def encode(self, records: Records) -> np.ndarray:
        """Return each cell's level, shape ``(n, p)``, uint8 or uint16."""
        schema = records.schema
        level = np.empty((len(records), len(schema)), np.min_scalar_type(int(self.sizes.max())))
        level[:, schema.codes] = records.codes
        for at in set(schema.rest) | set(self.cuts):
            values = records.column(schema.names[at]).astype(np.float64)
            absent = np.isnan(values)
            # Where a number is cut, its level is the interval; otherwise it is a position of a level already.
            found = (
                np.searchsorted(self.cuts[at], values, side="left") if at in self.cuts else np.where(absent, 0, values)
            )
            level[:, at] = np.where(absent, self.sizes[at] - 1, found)
        return level

    @property
    def first(self) -> np.ndarray:
        """Where each column's levels start in a list of all levels, shape ``(p + 1,)``."""
        return np.concatenate(([0], np.cumsum(self.sizes)))

    def joint(self, level: np.ndarray) -> np.ndarray:
        """Return how many rows show each pair of levels, shape ``(L, L)``, float64, over all L levels.

        Level 0, the common one of a code, is never counted but derived, so the work is one sparse product over the
        codes present: ``O = e + Z A`` with Z the indicators of levels above 0.
        """
        import scipy.sparse as sp  # a fifth of a second, which a command that lists attacks need not wait for

        rows, columns = np.nonzero(level)
        place = self.first[columns] + level[rows, columns]
        total, width = len(level), int(self.first[-1])
        shown = sp.csr_matrix((np.ones(len(rows)), (rows, place)), shape=(total, width))
        base = np.zeros(width)
        base[self.first[:-1]] = 1.0
        zero = np.repeat(self.first[:-1], self.sizes)  # each level's own level 0
        change = sp.eye(width, format="csr") - sp.csr_matrix(
            (np.ones(width), (np.arange(width), zero)), shape=(width, width)
        )
        once = np.asarray(shown.sum(axis=0)).ravel() @ change
        twice = (change.T @ (shown.T @ shown) @ change).toarray()
        joint: np.ndarray = total * np.outer(base, base) + np.outer(base, once) + np.outer(once, base) + twice
        return joint

    def tree(self, joint: np.ndarray) -> np.ndarray:
        """Return each column's parent in the tree of greatest mutual information, shape ``(p,)``; the root's is -1.

        Chow and Liu (1968): no tree of pairwise dependence is more likely to have made the rows.
        """
        from scipy.sparse.csgraph import breadth_first_order, minimum_spanning_tree

        total = joint[np.ix_(range(self.sizes[0]), range(self.sizes[0]))].sum()
        chance = np.diag(joint) / total
        with np.errstate(divide="ignore", invalid="ignore"):
            part = joint / total * (np.log(joint / total) - np.log(np.outer(chance, chance)))
        part[joint <= 0] = 0.0
        sums = np.add.reduceat(np.add.reduceat(part, self.first[:-1], axis=0), self.first[:-1], axis=1)
        # Edges of weight 0 do not exist to scipy, and no forest is wanted: all weights are moved below 0.
        edges = minimum_spanning_tree(-np.maximum(np.triu(sums, 1), 0.0) - np.triu(np.ones_like(sums), 1))
        _, before = breadth_first_order(edges, 0, directed=False)
        parents: np.ndarray = np.where(before < 0, -1, before)
        return parents
