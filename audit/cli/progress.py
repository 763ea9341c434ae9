"""Progress on stderr, for a person at a terminal; silence for everybody else."""

import contextlib
import sys
from collections.abc import Iterator

from synthaudit.audit.suite.execution.schedule import OnProgress


@contextlib.contextmanager
def progress() -> Iterator[OnProgress | None]:
    """Yield a function that draws one moving line, or None where stderr is not a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading", total=None)
        yield lambda label, done, total: bar.update(task, description=label, completed=done, total=total)
