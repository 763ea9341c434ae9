"""The data card: what a reader of a repository needs, numbers of patients rounded, blanks for what nobody told."""

import re

import pytest

from synthaudit import reports
from synthaudit.reports.renderers.card import size_category
from synthaudit.reports.report import build_card
from synthaudit.reports.sections.data_card import rounded_patients

BLANK = "to be filled in by the publisher"
RECORD = {
    "purpose": "Teaching",
    "recipient": "Students",
    "release_mode": "enclave",
    "conditions": ["no linkage", "no redistribution"],
    "responsible": {"Privacy officer": "N. N."},
    "data_version": "extract 7",
    "review_date": "2027-01-31",
}


@pytest.fixture(scope="module")
def card(audited):
    return build_card(*audited, policy="default (SHA-256 abc)")


def test_it_names_the_verdict_the_policy_and_the_digest(card, audited):
    result, findings = audited
    assert result.sha256() in card
    assert "default (SHA-256 abc)" in card
    for finding in findings:
        assert f"{finding.id} " in card
    assert "What was not tested" in card
    for line in result.untested:
        assert line[:30].replace("(", "(") in card.replace("\\", "")
    for section in ("What this is", "Use", "What was tested", "Contact"):
        assert f"## {section}" in card


def test_patients_are_rounded_and_few_are_not_told(card, audited):
    split = audited[0].split
    exact = {f"{getattr(split, side).patients:,} patients" for side in ("members", "holdout")}
    assert rounded_patients(split.members.patients, 10) in card
    assert not [text for text in exact if text in card and f"about {text}" not in card]
    assert rounded_patients(1234, 10) == "about 1,200 patients"
    assert rounded_patients(87, 10) == "about 90 patients"
    assert rounded_patients(9, 10) == "fewer than 10 patients"


def test_what_nobody_told_is_blank_and_the_record_fills_it(audited):
    result, findings = audited
    assert build_card(result, findings).count(BLANK) == 10
    told = build_card(result.model_copy(update={"plan": {**result.plan, "record": RECORD}}), findings, policy="p")
    assert told.count(BLANK) == 2, "licence and address are the publisher's"
    for text in (
        "Teaching",
        "Students",
        "in a secure enclave",
        "no linkage; no redistribution",
        "Privacy officer: N. N.",
    ):
        assert text in told


def test_the_front_matter_is_closed_whatever_the_title(build):
    make_result, make_findings = build
    nasty = 'x"\n---\nlicense: mit\n# <script>'
    result = make_result(names={"vae": nasty}, systems=("vae",))
    text = build_card(result, make_findings(result))
    assert text.startswith("---\npretty_name: ")
    front = text.split("\n---\n")[0].splitlines()[1:]
    assert [line for line in front if line.startswith("license")] == []
    assert all(re.match(r"(- |[a-z_]+:)", line) for line in front)
    assert "<script>" not in text.split("\n---\n", 1)[1]


@pytest.mark.parametrize(
    ("rows", "name"), [(1, "n<1K"), (1_000, "1K<n<10K"), (99_999, "10K<n<100K"), (10**8, "10M<n<100M")]
)
def test_sizes_have_the_hubs_names(rows, name):
    assert size_category(rows) == name


def test_it_is_written_beside_the_report(audited, tmp_path):
    (path,) = reports.write(*audited, tmp_path, formats=("card",), policy="mine")
    assert path.name == "card.md"
    assert "| Policy | mine |" in path.read_text(encoding="utf-8")
