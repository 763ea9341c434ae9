"""Generators that are Python objects with ``fit(frame)`` and ``sample(n)``, as SDV's and synthcity's have."""

import inspect
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from synthaudit.audit.entry_points import import_object
from synthaudit.audit.errors import AuditError, TrainingError
from synthaudit.audit.protocols import Progress, Training
from synthaudit.audit.records import KINDS, Kind, Records, from_frame, to_frame
from synthaudit.audit.workload import Workload
from synthaudit.generators.members import require_members


@dataclass(frozen=True)
class Adapter:
    """Wraps a Python object that fits a pandas frame and samples one.

    A factory that takes ``metadata`` (SDV) is given what SDV detects in the frame; one that takes ``seed`` or
    ``random_state`` is given the seed. Global random states are seeded inside and put back.

    Attributes:
        factory: ``package.module:Class``, or the path of any callable that returns the object.
        options: Arguments of the factory.
    """

    title: ClassVar[str] = "Wrapped object"
    summary: ClassVar[str] = "Any Python object with fit(frame) and sample(n), such as SDV's."
    source: ClassVar[str] = "the user's own"
    kinds: ClassVar[frozenset[Kind]] = frozenset(KINDS)
    control: ClassVar[bool] = False

    factory: str
    options: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def fit(
        self, members: Records, *, seed: int, device: str = "cpu", progress: Progress | None = None
    ) -> "FittedAdapter":
        """Build the object and fit it. Raises ``TrainingError`` with the kind of whatever it raised."""
        del device, progress
        factory = import_object(self.factory)
        frame = to_frame(require_members(members, self.title))
        with _global_seeds(seed), _errors_named(self.factory, "fit"):
            fitted = factory(**self._arguments(factory, frame, seed))
            fitted.fit(frame)
        return FittedAdapter(self, members.take(slice(0, 0)), fitted)

    def cost(self, work: Workload) -> float:
        """Return 0: how long somebody's object takes is not known."""
        del work
        return 0.0

    def _arguments(self, factory: Callable[..., Any], frame: Any, seed: int) -> dict[str, Any]:
        parameters = inspect.signature(factory).parameters
        arguments = {name: seed for name in ("seed", "random_state") if name in parameters} | dict(self.options)
        if "metadata" in parameters and "metadata" not in arguments:
            arguments["metadata"] = import_object("sdv.metadata:Metadata").detect_from_dataframe(frame)
        return arguments


@dataclass(frozen=True, eq=False)
class FittedAdapter:
    """A fitted object of somebody else's; it may hold anything.

    Attributes:
        recipe: What made it.
        empty: A table of no rows under the members' schema.
        fitted: The object.
    """

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
        with _global_seeds(seed), _errors_named(self.recipe.factory, "sample"):
            frame = self.fitted.sample(size)
            frame = frame.dataframe() if hasattr(frame, "dataframe") else frame
        rows = from_frame(frame, self.empty.schema)
        if len(rows) != size:
            raise TrainingError(f"'{self.recipe.factory}' was asked for {size} rows and gave {len(rows)}.")
        return rows


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
