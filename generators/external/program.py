"""Generators that are programs, in any language: a command that reads a table of members and writes a synthetic one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import numpy as np

from synthaudit.audit.errors import check_positive
from synthaudit.audit.protocols import Progress, Training
from synthaudit.audit.records import KINDS, Kind, Records
from synthaudit.audit.workload import Workload
from synthaudit.generators.external.sandbox import ProgramLimits, run_program
from synthaudit.generators.members import require_members


@dataclass(frozen=True)
class Program:
    """Runs a command that reads the members and writes a synthetic table.

    The command is run once per sample, in an empty folder of its own that holds only ``members.csv`` (no patient ids),
    with a bare environment; the folder is removed afterwards. The kernel ends it with the audit, bounds the files that
    it writes by the size of its input, and keeps it from dumping its memory. That keeps a well-behaved program from
    seeing anything else; it does not keep a hostile one from looking for it.

    Attributes:
        command: The program and its arguments. ``{members}``, ``{size}``, ``{seed}`` and ``{out}`` become the input
            file, how many rows to write, a whole number, and the file to write them to (CSV with the same header);
            ``{python}`` is this audit's own Python. The path of a file that has a slash in it, such as ``./gen``,
            starts where the audit was started.
        timeout: Seconds after which it is stopped, with all that it started.
        stderr_file: File to which what it writes to stderr (the last MiB of it) is appended; without one, only its
            last lines are kept, and no report shows them.
        memory_gb: GiB of memory that each of its processes may address; None sets no limit.
        env: Variables of its environment, such as ``HOME`` or ``R_LIBS_USER``, besides the few that any program needs.
    """

    title: ClassVar[str] = "Outside program"
    summary: ClassVar[str] = "Any program that reads a CSV of members and writes a synthetic one."
    source: ClassVar[str] = "the user's own"
    kinds: ClassVar[frozenset[Kind]] = frozenset(KINDS)
    control: ClassVar[bool] = False

    command: tuple[str, ...]
    timeout: float = 600.0
    stderr_file: Path | None = None
    memory_gb: float | None = None
    env: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        check_positive(timeout=self.timeout, **({} if self.memory_gb is None else {"memory_gb": self.memory_gb}))
        if not self.command or not any("{out}" in part for part in self.command):
            raise ValueError("expected a command with {out}, the file that the program is to write")

    def fit(
        self, members: Records, *, seed: int, device: str = "cpu", progress: Progress | None = None
    ) -> "FittedProgram":
        """Store the members: the program trains for each sample. Raises ``TrainingError`` where there are none."""
        del device, progress
        return FittedProgram(self, require_members(members, self.title), seed)

    def cost(self, work: Workload) -> float:
        """Return 0: how long somebody's program takes is not known."""
        del work
        return 0.0


@dataclass(frozen=True, eq=False)
class FittedProgram:
    """Members stored for a program."""

    recipe: Program
    members: Records
    seed: int
    training: Training = field(default_factory=lambda: Training(notes=("an outside program, trained for each sample",)))

    def sample(self, size: int, *, seed: int) -> Records:
        """Run the program and read what it wrote.

        Raises:
            TrainingError: It failed, ran out of time, or wrote no table or one of another size.
            InputError: Its table is not under the members' schema; the message names column and row.
        """
        if size == 0:
            return self.members.take(slice(0, 0))
        recipe = self.recipe
        # The seed of the training counts too, since the program trains for this very sample.
        joint = int(np.random.SeedSequence([self.seed, seed]).generate_state(1)[0]) >> 1
        limits = ProgramLimits(recipe.timeout, recipe.memory_gb, recipe.env)
        return run_program(recipe.command, self.members, size, joint, limits=limits, stderr_file=recipe.stderr_file)
