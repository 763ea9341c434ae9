"""CPU seconds that ``synthaudit check`` takes, by kind of task: which attack to mend before the audit of a large table.

    python benchmarks/check_time.py [--members 5000] [--holdout 5000] [--synthetic 20000] [--preset standard]

A table of 30 columns: numbers with and without decimals, categories and 0/1 columns that hang together, as a hospital's
table of stays does. Tasks run one after another in one process, so that each one's CPU time can be taken.
"""

import argparse
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import pandas as pd

from synthaudit.audit.suite.execution.run import prepared_run
from synthaudit.audit.suite.execution.schedule import ExecutionOptions
from synthaudit.audit.suite.execution.worker import run_task
from synthaudit.audit.suite.plan import plan_from_files

NUMBERS, COUNTS, CATEGORIES, CODES = 10, 4, 6, 10


def hospital_table(rows: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return a mixed table whose 30 columns share five hidden traits of each patient."""
    weights = np.random.default_rng(0).normal(0, 0.6, (5, NUMBERS + COUNTS + CATEGORIES + CODES))
    latent = rng.normal(size=(rows, 5)) @ weights + rng.normal(size=(rows, weights.shape[1]))
    columns: dict[str, np.ndarray] = {}
    for at in range(NUMBERS):
        columns[f"lab{at}"] = np.round(50 + 10 * latent[:, at], at % 3)
    for at in range(NUMBERS, NUMBERS + COUNTS):
        columns[f"count{at}"] = np.maximum(0, np.round(5 + 3 * latent[:, at])).astype(int)
    for at in range(NUMBERS + COUNTS, NUMBERS + COUNTS + CATEGORIES):
        columns[f"level{at}"] = np.array(list("abcdef"))[np.digitize(latent[:, at], [-1.5, -0.5, 0.5, 1.5, 2.5])]
    for at in range(NUMBERS + COUNTS + CATEGORIES, weights.shape[1]):
        columns[f"code{at}"] = (latent[:, at] > 1).astype(int)
    return pd.DataFrame(columns)


def main() -> None:
    """Run every task of one audit and print CPU seconds by kind and method."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    for side, rows in (("members", 5000), ("holdout", 5000), ("reference", 2500), ("synthetic", 20_000)):
        parser.add_argument(f"--{side}", type=int, default=rows)
    parser.add_argument("--preset", default="standard")
    options = parser.parse_args()
    spent: dict[tuple[str, str], list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as temporary:
        folder, rng = Path(temporary), np.random.default_rng(1)
        sides = [side for side in ("members", "holdout", "reference", "synthetic") if getattr(options, side)]
        for side in sides:
            hospital_table(getattr(options, side), rng).to_csv(folder / f"{side}.csv", index=False)
        files = {side: folder / f"{side}.csv" for side in sides}
        began = time.process_time()
        plan = plan_from_files(**files, preset=options.preset)
        with prepared_run(plan, folder / "out", folder, ExecutionOptions()) as ready:
            spent["(reading)", ""].append(time.process_time() - began)
            for task in ready.tasks:
                began = time.process_time()
                run_task(task, str(folder / "out"))
                spent[task.kind, task.method].append(time.process_time() - began)
    print("| kind | method | tasks | CPU seconds |\n|---|---|---:|---:|")
    for (kind, method), seconds in sorted(spent.items(), key=lambda item: -sum(item[1])):
        print(f"| {kind} | {method} | {len(seconds)} | {sum(seconds):.1f} |")
    print(f"| all | | {len(ready.tasks)} | {sum(map(sum, spent.values())):.1f} |")


if __name__ == "__main__":
    main()
