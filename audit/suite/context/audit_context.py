"""What every worker of a run shares: the plan, the sides under pseudonyms, the targets, and where synthetic rows lie.

``write_context`` puts it down once, before any task runs; workers only read it.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np

from synthaudit.audit.errors import ResultError
from synthaudit.audit.files import replacing, write_atomically
from synthaudit.audit.ledger import Ledger
from synthaudit.audit.records import NumericScale, Records
from synthaudit.audit.records.storage import load_records, save_records
from synthaudit.audit.suite.context.components import Components
from synthaudit.audit.suite.context.distinctive import Distinctive, distinctive
from synthaudit.audit.suite.context.known_columns import rarest_codes, secret_columns
from synthaudit.audit.suite.context.left_out_values import LeftOutValues, load_left_out, save_left_out
from synthaudit.audit.suite.context.prepare import Prepared
from synthaudit.audit.suite.context.run_folder import RESTRICTED, RunFolder
from synthaudit.audit.suite.context.targets import Targets, choose_targets
from synthaudit.audit.suite.context.task import TableSizes, Task, seed_of
from synthaudit.audit.suite.plan import Plan


@dataclass(frozen=True)
class Release:
    """One synthetic table of a system.

    Attributes:
        system: Key of the system.
        release: Which of its tables.
        key: Key of the training behind it; of a table that was handed in, the fingerprint of the data.
        rows: Rows of the whole table.
    """

    system: str
    release: int
    key: str
    rows: int


@dataclass(frozen=True, eq=False)
class AuditContext:
    """One audit in its folder, as a worker sees it."""

    folder: RunFolder
    plan: Plan
    sizes: TableSizes
    device: str
    releases: tuple[Release, ...] = ()

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

    def published_ids(self, system: str) -> np.ndarray:
        """Return the numbers of the patients whose id a synthetic table has; none of a table that was sampled here."""
        path = self.folder.restricted / f"ids-in-{system}.npy"
        return np.load(path, allow_pickle=False) if path.exists() else np.empty(0, np.int64)

    def left_out(self, system: str) -> list[LeftOutValues]:
        """Return the columns that a synthetic table has and the audit leaves out."""
        return load_left_out(self.folder.restricted / f"left-out-{system}.npz")

    @cached_property
    def pseudonyms(self) -> np.ndarray:
        """A keyed hash of each patient's raw id; patient number i stands at place i."""
        hashed: np.ndarray = np.load(self.folder.restricted / "pseudonyms.npy", allow_pickle=False)
        return hashed

    @cached_property
    def targets(self) -> Targets:
        """Patients put before the attacker; the same ones in every task."""
        with np.load(self.folder.restricted / "targets.npz", allow_pickle=False) as masks:
            found = Distinctive(masks["distinctive_members"], masks["distinctive_holdout"], float(masks["radius"]))
            return Targets(self.members.take(masks["members"]), self.holdout.take(masks["holdout"]), found)

    def targets_of(self, task: Task) -> Targets:
        """Return the targets of a task: all of them, or a number of each side drawn at random."""
        most = task.targets_per_side or task.sample
        return self._fewer_targets(most) if most else self.targets

    def _fewer_targets(self, most: int) -> Targets:
        rng = np.random.default_rng(seed_of(self.plan.seed, "fewer targets", most))
        return self.targets.fewer(most, rng=rng)

    @cached_property
    def real(self) -> Records:
        """Members and holdout together."""
        return Records.concat([self.members, self.holdout])

    @cached_property
    def numeric_scale(self) -> NumericScale:
        """Quantiles of the numbers of the reference, or of the holdout where there is none."""
        return NumericScale.of(self.holdout if self.reference is None else self.reference)

    @cached_property
    def shifted_reference(self) -> Records:
        """The half of the reference with the longest records, or the largest numbers where there are no codes."""
        if self.reference is None:
            raise ValueError("expected a reference")
        schema = self.reference.schema
        numbers = [at for at, position in enumerate(schema.rest) if schema.columns[position].is_numeric]
        length = self.reference.codes.sum(axis=1).astype(np.float64)
        if not schema.codes:
            rest = np.nan_to_num(self.reference.rest[:, numbers])
            length = (rest.argsort(axis=0).argsort(axis=0)).sum(axis=1).astype(np.float64)
        order = np.lexsort((np.arange(len(length)), -length))
        return self.reference.take(np.sort(order[: len(length) // 2]))

    @cached_property
    def secret(self) -> np.ndarray:
        """Which columns the attacker of attributes is after and never knows, shape ``(p,)``, bool."""
        secrets = self.plan.secrets
        rare = rarest_codes(self.real, secrets.rarest_codes, least=self.plan.small_count)
        return secret_columns(self.real, (*secrets.columns, *rare))

    def synthetic_path(self, system: str, release: int, key: str) -> Path:
        """Where a synthetic table lies; restricted, since a control's rows may be real ones."""
        return self.folder.restricted / "synthetic" / f"{system}-{release}-{key[:12]}.npz"

    def release_path(self, system: str, release: int) -> Path:
        """Where the synthetic table of a system's release lies."""
        return self.synthetic_path(system, release, self.release(system, release).key)

    def synthetic(self, system: str, release: int) -> Records:
        """Return a system's whole synthetic table."""
        return _synthetic(self.release_path(system, release))

    def release(self, system: str, release: int) -> Release:
        """Return one synthetic table of a system."""
        return next(one for one in self.releases if (one.system, one.release) == (system, release))

    def ledger(self, system: str, release: int) -> Ledger | None:
        """Return what the training behind a synthetic table says it did with real records; a file's claim; or None."""
        if system in self.plan.synthetic:
            claim = self.plan.synthetic[system].claim
            return claim.ledger if claim is not None else None
        card = self.folder.read_task(self.release(system, release).key).training
        return card.ledger if card is not None else None


@lru_cache(maxsize=8)
def _synthetic(path: Path) -> Records:
    return load_records(path)


def write_context(
    folder: RunFolder, plan: Plan, prepared: Prepared, *, releases: Iterable[Release] = (), device: str
) -> AuditContext:
    """Put down what workers need, readable by the owner only, and return it as they will read it."""
    restricted = folder.restricted
    for name in RESTRICTED:
        (restricted / name).mkdir(exist_ok=True, mode=0o700)
    for side in ("members", "holdout", "reference"):
        path = restricted / f"{side}.npz"
        if side in prepared.tables:
            save_records(prepared.tables[side], path)
        else:
            path.unlink(missing_ok=True)
    with replacing(restricted / "pseudonyms.npy", mode=0o600) as temporary:
        np.save(temporary, prepared.pseudonyms, allow_pickle=False)
    for key, numbers in prepared.published_ids.items():
        with replacing(restricted / f"ids-in-{key}.npy", mode=0o600) as temporary:
            np.save(temporary, numbers, allow_pickle=False)
    for key, columns in prepared.left_out.items():
        save_left_out(columns, restricted / f"left-out-{key}.npz")
    _write_targets(restricted / "targets.npz", plan, prepared)
    files = [Release(key, 0, prepared.sizes.fingerprint, len(table)) for key, table in prepared.files.items()]
    content = {
        "plan": plan.canonical(),
        "device": device,
        "sizes": {**prepared.sizes.__dict__, "files": dict(prepared.sizes.files)},
        "releases": [asdict(release) for release in (*releases, *files)],
    }
    write_atomically(restricted / "context.json", json.dumps(content).encode(), mode=0o600)
    context = read_context(str(folder.root))
    for key, table in prepared.files.items():
        save_records(table, context.release_path(key, 0))
    return context


def _write_targets(path: Path, plan: Plan, prepared: Prepared) -> None:
    """Choose the targets and find the distinctive ones among them, once for all workers."""
    members, holdout = prepared.tables["members"], prepared.tables["holdout"]
    masks = choose_targets(plan, members, holdout)
    found = distinctive(Records.concat([members, holdout]), members.take(masks[0]), holdout.take(masks[1]))
    with replacing(path, mode=0o600) as temporary:
        np.savez_compressed(
            temporary,
            members=masks[0],
            holdout=masks[1],
            distinctive_members=found.members,
            distinctive_holdout=found.holdout,
            radius=np.float64(found.radius),
        )


def read_context(folder: str) -> AuditContext:
    """Return what ``write_context`` put into a run folder; read once per worker and content.

    Raises:
        ResultError: If the folder holds none.
    """
    root = Path(folder)
    try:
        content = (root / "restricted" / "context.json").read_bytes()
        return _context(root, content)
    except (OSError, json.JSONDecodeError):
        raise ResultError(f"{root.name}: expected a run folder, found no restricted/context.json") from None


@lru_cache(maxsize=2)
def _context(root: Path, content: bytes) -> AuditContext:
    raw = json.loads(content)
    plan = Plan.model_validate_json(json.dumps(raw["plan"]))
    releases = tuple(Release(**release) for release in raw["releases"])
    return AuditContext(RunFolder(root), plan, TableSizes(**raw["sizes"]), raw["device"], releases)


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
