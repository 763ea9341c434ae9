"""Columns that a generator of marginals may have counted together: each with the few that tell most about it."""

from dataclasses import dataclass

import numpy as np

MOST_CELLS = 2_000_000
"""Cells of a contingency table beyond which a clique is not counted: 2 million float64 take 16 MB."""


@dataclass(frozen=True, eq=False)
class Conditional:
    """One column given none, one or more others: counts of their levels together, one table per number of parents.

    Attributes:
        column: The column.
        parents: The columns it is given, the most telling first.
        sizes: Number of levels of every column of the table.
    """

    column: int
    parents: tuple[int, ...]
    sizes: np.ndarray

    def log_chances(
        self, level: np.ndarray, counted: np.ndarray, strength: float, *, left_out: bool = False
    ) -> list[np.ndarray]:
        """Return the log chance of each row's own level given no parent, the first, the first two, ..., each ``(n,)``.

        A chance given i parents is shrunk towards that given i - 1, and without parents towards equal chances: as if
        ``strength`` rows more had been counted that follow it.

        Args:
            level: Levels of the rows to judge, shape ``(n, p)``, int64.
            counted: Levels of the rows that are counted.
            strength: Rows' worth of trust in the shorter condition.
            left_out: Whether the rows judged are those counted, each then left out of its own counts.
        """
        chance = np.full(len(level), 1.0 / self.sizes[self.column])
        found = []
        for order in range(len(self.parents) + 1):
            among = (*self.parents[:order], self.column)
            shape = [int(self.sizes[at]) for at in among]
            key = np.ravel_multi_index([counted[:, at] for at in among], shape)
            table = np.bincount(key, minlength=int(np.prod(shape))).reshape(-1, shape[-1])
            own = key if left_out else np.ravel_multi_index([level[:, at] for at in among], shape)
            both = table.ravel()[own] - left_out
            given = table.sum(axis=1)[own // shape[-1]] - left_out
            chance = (both + strength * chance) / (given + strength)
            found.append(np.log(chance))
        return found


def grow_cliques(
    level: np.ndarray, sizes: np.ndarray, information: np.ndarray, *, parents: int, strength: float
) -> list[Conditional]:
    """Return one conditional per column, so that their product is a density of the whole row.

    Columns enter in the order of Prim's algorithm on the tree of Chow and Liu (1968): next comes the one that some
    column already in tells most about, in mutual information. Its candidates for parents are the ``parents`` columns
    already in that tell most about it, and as many are taken as make the rows likeliest with each left out of its own
    counts: one where pairs of columns were published, two where triples were.

    Args:
        level: Levels of the rows the cliques are learned from, shape ``(n, p)``, int64.
        sizes: Number of levels of each column.
        information: Mutual information of each pair of columns, shape ``(p, p)``.
        parents: Parents per column, at most.
        strength: See ``Conditional.log_chances``.
    """
    near = information.astype(np.float64)
    np.fill_diagonal(near, 0.0)
    root = int(near.sum(axis=0).argmax())
    entered = np.arange(len(sizes)) == root
    best = near[root].copy()
    cliques = [Conditional(root, (), sizes)]
    for _ in range(len(sizes) - 1):  # over columns
        column = int(np.where(entered, -np.inf, best).argmax())
        told = np.where(entered, near[column], -np.inf)
        candidates: tuple[int, ...] = ()
        for at in np.argsort(-told, kind="stable")[: min(parents, int(entered.sum()))]:
            if np.prod([float(sizes[one]) for one in (*candidates, at, column)]) <= MOST_CELLS:
                candidates += (int(at),)
        chances = Conditional(column, candidates, sizes).log_chances(level, level, strength, left_out=True)
        order = int(np.argmax([one.sum() for one in chances]))
        cliques.append(Conditional(column, candidates[:order], sizes))
        entered[column] = True
        best = np.maximum(best, near[column])
    return cliques
