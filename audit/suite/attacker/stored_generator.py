"""What is stored of a fitted generator for attackers: its weights or its signals on the targets, and fresh samples.

A generator of the catalogue is stored as weights. One of the user's own cannot be: right after training, its signals
on every target and as many rows as samplers want are computed and stored.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from synthaudit.audit.errors import TrainingError
from synthaudit.audit.files import replacing
from synthaudit.audit.knowledge import GeneratorWeights
from synthaudit.audit.protocols import Fitted, SamplingAttack
from synthaudit.audit.records import Records
from synthaudit.audit.records.row_identity import row_numbers
from synthaudit.audit.records.storage import load_records, read_arrays, save_records
from synthaudit.audit.suite.context.audit_context import AuditContext
from synthaudit.audit.suite.context.task import Task, seed_of
from synthaudit.generators import GENERATORS


def store_model(fitted: Fitted, context: AuditContext, task: Task) -> None:
    """Store what attackers need of a fitted generator beside its synthetic table.

    Raises:
        TrainingError: The generator's signals are not one number per target, finite or infinite.
    """
    path = context.synthetic_path(task.system, task.release, task.key)
    times = context.components.fresh_sample_factor
    if times:
        seeds = [seed_of(context.plan.seed, "fresh", task.system, task.release, part) for part in range(times)]
        # As many rows as there are members at a time, which the generator is known to have room for.
        samples = [fitted.sample(len(context.members), seed=seed) for seed in seeds]
        save_records(Records.concat(samples), _fresh_path(path))
    if not isinstance(fitted, GeneratorWeights):
        return
    if type(context.components.recipes[task.system]) in GENERATORS.values():
        from synthaudit.generators.checkpoint import save as save_weights

        save_weights(fitted, path.with_suffix(".safetensors"))
    else:
        _store_signals(fitted, context.targets.pooled, _signals_path(path), task.system)


def weights_of(context: AuditContext, system: str, release: int) -> GeneratorWeights | None:
    """Return the published generator's weights, or its signals on the targets; None where it has neither."""
    path = context.release_path(system, release)
    if path.with_suffix(".safetensors").exists():
        from synthaudit.generators.checkpoint import load as restore

        fitted = restore(path.with_suffix(".safetensors"))
        return fitted if isinstance(fitted, GeneratorWeights) else None
    if _signals_path(path).exists():
        return CachedSignals(context.targets.pooled, read_arrays(_signals_path(path)))
    return None


def fresh_samples(context: AuditContext, task: Task) -> Records | None:
    """Return the rows that the attacker of a task sampled; None where the generator cannot be sampled any more."""
    path = _fresh_path(context.release_path(task.system, task.release))
    if not path.exists():
        return None
    attack = context.components.membership[task.method]
    factor = attack.sample_factor if isinstance(attack, SamplingAttack) else context.components.fresh_sample_factor
    return load_records(path).take(slice(0, factor * len(context.members)))


@dataclass(frozen=True, eq=False)
class CachedSignals:
    """Signals of a generator's weights on every target, computed while the weights were at hand.

    Attributes:
        targets: The targets' rows.
        values: A name to one number per row.
    """

    targets: Records
    values: Mapping[str, np.ndarray]

    def signals(self, targets: Records) -> Mapping[str, np.ndarray]:
        """Return the signals on these targets; equal records have equal signals, so that a row is its own key.

        Raises ``ValueError`` for a record that is not among them.
        """
        known, wanted = row_numbers(self.targets, targets)
        place = np.full(1 + max(known.max(initial=-1), wanted.max(initial=-1)), -1)
        place[known[::-1]] = np.arange(len(known))[::-1]  # of equal rows the first
        if (place[wanted] < 0).any():
            raise ValueError("expected targets on which the signals were computed")
        return {name: values[place[wanted]] for name, values in self.values.items()}


def _store_signals(fitted: GeneratorWeights, targets: Records, path: Path, system: str) -> None:
    signals = {str(name): np.asarray(values, np.float64) for name, values in fitted.signals(targets).items()}
    for name, values in signals.items():
        if values.shape != (len(targets),):
            raise TrainingError(f"{system}: expected signal '{name}' to be one number per target, got {values.shape}")
    with replacing(path, mode=0o600) as temporary:
        np.savez_compressed(temporary, **signals)  # type: ignore[arg-type]


def _fresh_path(path: Path) -> Path:
    return path.with_name(f"{path.stem}-fresh.npz")


def _signals_path(path: Path) -> Path:
    return path.with_name(f"{path.stem}-signals.npz")
