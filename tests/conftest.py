"""Where tests find real data, and what they share."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Return the folder of real data, or skip with the reason."""
    folder = Path(os.environ.get("SYNTHAUDIT_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("no real data: SYNTHAUDIT_DATA is not set and ../shared/data does not exist")
    return folder
