"""What the quality benchmark claims, at a size for every build: seizures are told from synthetic recordings too."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

BENCHMARK = Path(__file__).resolve().parents[2] / "benchmarks" / "quality.py"


@pytest.fixture(scope="module")
def quality():
    spec = importlib.util.spec_from_file_location("quality", BENCHMARK)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_stand_in_has_the_shape_of_the_public_table(quality):
    table = quality.recordings(400, 1)
    assert len(table.schema) == 179
    assert {column.kind for column in table.schema.columns[:-1]} == {"continuous"}
    assert table.column("seizure").mean() == pytest.approx(0.2, abs=0.08)  # four standard errors of .02


def test_a_classifier_learnt_from_synthetic_recordings_is_nearly_as_good_on_real_ones(quality):
    real, synthetic = quality.seizures("vae", 1)
    assert real > 0.95
    assert synthetic > real - 0.05


def test_independent_columns_teach_nothing_of_seizures(quality):
    """The check above is seen to fail: without associations a rhythm has no strength."""
    real, synthetic = quality.seizures("marginal", 1, rows=1000)
    assert synthetic < real - 0.2


def test_the_spread_over_seeds_is_printed(quality):
    assert quality._spread([0.5, 0.75]) == "0.625 [0.500, 0.750]"
    assert quality._spread([10.0]) == "10"
    assert np.isnan(float(quality._spread([float("nan")])))
