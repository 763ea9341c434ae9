"""How many models to train in one pass: the width that a short trial of this very recipe finds fastest.

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
from synthaudit.generators.encoding.table_encoder import TableEncoder
from synthaudit.generators.models.recipe import Recipe
from synthaudit.generators.nets.layers import begin
from synthaudit.generators.stacking.ensemble_data import EnsembleData
from synthaudit.generators.training.fit import stackable

WIDTHS = (1, 4, 16, 64, 256)
WARM, TIMED = 1, 8
"""Steps of each phase that are not timed, since they allocate, and that are."""


class Trial(EnsembleData):
    """A stack that stops each phase of training after a few steps and foresees what the whole would take.

    Attributes:
        seconds: What all steps of all phases so far would have taken.
    """

    seconds = 0.0

    def course(self, phase: str, steps: int) -> Iterator[bool]:
        """Yield for a few steps only; their shortest stands for all, as other work can only slow a step down."""
        del phase
        took: list[float] = []
        for _ in range(min(steps, WARM + TIMED)):
            started = self._now()
            yield False
            took.append(self._now() - started)
        self.seconds += min(took[WARM:] or took, default=0.0) * steps

    def _now(self) -> float:
        if self.device.startswith("cuda"):
            torch.cuda.synchronize()
        elif torch.get_num_threads() == 1:
            # Other work breaks into a wide stack's long steps more often than into short ones: its time is not counted.
            return time.thread_time()
        return time.perf_counter()


def seconds_a_model(
    recipe: Recipe, members: Records, *, widths: Sequence[int] = WIDTHS, device: str = "cpu"
) -> Mapping[int, float]:
    """Return what training one model on as many rows as ``members`` would take at each width, by a trial of each.

    Trials go from narrow to wide and end with the first that is slower by a quarter than the best before it.
    """
    layout = Layout.of(members.schema)
    encoding = TableEncoder.of(members, layout=layout)
    if recipe.privacy is not None and not stackable(recipe, layout):
        widths = (1,)  # trained one at a time, whatever the width asked for
    found: dict[int, float] = {}
    for width in sorted(widths):
        inclusion = np.ones((width, len(members)), dtype=bool)
        kind = Trial if recipe.privacy is None else _private_trial()
        trial = kind(layout, members, inclusion, [encoding] * width, range(width), device, None)
        if recipe.privacy is not None:
            trial.promise(recipe, recipe.privacy, layout, members, inclusion)  # type: ignore[attr-defined]
        network = recipe.network(layout, width)
        begin(network, trial.seeds)
        recipe.train(network.to(device).train(), trial)
        found[width] = trial.seconds / width
        if found[width] > 1.25 * min(found.values()):
            break
    return found


def _private_trial() -> type[Trial]:
    from synthaudit.generators.dp.accounted_data import AccountedData

    return type("PrivateTrial", (Trial, AccountedData), {})


def fastest(
    recipe: Recipe, members: Records, models: int, *, widths: Sequence[int] = WIDTHS, device: str = "cpu"
) -> int:
    """Return the width at which ``models`` models on as many rows as ``members`` train soonest."""
    few = sorted({min(width, models) for width in widths})
    if len(few) == 1:
        return few[0]
    found = seconds_a_model(recipe, members, widths=few, device=device)
    return min(found, key=lambda width: found[width])
