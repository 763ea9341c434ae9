"""How fast conjunctions are counted: 100,000 of one to four columns over 10,000 synthetic rows of 930 codes.

    python benchmarks/queries.py [--codes 930] [--rows 10000] [--queries 100000]

Against the ways that come to mind: one boolean mask a query in numpy (what TAPAS does, in pandas), and one sparse
matrix product a query order. The alternatives count a slice of the queries and are extrapolated; all counts are
checked against ours.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import scipy.sparse as sp

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from synthaudit.attacks.discretizer import Discretizer
from synthaudit.attacks.membership.shadow.conjunctions import count_conjunctions, pack_levels
from synthaudit.audit.records import Cohort, NumericScale


def main() -> None:
    """Count and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--codes", type=int, default=930)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--queries", type=int, default=100_000)
    options = parser.parse_args()
    table = Cohort(codes=options.codes, mean_codes=12).draw(options.rows, seed=0)
    levels = Discretizer.fit(table.schema, NumericScale.of(table))
    rng = np.random.default_rng(0)
    columns = rng.integers(options.codes, size=(options.queries, 4))
    order = np.arange(4)[None] <= (np.arange(options.queries) % 4)[:, None]
    columns = np.where(order, columns, columns[:, :1])  # a shorter conjunction repeats its first column
    values = rng.integers(2, size=columns.shape)
    values = np.where(order, values, values[:, :1])
    queries = levels.offsets[columns] + values
    times = []
    for _ in range(2):  # the first call compiles
        started = time.perf_counter()
        ours = count_conjunctions(pack_levels(levels, table), queries)
        times.append(time.perf_counter() - started)
    print(f"| synthaudit, packed bits, warm | {times[1]:.2f} | 1.0 |")
    print(f"| synthaudit, first call with compiling | {times[0]:.2f} | {times[0] / times[1]:.1f} |")

    part = min(500, options.queries)
    started = time.perf_counter()
    pairs = zip(columns[:part], values[:part], strict=True)
    theirs = [np.count_nonzero((table.codes[:, c] == v).all(axis=1)) for c, v in pairs]
    seconds = (time.perf_counter() - started) * options.queries / part
    np.testing.assert_array_equal(theirs, ours[:part])
    print(f"| numpy, one mask a query, from {part} | {seconds:.1f} | {seconds / times[1]:.0f} |")

    part = min(2_000, options.queries)
    started = time.perf_counter()
    width = int(levels.offsets[-1])
    shown = (levels.encode(table).astype(np.intp) + levels.offsets[:-1]).ravel()
    rows = sp.csr_matrix(
        (np.ones(shown.size, np.float32), shown, np.arange(0, shown.size + 1, options.codes)), (options.rows, width)
    )
    wanted = sp.lil_matrix((width, part), dtype=np.float32)
    for at, query in enumerate(queries[:part]):
        wanted[np.unique(query), at] = 1.0
    met = (rows @ wanted.tocsr()).toarray()
    theirs = (met == np.asarray(wanted.sum(axis=0)).ravel()).sum(axis=0)
    seconds = (time.perf_counter() - started) * options.queries / part
    np.testing.assert_array_equal(theirs, ours[:part])
    print(f"| scipy, sparse product, from {part} | {seconds:.1f} | {seconds / times[1]:.0f} |")


if __name__ == "__main__":
    main()
