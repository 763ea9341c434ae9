"""The kernels among Python threads and in forked and loky's processes."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from joblib import Parallel, delayed

from synthaudit.audit.neighbours import nearest
from synthaudit.audit.neighbours.threads import in_chunks, thread_count
from synthaudit.audit.records import Records

FORK = """
import os, sys
import numpy as np
from synthaudit.audit.neighbours import nearest
from synthaudit.audit.records import Records

rng = np.random.default_rng(0)
table = Records.binary([str(c) for c in range(20)], rng.random((2000, 20)) < 0.2)
mine = nearest(table, table, k=3, exclude_same_row=True).index
child = os.fork()
if not child:
    os._exit(0 if np.array_equal(nearest(table, table, k=3, exclude_same_row=True).index, mine) else 3)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def table(rows=1500):
    rng = np.random.default_rng(1)
    return Records.binary([f"c{at}" for at in range(30)], rng.random((rows, 30)) < 0.2)


def test_calls_from_several_threads_do_not_meet():
    rows = table()
    alone = nearest(rows, rows, k=3, exclude_same_row=True)
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda _: nearest(rows, rows, k=3, exclude_same_row=True), range(12)))
    for found in together:
        np.testing.assert_array_equal(found.index, alone.index)


def test_loky_workers_give_the_same():
    rows = table(300)
    alone = nearest(rows, rows, k=3).index
    for found in Parallel(n_jobs=2)(delayed(nearest)(rows, rows, k=3) for _ in range(2)):
        np.testing.assert_array_equal(found.index, alone)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_can_go_on():
    done = subprocess.run([sys.executable, "-c", FORK], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr


def test_the_environment_limits_threads(monkeypatch):
    monkeypatch.delenv("NUMBA_NUM_THREADS", raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert thread_count() == 1
    monkeypatch.setenv("OMP_NUM_THREADS", "not a number")
    free = thread_count()
    assert free >= 1
    monkeypatch.setenv("NUMBA_NUM_THREADS", "1000")
    assert thread_count() == free


@pytest.mark.parametrize("threads", [1, 3])
def test_chunks_cover_every_row_once_and_errors_come_through(threads, monkeypatch):
    monkeypatch.setattr("synthaudit.audit.neighbours.threads.thread_count", lambda: threads)
    seen = np.zeros(1000, int)

    def mark(start, stop):
        seen[start:stop] += 1

    in_chunks(1000, 64, mark)
    assert (seen == 1).all()
    in_chunks(0, 64, mark)

    def fail(start, stop):
        if start == 128:
            raise ValueError("chunk 128")

    with pytest.raises(ValueError, match="chunk 128"):
        in_chunks(1000, 64, fail)
