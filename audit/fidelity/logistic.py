"""All columns of a table predicted from all the others: many logistic regressions on one matrix, solved together.

Every model minimises ``0.5 |w|^2 + sum_i log(1 + exp(-y_i (x_i w + b)))``, scikit-learn's L2 penalty with C = 1 and a
free intercept. Models go in blocks of ``LANES`` side by side: one pass over the non-zero cells serves a whole block,
and no ``rows x columns`` array of probabilities ever exists. A block takes about 6 MB at 930 features, whatever the
rows.

The solver is L-BFGS (Nocedal & Wright, algorithm 7.5) with a diagonal preconditioner and a line search on slopes alone:
the objective is convex, so a step after which it still falls, or hardly rises, was a descent. Blocks run on threads;
the numbers do not depend on how many.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import scipy

from synthaudit.audit.kernels import FUSED, compiled

LANES = 64
"""Models side by side; 64 floats are four cache lines, and two blocks of 930 features fit a core's cache."""

MEMORY = 8
"""Pairs of steps and gradient changes kept."""

TOLERANCE = 3e-4
"""Where to stop: the Newton decrement under the diagonal of the Hessian, in units of the summed log-likelihood's root.

Logits are then off by less than about this number times the root of a record's leverage, which is below 1.
"""


@dataclass(frozen=True, eq=False)
class LogisticModels:
    """Fitted logistic regressions.

    Attributes:
        weights: One column a model, shape ``(d, K)``, float32.
        intercepts: Shape ``(K,)``, float32.
        converged: Whether the tolerance was reached, shape ``(K,)``.
    """

    weights: np.ndarray
    intercepts: np.ndarray
    converged: np.ndarray

    def only(self, chosen: np.ndarray) -> LogisticModels:
        """Return the chosen models, by position or mask."""
        return LogisticModels(self.weights[:, chosen], self.intercepts[chosen], self.converged[chosen])

    def logits(self, features: scipy.sparse.csr_matrix) -> np.ndarray:
        """Return ``x w + b`` of every row under every model, shape ``(n, K)``, float32."""
        logits: np.ndarray = features @ self.weights
        logits += self.intercepts
        return logits


def fit_columns(features: scipy.sparse.csr_matrix, targets: np.ndarray, *, rounds: int = 400) -> LogisticModels:
    """Fit one logistic regression a target column, on all other features.

    Args:
        features: Shape ``(n, d)``, float32.
        targets: Positions of the 0/1 features to predict, shape ``(K,)``; each needs both classes. A model's own
            column keeps the weight 0, so that it takes no part.
        rounds: Gradient evaluations after which a model counts as not converged.
    """
    rows, width = features.shape
    count = len(targets)
    weights = np.zeros((width, count), dtype=np.float32)
    intercepts, converged = np.zeros(count, dtype=np.float32), np.zeros(count, dtype=bool)
    squares = features.multiply(features).T.tocsr()
    by_column = features.tocsc()
    # Frequent columns take more rounds: neighbours in prevalence finish together.
    order = targets[np.argsort(-np.diff(by_column.indptr)[targets], kind="stable")]
    place = {int(target): at for at, target in enumerate(targets)}

    def solve(start: int) -> None:
        chosen = order[start : start + LANES]
        own = np.full(LANES, -1, dtype=np.int64)
        own[: len(chosen)] = chosen
        lane_of = np.full(width, -1, dtype=np.int64)
        lane_of[chosen] = np.arange(len(chosen))
        at, scale, centre = _start(features, squares, by_column[:, chosen], rows)
        binning = features.indptr, features.indices, features.data
        done = _minimise(*binning, own, lane_of, at, scale, centre, rounds, TOLERANCE)
        columns = [place[int(target)] for target in chosen]
        weights[:, columns] = at[:-1, : len(chosen)]
        intercepts[columns] = at[-1, : len(chosen)]
        converged[columns] = done[: len(chosen)]

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    with ThreadPoolExecutor(cores) as pool:
        list(pool.map(solve, range(0, count, LANES)))
    return LogisticModels(weights, intercepts, converged)


