"""Corrections for many attacks: max-T and Holm. The best of ten attacks with no signal looks useful without one."""

from dataclasses import dataclass

import numpy as np

from synthaudit.audit.errors import check_positive
from synthaudit.audit.statistics.ranks import midranks
from synthaudit.audit.statistics.resampling import BLOCK_BYTES


@dataclass(frozen=True)
class MaxT:
    """Adjusted p-values of several attacks on the same targets (max-T).

    Attributes:
        aucs: AUC of each attack.
        z: Standardised AUC of each attack, with the permutation variance.
        adjusted: P-value of each attack; the chance of one below a anywhere among attacks with no signal is at most a.
        p_value: P-value of "no attack separates members from holdout".
        permutations: Number of random permutations; no p-value can be below ``1 / (permutations + 1)``.
    """

    aucs: tuple[float, ...]
    z: tuple[float, ...]
    adjusted: tuple[float, ...]
    p_value: float
    permutations: int


def max_t(scores: np.ndarray, is_member: np.ndarray, *, permutations: int = 9_999, seed: int = 0) -> MaxT:
    """Test attacks on the same targets jointly by permuting who is a member (Westfall & Young, step-down max-T).

    Labels are permuted for all attacks at once, so attacks that resemble each other cost little. Memory stays
    under a few blocks of 8 MiB.

    Args:
        scores: One row per attack, shape ``(attacks, targets)``.
        is_member: Shape ``(targets,)``, bool.
        permutations: Random permutations of the labels.
        seed: Same seed, same p-values.

    Returns:
        AUCs, z and adjusted p-values, in the order of the attacks.

    Raises:
        ValueError: If shapes disagree, a score is NaN, or there are no members or no holdout.
    """
    check_positive(permutations=permutations)
    table, labels = np.atleast_2d(np.asarray(scores, float)), np.asarray(is_member, bool)
    if table.ndim != 2 or labels.shape != (table.shape[1],) or len(table) == 0:
        raise ValueError(
            f"expected scores (attacks, targets) and one label a target, got {table.shape}, {labels.shape}"
        )
    if np.isnan(table).any():
        raise ValueError("expected scores that can be ordered, got NaN")
    targets, members = len(labels), int(labels.sum())
    holdout = targets - members
    if min(members, holdout) == 0:
        raise ValueError(f"expected members and holdout, got {members} and {holdout}")
    excess = np.stack([midranks(row) for row in table]) - (targets + 1) / 2  # (attacks, targets)
    z, raw, adjusted = _step_down(excess, labels, permutations, seed)
    aucs = 0.5 + excess @ labels / (members * holdout)
    return MaxT(_floats(aucs), _floats(z), _floats(adjusted), raw, permutations)


def max_t_of_sums(excess: np.ndarray, is_member: np.ndarray, *, permutations: int = 9_999, seed: int = 0) -> np.ndarray:
    """Return step-down max-T p-values, shape ``(k,)``, of sums over members that are 0 on average without a leak.

    Args:
        excess: One row per hypothesis, each summing to 0 over all targets, shape ``(k, targets)``.
        is_member: Shape ``(targets,)``, bool.
        permutations: Random permutations of the labels, for all hypotheses at once.
        seed: Same seed, same p-values.

    Raises:
        ValueError: If shapes disagree.
    """
    check_positive(permutations=permutations)
    table, labels = np.asarray(excess, float), np.asarray(is_member, bool)
    if table.ndim != 2 or labels.shape != (table.shape[1],) or len(table) == 0:
        raise ValueError(f"expected sums (k, targets) and one label per target, got {table.shape}, {labels.shape}")
    return _step_down(table, labels, permutations, seed)[2]


def _step_down(
    excess: np.ndarray, labels: np.ndarray, permutations: int, seed: int
) -> tuple[np.ndarray, float, np.ndarray]:
    """Return z, the p-value of the largest, and each one's adjusted p-value."""
    targets, members = len(labels), int(labels.sum())
    holdout = targets - members
    spread = np.sqrt(members * holdout / (targets * (targets - 1)) * (excess**2).sum(axis=1))
    # An attack whose scores are all equal says nothing: z = 0 in every permutation.
    unit = np.divide(excess, spread[:, None], out=np.zeros_like(excess), where=spread[:, None] > 0)
    z = unit @ labels
    permuted = _permuted_z(unit, members, permutations, np.random.default_rng(seed))
    order = np.argsort(-z, kind="stable")
    # Step down: the k-th best attack competes with the maximum over itself and all worse ones.
    rivals = np.maximum.accumulate(permuted[order[::-1]], axis=0)[::-1]
    raw = (1 + (rivals >= z[order, None] - 1e-9).sum(axis=1)) / (permutations + 1)
    adjusted = np.empty(len(z))
    adjusted[order] = np.maximum.accumulate(raw)
    return z, float(raw[0]), adjusted


def holm(p_values: np.ndarray) -> np.ndarray:
    """Return Holm's adjusted p-values, shape ``(k,)``; valid under any dependence (Holm, Scand. J. Statist. 6, 1979).

    Args:
        p_values: Shape ``(k,)``, each in [0, 1].

    Raises:
        ValueError: If a p-value leaves [0, 1].
    """
    p = np.asarray(p_values, float)
    if p.ndim != 1 or not np.all((p >= 0) & (p <= 1)):
        raise ValueError("expected p-values in [0, 1]")
    order = np.argsort(p, kind="stable")
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)), 1.0)
    return adjusted


def _permuted_z(unit: np.ndarray, members: int, permutations: int, rng: np.random.Generator) -> np.ndarray:
    """Return z of every attack under every permutation, shape ``(attacks, permutations)``."""
    attacks, targets = unit.shape
    permuted = np.empty((attacks, permutations))
    rows = max(1, BLOCK_BYTES // (8 * targets))
    for start in range(0, permutations, rows):
        stop = min(start + rows, permutations)
        keys = rng.random((stop - start, targets))
        # The smallest keys are members: a partition is ten times faster than a shuffle.
        last = np.partition(keys, members - 1, axis=1)[:, members - 1 : members]
        permuted[:, start:stop] = unit @ (keys <= last).T.astype(float)
    return permuted


def _floats(values: np.ndarray) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
