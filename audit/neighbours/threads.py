"""The threads that run compiled kernels: Python's own, over chunks of targets.

Kernels are plain sequential numba functions that release the interpreter's lock. Numba's threading layers are not used:
the only one that a bare ``pip install`` always has (workqueue) crashes when two Python threads enter it, and OpenMP's
aborts in a forked child. This way nothing outlives a call, compiling takes half the time, and since each target belongs
to one chunk the numbers cannot depend on the thread count.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from joblib import cpu_count


def thread_count() -> int:
    """Return how many threads a call may use: the CPUs this process may run on, or fewer if the environment says so.

    ``NUMBA_NUM_THREADS`` and ``OMP_NUM_THREADS`` are read at every call, since loky sets both in its workers.
    """
    limits = [int(cpu_count())]
    for name in ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS"):
        text = os.environ.get(name, "").split(",")[0].strip()
        if text.isdigit() and int(text) > 0:
            limits.append(int(text))
    return min(limits)


def in_chunks(rows: int, chunk: int, work: Callable[[int, int], None]) -> None:
    """Call ``work(start, stop)`` over ``range(rows)`` in chunks, on as many threads as the process may use.

    Args:
        rows: Rows in all.
        chunk: Rows per call, at most.
        work: Writes its own rows of the output and nothing else.
    """
    starts = range(0, rows, chunk)
    workers = min(thread_count(), len(starts))
    if workers <= 1:
        for start in starts:
            work(start, min(start + chunk, rows))
        return
    with ThreadPoolExecutor(workers) as pool:
        for done in [pool.submit(work, start, min(start + chunk, rows)) for start in starts]:
            done.result()
