"""Shadow models: the recipe in the attacker's hands, trained once per system and shared by every attack."""

import contextlib
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from synthaudit.audit.errors import InputError
from synthaudit.audit.files import read_file, write_atomically
from synthaudit.audit.protocols import Generator
from synthaudit.audit.records import Records
from synthaudit.audit.records.storage import load_records, save_records
from synthaudit.audit.suite.attacker.fit_many import fit_many
from synthaudit.audit.suite.context.audit_context import AuditContext, use_one_thread
from synthaudit.audit.suite.context.task import CODE_VERSION, seed_of
from synthaudit.audit.suite.plan import options_of


@dataclass(frozen=True, eq=False)
class RecipeTrainer:
    """Trains a recipe on what an attacker holds, with the options, the device and the thread of the real training.

    Attributes:
        recipe: The generator as the plan has it.
        members: Rows that the published model was trained on.
        rows: Rows sampled from each shadow: those of the largest published table; smaller ones are their first rows.
        seed: Seed of the attacker's ensemble.
        folder: Where the shadows' tables are kept; an owner-only folder, since a recipe may publish what it was given.
        device: Where training runs.
        trained: What was trained so far: models, and rows that each was trained on, on average.
    """

    recipe: Generator
    members: int
    rows: int
    seed: int
    folder: Path
    device: str = "cpu"
    trained: list[tuple[int, int]] = field(default_factory=list)

    def train(
        self, pool: Records, inclusion: np.ndarray, *, seeds: Sequence[int], size: int
    ) -> Sequence[Records | None]:
        """Return the shadows' tables; whoever asks first trains, others wait for it and read what was kept.

        Raises:
            TrainingError: The recipe cannot be trained on these records.
            InputError: The folder cannot be written.
        """
        self.trained.append((len(seeds), round(float(inclusion.sum(axis=1).mean()))))
        rows = max(size, self.rows)
        key = self._key(pool, inclusion, seeds, rows)
        tables = self.folder / key
        with _exclusive(self.folder / f"{key}.lock"):
            problems = _stored(tables, models=len(seeds))
            if problems is None:
                tables.mkdir(mode=0o700, exist_ok=True)
                problems = self._train(pool, inclusion, seeds, rows, tables)
                done = {"problems": problems, "sha256": _digests(tables, problems)}
                write_atomically(tables / "done.json", json.dumps(done).encode(), mode=0o600)
        return Shadows(tables, problems, size)

    def _key(self, pool: Records, inclusion: np.ndarray, seeds: Sequence[int], rows: int) -> str:
        """Return an address of all that the tables depend on."""
        depends = [
            CODE_VERSION,
            type(self.recipe).__name__,
            options_of(self.recipe),
            pool.fingerprint(),
            hashlib.sha256(np.packbits(inclusion, axis=1).tobytes()).hexdigest(),
            list(map(int, seeds)),
            rows,
            self.device,
        ]
        return hashlib.sha256(json.dumps(depends, sort_keys=True).encode()).hexdigest()[:32]

    def _train(
        self, pool: Records, inclusion: np.ndarray, seeds: Sequence[int], rows: int, tables: Path
    ) -> list[str | None]:
        """Train all models, write their tables, and return what is wrong with each, if anything."""
        if not self.recipe.control:
            use_one_thread()
        problems: list[str | None] = []
        trained = fit_many(self.recipe, pool, inclusion, seeds=seeds, device=self.device)
        for at, (model, seed) in enumerate(zip(trained, seeds, strict=True)):
            problem = model.training.problem
            if problem is None:
                save_records(model.sample(rows, seed=int(seed)), tables / f"{at}.npz")
            problems.append(problem)
        return problems


class Shadows(Sequence[Records | None]):
    """Tables of shadow models on disk, read one at a time: K tables never stand in memory together."""

    def __init__(self, folder: Path, problems: Sequence[str | None], size: int) -> None:
        self._folder, self._problems, self._size = folder, problems, size

    def __len__(self) -> int:
        return len(self._problems)

    def __getitem__(self, at: int) -> Records | None:  # type: ignore[override]
        if self._problems[at] is not None:
            return None
        return load_records(self._folder / f"{range(len(self))[at]}.npz").take(slice(0, self._size))


def _stored(tables: Path, *, models: int) -> list[str | None] | None:
    """Return what is wrong with each model that was kept; None where they are to be trained, or one has changed."""
    try:
        done = json.loads(read_file(tables / "done.json"))
        problems = [None if problem is None else str(problem) for problem in done["problems"]]
        sound = len(problems) == models and done["sha256"] == _digests(tables, problems)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return problems if sound else None


def _digests(tables: Path, problems: Sequence[str | None]) -> list[str | None]:
    """Return the SHA-256 of each table; None of a model that has none."""
    return [
        hashlib.sha256((tables / f"{at}.npz").read_bytes()).hexdigest() if problem is None else None
        for at, problem in enumerate(problems)
    ]


@contextlib.contextmanager
def _exclusive(path: Path) -> Iterator[None]:
    """Let one process in at a time; the system lets go of the lock of a process that dies."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = path.open("a")
    except OSError as error:
        raise InputError(
            f"could not be written ({error.strerror})", file=path, cure="Make room or choose another --out"
        ) from None
    with file:
        path.chmod(0o600)
        try:
            import fcntl
        except ImportError:  # no such locks on this system: at worst two workers train the same models
            yield
            return
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def shadow_trainer(context: AuditContext, system: str) -> RecipeTrainer | None:
    """Return a system's recipe as the attacker holds it; None for a table that was handed in."""
    recipe = context.components.recipes.get(system)
    if recipe is None:
        return None
    return RecipeTrainer(
        recipe=recipe,
        members=len(context.members),
        rows=context.release(system, 0).rows,
        seed=seed_of(context.plan.seed, "shadows", system),
        folder=context.folder.restricted / "shadows",
        device=context.device,
    )
