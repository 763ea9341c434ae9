"""The decision record: filled from the plan, blank where it is silent, and never part of what was measured."""

import json

import pytest
from typer.testing import CliRunner

from synthaudit.audit.cli import app
from synthaudit.audit.errors import PlanError
from synthaudit.audit.policy import read_policy
from synthaudit.audit.suite.plan import make_plan, plan_from_files, read_record
from synthaudit.reports.report import build_report

FILLED = {
    "purpose": "Teaching",
    "recipient": "University of Aveiro",
    "release_mode": "contract",
    "conditions": ["No linking", "Delete after 2027"],
    "responsible": {"Data protection officer": "A. Exempel"},
    "data_version": "Extract 7",
    "review_date": "2027-01-31",
}


def entries(document):
    section = next(one for one in document.sections if one.id == "decision-record")
    _, record, signatures = section.blocks
    return {line[0].text: line[1].text for line in record.rows}, [tuple(c.text for c in r) for r in signatures.rows]


def test_a_silent_plan_leaves_lines_to_fill_in(audited):
    result, findings = audited
    record, people = entries(build_report(result, findings))
    assert record["Result (SHA-256)"] == result.sha256()
    assert record["Audit id"] == f"2025-03-14-{result.sha256()[:12]}"
    assert record["Purpose"] == record["Recipient"] == record["Conditions"] == record["To be reviewed on"] == ""
    assert record["Release mode"] == "☐ public   ☐ under a contract   ☐ in an enclave"
    assert record["Verdicts"] == "medGAN: Inconclusive; Variational autoencoder: Criterion not met"
    assert [line[0] for line in people] == [
        "Custodian of the data",
        "Data protection officer",
        "Statistician or expert",
    ]
    assert all(cell == "" for line in people for cell in line[1:])


def test_a_plan_fills_it(audited):
    result, findings = audited
    filled = result.model_copy(update={"plan": {**result.plan, "record": FILLED}})
    record, people = entries(build_report(filled, findings, policy="default (SHA-256 ab)"))
    assert record["Policy"] == "default (SHA-256 ab)"
    assert record["Purpose"] == "Teaching"
    assert record["Conditions"] == "No linking; Delete after 2027"
    assert record["Release mode"] == "☐ public   ☒ under a contract   ☐ in an enclave"
    assert record["Version of the data"].startswith("Extract 7; files by SHA-256: claims_sample_1.csv ef")
    assert people == [("Data protection officer", "A. Exempel", "", "")]


def test_the_record_is_checked_and_moves_no_digest(tmp_path):
    bare = {"data": {"reader": "simulated", "patients": 100}, "generators": {"vae": {}}}
    plan, filled = make_plan(bare), make_plan({**bare, "record": FILLED})
    assert filled.record.conditions == ("No linking", "Delete after 2027")
    assert plan.sha256() == filled.sha256()
    assert plan.published()["record"]["purpose"] == ""
    with pytest.raises(PlanError, match=r"record.reciever: .*recipient"):
        make_plan({**bare, "record": {"reciever": "x"}})
    with pytest.raises(PlanError, match="expected a date such as 2027-01-31, got 'soon'"):
        make_plan({**bare, "record": {"review_date": "soon"}})
    small = tmp_path / "record.toml"
    small.write_text('purpose = "Teaching"\nreview_date = 2027-01-31\n', encoding="utf-8")
    assert read_record(small)["review_date"] == "2027-01-31"
    checked = plan_from_files(tmp_path / "m", tmp_path / "h", tmp_path / "s", record=read_record(small))
    assert checked.record.purpose == "Teaching"
    small.write_text('[record]\nmode = "public"\n', encoding="utf-8")
    with pytest.raises(PlanError, match=r"record.toml: .*mode.*release_mode"):
        read_record(small)


def test_report_writes_one_page_and_takes_a_record_afterwards(audited, tmp_path):
    result, _ = audited
    (tmp_path / "result.json").write_text(result.to_json(), encoding="utf-8")
    small = tmp_path / "record.toml"
    small.write_text('purpose = "Teaching nurses"\n', encoding="utf-8")
    out = tmp_path / "pages"
    command = ["report", str(tmp_path / "result.json"), "--out", str(out), "--record", str(small)]
    assert CliRunner().invoke(app, [*command, "--summary"]).exit_code == 0
    assert [path.name for path in out.iterdir()] == ["summary.pdf"]
    assert CliRunner().invoke(app, [*command, "--format", "html"]).exit_code == 0
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "Teaching nurses" in page
    assert read_policy("default").identity.split()[-1].rstrip(")") in page
    assert json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))["plan"] == result.plan
