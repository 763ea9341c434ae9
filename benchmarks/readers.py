"""Seconds of the readers beside pandas' own read of the same files: ``python benchmarks/readers.py``.

A table of 5,000 x 50 is to take at most three times as long as pandas, 1,000,000 events less than 3 s.
"""

import argparse
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from synthaudit.audit.records.readers import CodeEvents, OmopDatabase, read_together
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


def write_database(folder: Path) -> None:
    """Write an OMOP CDM in SQLite: 50,000 persons and 1,000,000 conditions."""
    rng, rows = np.random.default_rng(0), 1_000_000
    with sqlite3.connect(folder / "cdm.db") as connection:
        connection.execute("create table person (person_id integer)")
        connection.execute("create table condition_occurrence (person_id integer, condition_concept_id integer)")
        connection.executemany("insert into person values (?)", [(at,) for at in range(50_000)])
        events = zip(rng.integers(0, 50_000, rows).tolist(), rng.integers(200_000, 201_800, rows).tolist(), strict=True)
        connection.executemany("insert into condition_occurrence values (?, ?)", events)


def seconds(calls: dict[str, Callable[[], object]], repeats: int) -> dict[str, list[tuple[float, float]]]:
    """Return the seconds of every call, by the clock and of CPU, taken in turn: a busy machine slows all alike."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in calls}
    for _ in range(repeats):
        for name, call in calls.items():
            start, cpu = time.perf_counter(), time.process_time()
            call()
            taken[name].append((time.perf_counter() - start, time.process_time() - cpu))
    return taken


def main() -> None:
    """Print medians by the clock, best times, and medians of CPU time, which a busy machine lengthens less."""
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
            "events: OmopDatabase": lambda: OmopDatabase(url="sqlite:///cdm.db").read(Path(folder)),
        }
        write_database(Path(folder))
        for name, taken in seconds(calls, repeats).items():
            clock, cpu = zip(*taken, strict=True)
            print(
                f"{name:26} median {statistics.median(clock):.3f} s, best {min(clock):.3f} s, "
                f"CPU {statistics.median(cpu):.3f} s"
            )


if __name__ == "__main__":
    main()
