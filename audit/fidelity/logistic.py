"""All columns of a table predicted from all the others: many logistic regressions on one matrix, solved together.

Every model minimises ``0.5 |w|^2 + sum_i log(1 + exp(-y_i (x_i w + b)))``, scikit-learn's L2 penalty with C = 1 and a
free intercept. Models go in blocks side by side (``logistic_solver``): one pass over the non-zero cells serves a whole
block, and no ``rows x columns`` array of probabilities ever exists. A block takes about 6 MB at 930 features, whatever
the rows.

The solver is L-BFGS with a diagonal preconditioner and a line search on slopes alone: the objective is convex, so a
step after which it still falls, or hardly rises, was a descent. Blocks run on threads; the numbers do not depend on how
many.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import scipy

from synthaudit.audit.fidelity.logistic_solver import BLOCK, minimise

TOLERANCE = 3e-4
"""Where to stop: the Newton decrement under the diagonal of the Hessian, in units of the summed log-likelihood's root.

Logits are then off by less than about this number times the root of a record's leverage, which is below 1.
"""


@dataclass(frozen=True, eq=False)
class LogisticModels:
    """Fitted logistic regressions.

    Attributes:
        weights: One column per model, shape ``(d, K)``, float32.
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
    """Fit one logistic regression per target column, on all other features.

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
        chosen = order[start : start + BLOCK]
        target = np.full(BLOCK, -1, dtype=np.int64)
        target[: len(chosen)] = chosen
        model_of_column = np.full(width, -1, dtype=np.int64)
        model_of_column[chosen] = np.arange(len(chosen))
        coefficients, scale, centre = _start(features, squares, by_column[:, chosen], rows)
        matrix = features.indptr, features.indices, features.data
        arrived = minimise(*matrix, target, model_of_column, coefficients, scale, centre, rounds, TOLERANCE)
        columns = [place[int(target)] for target in chosen]
        weights[:, columns] = coefficients[:-1, : len(chosen)]
        intercepts[columns] = coefficients[-1, : len(chosen)]
        converged[columns] = arrived[: len(chosen)]

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    with ThreadPoolExecutor(cores) as pool:
        list(pool.map(solve, range(0, count, BLOCK)))
    return LogisticModels(weights, intercepts, converged)


def _start(
    features: scipy.sparse.csr_matrix, squares: scipy.sparse.csr_matrix, chosen: scipy.sparse.csc_matrix, rows: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the start and the inverse of the Hessian's diagonal, ``(d + 1, BLOCK)``, and centres, ``(d, BLOCK)``.

    Both are guessed from co-occurrence. Where feature j alone is known, the label's variance is ``q (1 - q)``, q its
    rate among rows with j; summed over those rows it is nearly the Hessian's diagonal at the solution, for the price of
    one sparse product. Features less their mean under these weights do not pull on the intercept.
    """
    width, models = squares.shape[0], chosen.shape[1]
    mass = np.asarray(squares.sum(axis=1)).reshape(-1, 1)  # (d, 1)
    total = np.asarray(features.sum(axis=0)).reshape(-1, 1)  # (d, 1)
    rate = np.asarray(chosen.sum(axis=0)).reshape(1, -1) / rows  # (1, k)
    both = np.asarray((squares @ chosen).todense(), dtype=np.float64)  # (d, k)
    conditional = np.clip((both + rate) / (mass + 1), rate / 4, 1 - rate / 4)
    variance = conditional * (1 - conditional)
    apart = rows * rate * (1 - rate)
    start = np.zeros((width + 1, BLOCK), dtype=np.float32)
    scale, centre = np.ones_like(start), np.zeros_like(start[:-1])
    centre[:, :models] = np.clip(total * variance / apart, -1, 1)
    curvature = mass * variance
    scale[:-1, :models] = 1 / (1 + np.maximum(curvature - apart * centre[:, :models] ** 2, curvature / 4))
    scale[-1, :models] = 1 / apart
    start[-1, :models] = np.log(rate / (1 - rate))
    return start, scale, centre
