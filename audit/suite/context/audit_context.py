"""What every worker of a run shares: the plan, the sides under pseudonyms, and where synthetic rows lie."""

import json
import os
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np

from synthaudit.audit.errors import ResultError
from synthaudit.audit.files import replacing, write_atomically
from synthaudit.audit.ledger import Ledger
from synthaudit.audit.records import Records
from synthaudit.audit.records.storage import load_records, save_records
from synthaudit.audit.suite.context.components import Components
from synthaudit.audit.suite.context.distinctive import distinctive
from synthaudit.audit.suite.context.known_columns import rarest_codes, secret_columns
from synthaudit.audit.suite.context.prepare import Prepared
from synthaudit.audit.suite.context.run_folder import RunFolder
from synthaudit.audit.suite.context.targets import Targets, drawn, standing_out
from synthaudit.audit.suite.context.task import TableSizes, Task, seed_of
from synthaudit.audit.suite.plan import Plan
from synthaudit.audit.suite.tasks.listing import list_tasks


@dataclass(frozen=True, eq=False)
class AuditContext:
    """One audit in its folder, as a worker sees it."""

    folder: RunFolder
    plan: Plan
    sizes: TableSizes
    device: str

    @cached_property
    def components(self) -> Components:
        """The plan's recipes, attacks and metrics."""
        return Components(self.plan)

    @cached_property
    def members(self) -> Records:
        """Patients the generators are trained on."""
        return load_records(self.folder.restricted / "members.npz")

    @cached_property
    def holdout(self) -> Records:
        """Patients of the same population that no generator sees."""
        return load_records(self.folder.restricted / "holdout.npz")

    @cached_property
    def reference(self) -> Records | None:
        """Patients the attacker knows, or None."""
        path = self.folder.restricted / "reference.npz"
        return load_records(path) if path.exists() else None

    @cached_property
    def pseudonyms(self) -> np.ndarray:
        """A keyed hash of each patient's raw id; patient number i stands at place i."""
        hashed: np.ndarray = np.load(self.folder.restricted / "pseudonyms.npy", allow_pickle=False)
        return hashed

    @cached_property
    def targets(self) -> Targets:
        """Patients put before the attacker; the same ones in every task."""
        plan, seed = self.plan.targets, self.plan.seed
        if plan.choice == "random":
            rngs = [np.random.default_rng(seed_of(seed, "targets", side)) for side in ("members", "holdout")]
            sides = (
                drawn(self.members, plan.members, rng=rngs[0]),
                drawn(self.holdout, plan.holdout, rng=rngs[1]),
            )
        else:
            rng = np.random.default_rng(seed_of(seed, "targets", plan.choice))
            sides = standing_out(self.members, self.holdout, (plan.members, plan.holdout), plan.choice, rng=rng)
        return Targets(*sides, distinctive(self.real, *sides))

    def targets_of(self, task: Task) -> Targets:
        """Return the targets of a task: all of them, or the task's own number of each side."""
        if not task.targets:
            return self.targets
        rng = np.random.default_rng(seed_of(self.plan.seed, "fewer targets", task.targets))
        return self.targets.fewer(task.targets, rng=rng)

    @cached_property
    def real(self) -> Records:
        """Members and holdout together."""
        return Records.concat([self.members, self.holdout])

    @cached_property
    def shifted_reference(self) -> Records:
        """The half of the reference with the longest records, or the largest numbers where there are no codes."""
        if self.reference is None:
            raise ValueError("expected a reference")
        numbers = [at for at, position in enumerate(self.reference.schema.rest) if self._is_number(position)]
        length = self.reference.codes.sum(axis=1).astype(np.float64)
        if not self.reference.schema.codes:
            rest = np.nan_to_num(self.reference.rest[:, numbers])
            length = (rest.argsort(axis=0).argsort(axis=0)).sum(axis=1).astype(np.float64)
        order = np.lexsort((np.arange(len(length)), -length))
        return self.reference.take(np.sort(order[: len(length) // 2]))

    def _is_number(self, position: int) -> bool:
        return self.members.schema.columns[position].is_numeric

    @cached_property
    def secret(self) -> np.ndarray:
        """Which columns the attacker of attributes is after and never knows, shape ``(p,)``, bool."""
        secrets = self.plan.secrets
        rare = rarest_codes(self.real, secrets.rarest_codes, least=self.plan.small_count)
        return secret_columns(self.real, (*secrets.columns, *rare))

    def synthetic_path(self, system: str, release: int, key: str) -> Path:
        """Where a synthetic table lies; restricted, since a control's rows may be real ones."""
        return self.folder.restricted / "synthetic" / f"{system}-{release}-{key[:12]}.npz"

    def synthetic(self, system: str, release: int) -> Records:
        """Return a system's whole synthetic table."""
        return _synthetic(self.synthetic_path(system, release, self.address(system, release)))

    def ledger(self, system: str, release: int) -> Ledger | None:
        """Return what the training behind a synthetic table says it did with real records; a file's claim; or None."""
        if system in self.plan.synthetic:
            claim = self.plan.synthetic[system].claim
            return claim.ledger if claim is not None else None
        card = self.folder.read_task(self.address(system, release)).training
        return card.ledger if card is not None else None

    def address(self, system: str, release: int) -> str:
        """Return the address of the training behind a synthetic table, or of the given file."""
        return self._addresses[system, release]

    @cached_property
    def _addresses(self) -> dict[tuple[str, int], str]:
        fits = {(c.system, c.release): c.key for c in list_tasks(self.components, self.sizes) if c.kind == "fit"}
        return {**fits, **{(system, 0): self.sizes.fingerprint for system in self.plan.synthetic}}


@lru_cache(maxsize=8)
def _synthetic(path: Path) -> Records:
    return load_records(path)


def write_context(folder: RunFolder, plan: Plan, prepared: Prepared, *, device: str) -> AuditContext:
    """Put down what workers need, readable by the owner only, and return the job."""
    (folder.restricted / "synthetic").mkdir(exist_ok=True, mode=0o700)
    (folder.restricted / "scores").mkdir(exist_ok=True, mode=0o700)
    for side in ("members", "holdout", "reference"):
        path = folder.restricted / f"{side}.npz"
        if side in prepared.tables:
            save_records(prepared.tables[side], path)
        else:
            path.unlink(missing_ok=True)
    with replacing(folder.restricted / "pseudonyms.npy", mode=0o600) as temporary:
        np.save(temporary, prepared.pseudonyms, allow_pickle=False)
    sizes = prepared.sizes
    content = {
        "plan": plan.canonical(),
        "device": device,
        "sizes": {**sizes.__dict__, "files": dict(sizes.files)},
    }
    write_atomically(folder.restricted / "job.json", json.dumps(content).encode(), mode=0o600)
    read_context.cache_clear()
    context = read_context(str(folder.root))
    for key, table in prepared.files.items():
        save_records(table, context.synthetic_path(key, 0, sizes.fingerprint))
    return context


@lru_cache(maxsize=2)
def read_context(folder: str) -> AuditContext:
    """Return the job of a run folder; a worker reads it once.

    Raises:
        ResultError: If the folder holds none.
    """
    run = RunFolder(Path(folder))
    try:
        content = json.loads((run.restricted / "job.json").read_bytes())
    except (OSError, json.JSONDecodeError):
        raise ResultError(f"{run.root.name}: expected a run folder, found no restricted/job.json") from None
    return AuditContext(
        run, Plan.model_validate_json(json.dumps(content["plan"])), TableSizes(**content["sizes"]), content["device"]
    )


def use_one_thread() -> None:
    """Train on one thread, so that sums are made in one order whatever the machine and the other workers."""
    import torch

    torch.set_num_threads(1)


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)


def rng_of(context: AuditContext, task: Task) -> np.random.Generator:
    """Return a task's own random generator."""
    return np.random.default_rng(seed_of(context.plan.seed, task.label))
