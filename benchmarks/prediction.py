"""Dimension-wise prediction and co-occurrence at hospital scale, against scikit-learn, numpy and pandas.

    python benchmarks/prediction.py [--rows 30000] [--columns 930] [--slice 12] [--matrix codes.npy]

The codes hang together through latent traits, with prevalences that fall like Zipf's law, or come from a file of a
0/1 matrix. Scikit-learn fits a slice of the columns, evenly spread over prevalence, one by one on sparse rows; its time
is multiplied up to all. Accuracy is the largest deviation, over the slice, from scikit-learn at ``tol=1e-9``.
"""

import argparse
import os
import platform
import resource
import time

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from synthaudit.audit.fidelity.classification_scores import score_classifiers
from synthaudit.audit.fidelity.logistic import fit_columns
from synthaudit.audit.fidelity.metrics.dimension_prediction import DimensionPrediction
from synthaudit.audit.fidelity.metrics.dimension_probability import DimensionProbability
from synthaudit.audit.records import Records


def traits(rows: int, columns: int, seed: int) -> np.ndarray:
    """Return codes of ``rows`` patients, about 13 each at 930 columns, shape ``(rows, columns)``."""
    fixed, rng = np.random.default_rng(5), np.random.default_rng(seed)
    load = fixed.gamma(0.3, 1.0, size=(20, columns))
    rate = 0.6 / np.arange(1, columns + 1) ** 0.75
    mixture = rng.dirichlet(np.full(20, 0.15), size=rows)
    return (rng.random((rows, columns)) < np.clip(mixture @ (load / load.mean(axis=0)) * rate, 0, 0.95)).astype(
        np.uint8
    )


def clock(call, *arguments):
    """Return the result and the seconds it took."""
    start = time.perf_counter()
    result = call(*arguments)
    return result, time.perf_counter() - start


def one_by_one(train: np.ndarray, test: np.ndarray, columns: np.ndarray, tolerance: float):
    """Return F1 and AUC of scikit-learn's fits, and the seconds for all."""
    rows, wanted = sparse.csc_matrix(train, dtype=np.float64), sparse.csc_matrix(test, dtype=np.float64)
    logits, seconds = [], 0.0
    for column in columns:
        others = np.arange(train.shape[1]) != column
        features, unseen = rows[:, others].tocsr(), wanted[:, others].tocsr()
        model = LogisticRegression(C=1.0, tol=tolerance, max_iter=20_000)
        fitted, took = clock(model.fit, features, train[:, column])
        seconds += took
        logits.append(fitted.decision_function(unseen))
    scores = score_classifiers(np.array(logits).T, test[:, columns])
    return scores, seconds


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in (("rows", 30_000), ("columns", 930), ("slice", 12)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--matrix")
    options = parser.parse_args()
    rows = options.rows
    matrix = np.load(options.matrix) if options.matrix else traits(rows * 5 // 4, options.columns, 1)
    rows = min(rows, len(matrix) * 4 // 5)
    train, test = matrix[:rows], matrix[rows:]
    chosen = np.flatnonzero((train.sum(axis=0) >= 10) & (test.sum(axis=0) >= 10))
    ordered = chosen[np.argsort(-train[:, chosen].sum(axis=0))]
    part = np.sort(ordered[np.linspace(0, len(ordered) - 1, options.slice).astype(int)])

    features, unseen = (sparse.csr_matrix(table, dtype=np.float32) for table in (train, test))
    fit_columns(features[:500], np.flatnonzero(np.ptp(train[:500], axis=0) > 0)[:2])  # compiles, or loads what was kept
    models, ours = clock(fit_columns, features, chosen)
    at = np.searchsorted(chosen, part)
    mine = score_classifiers(models.only(at).logits(unseen), test[:, part])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6

    tight, _ = one_by_one(train, test, part, 1e-9)
    codes = train.sum(axis=1).mean()
    print(f"{rows:,} x {train.shape[1]:,}, {codes:.1f} codes a patient, {len(chosen)} columns predicted;")
    print(f"{len(os.sched_getaffinity(0))} cores, {platform.machine()}, load {os.getloadavg()[0]:.1f} when done\n")
    print("| solver | seconds, all columns | ratio | F1 off by | AUC off by |")
    print("|---|---:|---:|---:|---:|")
    line = "| {} | {:.1f} | {:.1f} | {:.1e} | {:.1e} |"
    off = [np.abs(getattr(mine, name) - getattr(tight, name)).max() for name in ("f1", "auc")]
    print(line.format(f"ours, peak {peak:.2f} GB, {models.converged.mean():.0%} converged", ours, 1.0, *off))
    for tolerance in (1e-4, 1e-7):
        theirs, seconds = one_by_one(train, test, part, tolerance)
        seconds *= len(chosen) / len(part)
        off = [np.abs(getattr(theirs, name) - getattr(tight, name)).max() for name in ("f1", "auc")]
        print(line.format(f"scikit-learn one by one, tol={tolerance:g}", seconds, seconds / ours, *off))

    tables = [Records.binary(map(str, range(train.shape[1])), table) for table in (train, train[::-1].copy(), test)]
    for metric in (DimensionPrediction(), DimensionProbability()):
        _, seconds = clock(lambda metric=metric: metric.measure(*tables, rng=np.random.default_rng(0)))
        print(f"\n{metric.title}, whole metric (both tables, test scores, intervals): {seconds:.1f} s")
    _, seconds = clock(lambda: (features[:, chosen].T @ features[:, chosen]).toarray())
    _, dense = clock(lambda: np.corrcoef(train[:, chosen], rowvar=False))
    print(f"\nCo-occurrence of all pairs: {seconds:.2f} s (numpy's corrcoef {dense:.2f} s)")
    print(f"\nPeak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")


if __name__ == "__main__":
    main()