def _start(
    features: scipy.sparse.csr_matrix, squares: scipy.sparse.csr_matrix, chosen: scipy.sparse.csc_matrix, rows: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the start and the inverse of the Hessian's diagonal, ``(d + 1, LANES)``, and centres, ``(d, LANES)``.

    Both are guessed from co-occurrence. Where feature j alone is known, the label's variance is ``q (1 - q)``, q its
    rate among rows with j; summed over those rows it is nearly the Hessian's diagonal at the solution, for the price of
    one sparse product. Features less their mean under these weights do not pull on the intercept.
    """
    width, lanes = squares.shape[0], chosen.shape[1]
    mass = np.asarray(squares.sum(axis=1)).reshape(-1, 1)  # (d, 1)
    total = np.asarray(features.sum(axis=0)).reshape(-1, 1)  # (d, 1)
    rate = np.asarray(chosen.sum(axis=0)).reshape(1, -1) / rows  # (1, k)
    both = np.asarray((squares @ chosen).todense(), dtype=np.float64)  # (d, k)
    conditional = np.clip((both + rate) / (mass + 1), rate / 4, 1 - rate / 4)
    variance = conditional * (1 - conditional)
    apart = rows * rate * (1 - rate)
    at = np.zeros((width + 1, LANES), dtype=np.float32)
    scale, centre = np.ones_like(at), np.zeros_like(at[:-1])
    centre[:, :lanes] = np.clip(total * variance / apart, -1, 1)
    curvature = mass * variance
    scale[:-1, :lanes] = 1 / (1 + np.maximum(curvature - apart * centre[:, :lanes] ** 2, curvature / 4))
    scale[-1, :lanes] = 1 / apart
    at[-1, :lanes] = np.log(rate / (1 - rate))
    return at, scale, centre


@compiled(fastmath=FUSED, error_model="numpy")
def _gradient(indptr, indices, data, own, lane_of, at, centre, gradient):  # type: ignore[no-untyped-def]
    """Write the gradient at ``at`` into ``gradient``, both ``(d + 1, LANES)``; the last row is the intercept.

    The model is ``(x - centre) w + b``; ``centre``, ``(d, LANES)``, never touches the sparse cells.
    """
    width = at.shape[0] - 1
    gradient[:] = at
    gradient[width] = 0.0
    intercept = at[width].copy()
    for j in range(width):
        for c in range(LANES):
            intercept[c] -= centre[j, c] * at[j, c]
    z = np.empty(LANES, dtype=np.float32)
    small = np.empty(LANES, dtype=np.float32)
    power = np.empty(LANES, dtype=np.int32)
    two = power.view(np.float32)
    for row in range(indptr.shape[0] - 1):
        begin, end = indptr[row], indptr[row + 1]
        for c in range(LANES):
            z[c] = intercept[c]
        for e in range(begin, end):
            j, v = indices[e], data[e]
            for c in range(LANES):
                z[c] += v * at[j, c]
        for c in range(LANES):
            # exp(-|z|) = 2^k exp(f), |f| <= ln 2 / 2: a polynomial and an exponent, so that the loop vectorises.
            a = -min(abs(z[c]), np.float32(87.0))
            k = np.int32(a * np.float32(1.44269504) - np.float32(0.5))
            whole = np.float32(k)
            f = (a - whole * np.float32(0.693359375)) + whole * np.float32(2.12194440e-4)
            p = np.float32(1.9875691500e-4)
            p = p * f + np.float32(1.3981999507e-3)
            p = p * f + np.float32(8.3334519073e-3)
            p = p * f + np.float32(4.1665795894e-2)
            p = p * f + np.float32(1.6666665459e-1)
            p = p * f + np.float32(5.0000001201e-1)
            small[c] = p * f * f + f + np.float32(1.0)
            power[c] = (k + np.int32(127)) << np.int32(23)
        for c in range(LANES):
            e_z = small[c] * two[c]
            z[c] = (np.float32(1.0) if z[c] >= 0 else e_z) / (np.float32(1.0) + e_z)
        for e in range(begin, end):
            lane = lane_of[indices[e]]
            if lane >= 0:
                z[lane] -= np.float32(1.0)
        for e in range(begin, end):
            j, v = indices[e], data[e]
            for c in range(LANES):
                gradient[j, c] += v * z[c]
        for c in range(LANES):
            gradient[width, c] += z[c]
    for j in range(width):
        for c in range(LANES):
            gradient[j, c] -= centre[j, c] * gradient[width, c]
    for c in range(LANES):
        if own[c] >= 0:
            gradient[own[c], c] = 0.0


@compiled(fastmath=FUSED, error_model="numpy")
def _direction(gradient, scale, steps, changes, rho, newest, direction):  # type: ignore[no-untyped-def]
    """Write minus the inverse-Hessian product of the gradient, by the two-loop recursion, lane by lane."""
    depth, length = steps.shape[0], gradient.shape[0]
    alpha = np.zeros((depth, LANES), dtype=np.float32)
    sums = np.empty(LANES, dtype=np.float32)
    direction[:] = gradient
    for back in range(depth):
        slot = (newest - back) % depth
        sums[:] = 0.0
        for j in range(length):
            for c in range(LANES):
                sums[c] += steps[slot, j, c] * direction[j, c]
        for c in range(LANES):
            alpha[slot, c] = rho[slot, c] * sums[c]
        for j in range(length):
            for c in range(LANES):
                direction[j, c] -= alpha[slot, c] * changes[slot, j, c]
    for j in range(length):
        for c in range(LANES):
            direction[j, c] *= scale[j, c]
    for back in range(depth):
        slot = (newest + 1 + back) % depth
        sums[:] = 0.0
        for j in range(length):
            for c in range(LANES):
                sums[c] += changes[slot, j, c] * direction[j, c]
        for c in range(LANES):
            sums[c] = alpha[slot, c] - rho[slot, c] * sums[c]
        for j in range(length):
            for c in range(LANES):
                direction[j, c] += sums[c] * steps[slot, j, c]
    for j in range(length):
        for c in range(LANES):
            direction[j, c] = -direction[j, c]


@compiled(fastmath=FUSED, error_model="numpy")
def _inner(left, right, out):  # type: ignore[no-untyped-def]
    """Write the inner product of two ``(length, LANES)`` arrays, lane by lane."""
    out[:] = 0.0
    for j in range(left.shape[0]):
        for c in range(LANES):
            out[c] += left[j, c] * right[j, c]


@compiled(fastmath=FUSED, error_model="numpy")
def _minimise(indptr, indices, data, own, lane_of, at, scale, centre, rounds, tolerance):  # type: ignore[no-untyped-def]
    """Move ``at`` to the minimum, in place; return which lanes arrived.

    Between the first line and the last, the intercept is that of centred features.
    """
    gradient, new = np.empty_like(at), np.empty_like(at)
    trial, direction = np.empty_like(at), np.empty_like(at)
    steps = np.zeros((MEMORY, at.shape[0], LANES), dtype=np.float32)
    changes = np.zeros_like(steps)
    rho = np.zeros((MEMORY, LANES), dtype=np.float32)
    slope, slope_new = np.empty(LANES, dtype=np.float32), np.empty(LANES, dtype=np.float32)
    length = np.ones(LANES, dtype=np.float32)
    done = own < 0
    newest = 0
    for c in range(LANES):
        if own[c] >= 0:
            centre[own[c], c] = 0.0
    _gradient(indptr, indices, data, own, lane_of, at, centre, gradient)
    for _ in range(rounds):
        _inner(gradient, scale * gradient, slope)
        for c in range(LANES):
            done[c] = done[c] or slope[c] <= tolerance * tolerance
        if np.all(done):
            break
        _direction(gradient, scale, steps, changes, rho, newest, direction)
        _inner(gradient, direction, slope)
        for c in range(LANES):
            if slope[c] >= 0 and not done[c]:  # rounding spoiled the lane's memory: fall back to the diagonal
                rho[:, c] = 0.0
                direction[:, c] = -scale[:, c] * gradient[:, c]
                slope[c] = (direction[:, c] * gradient[:, c]).sum()
            if done[c]:
                direction[:, c] = 0.0
        trial[:] = at + length * direction
        _gradient(indptr, indices, data, own, lane_of, trial, centre, new)
        _inner(new, direction, slope_new)
        newest = (newest + 1) % MEMORY
        rho[newest] = 0.0
        for c in range(LANES):
            if done[c]:
                continue
            if slope_new[c] > -0.9 * slope[c]:  # overshot: a shorter step by the secant rule, from the same place
                length[c] *= max(np.float32(0.1), min(np.float32(0.7), slope[c] / (slope[c] - slope_new[c])))
                continue
            steps[newest, :, c] = length[c] * direction[:, c]
            changes[newest, :, c] = new[:, c] - gradient[:, c]
            bend = (steps[newest, :, c] * changes[newest, :, c]).sum()
            if bend > 0:
                rho[newest, c] = 1 / bend
            at[:, c] = trial[:, c]
            gradient[:, c] = new[:, c]
            length[c] = 1.0
    _inner(centre, at[:-1], slope)
    at[-1] -= slope
    return done
