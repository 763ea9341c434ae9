"""Where tests find real data, and what they share."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# Several test workers with all cores each would wait for one another: one thread per worker is a good deal faster.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Return the folder of real data, or skip with the reason."""
    folder = Path(os.environ.get("SYNTHAUDIT_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("no real data: SYNTHAUDIT_DATA is not set and ../shared/data does not exist")
    return folder
