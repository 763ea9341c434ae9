"""Single sections: groups at risk, attempts on single patients, fidelity, distinctive records, rules and guidance."""

import pytest
from example_results import everything, finding, row

from synthaudit.audit.fidelity import METRICS
from synthaudit.audit.suite.result import Estimated, Unmeasured
from synthaudit.reports.blocks.content import Figure, Table
from synthaudit.reports.renderers import pdf
from synthaudit.reports.report import build_report
from synthaudit.reports.sections.fidelity import PDF_STATISTICS
from synthaudit.reports.text import labels
from synthaudit.reports.text.i18n import t


def grouped(build, values):
    """Build a document in which the strongest attack was broken down by group; None hides a group."""
    make_result, _ = build
    few = Unmeasured(reason="4 members and 6 holdout patients, at least 10 of each are needed")
    rows = [row(0.6, rows=60000, chance=0.5)]
    rows += [
        row(value or 0.5, rows=60000, slice=f"group: {name}", chance=0.5, number=None if value else few)
        for name, value in values.items()
    ]
    rows += [row(0.3, rows=60000, slice="fpr 0.01", statistic="tpr_at_fpr", chance=0.01)]
    rows += [row(0.9, rows=60000, slice="group: sex = F, fpr 0.01", statistic="tpr_at_fpr", chance=0.01)]
    return build_report(make_result(systems=("vae",), rows=tuple(rows), series=()))


def whom(document):
    return next(answer.lines for answer in document.answers if answer.question == t("answers.whom.question"))


def test_a_group_is_named_only_if_its_whole_interval_lies_above_that_of_all_targets(build):
    document = grouped(build, {"longest records": 0.81, "sex = F": 0.615, "rare diagnosis carriers": None})
    lines = whom(document)
    assert "longest records is most at risk, AUC 0.810 (0.800 to 0.820) against 0.600 (0.590 to 0.610)" in lines[0]
    assert "sex = F" not in lines[0]
    assert "2 groups looked at" in lines[0]
    assert lines[1].startswith("1 group could not be measured")
    section = next(one for one in document.sections if one.id == "groups")
    figure = next(block for block in section.blocks if isinstance(block, Figure))
    assert [line[2].text for line in figure.table.rows] == ["All targets", "▲ longest records", "sex = F"]
    assert any("rare diagnosis carriers: 4 members and 6 holdout patients" in item for item in section.blocks[-1].items)
    tables = [block for one in document.sections for block in one.blocks if isinstance(block, Table)]
    membership = next(table for table in tables if table.id == "membership-table")
    assert len(membership.head) == 3  # groups have no column there


def test_where_no_group_stands_out_that_is_said(build):
    lines = whom(grouped(build, {"longest records": 0.612, "sex = F": 0.52}))
    # A group had to exceed 0.600 by its own reach down (0.010) and that of all targets up (0.010).
    least = "0.020"
    assert lines[0] == t("answers.whom.nobody", systems="Variational autoencoder", groups="2 groups", least=least)
    assert not any("most at risk" in line for line in lines)


def reidentified(make_result, members, holdout, risk):
    def told(value):
        return Estimated(value=value, low=value - 0.02, high=value + 0.02, confidence=0.95, trials=900)

    common = {"section": "reidentification", "method": "replay", "rows": 60000, "members": 120}
    rows = (
        row(number=told(members), statistic="success", slice="members", **common),
        row(number=told(holdout), statistic="success", slice="holdout", **common),
        row(number=told(members - holdout), statistic="excess", chance=0.0, **common),
        row(number=told(risk), statistic="residual_risk", chance=0.0, **common),
    )
    document = build_report(make_result(systems=("vae",), rows=rows, series=()))
    return next(one for one in document.sections if one.id == "reidentification")


def test_success_on_members_stands_beside_holdout_patients_with_the_residual_risk(build):
    make_result, _ = build
    leaky, quiet = reidentified(make_result, 0.4, 0.1, 0.333), reidentified(make_result, 0.11, 0.1, 0.011)
    assert t("sections.reidentification.none") in [getattr(block, "text", "") for block in quiet.blocks]
    above = t("sections.reidentification.above", system="Variational autoencoder", attacks="“replay”")
    assert above in [getattr(block, "text", "") for block in leaky.blocks]
    figure, table = leaky.blocks[2], leaky.blocks[-1]
    assert isinstance(figure, Figure)
    assert [cell.text for cell in table.rows[0]] == [
        "Variational autoencoder", "120", "40.0% (38.0% to 42.0%)", "10.0% (8.0% to 12.0%)", "30.0% (28.0% to 32.0%)",
        "33.3% (31.3% to 35.3%)",
    ]  # fmt: skip
    assert table.groups == ("replay",)


