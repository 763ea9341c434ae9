"""The first layer of a perceptron on mostly empty records: weights are summed code by code, forwards and backwards.

A patient has a dozen of a thousand codes. Sums run in a fixed order, so thread counts move no bit.
"""

import numpy as np

from synthaudit.audit.kernels import compiled

LANE = 16  # units looked at together: one register of whole numbers


@compiled()
def forward(x: np.ndarray, weight: np.ndarray, out: np.ndarray) -> None:
    """Add to ``out``, shape ``(K, b, h)``, what records ``x``, ``(K, b, d)``, select of ``weight``, ``(K, d, h)``."""
    models, batch, width = x.shape
    bits = x.view(np.int32)
    for k in range(models):
        for row in range(batch):
            into = out[k, row]
            for start in range(0, width, LANE):
                end = min(start + LANE, width)
                any_on = 0
                for unit in range(start, end):
                    any_on |= bits[k, row, unit]
                if any_on:
                    for unit in range(start, end):
                        value = x[k, row, unit]
                        if value != 0.0:
                            for at in range(len(into)):
                                into[at] += value * weight[k, unit, at]


@compiled()
def weight_grad(x: np.ndarray, slope: np.ndarray, grad: np.ndarray) -> None:
    """Write the weights' gradient, ``(K, d, h)``, from records ``(K, b, d)`` and slopes of the sums, ``(K, b, h)``."""
    models, batch, width = x.shape
    bits = x.view(np.int32)
    for k in range(models):
        grad[k] = 0.0
        for row in range(batch):
            came = slope[k, row]
            for start in range(0, width, LANE):
                end = min(start + LANE, width)
                any_on = 0
                for unit in range(start, end):
                    any_on |= bits[k, row, unit]
                if any_on:
                    for unit in range(start, end):
                        value = x[k, row, unit]
                        if value != 0.0:
                            for at in range(len(came)):
                                grad[k, unit, at] += value * came[at]
