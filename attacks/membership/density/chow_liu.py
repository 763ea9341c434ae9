"""Chow and Liu's tree (1968): of all trees of dependence between columns, the one that makes the rows likeliest."""

import numpy as np

from synthaudit.attacks.discretizer import Discretizer


def count_level_pairs(levels: Discretizer, level: np.ndarray) -> np.ndarray:
    """Return how many rows show each pair of levels, shape ``(L, L)``, float64, over all L levels.

    Level 0, the common one of a code, is never counted but derived, so the work is one sparse product over the
    codes present: ``O = e + Z A`` with Z the indicators of levels above 0. Memory: 8 bytes per pair of levels.
    """
    import scipy.sparse as sp  # a fifth of a second, which `synthaudit list` need not wait for

    rows, columns = np.nonzero(level)
    place = levels.offsets[columns] + level[rows, columns]
    total, width = len(level), int(levels.offsets[-1])
    shown = sp.csr_matrix((np.ones(len(rows)), (rows, place)), shape=(total, width))
    base = np.zeros(width)
    base[levels.offsets[:-1]] = 1.0
    zero = np.repeat(levels.offsets[:-1], levels.sizes)  # each level's own level 0
    change = sp.eye(width, format="csr") - sp.csr_matrix(
        (np.ones(width), (np.arange(width), zero)), shape=(width, width)
    )
    once = np.asarray(shown.sum(axis=0)).ravel() @ change
    twice = (change.T @ (shown.T @ shown) @ change).toarray()
    joint: np.ndarray = total * np.outer(base, base) + np.outer(base, once) + np.outer(once, base) + twice
    return joint


def chow_liu_tree(levels: Discretizer, joint: np.ndarray) -> np.ndarray:
    """Return each column's parent in the tree of greatest mutual information, shape ``(p,)``; the root's is -1.

    Chow and Liu (1968): no tree of pairwise dependence is more likely to have made the rows.
    """
    from scipy.sparse.csgraph import breadth_first_order, minimum_spanning_tree

    sums = column_information(levels, joint)
    # Edges of weight 0 do not exist to scipy, and no forest is wanted: all weights are moved below 0.
    edges = minimum_spanning_tree(-np.maximum(np.triu(sums, 1), 0.0) - np.triu(np.ones_like(sums), 1))
    _, before = breadth_first_order(edges, 0, directed=False)
    parents: np.ndarray = np.where(before < 0, -1, before)
    return parents


def column_information(levels: Discretizer, joint: np.ndarray) -> np.ndarray:
    """Return the mutual information of each pair of columns, and on the diagonal each entropy, shape ``(p, p)``."""
    total = joint[np.ix_(range(levels.sizes[0]), range(levels.sizes[0]))].sum()
    chance = np.diag(joint) / total
    with np.errstate(divide="ignore", invalid="ignore"):
        part = joint / total * (np.log(joint / total) - np.log(np.outer(chance, chance)))
    part[joint <= 0] = 0.0
    information: np.ndarray = np.add.reduceat(
        np.add.reduceat(part, levels.offsets[:-1], axis=0), levels.offsets[:-1], axis=1
    )
    return information