def test_unique_values_stand_beside_their_control_and_verdicts_beside_their_limits(build):
    make_result, _ = build

    def told(count, statistic):
        number = Estimated(value=count / 2000, low=0.0, high=0.2, confidence=0.95, trials=2000)
        common = {"section": "reidentification", "method": "unique_values", "slice": "identifying columns"}
        return row(number=number, statistic=statistic, chance=0.0, **common)

    rows = (told(240, "sensitivity"), told(3, "false_positive_rate"), told(237, "excess"))
    judged = finding("fail", system="vae", section="reidentification", id="KEY-1").model_copy(
        update={"rows": (rows[2].id,), "statistic": "excess", "threshold": 0.003, "number": rows[2].number}
    )
    document = build_report(make_result(systems=("vae",), rows=rows, series=()), [judged])
    blocks = next(one for one in document.sections if one.id == "reidentification").blocks
    tables = {block.id: block for block in blocks if isinstance(block, Table)}
    line = [cell.text for cell in tables["unique-values"].rows[0]]
    assert line[:4] == ["Variational autoencoder", "in identifying columns", "240", "fewer than 10"]
    assert line[4].startswith("11.8%")
    criterion = tables["criteria-reidentification"].rows[0]
    assert criterion[0].text.endswith("(KEY-1)")
    assert criterion[2].text == "at most 0.30%"
    assert (criterion[3].text.split()[0], criterion[3].note) == ("11.8%", "Replay of values that one patient alone has")
    assert criterion[4].verdict == "fail"


def test_every_fidelity_statistic_has_a_name_and_a_meaning():
    named = {name for metric in METRICS.values() for name in metric.better}
    assert len(named) > 60
    for name in named:
        assert labels.wording(name, "fidelity", "title"), name
        assert len(labels.meaning(name, "fidelity")) > 20, name
        assert labels.meaning(name, "fidelity").endswith("."), name
    assert named >= PDF_STATISTICS


def test_fidelity_stands_by_metric_and_paper_shows_a_selection(document):
    section = next(one for one in document.sections if one.id == "fidelity")
    table = next(block for block in section.blocks if isinstance(block, Table))
    assert len(table.groups) == len(table.rows)
    assert list(dict.fromkeys(table.groups)) == ["Dimension-wise probability", "Dimension-wise prediction"]
    assert all(line[0].note for line in table.rows)
    assert table.rows[0][1].text == "higher"
    assert 0 < len(table.pdf_rows) < len(table.rows)
    shown = next(
        block
        for one in pdf.template_data(document)["sections"]
        for block in one["blocks"]
        if block.get("id") == table.id
    )
    assert len(shown["rows"]) == len(shown["groups"]) == len(table.pdf_rows)


@pytest.mark.parametrize(
    ("radius", "words"), [(0.0, "no other real patient has their record"), (2.0, "in more than 2 ")]
)
def test_distinctive_records_are_said_in_plain_words(build, radius, words):
    make_result, _ = build
    result = make_result(systems=("vae",), rows=(), series=())
    split = result.split.model_copy(update={"distinctive": 0.795, "distinctive_radius": radius})
    told = everything(build_report(result.model_copy(update={"split": split})))
    line = next(text for text in told if text.startswith("79.5% of the targets are distinctive"))
    assert words in line


def test_frameworks_map_findings_and_leave_something_open(document):
    section = next(one for one in document.sections if one.id == "frameworks")
    assert len(section.sections) == 12
    overview = section.blocks[1]
    assert [line[0].text for line in overview.rows] == [inner.title for inner in section.sections]
    assert overview.rows[0][1].text == "1 of 3"  # only attributes were attacked
    for inner in section.sections:
        text, table, read = inner.blocks
        assert "read" in read.text
        assert {line[0].note for line in table.rows} <= {"asked by the rule", "put by this report, not by the rule"}
        assert len(text.text) > 80
        assert table.caption
        assert all(len(line) == 4 and line[3].text for line in table.rows)
    clinical = next(one for one in section.sections if "0.09" in one.title)
    assert clinical.blocks[1].rows[0][1].text == t("sections.frameworks.nothing")
    # A limit on a probability of re-identification is not read off other attacks.
    assert clinical.blocks[1].rows[0][2].text == "medGAN and Variational autoencoder: not tested"
    assert "does not apply to an AUC" in clinical.blocks[0].text


