"""Seconds of the readers beside pandas' own read of the same files: ``python benchmarks/readers.py``.

A table of 5,000 x 50 is to take at most three times as long as pandas, 1,000,000 events less than 3 s.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from synthaudit.audit.records.readers import CodeEvents, read_together
from synthaudit.audit.records.text import read_text


def write_files(folder: Path) -> tuple[Path, Path]:
    """Write a table of 30 decimals, 15 whole numbers and 5 texts, and a file of events."""
    rng = np.random.default_rng(0)
    columns = {f"x{at}": rng.lognormal(size=5_000).round(4) for at in range(30)}
    columns |= {f"n{at}": rng.integers(0, 80, 5_000) for at in range(15)}
    columns |= {f"c{at}": rng.choice(["never", "former", "current"], 5_000) for at in range(5)}
    table, events = folder / "table.csv", folder / "events.csv"
    pd.DataFrame(columns).to_csv(table, index=False)
    codes = [f"{at:03d}.{digit}" for at in range(200) for digit in range(9)]
    rows = 1_000_000
    pd.DataFrame({"patient": rng.integers(0, 50_000, rows), "code": rng.choice(codes, rows)}).to_csv(
        events, index=False
    )
    return table, events


def seconds(calls: dict[str, Callable[[], object]], repeats: int) -> dict[str, list[float]]:
    """Return the seconds of every call, taken in turn so that a busy machine slows all alike."""
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(repeats):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            taken[name].append(time.perf_counter() - start)
    return taken


def main() -> None:
    """Print medians and best times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    with tempfile.TemporaryDirectory() as folder:
        table, events = write_files(Path(folder))
        calls: dict[str, Callable[[], object]] = {
            "table: pandas.read_csv": lambda: pd.read_csv(table),
            "table: read_text": lambda: read_text(table),
            "table: read_together": lambda: read_together({"table": table}),
            "events: pandas.read_csv": lambda: pd.read_csv(events),
            "events: CodeEvents": lambda: CodeEvents(path=str(events)).read(),
        }
        for name, taken in seconds(calls, repeats).items():
            print(f"{name:26} median {statistics.median(taken):.3f} s, best {min(taken):.3f} s")


if __name__ == "__main__":
    main()
