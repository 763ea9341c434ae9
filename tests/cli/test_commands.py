"""The small commands, and what is said to somebody who mistypes."""

import json
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from synthaudit.audit.cli import app
from synthaudit.audit.cli import finish as finishing
from synthaudit.audit.records import Cohort, write_table
from synthaudit.audit.suite.execution import run as execution
from synthaudit.audit.suite.execution.preview import Preview, preview
from synthaudit.audit.suite.result import Result, read_result
from synthaudit.generators import GENERATORS


def invoke(*words: object) -> Any:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.mark.parametrize("kind", ["generators", "attacks", "metrics", "policies", "formats"])
def test_list_shows_each_with_a_sentence(kind: str) -> None:
    shown = json.loads(invoke("list", kind, "--json").output)[kind]
    assert len(shown) >= 4
    for entry in shown:
        assert entry["title"]
        assert entry["summary"]
    text = invoke("list", kind).output
    assert all(f"  {entry['name']}: " in text for entry in shown)


def test_list_shows_options_needs_and_sources() -> None:
    entries = {entry["name"]: entry for entry in json.loads(invoke("list", "--json").output)["attacks"]}
    assert entries["calibrated"]["needs"] == ["reference records", "synthetic rows"]
    assert entries["nearest"]["options"]["k"]["default"] == 1
    assert "source" in entries["presence"]
    assert all(entry["threat_model"].startswith("The attacker ") for entry in entries.values())
    assert "trains" in entries["lira_synthetic"]["threat_model"]
    assert entries["presence"]["presets"] == ["quick", "standard", "thorough"]
    assert "threat model: The attacker " in invoke("list", "attacks").output


def test_list_documents_every_option_and_those_of_nested_tables() -> None:
    shown = json.loads(invoke("list", "--json").output)
    for kind in ("generators", "attacks", "metrics", "formats"):
        for entry in shown[kind]:
            assert all(option["help"] for option in entry["options"].values()), entry["name"]
    vae = next(entry for entry in shown["generators"] if entry["name"] == "vae")
    assert vae["options"]["privacy.max_grad_norm"]["default"] == 1.0
    codes = next(entry for entry in shown["formats"] if entry["name"] == "codes")
    assert "default" not in codes["options"]["path"]
    assert "path (has to be given): " in invoke("list", "formats").output


