"""Where a monotone function crosses a level: the bisection behind every bound that has no formula."""

from collections.abc import Callable

import numpy as np


def bisect(crossed: Callable[[float], bool], start: float, stop: float, *, steps: int = 60) -> tuple[float, float]:
    """Return the last point before a crossing and the first one behind it, by repeated halving.

    Args:
        crossed: False before the crossing and True behind it. It is never asked at ``start`` or ``stop``.
        start: A point before the crossing.
        stop: A point behind it; may be smaller than ``start``.
        steps: Halvings; 60 reach double precision from a bracket of the size of its root.

    >>> bisect(lambda x: x * x > 2, 0.0, 2.0, steps=3)
    (1.25, 1.5)
    """
    for _ in range(steps):
        middle = (start + stop) / 2
        start, stop = (start, middle) if crossed(middle) else (middle, stop)
    return start, stop


def grid_search(
    crossed: Callable[[np.ndarray], np.ndarray],
    start: float,
    stop: float,
    *,
    rounds: int,
    points: int = 64,
    spacing: Callable[[float, float, int], np.ndarray] = np.linspace,
) -> tuple[float, float]:
    """Return the same two points by grids within grids, for a test that judges many points in one pass.

    Args:
        crossed: Maps points, shape ``(points - 1,)``, to whether each lies behind the crossing, bool.
        start: Smallest point looked at. Where it lies behind the crossing already, it is both results.
        stop: A point behind the crossing, or the largest that is looked for.
        rounds: Grids, each between two points of the one before.
        points: Points per grid, both ends included.
        spacing: ``np.linspace``, or ``np.geomspace`` for a relative precision.
    """
    for _ in range(rounds):
        grid = spacing(start, stop, points)
        first = int(np.argmax(np.append(crossed(grid[:-1]), True)))
        if first == 0:
            return float(grid[0]), float(grid[0])
        start, stop = float(grid[first - 1]), float(grid[first])
    return start, stop
