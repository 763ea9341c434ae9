"""How often the blind control calls a fair split biased, and which biased splits it sees.

    python benchmarks/blind_level.py --repeats 1000 --patients 400 --table members.csv

Splits one table of real patients at random, over and over, and counts p-values below 5 % and below what the default
policy asks (1 % for the two classifiers together). Then the same with sides that differ in one way each. Prints a
Markdown table; nothing is asserted.
"""

import argparse
import time
from pathlib import Path

import numpy as np

from synthaudit.audit.records import Records
from synthaudit.audit.records.readers import read_together
from synthaudit.audit.statistics import Estimate
from synthaudit.audit.suite.tasks.blind import blind_aucs


def sides_of(table: Records, kind: str, size: int, rng: np.random.Generator) -> tuple[Records, Records]:
    """Return two sides of ``size`` rows each: ``fair``, or told apart by one column's ``mean`` or by two as ``xor``."""
    if kind == "fair":
        order = rng.permutation(len(table))
        return table.take(order[:size]), table.take(order[size : 2 * size])
    values = table.rest
    high = values > np.nanmedian(values, axis=0)
    if kind == "xor":
        first = high[:, 0] ^ high[:, 7]
    else:
        noise = 4 * values[:, 0].std() * rng.normal(size=len(table))
        first = values[:, 0] + noise > values[:, 0].mean()
    places = rng.permutation(np.flatnonzero(first)), rng.permutation(np.flatnonzero(~first))
    return table.take(places[0][:size]), table.take(places[1][:size])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", type=Path, required=True, help="real patients, one row each")
    parser.add_argument("--repeats", type=int, default=1000)
    parser.add_argument("--patients", type=int, default=400, help="per side")
    parser.add_argument("--kinds", nargs="+", default=["fair", "mean", "xor"])
    options = parser.parse_args()
    table = read_together({"table": options.table}, None)["table"].records
    print("| sides | classifier | repeats | p <= 5 % | p <= .5 % | mean AUC | interval holds 1/2 | s per audit |")
    print("|---|---|--:|--:|--:|--:|--:|--:|")
    for kind in options.kinds:
        repeats = options.repeats if kind == "fair" else max(options.repeats // 10, 1)
        found: dict[str, list[Estimate]] = {}
        start = time.process_time()
        for repeat in range(repeats):
            rng = np.random.default_rng([repeat, 20261128])
            for key, measured in blind_aucs(*sides_of(table, kind, options.patients, rng), rng=rng).items():
                if isinstance(measured, Estimate):
                    found.setdefault(key, []).append(measured)
        seconds = (time.process_time() - start) / repeats
        for key, estimates in found.items():
            p_values = np.array([one.p_value for one in estimates], float)
            print(
                f"| {kind} | {key} | {len(p_values)} "
                f"| {(p_values <= 0.05).mean():.1%} | {(p_values <= 0.005).mean():.1%} "
                f"| {np.mean([one.value for one in estimates]):.3f} "
                f"| {np.mean([one.low <= 0.5 <= one.high for one in estimates]):.1%} | {seconds:.2f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
