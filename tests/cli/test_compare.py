import json
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from synthaudit.audit.cli import app

sys.path.insert(0, str(Path(__file__).parents[1] / "policy"))
from simulated_audits import audit


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    for name, copied in (("calm", 0), ("calmer", 0), ("leaky", 60)):
        seed = ["calm", "calmer", "leaky"].index(name)
        made = audit(np.random.default_rng(seed), copied=copied, targets=5)
        (folder / f"{name}.json").write_text(made.to_json(), encoding="utf-8")
    return folder


def call(*arguments):
    return CliRunner().invoke(app, ["compare", *(str(argument) for argument in arguments)])


def test_a_rise_is_told_and_exits_1(results):
    done = call(results / "calm.json", results / "leaky.json")
    assert done.exit_code == 1
    assert "within distance 0" in done.stdout
    assert "2,000 synthetic rows" in done.stdout
    assert " points (" in done.stdout, "a difference of shares is told in points"
    assert "rose" in done.stdout


def test_a_fall_is_told_and_exits_0(results):
    done = call(results / "leaky.json", results / "calm.json")
    assert done.exit_code == 0
    assert "fell" in done.stdout
    assert " 0 rose" in done.stdout


def test_no_change_is_not_told_apart(results):
    done = call(results / "calm.json", results / "calmer.json")
    assert done.exit_code == 0
    assert "0 rose, 0 fell" in done.stdout
    assert "not told apart" in call(results / "calm.json", results / "calmer.json", "--all").stdout.splitlines()[1]


def test_json_holds_every_number_with_its_p_value(results):
    document = json.loads(call(results / "calm.json", results / "leaky.json", "--json").stdout)
    excess = next(change for change in document["changes"] if change["statistic"] == "excess")
    assert excess["verdict"] == "rose"
    assert excess["p_value"] < 0.001
    assert excess["low"] < excess["rise"] < excess["high"]
    assert document["left_out"] == []


def test_columns_read_in_two_ways_are_told_without_a_digest(results, tmp_path):
    other = json.loads((results / "calm.json").read_text(encoding="utf-8"))
    other["data"]["schema_sha256"] = "f" * 64
    other["data"]["kinds"] = {"binary": 1}
    (tmp_path / "other.json").write_text(json.dumps(other), encoding="utf-8")
    done = call(results / "calm.json", tmp_path / "other.json")
    assert done.exit_code == 2
    assert "give both audits the same file by --schema" in done.stderr
    assert "ffff" not in done.stderr
    assert "kinds" not in done.stderr


def test_another_split_is_refused_by_name(results, tmp_path):
    other = json.loads((results / "calm.json").read_text(encoding="utf-8"))
    other["split"]["seed"] = 7
    (tmp_path / "other.json").write_text(json.dumps(other), encoding="utf-8")
    done = call(results / "calm.json", tmp_path / "other.json")
    assert done.exit_code == 2
    assert "split: seed is 0, then 7" in done.stderr
