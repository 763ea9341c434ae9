import json
import os
import resource
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from synthaudit.audit.cli import app

sys.path.insert(0, str(Path(__file__).parents[1] / "policy"))
from simulated_audits import audit


@pytest.fixture(autouse=True)
def _no_build_server(monkeypatch):
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    calm, leaky = audit(np.random.default_rng(0)), audit(np.random.default_rng(0), copied=40)
    small = audit(np.random.default_rng(0), size=400)
    for name, result in (("calm", calm), ("leaky", leaky), ("small", small)):
        (folder / name).mkdir()
        (folder / name / "result.json").write_text(result.to_json(), encoding="utf-8")
    return folder


def call(*arguments):
    return CliRunner().invoke(app, ["gate", *(str(argument) for argument in arguments)])


@pytest.mark.parametrize(("name", "code", "word"), [("calm", 0, "pass"), ("leaky", 1, "fail"), ("small", 3, "incon")])
def test_the_exit_code_is_the_verdict(results, name, code, word):
    done = call(results / name)
    assert done.exit_code == code
    assert done.stdout.splitlines()[-1].startswith(word)
    assert done.stdout.count("MEM-1 ") == 1


def test_a_file_is_as_good_as_its_folder(results):
    assert call(results / "leaky" / "result.json").exit_code == 1


def test_strict_turns_doubt_into_failure(results):
    assert call(results / "small", "--strict").exit_code == 1
    assert call(results / "calm", "--strict").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing.json"], "nothing.json: expected a result file, could not open it"),
        (["calm", "--policy", "defalt"], "unknown policy 'defalt'; did you mean 'default'?"),
        (["calm", "--baseline", "nothing.json"], "nothing.json: expected a result file"),
        (["calm", "--junit", "no/such/folder/j.xml"], "j.xml: expected a file to write to"),
        (["broken.json"], "broken.json: expected JSON, found something else at line 1"),
        (["calm", "--baseline", "small"], "cannot be compared"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(results, arguments, message, monkeypatch):
    monkeypatch.chdir(results)
    Path("broken.json").write_text("{", encoding="utf-8")
    other = json.loads(Path("small/result.json").read_text(encoding="utf-8"))
    if other["split"]["target_members"] != 400:
        other["split"]["target_members"] = 400
        Path("small/result.json").write_text(json.dumps(other), encoding="utf-8")
    done = call(*arguments)
    assert done.exit_code == 2
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


def test_a_baseline_that_was_calmer_fails_the_build(results):
    done = call(results / "leaky", "--baseline", results / "calm")
    assert done.exit_code == 1
    assert "COPY-1-RISE  FAIL" in done.stdout
    assert call(results / "calm", "--baseline", results / "calm").exit_code == 0


def test_json_is_all_of_stdout(results, monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    done = call(results / "leaky", "--json")
    document = json.loads(done.stdout)
    assert (document["verdict"], document["exit_code"], done.exit_code) == ("fail", 1, 1)
    assert len(document["findings"]) == 7
    assert "::error title=COPY-1" in done.stderr


def test_files_for_builds(results, tmp_path, monkeypatch):
    page = tmp_path / "page.md"
    page.write_text("earlier step\n", encoding="utf-8")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(page))
    done = call(
        results / "leaky", "--junit", tmp_path / "j.xml", "--badge", tmp_path / "b.svg", "--sarif", tmp_path / "s.sarif"
    )
    assert "::error title=COPY-1 fail (vae)::" in done.stdout
    assert ElementTree.parse(tmp_path / "j.xml").getroot().get("failures") == "3", "LINK-1 is open"
    levels = [one["level"] for one in json.loads((tmp_path / "s.sarif").read_bytes())["runs"][0]["results"]]
    assert (levels.count("error"), levels.count("warning")) == (2, 4), "LINK-1, and three leaks within the limit"
    assert "privacy audit: fail" in (tmp_path / "b.svg").read_text(encoding="utf-8")
    assert page.read_text(encoding="utf-8").startswith("earlier step\n## A simulated audit: fail")


def test_attacks_are_named_as_in_the_report(results, tmp_path):
    title = "Distance to the closest record"
    named = json.loads((results / "leaky" / "result.json").read_text(encoding="utf-8"))
    card = {"key": "presence", "section": "membership", "title": title, "question": "?", "source": ""}
    named["methods"] = [card]
    (tmp_path / "named.json").write_text(json.dumps(named), encoding="utf-8")
    done = call(tmp_path / "named.json", "--junit", tmp_path / "j.xml")
    for text in (done.stdout, (tmp_path / "j.xml").read_text(encoding="utf-8")):
        assert f"“{title}”" in text
        assert "'presence'" not in text
        assert "tpr_at_fpr" not in text


def test_a_policy_may_let_doubt_be_skipped_but_strict_does_not(results, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    policy = resources.files("synthaudit.audit").joinpath("policies", "default.toml").read_text(encoding="utf-8")
    text = policy.replace('kind = "policy', 'junit_skips = ["inconclusive", "not measured"]\nkind = "policy')
    Path("lenient.toml").write_text(text, encoding="utf-8")
    for arguments, failures in ((["--policy", "lenient.toml"], "2"), (["--policy", "lenient.toml", "--strict"], "3")):
        call(results / "leaky", *arguments, "--junit", "j.xml")
        assert ElementTree.parse("j.xml").getroot().get("failures") == failures


def test_no_annotation_outside_a_build(results):
    assert "::" not in call(results / "leaky").stdout


def test_the_gate_answers_in_under_a_second_without_the_heavy_libraries(results):
    code = (
        "import sys, typer\nfrom synthaudit.audit.cli.gate import gate\n"
        "try: typer.run(gate)\n"
        "finally: print([m for m in ('torch', 'pandas', 'sklearn', 'matplotlib', 'scipy.stats') if m in sys.modules])"
    )
    command = [sys.executable, "-c", code, str(results / "calm"), "--policy", "strict"]
    root = Path(__file__).parents[2]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=root, env={**os.environ, "OMP_NUM_THREADS": "1"}, check=False
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.stdout.splitlines()[-1] == "[]"
    assert done.returncode in (0, 3)
    # Processor time, since the machine that runs the tests may be busy with others; idle, it is the wall time.
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 1.0
