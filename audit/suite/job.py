"""What every worker of a run shares: the plan, the sides under pseudonyms, and where synthetic rows lie."""

import json
import os
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np

from audit.errors import ResultError
from audit.records import Records
from audit.records.storage import load, save
from audit.suite.cells import Bench, Cell, Sides, list_cells, seed_of
from audit.suite.distinctive import Distinctive, distinctive
from audit.suite.plan import Plan
from audit.suite.prepare import Prepared
from audit.suite.store import RunFolder, replacing, write_atomically


@dataclass(frozen=True, eq=False)
class Job:
    """One audit in its folder, as a worker sees it."""

    folder: RunFolder
    plan: Plan
    sides: Sides
    device: str

    @cached_property
    def bench(self) -> Bench:
        """The plan's recipes, attacks and metrics."""
        return Bench(self.plan)

    @cached_property
    def members(self) -> Records:
        """Patients the generators are trained on."""
        return load(self.folder.restricted / "members.npz")

    @cached_property
    def holdout(self) -> Records:
        """Patients of the same population that no generator sees."""
        return load(self.folder.restricted / "holdout.npz")

    @cached_property
    def reference(self) -> Records | None:
        """Patients the attacker knows, or None."""
        path = self.folder.restricted / "reference.npz"
        return load(path) if path.exists() else None

    @cached_property
    def pseudonyms(self) -> np.ndarray:
        """A keyed hash of each patient's raw id; patient number i stands at place i."""
        hashed: np.ndarray = np.load(self.folder.restricted / "pseudonyms.npy", allow_pickle=False)
        return hashed

    @cached_property
    def target_members(self) -> Records:
        """Members put before the attacker."""
        return self._drawn(self.members, self.plan.targets.members, "members")

    @cached_property
    def target_holdout(self) -> Records:
        """Holdout patients put before the attacker."""
        return self._drawn(self.holdout, self.plan.targets.holdout, "holdout")

    @cached_property
    def distinctive(self) -> Distinctive:
        """Which targets have a record that no other real patient comes near."""
        return distinctive(Records.concat([self.members, self.holdout]), self.target_members, self.target_holdout)

    def _drawn(self, records: Records, most: int, side: str) -> Records:
        """Return all rows of ``most`` patients drawn at random; the same ones in every cell."""
        patients = np.unique(records.patients)
        if len(patients) <= most:
            return records
        rng = np.random.default_rng(seed_of(self.plan.seed, "targets", side))
        chosen = rng.choice(patients, size=most, replace=False)
        return records.take(np.isin(records.patients, chosen))

    def synthetic_path(self, subject: str, release: int, key: str) -> Path:
        """Where a synthetic table lies; restricted, since a control's rows may be real ones."""
        return self.folder.restricted / "synthetic" / f"{subject}-{release}-{key[:12]}.npz"

    def synthetic(self, subject: str, release: int) -> Records:
        """Return a system's whole synthetic table."""
        return _synthetic(self.synthetic_path(subject, release, self.address(subject, release)))

    def address(self, subject: str, release: int) -> str:
        """Return the address of the training behind a synthetic table, or of the given file."""
        return self._addresses[subject, release]

    @cached_property
    def _addresses(self) -> dict[tuple[str, int], str]:
        fits = {(c.subject, c.release): c.key for c in list_cells(self.bench, self.sides) if c.kind == "fit"}
        return {**fits, **{(subject, 0): self.sides.fingerprint for subject in self.plan.synthetic}}


@lru_cache(maxsize=8)
def _synthetic(path: Path) -> Records:
    return load(path)


def write_job(folder: RunFolder, plan: Plan, prepared: Prepared, *, device: str) -> Job:
    """Put down what workers need, readable by the owner only, and return the job."""
    (folder.restricted / "synthetic").mkdir(exist_ok=True, mode=0o700)
    (folder.restricted / "scores").mkdir(exist_ok=True, mode=0o700)
    for side in ("members", "holdout", "reference"):
        path = folder.restricted / f"{side}.npz"
        if side in prepared.tables:
            save(prepared.tables[side], path)
        else:
            path.unlink(missing_ok=True)
    with replacing(folder.restricted / "pseudonyms.npy", mode=0o600) as temporary:
        np.save(temporary, prepared.pseudonyms, allow_pickle=False)
    sides = prepared.sides
    content = {
        "plan": plan.canonical(),
        "device": device,
        "sides": {**sides.__dict__, "files": dict(sides.files)},
    }
    write_atomically(folder.restricted / "job.json", json.dumps(content).encode(), mode=0o600)
    read_job.cache_clear()
    job = read_job(str(folder.root))
    for key, table in prepared.files.items():
        save(table, job.synthetic_path(key, 0, sides.fingerprint))
    return job


@lru_cache(maxsize=2)
def read_job(folder: str) -> Job:
    """Return the job of a run folder; a worker reads it once.

    Raises:
        ResultError: If the folder holds none.
    """
    run = RunFolder(Path(folder))
    try:
        content = json.loads((run.restricted / "job.json").read_bytes())
    except (OSError, json.JSONDecodeError):
        raise ResultError(f"{run.root.name}: expected a run folder, found no restricted/job.json") from None
    return Job(run, Plan.model_validate_json(json.dumps(content["plan"])), Sides(**content["sides"]), content["device"])


def use_one_thread() -> None:
    """Train on one thread, so that sums are made in one order whatever the machine and the other workers."""
    import torch

    torch.set_num_threads(1)


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)


def rng_of(job: Job, cell: Cell) -> np.random.Generator:
    """Return a cell's own random generator."""
    return np.random.default_rng(seed_of(job.plan.seed, cell.label))
