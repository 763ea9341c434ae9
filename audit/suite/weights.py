"""What of a fitted generator is kept for attackers: its weights, its opinion of the targets, and fresh samples of it.

A generator of the catalogue is kept as weights. Of a generator of the user's own nothing can be kept but what it says:
right after training it is asked for its signals on every target, and for as many rows as samplers want.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from audit.errors import TrainingError
from audit.records import Records
from audit.records.storage import load, save
from audit.suite.cells import Cell, seed_of
from audit.suite.job import Job
from audit.suite.store import replacing
from generators import GENERATORS

if TYPE_CHECKING:
    from audit.knowledge import Weights
    from audit.protocols import Fitted


def keep(fitted: "Fitted", job: Job, cell: Cell) -> None:
    """Keep what attackers need of a fitted generator beside its synthetic table.

    Raises:
        TrainingError: The generator's signals are not one finite or infinite number a target.
    """
    path = job.synthetic_path(cell.subject, cell.release, cell.key)
    times = job.bench.fresh
    if times:
        seeds = [seed_of(job.plan.seed, "fresh", cell.subject, cell.release, part) for part in range(times)]
        # As many rows as there are members at a time, which the generator is known to have room for.
        save(Records.concat([fitted.sample(len(job.members), seed=seed) for seed in seeds]), _fresh_path(path))
    if not hasattr(fitted, "signals"):
        return
    if type(job.bench.recipes[cell.subject]) in GENERATORS.values():
        from generators.checkpoint import save as keep_weights

        keep_weights(fitted, path.with_suffix(".safetensors"))
    else:
        _keep_signals(fitted, _targets(job), _signals_path(path), cell.subject)


def weights_of(job: Job, subject: str, release: int) -> "Weights | None":
    """Return the published generator's weights, or what it said of the targets; None where it has neither."""
    path = job.synthetic_path(subject, release, job.address(subject, release))
    if path.with_suffix(".safetensors").exists():
        from generators.checkpoint import load as restore

        return cast("Weights", restore(path.with_suffix(".safetensors")))
    if _signals_path(path).exists():
        with np.load(_signals_path(path), allow_pickle=False) as kept:
            return SaidOfTargets(_targets(job), {name: kept[name] for name in kept.files})
    return None


def fresh_of(job: Job, cell: Cell) -> Records | None:
    """Return the rows that the attacker of a cell sampled; None where the generator cannot be sampled any more."""
    path = _fresh_path(job.synthetic_path(cell.subject, cell.release, job.address(cell.subject, cell.release)))
    if not path.exists():
        return None
    return load(path).take(slice(0, job.bench.membership[cell.method].times * len(job.members)))


@dataclass(frozen=True, eq=False)
class SaidOfTargets:
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
        keys, first = np.unique(_as_bytes(self.asked), return_index=True)
        wanted = _as_bytes(targets)
        at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        if not (keys[at] == wanted).all():
            raise ValueError("expected targets that the generator was asked about")
        return {name: values[first[at]] for name, values in self.said.items()}


def _keep_signals(fitted: Any, targets: Records, path: Path, subject: str) -> None:
    said = {str(name): np.asarray(values, np.float64) for name, values in fitted.signals(targets).items()}
    for name, values in said.items():
        if values.shape != (len(targets),):
            raise TrainingError(f"{subject}: expected signal '{name}' to be one number a target, got {values.shape}")
    with replacing(path, mode=0o600) as temporary:
        np.savez_compressed(temporary, **said)  # type: ignore[arg-type]


def _targets(job: Job) -> Records:
    return Records.concat([job.targets.members, job.targets.holdout])


def _as_bytes(records: Records) -> np.ndarray:
    """Return each row as one opaque value, shape ``(n,)``."""
    rest = records.rest + 0.0  # -0.0 and 0.0 are the same number with different bytes
    rest[np.isnan(rest)] = np.nan
    codes = np.ascontiguousarray(records.codes, np.int64)
    joined = np.concatenate([block.view(np.uint8).reshape(len(records), -1) for block in (codes, rest)], axis=1)
    return np.ascontiguousarray(joined).view(f"V{joined.shape[1]}")[:, 0]


def _fresh_path(path: Path) -> Path:
    return path.with_name(f"{path.stem}-fresh.npz")


def _signals_path(path: Path) -> Path:
    return path.with_name(f"{path.stem}-signals.npz")
