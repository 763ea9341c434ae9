"""Generators from outside: a Python object, or a program in any language.

In a plan, ``use = "package.module:Class"`` names any class that fits ``synthaudit.audit.protocols.Generator``;
``use = "synthaudit.generators.external:Program"`` runs a command; ``use = "synthaudit.generators.external:Adapter"``
wraps an object with ``fit(frame)`` and ``sample(n)``, as SDV's and synthcity's have.
"""

import inspect
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from synthaudit.audit.entry_points import import_object
from synthaudit.audit.errors import AuditError, TrainingError, check_positive
from synthaudit.audit.protocols import Progress, Training
from synthaudit.audit.records import KINDS, Kind, Records, from_frame, to_frame
from synthaudit.generators.baselines.stored_rows import some
from synthaudit.generators.external.program import run


@dataclass(frozen=True)
class Program:
    """Runs a command that reads the members and writes a synthetic table.

    The command is run once a sample, in an empty folder of its own that holds only ``members.csv`` (no patient ids),
    with a bare environment; the folder is removed afterwards. That keeps a well-behaved program from seeing anything
    else; it does not keep a hostile one from looking for it.

    Attributes:
        command: The program and its arguments. ``{members}``, ``{size}``, ``{seed}`` and ``{out}`` become the input
            file, how many rows to write, a whole number, and the file to write them to (CSV with the same header);
            ``{python}`` is this audit's own Python. The path of a file that has a slash in it, such as ``./gen``,
            starts where the audit was started.
        timeout: Seconds after which it is stopped, with all that it started.
        stderr: File to which what it says on stderr is appended; None keeps only the end of it, out of every report.
    """

    title: ClassVar[str] = "Outside program"
    summary: ClassVar[str] = "Any program that reads a CSV of members and writes a synthetic one."
    source: ClassVar[str] = "the user's own"
    kinds: ClassVar[frozenset[Kind]] = frozenset(KINDS)

    command: tuple[str, ...]
    timeout: float = 600.0
    stderr: str | None = None

    def __post_init__(self) -> None:
        check_positive(timeout=self.timeout)
        if not self.command or not any("{out}" in part for part in self.command):
            raise ValueError("expected a command with {out}, the file that the program is to write")

    def fit(
        self, members: Records, *, seed: int, device: str = "cpu", progress: Progress | None = None
    ) -> "FittedProgram":
        """Keep the members; the program trains whenever it is asked for rows."""
        del device, progress
        return FittedProgram(self, some(members, self.title), seed)


@dataclass(frozen=True, eq=False)
class FittedProgram:
    """Members held for a program."""

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
        # Both seeds count: one program stands for many trainings and many samples.
        both = int(np.random.SeedSequence([self.seed, seed]).generate_state(1)[0]) >> 1
        recipe = self.recipe
        return run(recipe.command, self.members, size, both, timeout=recipe.timeout, stderr=recipe.stderr)


@dataclass(frozen=True)
class Adapter:
    """Wraps a Python object that fits a pandas frame and samples one.

    A factory that takes ``metadata`` (SDV) is given what SDV detects in the frame; one that takes ``seed`` or
    ``random_state`` is given the seed. Global random states are seeded inside and put back.

    Attributes:
        object: ``package.module:Class``, or any callable that returns the object.
        options: Arguments of the factory.
    """

    title: ClassVar[str] = "Wrapped object"
    summary: ClassVar[str] = "Any Python object with fit(frame) and sample(n), such as SDV's."
    source: ClassVar[str] = "the user's own"
    kinds: ClassVar[frozenset[Kind]] = frozenset(KINDS)

    object: str
    options: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def fit(
        self, members: Records, *, seed: int, device: str = "cpu", progress: Progress | None = None
    ) -> "FittedAdapter":
        """Build the object and fit it. Raises ``TrainingError`` with the kind of whatever it raised."""
        del device, progress
        factory = import_object(self.object)
        frame = to_frame(some(members, self.title))
        with _seeded(seed), _blamed(self.object, "fit"):
            fitted = factory(**self._arguments(factory, frame, seed))
            fitted.fit(frame)
        return FittedAdapter(self, members.take(slice(0, 0)), fitted)

    def _arguments(self, factory: Callable[..., Any], frame: Any, seed: int) -> dict[str, Any]:
        takes = inspect.signature(factory).parameters
        arguments = {name: seed for name in ("seed", "random_state") if name in takes} | dict(self.options)
        if "metadata" in takes and "metadata" not in arguments:
            arguments["metadata"] = import_object("sdv.metadata:Metadata").detect_from_dataframe(frame)
        return arguments


@dataclass(frozen=True, eq=False)
class FittedAdapter:
    """A fitted object of somebody else's; it may hold anything."""

    recipe: Adapter
    empty: Records
    fitted: Any
    training: Training = field(default_factory=lambda: Training(notes=("a wrapped object; what it holds is unknown",)))

    def sample(self, size: int, *, seed: int) -> Records:
        """Sample the object and check its frame against the schema.

        Raises:
            TrainingError: It failed, or gave another number of rows.
            InputError: Its frame is not under the members' schema.
        """
        if size == 0:
            return self.empty
        with _seeded(seed), _blamed(self.recipe.object, "sample"):
            frame = self.fitted.sample(size)
            frame = frame.dataframe() if hasattr(frame, "dataframe") else frame
        drawn = from_frame(frame, self.empty.schema)
        if len(drawn) != size:
            raise TrainingError(f"'{self.recipe.object}' was asked for {size} rows and gave {len(drawn)}.")
        return drawn


@contextmanager
def _blamed(name: str, step: str) -> Iterator[None]:
    """Turn whatever somebody's object raises into an error that names it, without its text, which may quote a cell."""
    try:
        yield
    except AuditError:
        raise
    except Exception as error:
        raise TrainingError(f"'{name}' failed in {step} ({type(error).__name__}). Try it outside the audit.") from error


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Seed the global random states that other people's code draws from, and put them back afterwards."""
    import torch

    states = random.getstate(), np.random.get_state()  # noqa: NPY002
    with torch.random.fork_rng():
        random.seed(seed)
        np.random.seed(seed % 2**32)  # noqa: NPY002
        torch.manual_seed(seed)
        try:
            yield
        finally:
            random.setstate(states[0])
            np.random.set_state(states[1])  # noqa: NPY002
