"""Generators that are Python objects with ``fit(frame)`` and ``sample(n)``, as SDV's and synthcity's have."""

import inspect
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np

from synthaudit.audit.entry_points import import_object
from synthaudit.audit.errors import AuditError, TrainingError, check_choice
from synthaudit.audit.protocols import Progress, Training
from synthaudit.audit.records import KINDS, Kind, Records, from_frame, to_frame
from synthaudit.audit.workload import Workload
from synthaudit.generators.external.marked_missing import MarkedMissing
from synthaudit.generators.external.others_state import prints_to, reseed
from synthaudit.generators.members import require_members

PROBE = 50
"""Rows sampled to see whether an object keeps to seeds."""


@dataclass(frozen=True)
class Adapter:
    """Wraps a Python object that fits a pandas frame and samples one.

    A factory is given what it asks for by name: ``metadata`` (SDV) is what SDV detects in the frame, ``seed`` or
    ``random_state`` the seed, ``device``, ``cuda`` or ``enable_gpu`` where to train. So is ``fit``:
    ``discrete_columns`` (CTGAN) are those of codes and levels. Global random states are seeded inside and put back, and
    so are the states that SDV's and CTGAN's objects keep themselves. An object whose rows differ under one seed, or
    agree under two, is refused: its releases would be no repeats.

    Attributes:
        factory: ``package.module:Class``, or the path of any callable that returns the object.
        options: Arguments of the factory.
        fit_options: Further arguments of ``fit``.
        missing: ``kept`` hands missing values over as they are; ``marked`` fills them, with a mark beside each, for
            objects that cannot learn them, such as CTGAN's own package.
        log_file: File to which what it prints is appended; without one it is not shown.
    """

    title: ClassVar[str] = "Wrapped object"
    summary: ClassVar[str] = "Any Python object with fit(frame) and sample(n), such as SDV's."
    source: ClassVar[str] = "the user's own"
    kinds: ClassVar[frozenset[Kind]] = frozenset(KINDS)
    control: ClassVar[bool] = False

    factory: str
    options: Mapping[str, Any] = field(default_factory=dict, hash=False)
    fit_options: Mapping[str, Any] = field(default_factory=dict, hash=False)
    missing: Literal["kept", "marked"] = "kept"
    log_file: Path | None = None

    def __post_init__(self) -> None:
        check_choice(("kept", "marked"), missing=self.missing)

    def fit(
        self, members: Records, *, seed: int, device: str = "cpu", progress: Progress | None = None
    ) -> "FittedAdapter":
        """Build the object and fit it.

        Raises:
            TrainingError: It raised something, whose kind is named, or does not keep to seeds.
        """
        del progress
        factory = import_object(self.factory)
        marked = MarkedMissing.of(require_members(members, self.title)) if self.missing == "marked" else None
        frame = to_frame(members) if marked is None else marked.to_frame(members)
        with _global_seeds(seed), _errors_named(self.factory, "fit"), prints_to(self.log_file):
            fitted = factory(**self._arguments(factory, frame, seed, device))
            reseed(fitted, seed)
            fitted.fit(frame, **self._fit_arguments(fitted.fit, members, marked))
        wrapped = FittedAdapter(self, members.take(slice(0, 0)), fitted, marked)
        wrapped.require_honest_seeds()
        return wrapped

    def cost(self, work: Workload) -> float:
        """Return 0: how long somebody's object takes is not known."""
        del work
        return 0.0

    def _arguments(self, factory: Callable[..., Any], frame: Any, seed: int, device: str) -> dict[str, Any]:
        on_gpu = device.startswith("cuda")
        known = {"seed": seed, "random_state": seed, "device": device, "cuda": on_gpu, "enable_gpu": on_gpu}
        parameters = inspect.signature(factory).parameters
        arguments = {name: value for name, value in known.items() if name in parameters} | dict(self.options)
        if "metadata" in parameters and "metadata" not in arguments:
            arguments["metadata"] = import_object("sdv.metadata:Metadata").detect_from_dataframe(frame)
        return arguments

    def _fit_arguments(self, fit: Callable[..., Any], members: Records, marked: MarkedMissing | None) -> dict[str, Any]:
        arguments = dict(self.fit_options)
        if "discrete_columns" in inspect.signature(fit).parameters and "discrete_columns" not in arguments:
            discrete = [column.name for column in members.schema.columns if column.kind in ("binary", "categorical")]
            arguments["discrete_columns"] = [*discrete, *(marked.marks if marked is not None else ())]
        return arguments


@dataclass(frozen=True, eq=False)
class FittedAdapter:
    """A fitted object of somebody else's; it may hold anything.

    Attributes:
        recipe: What made it.
        empty: A table of no rows under the members' schema.
        fitted: The object.
        marked: How missing values were marked for it; None where they were left.
    """

    recipe: Adapter
    empty: Records
    fitted: Any
    marked: MarkedMissing | None = None
    training: Training = field(default_factory=lambda: Training(notes=("a wrapped object; what it holds is unknown",)))

    def sample(self, size: int, *, seed: int) -> Records:
        """Sample the object and check its frame against the schema.

        Raises:
            TrainingError: It failed, or gave another number of rows.
            InputError: Its frame is not under the members' schema.
        """
        if size == 0:
            return self.empty
        name = self.recipe.factory
        with _global_seeds(seed), _errors_named(name, "sample"), prints_to(self.recipe.log_file):
            reseed(self.fitted, seed)
            frame = self.fitted.sample(size)
            frame = frame.dataframe() if hasattr(frame, "dataframe") else frame
            frame = frame if self.marked is None else self.marked.restored(frame)
        rows = from_frame(frame, self.empty.schema)
        if len(rows) != size:
            raise TrainingError(f"'{name}' was asked for {size} rows and gave {len(rows)}.")
        return rows

    def require_honest_seeds(self) -> None:
        """Raise ``TrainingError`` where rows differ under one seed or agree under two, unless all rows are one."""
        first, again, other = (self.sample(PROBE, seed=seed).fingerprint() for seed in (1, 1, 2))
        name = self.recipe.factory
        if first != again:
            raise TrainingError(
                f"'{name}' samples other rows under the same seed, so no number of this audit could be repeated. Make "
                "its randomness follow a method set_random_state(seed), or the global seeds of random, numpy and torch."
            )
        if first == other and len(np.unique(self.sample(PROBE, seed=1).dense(), axis=0)) > 1:
            raise TrainingError(
                f"'{name}' samples the same rows under two seeds, so that its releases would be one release and their "
                "intervals false. Make its randomness follow a method set_random_state(seed), or the global seeds."
            )


@contextmanager
def _errors_named(name: str, step: str) -> Iterator[None]:
    """Turn whatever somebody's object raises into an error that names it, without its text, which may quote a cell."""
    try:
        yield
    except AuditError:
        raise
    except Exception as error:
        raise TrainingError(f"'{name}' failed in {step} ({type(error).__name__}). Try it outside the audit.") from error


@contextmanager
def _global_seeds(seed: int) -> Iterator[None]:
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
