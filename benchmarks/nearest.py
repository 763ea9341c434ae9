"""Nearest records side by side: our kernels against what one would otherwise use, on the same tables in one run.

    python benchmarks/nearest.py                 # 46,520 x 46,520 x 1,071, some minutes on 2 quiet cores
    python benchmarks/nearest.py --rows 5000     # a look

Every method finds, for each of ``rows`` patients, the nearest of ``rows`` others by Hamming distance on simulated
diagnosis codes. Its distances are checked against ours; a method that disagrees stops the run. faiss is no
dependency: it takes part if it can be imported. scikit-learn and scipy's product are timed on a slice of the
targets and scaled up, which the table says.
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

import numpy as np
import psutil

from synthaudit.audit.neighbours import nearest
from synthaudit.audit.neighbours.threads import thread_count
from synthaudit.audit.records import Column, Records, Schema


@dataclass(frozen=True)
class Timing:
    """One method's best wall time for all pairs, and the memory it took beyond its inputs."""

    method: str
    seconds: float
    memory: float
    note: str = ""


def simulate_codes(rows: int, columns: int, density: float, rng: np.random.Generator) -> np.ndarray:
    """Return 0/1 codes whose prevalences fall like Zipf's law, shape ``(rows, columns)``, uint8.

    Patients differ in how ill they are (gamma-distributed burden), as in hospital data.
    """
    prevalence = 1.0 / np.arange(1, columns + 1)
    for _ in range(200):  # at most 45 % of patients carry the most common code
        prevalence = np.minimum(prevalence * density * columns / prevalence.sum(), 0.45)
    codes = np.empty((rows, columns), np.uint8)
    for start in range(0, rows, 4096):
        part = codes[start : start + 4096]
        burden = rng.gamma(4.0, 0.25, (len(part), 1)).astype(np.float32)
        part[:] = rng.random(part.shape, dtype=np.float32) < np.minimum(prevalence * burden, 0.95).astype(np.float32)
    return codes


def simulate_mixed(rows: int, rng: np.random.Generator) -> Records:
    """Return rows of 6 numeric and 9 categorical columns, the shape of the Adult table."""
    numeric = [Column(f"n{at}", "continuous") for at in range(6)]
    levels = [Column(f"k{at}", "categorical", levels=tuple("abcdefgh")) for at in range(9)]
    values = {column.name: rng.normal(size=rows).round(2) for column in numeric}
    values |= {column.name: rng.integers(0, 8, rows).astype(np.float64) for column in levels}
    return Records.of(Schema(tuple(numeric + levels)), values)