def test_list_names_every_generator_of_the_catalogue() -> None:
    assert {entry["name"] for entry in json.loads(invoke("list", "generators", "--json").output)["generators"]} == set(
        GENERATORS
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("list", "generator"), "did you mean 'generators'"),
        (("schema", "plans"), "did you mean 'plan'"),
        (("run", "--device", "gpu"), "unknown device 'gpu'"),
        (("run", "--policy", "strickt"), "did you mean 'strict'"),
        (("run", "--preset", "quik"), "did you mean 'quick'"),
        (("run", "no-such-plan.toml"), "no-such-plan.toml: expected a plan, could not open it"),
        (("validate", "no-such-plan.toml"), "could not open it"),
        (("report", "no-such-folder"), "expected a result file"),
        (("report", "no-such-folder", "--format", "docx"), "unknown format 'docx'"),
        (("check", "--members", "a.csv", "--holdout", "b.csv", "--synthetic", "c.csv"), "a.csv"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(
    words: tuple[str, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = invoke(*words)
    assert outcome.exit_code == 2
    assert said in outcome.stderr
    assert len(outcome.stderr.strip().splitlines()) == 1
    assert outcome.stdout == ""


@pytest.mark.parametrize("words", [("rn",), ("run", "--no-such-option"), ("check",)])
def test_a_mistyped_command_is_exit_code_2(words: tuple[str, ...]) -> None:
    assert invoke(*words).exit_code == 2


@pytest.mark.parametrize("name", ["plan", "result", "policy"])
def test_schema_is_json_schema(name: str) -> None:
    schema = json.loads(invoke("schema", name).output)
    assert schema["type"] == "object"
    assert schema["additionalProperties"] is False


def test_the_version_is_printed() -> None:
    assert invoke("--version").output.startswith("synthaudit 0.")


def test_init_writes_the_example_and_never_overwrites(tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    assert invoke("init", plan).exit_code == 0
    tomllib.loads(plan.read_text())
    outcome = invoke("init", plan)
    assert outcome.exit_code == 2
    assert "--force" in outcome.stderr
    assert invoke("init", plan, "--force").exit_code == 0


def test_init_of_a_table_writes_a_plan_that_validates(tmp_path: Path) -> None:
    write_table(Cohort(codes=15, labs=2, demographics=True).draw(60, seed=1), tmp_path / "mine.csv", id="mrn")
    written = invoke("init", tmp_path / "plan.toml", "--table", tmp_path / "mine.csv", "--id", "mrn")
    assert written.exit_code == 0, written.stderr
    assert "[columns" in (tmp_path / "mine-schema.toml").read_text()
    outcome = invoke("validate", tmp_path / "plan.toml")
    assert outcome.exit_code == 0, outcome.stderr
    assert "60 rows of 60 patients" in outcome.output
    assert "tasks in all" in outcome.output
    assert not (tmp_path / "audit-report").exists(), "nothing is written"
    counted = json.loads(invoke("validate", tmp_path / "plan.toml", "--json").output)
    assert counted["total"] == sum(counted["tasks"].values())


def test_doctor_uses_what_it_vouches_for() -> None:
    outcome = invoke("doctor")
    assert outcome.exit_code == 0, outcome.output
    assert "BROKEN" not in outcome.output
    assert "ok: neighbour kernel" in outcome.output
    assert "ok: training" in outcome.output


def test_doctor_says_what_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> str:
        raise OSError("no such library")

    monkeypatch.setattr(sys.modules["synthaudit.audit.cli.doctor"], "_page", broken)
    outcome = invoke("doctor")
    assert outcome.exit_code == 2
    assert "BROKEN: PDF: OSError: no such library" in outcome.output


def test_a_report_is_written_again_from_the_result_alone(tmp_path: Path) -> None:
    table = Cohort(codes=12).draw(90, seed=1)
    for side, rows in (("members", slice(0, 30)), ("holdout", slice(30, 60)), ("synthetic", slice(60, 90))):
        write_table(table.take(rows), tmp_path / f"{side}.csv")
    words = [word for side in ("members", "holdout", "synthetic") for word in (f"--{side}", tmp_path / f"{side}.csv")]
    first = invoke("check", *words, "--preset", "quick", "--workers", 1, "--out", tmp_path / "run")
    assert first.exit_code == 0, first.stderr
    (tmp_path / "alone").mkdir()
    alone = tmp_path / "alone" / "result.json"
    alone.write_bytes((tmp_path / "run" / "result.json").read_bytes())
    outcome = invoke("report", alone)
    assert outcome.exit_code == 0, outcome.stderr
    for name in ("report.html", "report.pdf", "findings.md", "rows.csv", "rows.parquet", "card.md"):
        assert (tmp_path / "alone" / name).read_bytes() == (tmp_path / "run" / name).read_bytes()
    same = invoke("compare", alone, tmp_path / "run", "--out", tmp_path / "compared")
    assert same.exit_code == 0, same.output
    assert (tmp_path / "compared" / "compare.pdf").read_bytes().startswith(b"%PDF")
    result: Result = read_result(alone)
    assert result.system("synthetic").role == "file"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "expected JSON"),
        (b"[]", "another kind of file"),
        (b'{"format": "synthaudit-result", "version": 99}', "version 1 or 2, found 99"),
        (b'{"format": "synthaudit-result", "version": 2}', "Field required"),
        (b'{"format": "synthaudit-result", "version": 1}', "a result of version 1, found one that is damaged"),
        (b"\xff\xfe\x00", "found no text"),
    ],
)
def test_a_file_that_is_no_result_is_said_to_be_none(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "result.json").write_bytes(content)
    outcome = invoke("report", tmp_path)
    assert outcome.exit_code == 2
    assert said in outcome.stderr


def test_options_of_tables_reach_every_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Preview] = []
    monkeypatch.setattr(execution, "run", lambda plan, *_, base, **__: seen.append(preview(plan, base=base)))
    monkeypatch.setattr(finishing, "finish", lambda *_, **__: None)
    for side, start in (("members", 0), ("holdout", 40), ("synthetic", 80)):
        rows = [f"{at}|{at % 7},{at % 10}5|{'-99' if at % 9 == 0 else at % 5}|Köln" for at in range(start, start + 40)]
        text = "nr|größe|n|note\n" + "\n".join(rows) + "\n"
        (tmp_path / f"{side}.txt").write_bytes(text.encode("cp1252"))
    words = [word for side in ("members", "holdout", "synthetic") for word in (f"--{side}", tmp_path / f"{side}.txt")]
    options = ("--delimiter", "|", "--decimal", ",", "--encoding", "cp1252", "--missing=-99", "--drop", "nr")
    outcome = invoke("check", *words, *options, "--drop", "note", "--preset", "quick")
    assert outcome.exit_code == 0, outcome.stderr
    assert seen[0].data.kinds == {"continuous": 2}
    plan = tmp_path / "plan.toml"
    plan.write_text('preset = "quick"\n[data]\npath = "members.txt"\n[generators.marginal]\n[attacks.exact]\n')
    assert "Name the delimiter" in invoke("validate", plan, "--encoding", "cp1252").stderr
    outcome = invoke("validate", plan, *options, "--drop", "note")
    assert outcome.exit_code == 0, outcome.stderr
    assert "40 rows of 40 patients, 2 columns" in outcome.output
    assert "did you mean 'cp1252'" in invoke("validate", plan, "--encoding", "cp1525").stderr
