"""Many trainings of one recipe: a stack of models at a time where the recipe can be stacked."""

from collections.abc import Iterator, Sequence

import numpy as np

from synthaudit.audit.protocols import Fitted, Generator, StackedGenerator
from synthaudit.audit.records import Records

MAX_MODELS = 32
"""Models trained in one pass, at most; wider stacks gain nothing on a CPU."""

MAX_MODEL_COLUMNS = 16_384
"""Models x columns in one pass, at most: 15 models of 1,071 columns, with Adam's state, take about 300 MB."""


def fit_many(
    recipe: Generator, pool: Records, inclusion: np.ndarray, *, seeds: Sequence[int], device: str
) -> Iterator[Fitted]:
    """Yield K trained models, model k trained on the pool's rows where ``inclusion[k]`` is true (shape ``(K, n)``).

    One stack of models is in memory at a time. Its width follows from the columns and not from free memory: it moves
    the last digits of a float, and so a number.

    Raises:
        TrainingError: The recipe cannot be trained on these records.
    """
    stacked = recipe if isinstance(recipe, StackedGenerator) else None
    width = max(1, min(MAX_MODELS, MAX_MODEL_COLUMNS // len(pool.schema))) if stacked is not None else 1
    for start in range(0, len(seeds), width):
        chosen, own = inclusion[start : start + width], [int(seed) for seed in seeds[start : start + width]]
        if stacked is not None:
            yield from stacked.fit_stack(pool, chosen, seeds=own, device=device)
        else:
            yield recipe.fit(pool.take(chosen[0]), seed=own[0], device=device)
