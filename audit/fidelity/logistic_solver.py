"""L-BFGS for a block of logistic regressions on the same sparse rows (Nocedal & Wright, algorithm 7.5), compiled.

Arrays of shape ``(d + 1, BLOCK)`` have one row per feature, the last for the intercept, and one column per model: one
pass over the non-zero cells serves all models, and every inner loop runs along a register.
"""

import numpy as np

from synthaudit.audit.kernels import FUSED, compiled

BLOCK = 64
"""Models side by side; 64 floats are four cache lines, and two blocks of 930 features fit a core's cache."""

MEMORY = 8
"""Pairs of steps and gradient changes that the Hessian is estimated from."""


@compiled(fastmath=FUSED, error_model="numpy")
def _gradient(
    indptr: np.ndarray,
    indices: np.ndarray,
    data: np.ndarray,
    target: np.ndarray,
    model_of_column: np.ndarray,
    coefficients: np.ndarray,
    centre: np.ndarray,
    gradient: np.ndarray,
) -> None:
    """Write the gradient at ``coefficients`` into ``gradient``, both ``(d + 1, BLOCK)``; the last row is the intercept.

    The model is ``(x - centre) w + b``; ``centre``, ``(d, BLOCK)``, never touches the sparse cells.
    """
    width = coefficients.shape[0] - 1
    gradient[:] = coefficients
    gradient[width] = 0.0
    intercept = coefficients[width].copy()
    for j in range(width):
        for c in range(BLOCK):
            intercept[c] -= centre[j, c] * coefficients[j, c]
    z = np.empty(BLOCK, dtype=np.float32)
    small = np.empty(BLOCK, dtype=np.float32)
    power = np.empty(BLOCK, dtype=np.int32)
    two = power.view(np.float32)
    for row in range(indptr.shape[0] - 1):
        begin, end = indptr[row], indptr[row + 1]
        for c in range(BLOCK):
            z[c] = intercept[c]
        for e in range(begin, end):
            j, v = indices[e], data[e]
            for c in range(BLOCK):
                z[c] += v * coefficients[j, c]
        for c in range(BLOCK):
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
        for c in range(BLOCK):
            e_z = small[c] * two[c]
            z[c] = (np.float32(1.0) if z[c] >= 0 else e_z) / (np.float32(1.0) + e_z)
        for e in range(begin, end):
            model = model_of_column[indices[e]]
            if model >= 0:
                z[model] -= np.float32(1.0)
        for e in range(begin, end):
            j, v = indices[e], data[e]
            for c in range(BLOCK):
                gradient[j, c] += v * z[c]
        for c in range(BLOCK):
            gradient[width, c] += z[c]
    for j in range(width):
        for c in range(BLOCK):
            gradient[j, c] -= centre[j, c] * gradient[width, c]
    for c in range(BLOCK):
        if target[c] >= 0:
            gradient[target[c], c] = 0.0


@compiled(fastmath=FUSED, error_model="numpy")
def _direction(
    gradient: np.ndarray,
    scale: np.ndarray,
    steps: np.ndarray,
    changes: np.ndarray,
    rho: np.ndarray,
    newest: int,
    direction: np.ndarray,
) -> None:
    """Write minus the inverse-Hessian product of the gradient, by the two-loop recursion, model by model."""
    depth, length = steps.shape[0], gradient.shape[0]
    alpha = np.zeros((depth, BLOCK), dtype=np.float32)
    sums = np.empty(BLOCK, dtype=np.float32)
    direction[:] = gradient
    for back in range(depth):
        slot = (newest - back) % depth
        sums[:] = 0.0
        for j in range(length):
            for c in range(BLOCK):
                sums[c] += steps[slot, j, c] * direction[j, c]
        for c in range(BLOCK):
            alpha[slot, c] = rho[slot, c] * sums[c]
        for j in range(length):
            for c in range(BLOCK):
                direction[j, c] -= alpha[slot, c] * changes[slot, j, c]
    for j in range(length):
        for c in range(BLOCK):
            direction[j, c] *= scale[j, c]
    for back in range(depth):
        slot = (newest + 1 + back) % depth
        sums[:] = 0.0
        for j in range(length):
            for c in range(BLOCK):
                sums[c] += changes[slot, j, c] * direction[j, c]
        for c in range(BLOCK):
            sums[c] = alpha[slot, c] - rho[slot, c] * sums[c]
        for j in range(length):
            for c in range(BLOCK):
                direction[j, c] += sums[c] * steps[slot, j, c]
    for j in range(length):
        for c in range(BLOCK):
            direction[j, c] = -direction[j, c]


