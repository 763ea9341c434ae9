"""What of a fitted generator is kept for attackers: its weights, its opinion of the targets, and fresh samples of it.

A generator of the catalogue is kept as weights. Of a generator of the user's own nothing can be kept but what it says:
right after training it is asked for its signals on every target, and for as many rows as samplers want.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from synthaudit.audit.errors import TrainingError
from synthaudit.audit.files import replacing
from synthaudit.audit.records import Records
from synthaudit.audit.records.row_identity import row_numbers
from synthaudit.audit.records.storage import load_records, save_records
from synthaudit.audit.suite.context.audit_context import AuditContext
from synthaudit.audit.suite.context.task import Task, seed_of
from synthaudit.generators import GENERATORS

if TYPE_CHECKING:
    from synthaudit.audit.knowledge import GeneratorWeights
    from synthaudit.audit.protocols import Fitted


def store_model(fitted: "Fitted", context: AuditContext, task: Task) -> None:
    """Keep what attackers need of a fitted generator beside its synthetic table.

    Raises:
        TrainingError: The generator's signals are not one finite or infinite number a target.
    """
    path = context.synthetic_path(task.system, task.release, task.key)
    times = context.components.fresh_sample_factor
    if times:
        seeds = [seed_of(context.plan.seed, "fresh", task.system, task.release, part) for part in range(times)]
        # As many rows as there are members at a time, which the generator is known to have room for.
        save_records(
            Records.concat([fitted.sample(len(context.members), seed=seed) for seed in seeds]), _fresh_path(path)
        )
    if not hasattr(fitted, "signals"):
        return
    if type(context.components.recipes[task.system]) in GENERATORS.values():
        from synthaudit.generators.checkpoint import save as keep_weights

        keep_weights(fitted, path.with_suffix(".safetensors"))
    else:
        _keep_signals(fitted, _targets(context), _signals_path(path), task.system)


def weights_of(context: AuditContext, system: str, release: int) -> "GeneratorWeights | None":
    """Return the published generator's weights, or what it said of the targets; None where it has neither."""
    path = context.synthetic_path(system, release, context.address(system, release))
    if path.with_suffix(".safetensors").exists():
        from synthaudit.generators.checkpoint import load as restore

        return cast("GeneratorWeights", restore(path.with_suffix(".safetensors")))
    if _signals_path(path).exists():
        with np.load(_signals_path(path), allow_pickle=False) as kept:
            return CachedSignals(_targets(context), {name: kept[name] for name in kept.files})
    return None


def fresh_samples(context: AuditContext, task: Task) -> Records | None:
    """Return the rows that the attacker of a cell sampled; None where the generator cannot be sampled any more."""
    path = _fresh_path(context.synthetic_path(task.system, task.release, context.address(task.system, task.release)))
    if not path.exists():
        return None
    return load_records(path).take(
        slice(0, context.components.membership[task.method].sample_factor * len(context.members))
    )


@dataclass(frozen=True, eq=False)
class CachedSignals:
    """What a generator's weights said of every target when they were at hand.

    Attributes:
        asked: The targets' rows.
        said: A name to one number a row.
    """

    asked: Records
    said: Mapping[str, np.ndarray]

    def signals(self, targets: Records) -> Mapping[str, np.ndarray]:
        """Return what was said of these targets; equal records have equal signals, so that a row is its own key.

        Raises ``ValueError`` for a record that was not asked about.
        """
        known, wanted = row_numbers(self.asked, targets)
        place = np.full(1 + max(known.max(initial=-1), wanted.max(initial=-1)), -1)
        place[known[::-1]] = np.arange(len(known))[::-1]  # of equal rows the first
        if (place[wanted] < 0).any():
            raise ValueError("expected targets that the generator was asked about")
        return {name: values[place[wanted]] for name, values in self.said.items()}


def _keep_signals(fitted: Any, targets: Records, path: Path, system: str) -> None:
    said = {str(name): np.asarray(values, np.float64) for name, values in fitted.signals(targets).items()}
    for name, values in said.items():
        if values.shape != (len(targets),):
            raise TrainingError(f"{system}: expected signal '{name}' to be one number a target, got {values.shape}")
    with replacing(path, mode=0o600) as temporary:
        np.savez_compressed(temporary, **said)  # type: ignore[arg-type]


def _targets(context: AuditContext) -> Records:
    return Records.concat([context.targets.members, context.targets.holdout])


def _fresh_path(path: Path) -> Path:
    return path.with_name(f"{path.stem}-fresh.npz")


def _signals_path(path: Path) -> Path:
    return path.with_name(f"{path.stem}-signals.npz")
