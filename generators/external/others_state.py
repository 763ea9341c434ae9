"""Random state and printed words of other people's objects."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def reseed(fitted: Any, seed: int) -> None:
    """Seed the random state that an object keeps itself, where it has a method for it.

    CTGAN's package calls it ``set_random_state``. SDV's synthesizers start every new object at one fixed seed, which
    makes different fits sample alike, and go on from there, which makes one seed sample differently; they put the rest
    of their state back by ``reset_sampling`` and their model's by ``_set_random_state``.
    """
    reset = getattr(fitted, "reset_sampling", None)
    if callable(reset):
        with contextlib.suppress(Exception):  # before fitting there may be nothing to reset
            reset()
    for name in ("set_random_state", "_set_random_state"):
        seeding = getattr(fitted, name, None)
        if callable(seeding):
            with contextlib.suppress(Exception):
                seeding(seed % 2**32)
            if hasattr(fitted, "_random_state_set"):
                fitted._random_state_set = True
            return


@contextlib.contextmanager
def prints_to(log: Path | None) -> Iterator[None]:
    """Send what is printed to the end of a file readable by its owner only, or nowhere: it may quote a cell."""
    if log is not None:
        log.touch(mode=0o600)
    with (
        (log or Path(os.devnull)).open("a", encoding="utf-8") as said,
        contextlib.redirect_stdout(said),
        contextlib.redirect_stderr(said),
    ):
        yield