def test_only_the_measure_of_identity_speaks_to_the_limit_on_identity(build):
    make_result, _ = build
    identity = row(0.03, section="reidentification", method="identity", statistic="success", slice="members")
    other = row(0.4, section="reidentification", method="replay", statistic="success", slice="members")
    result = make_result(systems=("vae",), rows=(identity, other), series=())

    def told(rows):
        judged = finding("pass", system="vae", section="reidentification").model_copy(update={"rows": rows})
        sections = next(one for one in build_report(result, [judged]).sections if one.id == "frameworks").sections
        return next(one for one in sections if "0.09" in one.title).blocks[1].rows[0]

    assert [cell.text for cell in told((identity.id,))[1:3]] == ["identity", "Variational autoencoder: met (X-1)"]
    unjudged = t("sections.frameworks.no_findings")
    assert told((other.id,))[2].text == f"Variational autoencoder: {unjudged}"


def test_what_no_attack_tested_is_not_said_to_be_met(build):
    """Three questions of WP216: met by criteria and attacks that ran, whatever else of their section is met."""
    make_result, _ = build
    membership = row(0.51, section="membership", method="nearest", statistic="auc")
    linked = row(0.001, section="reidentification", method="linking", statistic="excess")
    keys = row(0.0, section="reidentification", method="unique_values", statistic="excess", slice="identifying columns")

    def told(rows, *findings):
        judged = [
            finding(verdict, system="vae", section=section, id=id).model_copy(update={"rows": of})
            for verdict, section, id, of in findings
        ]
        result = make_result(systems=("vae",), rows=rows, series=())
        sections = next(one for one in build_report(result, judged).sections if one.id == "frameworks").sections
        rule = next(one for one in sections if "WP216" in one.title).blocks[1].rows
        return [line[2].text.removeprefix("Variational autoencoder: ") for line in rule]

    passed = ("pass", "membership", "MEM-1", (membership.id,))
    assert told((membership,), passed) == ["not tested"] * 3
    unjudged = t("sections.frameworks.no_findings")
    assert told((membership, linked), passed) == ["not tested", unjudged, "not tested"]
    link = ("pass", "reidentification", "LINK-1", (linked.id,))
    assert told((membership, linked), passed, link) == ["not tested", "met (LINK-1)", "not tested"]
    own = ("fail", "reidentification", "OUR-9", (keys.id,))  # another policy's name for it
    assert told((membership, linked, keys), passed, link, own) == ["not met (OUR-9)", "met (LINK-1)", "not tested"]
    unmeasured = ("not measured", "reidentification", "SIN-1", ())
    assert told((membership,), passed, unmeasured)[0] == "not tested"
    assert told((keys,), ("pass", *own[1:]), unmeasured)[0].startswith("not measured (")


@pytest.mark.parametrize("word", ["compliant", "certifies", "guarantees", "anonymous data"])
def test_a_mapping_promises_nothing(document, word):
    section = next(one for one in document.sections if one.id == "frameworks")
    texts = [inner.blocks[0].text for inner in section.sections]
    assert all("Assumed here:" in text for text in texts)
    assert not [text for text in texts if word in text]


def test_a_question_is_called_the_rules_own_only_where_the_rule_asks_it(document):
    section = next(one for one in document.sections if one.id == "frameworks")
    notes = {line[0].text: line[0].note for inner in section.sections for line in inner.blocks[1].rows}
    assert notes["Was the testing itself tested?"] == "put by this report, not by the rule"
    assert notes["What could a recipient learn about an individual?"] == "put by this report, not by the rule"
    assert notes["Linkability: can records be combined to identify a person?"] == "asked by the rule"


def test_paper_tells_the_essential_story_and_the_screen_all_of_it(document):
    on_paper = pdf.template_data(document)["sections"]
    blocks = [block for section in on_paper for one in (section, *section["sections"]) for block in one["blocks"]]
    shown = {block["id"] for block in blocks if "id" in block}
    everything_there = {figure.id for figure in document.figures}
    assert {"yardstick", "auc-size"} <= shown
    assert not {"roc", "tradeoff", "detection", "training"} & shown
    assert {"roc", "tradeoff", "detection", "training"} <= everything_there
    assert "glossary" not in {section["id"] for section in on_paper}
    assert "decision-record" in {section["id"] for section in on_paper}