@compiled(fastmath=FUSED, error_model="numpy")
def _inner(left: np.ndarray, right: np.ndarray, out: np.ndarray) -> None:
    """Write the inner product of two ``(length, BLOCK)`` arrays, model by model."""
    out[:] = 0.0
    for j in range(left.shape[0]):
        for c in range(BLOCK):
            out[c] += left[j, c] * right[j, c]


@compiled(fastmath=FUSED, error_model="numpy")
def minimise(
    indptr: np.ndarray,
    indices: np.ndarray,
    data: np.ndarray,
    target: np.ndarray,
    model_of_column: np.ndarray,
    coefficients: np.ndarray,
    scale: np.ndarray,
    centre: np.ndarray,
    rounds: int,
    tolerance: float,
) -> np.ndarray:
    """Move ``coefficients`` to the minimum, in place; return which models arrived, shape ``(BLOCK,)``.

    Between the first line and the last, the intercept is that of centred features.

    Args:
        indptr: Of the features in compressed rows, as are ``indices`` and ``data``.
        indices: Column of every non-zero cell.
        data: Its value.
        target: The column that each model predicts, shape ``(BLOCK,)``; -1 where the block has no model.
        model_of_column: The model that predicts each column, shape ``(d,)``; -1 for none.
        coefficients: Starting point: coefficients and, in the last row, intercepts, shape ``(d + 1, BLOCK)``.
        scale: Inverse of the Hessian's diagonal, the same shape.
        centre: What each feature is centred at, shape ``(d, BLOCK)``.
        rounds: Gradient evaluations, at most.
        tolerance: Newton decrement at which a model has arrived.
    """
    gradient, new = np.empty_like(coefficients), np.empty_like(coefficients)
    trial, direction = np.empty_like(coefficients), np.empty_like(coefficients)
    steps = np.zeros((MEMORY, coefficients.shape[0], BLOCK), dtype=np.float32)
    changes = np.zeros_like(steps)
    rho = np.zeros((MEMORY, BLOCK), dtype=np.float32)
    slope, slope_new = np.empty(BLOCK, dtype=np.float32), np.empty(BLOCK, dtype=np.float32)
    length = np.ones(BLOCK, dtype=np.float32)
    arrived = target < 0
    newest = 0
    for c in range(BLOCK):
        if target[c] >= 0:
            centre[target[c], c] = 0.0
    _gradient(indptr, indices, data, target, model_of_column, coefficients, centre, gradient)
    for _ in range(rounds):
        _inner(gradient, scale * gradient, slope)
        for c in range(BLOCK):
            arrived[c] = arrived[c] or slope[c] <= tolerance * tolerance
        if np.all(arrived):
            break
        _direction(gradient, scale, steps, changes, rho, newest, direction)
        _inner(gradient, direction, slope)
        for c in range(BLOCK):
            if slope[c] >= 0 and not arrived[c]:  # rounding spoiled the model's memory: fall back to the diagonal
                rho[:, c] = 0.0
                direction[:, c] = -scale[:, c] * gradient[:, c]
                slope[c] = (direction[:, c] * gradient[:, c]).sum()
            if arrived[c]:
                direction[:, c] = 0.0
        trial[:] = coefficients + length * direction
        _gradient(indptr, indices, data, target, model_of_column, trial, centre, new)
        _inner(new, direction, slope_new)
        newest = (newest + 1) % MEMORY
        rho[newest] = 0.0
        for c in range(BLOCK):
            if arrived[c]:
                continue
            if slope_new[c] > -0.9 * slope[c]:  # overshot: a shorter step by the secant rule, from the same place
                length[c] *= max(np.float32(0.1), min(np.float32(0.7), slope[c] / (slope[c] - slope_new[c])))
                continue
            steps[newest, :, c] = length[c] * direction[:, c]
            changes[newest, :, c] = new[:, c] - gradient[:, c]
            bend = (steps[newest, :, c] * changes[newest, :, c]).sum()
            if bend > 0:
                rho[newest, c] = 1 / bend
            coefficients[:, c] = trial[:, c]
            gradient[:, c] = new[:, c]
            length[c] = 1.0
    _inner(centre, coefficients[:-1], slope)
    coefficients[-1] -= slope
    return arrived
