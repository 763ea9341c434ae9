"""How many models to train in one pass: the stack width that short timed runs of this very recipe find fastest.

Small nets gain by standing side by side, until the parameters of all leave the cache: the best width depends on net,
batch and machine, so it is measured. Width is no part of a result: each model equals itself trained alone. Its last
digits may differ all the same, since products of other shapes are summed in another order; where a run must repeat to
the bit on other machines, fix the width instead.
"""

import time
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import torch

from synthaudit.audit.records import Records
from synthaudit.generators.encoding.layout import Layout
from synthaudit.generators.training.fit import dp_stackable, prepare_training
from synthaudit.generators.training.network import N, NetworkRecipe

WIDTHS = (1, 4, 16, 64, 256)
WARM_UP, TIMED = 1, 8
"""Steps of each phase that are not timed, since they allocate, and that are."""


class TimedRun:
    """The schedule of a training that takes a few steps of each phase and extrapolates to all of them.

    Attributes:
        models: Models that train side by side.
        device: Where they train.
        seconds: Extrapolated duration of all phases so far.
    """

    def __init__(self, models: int, device: str) -> None:
        self.models, self.device, self.seconds = models, device, 0.0

    def training_steps(self, steps: int) -> Iterator[bool]:
        """Yield for a few steps only; their shortest stands for all, as other work can only slow a step down."""
        durations: list[float] = []
        for _ in range(min(steps, WARM_UP + TIMED)):
            started = self._now()
            yield False
            durations.append(self._now() - started)
        self.seconds += min(durations[WARM_UP:] or durations, default=0.0) * steps

    def _now(self) -> float:
        if self.device.startswith("cuda"):
            torch.cuda.synchronize()
        elif torch.get_num_threads() == 1:
            # Other work breaks into a wide stack's long steps more often than into short ones: its time is not counted.
            return time.thread_time()
        return time.perf_counter()


def seconds_per_model(
    recipe: NetworkRecipe[N], members: Records, *, widths: Sequence[int] = WIDTHS, device: str = "cpu"
) -> Mapping[int, float]:
    """Return what training one model on as many rows as ``members`` takes at each width, by a timed run of each.

    Runs go from narrow to wide and end with the first that is slower by a quarter than the best before it.
    """
    layout = Layout.of(members.schema)
    if recipe.privacy is not None and not dp_stackable(recipe, layout):
        widths = (1,)  # trained one at a time, whatever the width
    seconds: dict[int, float] = {}
    for width in sorted(widths):
        run = TimedRun(width, device)
        inclusion = np.ones((width, len(members)), dtype=bool)
        network, data, _ = prepare_training(
            recipe, layout, members, inclusion, range(width), device=device, schedule=run.training_steps
        )
        recipe.train(network, data)
        seconds[width] = run.seconds / width
        if seconds[width] > 1.25 * min(seconds.values()):
            break
    return seconds


def best_stack_width(
    recipe: NetworkRecipe[N], members: Records, models: int, *, widths: Sequence[int] = WIDTHS, device: str = "cpu"
) -> int:
    """Return the width at which ``models`` models on as many rows as ``members`` are trained soonest."""
    possible = sorted({min(width, models) for width in widths})
    if len(possible) == 1:
        return possible[0]
    seconds = seconds_per_model(recipe, members, widths=possible, device=device)
    return min(seconds, key=lambda width: seconds[width])