@contextmanager
def peak_memory() -> Iterator[list[float]]:
    """Yield a list that receives how far resident memory rose above its start, in MB (sampled every 5 ms)."""
    process, result, stop = psutil.Process(), [], threading.Event()
    start = process.memory_info().rss
    seen = [start]

    def watch() -> None:
        while not stop.wait(0.005):
            seen.append(process.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield result
    finally:
        stop.set()
        watcher.join()
        result.append((max(seen) - start) / 1e6)


def best_of(repeats: int, work: Callable[[], np.ndarray]) -> tuple[float, float, np.ndarray]:
    """Return the best wall time, the peak memory of the first run in MB, and the answer."""
    seconds = []
    memory = 0.0
    for at in range(repeats):
        with peak_memory() as peak:
            start = time.perf_counter()
            answer = work()
            seconds.append(time.perf_counter() - start)
        memory = peak[0] if at == 0 else memory
    return min(seconds), memory, answer


def compile_and_run(rows: int) -> float:
    """Return the wall time of the first call in a fresh process whose kernel cache is empty."""
    code = (
        "import sys, time, numpy as np; sys.path.insert(0, sys.argv[1]); from nearest import simulate_codes\n"
        "from synthaudit.audit.neighbours import nearest; from synthaudit.audit.records import Records\n"
        "rng = np.random.default_rng(1); names = [str(c) for c in range(1071)]; n = int(sys.argv[2])\n"
        "a, b = (Records.binary(names, simulate_codes(n, 1071, 0.012, rng)) for _ in range(2))\n"
        "start = time.perf_counter(); nearest(a, b); print(time.perf_counter() - start)"
    )
    with tempfile.TemporaryDirectory() as cache:
        done = subprocess.run(
            [sys.executable, "-c", code, os.path.dirname(os.path.abspath(__file__)), str(rows)],
            env=os.environ | {"NUMBA_CACHE_DIR": cache},
            capture_output=True,
            text=True,
            check=True,
        )
    return float(done.stdout)


def by_faiss(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return nearest distances by faiss' exhaustive binary index."""
    import faiss

    faiss.omp_set_num_threads(thread_count())
    width = -(-x.shape[1] // 8) * 8
    packed = [np.packbits(np.pad(part, ((0, 0), (0, width - part.shape[1]))), axis=1) for part in (x, y)]
    index = faiss.IndexBinaryFlat(width)
    index.add(packed[1])
    return index.search(packed[0], 1)[0][:, 0]


def by_torch(x: np.ndarray, y: np.ndarray, dtype: str) -> np.ndarray:
    """Return nearest distances by a blocked dense product; bf16 holds shared counts up to 256 exactly."""
    import torch

    torch.set_num_threads(thread_count())
    kind = getattr(torch, dtype)
    theirs = torch.tensor(y).to(kind)
    weight = torch.from_numpy(y.sum(axis=1, dtype=np.int64)).to(torch.float32)
    found = []
    for start in range(0, len(x), 1024):
        block = torch.tensor(x[start : start + 1024])
        shared = (block.to(kind) @ theirs.T).to(torch.float32)
        found.append(block.sum(dim=1) + (weight - 2 * shared).min(dim=1).values)
    return torch.cat(found).numpy()


def by_scipy(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return nearest distances by products of sparse matrices."""
    from scipy.sparse import csr_matrix

    theirs = csr_matrix(y.astype(np.float32)).T.tocsr()
    weight = y.sum(axis=1, dtype=np.int64)
    found = []
    for start in range(0, len(x), 1024):
        block = x[start : start + 1024]
        shared = (csr_matrix(block.astype(np.float32)) @ theirs).toarray()
        found.append(block.sum(axis=1, dtype=np.int64) + (weight - 2 * shared).min(axis=1))
    return np.concatenate(found)


def by_sklearn(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return nearest distances by scikit-learn's brute force with its Hamming metric."""
    from sklearn.neighbors import NearestNeighbors

    search = NearestNeighbors(n_neighbors=1, algorithm="brute", metric="hamming", n_jobs=thread_count())
    return search.fit(y).kneighbors(x)[0][:, 0] * x.shape[1]


def compare_codes(x: np.ndarray, y: np.ndarray, repeats: int) -> list[Timing]:
    """Time every method on codes and check its distances against ours."""
    names = [f"c{at}" for at in range(x.shape[1])]
    ours, theirs = Records.binary(names, x), Records.binary(names, y)
    nearest(ours.take(slice(0, 2)), theirs)
    seconds, memory, expected = best_of(max(repeats, 5), lambda: nearest(ours, theirs).distance[:, 0])
    timings = [Timing("synthaudit, warm", seconds, memory)]
    timings.append(Timing("synthaudit, first call with compiling", compile_and_run(len(x)), memory, "no cache on disk"))
    others: dict[str, tuple[Callable[[np.ndarray, np.ndarray], np.ndarray], int]] = {
        "faiss IndexBinaryFlat": (by_faiss, len(x)),
        "torch bf16 product": (lambda a, b: by_torch(a, b, "bfloat16"), len(x)),
        "torch fp32 product": (lambda a, b: by_torch(a, b, "float32"), min(8192, len(x))),
        "scipy CSR product": (by_scipy, min(4096, len(x))),
        "scikit-learn brute Hamming": (by_sklearn, min(256, len(x))),
    }
    for method, (work, slice_rows) in others.items():
        part = x[:slice_rows]
        try:
            work(part[:64], y[:64])  # imports and thread pools are not what is timed
        except ImportError:
            print(f"{method}: not installed, left out", file=sys.stderr)
            continue
        seconds, memory, found = best_of(1, lambda w=work, p=part: w(p, y))
        if not np.allclose(found, expected[:slice_rows], atol=1e-6):
            raise SystemExit(f"{method} disagrees with our distances")
        scale = len(x) / slice_rows
        note = f"extrapolated from {slice_rows:,} targets" if scale > 1 else ""
        timings.append(Timing(method, seconds * scale, memory, note))
        print(f"{method}: {seconds * scale:.1f} s {note}", file=sys.stderr)
    return timings


def compare_mixed(rows: int, repeats: int) -> list[Timing]:
    """Time Gower's distance over 15 mixed columns, ours and the formula in numpy on a slice."""
    rng = np.random.default_rng(2)
    ours, theirs = simulate_mixed(rows, rng), simulate_mixed(rows, rng)
    nearest(ours.take(slice(0, 2)), theirs)
    seconds, memory, expected = best_of(repeats, lambda: nearest(ours, theirs).distance[:, 0])
    timings = [Timing("synthaudit, warm", seconds, memory)]
    x, y = ours.dense(), theirs.dense()
    spread = np.ptp(y, axis=0)
    slice_rows = min(128, rows)

    def by_numpy() -> np.ndarray:
        found = np.empty(slice_rows)
        for at in range(slice_rows):
            apart = np.abs(x[at] - y)
            apart[:, :6] = np.minimum(apart[:, :6] / spread[:6], 1)
            apart[:, 6:] = apart[:, 6:] > 0
            found[at] = apart.mean(axis=1).min()
        return found

    seconds, memory, found = best_of(1, by_numpy)
    if not np.allclose(found, expected[:slice_rows], atol=1e-12):
        raise SystemExit("numpy disagrees with our distances")
    timings.append(
        Timing(
            "numpy, a target at a time", seconds * rows / slice_rows, memory, f"extrapolated from {slice_rows} targets"
        )
    )
    return timings


def as_markdown(title: str, timings: list[Timing]) -> str:
    """Return one Markdown table, each method beside ours."""
    lines = [f"### {title}", "", "| method | seconds | times ours | memory, MB | |", "|---|---|---|---|---|"]
    for timing in timings:
        ratio = timing.seconds / timings[0].seconds
        shown = f"{timing.seconds:.2f}" if timing.seconds < 100 else f"{timing.seconds:,.0f}"
        lines.append(f"| {timing.method} | {shown} | {ratio:,.1f} | {timing.memory:,.0f} | {timing.note} |")
    return "\n".join(lines)


def machine() -> str:
    """Return the processor, the threads used, the load at the start and the versions that matter."""
    try:
        with open("/proc/cpuinfo") as lines:
            name = next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        name = platform.processor()
    versions = []
    for package in ("numpy", "numba", "torch", "faiss-cpu", "scipy", "scikit-learn"):
        try:
            versions.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            versions.append(f"{package} absent")
    load = f"load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"{name}, {thread_count()} threads, {load}; Python {platform.python_version()}, {', '.join(versions)}"


def main() -> None:
    """Measure, and print the tables."""
    options = argparse.ArgumentParser(description="Nearest records: our kernels beside other libraries.")
    options.add_argument("--rows", type=int, default=46_520, help="rows of either table of codes")
    options.add_argument("--columns", type=int, default=1_071, help="codes")
    options.add_argument("--density", type=float, default=0.012, help="share of ones")
    options.add_argument("--mixed-rows", type=int, default=None, help="rows of the mixed tables (default: like --rows)")
    options.add_argument("--repeats", type=int, default=5, help="runs of our kernels; the best counts")
    chosen = options.parse_args()
    about = machine()
    rng = np.random.default_rng(0)
    x, y = (simulate_codes(chosen.rows, chosen.columns, chosen.density, rng) for _ in range(2))
    work = float((x.mean(axis=0) * y.mean(axis=0)).sum())
    title = f"Hamming, {chosen.rows:,} x {chosen.rows:,} x {chosen.columns:,}, density {x.mean():.2%}"
    print(as_markdown(f"{title}, {work:.2f} shared codes a pair", compare_codes(x, y, chosen.repeats)), flush=True)
    rows = chosen.mixed_rows or (48_842 if chosen.rows == 46_520 else chosen.rows)
    print()
    print(as_markdown(f"Gower, {rows:,} x {rows:,} x 15", compare_mixed(rows, chosen.repeats)))
    print(f"\n{about}. Best of {chosen.repeats} for ours; each other method once warm. Memory is beyond the inputs.")


if __name__ == "__main__":
    main()
