"""The document: what a reader is told, and that nothing in it contradicts the result."""

import re
from dataclasses import replace

import pytest

from audit.fidelity import METRICS
from audit.suite.finding import Finding
from audit.suite.result import Estimated, Knows, Row, Unmeasured
from reports import model, numbers, pdf
from reports.document import Figure, Table
from reports.evidence import Evidence, points, synthetic_rows
from reports.sections import verdict
from reports.sections.fidelity import TELLING
from reports.words import catalogue, count, say


def everything(document):
    """Return all text of a document."""
    texts = [document.headline, document.title, document.subtitle]
    texts += [text for system in document.systems for text in (system.title, system.sentence, *system.reasons)]
    texts += [text for answer in document.answers for text in (answer.question, *answer.lines)]
    for section in document.sections:
        for each in (section, *section.sections):
            texts.append(each.title)
            for block in each.blocks:
                texts += [getattr(block, name, "") for name in ("text", "caption", "alt")]
                texts += list(getattr(block, "items", ()))
                texts += [part for pair in getattr(block, "pairs", ()) for part in pair]
                tables = [block] if isinstance(block, Table) else [getattr(block, "table", None)]
                texts += [cell.text for table in tables if table for row in table.rows for cell in row]
    return texts


def row(value=0.5, *, release=0, level="release", rows=100, statistic="auc", number=None, **more):
    number = number or Estimated(value=value, low=value - 0.01, high=value + 0.01, confidence=0.95, trials=9)
    knows = Knows(access="synthetic rows only", synthetic_rows=rows)
    fields = {"section": "membership", "subject": "vae", "method": "nearest", **more}
    label = f"{statistic}/{release}/{rows}/{sorted(more.items())}"
    return Row(id=label, level=level, release=release, statistic=statistic, knowledge=knows, number=number, **fields)


def finding(result_verdict, *, subject="medgan", section="membership", id="X-1", severity="high"):
    number = Unmeasured(reason="too few patients") if result_verdict == "not measured" else row(0.6).number
    return Finding(
        id=id, title="A demand", subject=subject, verdict=result_verdict, severity=severity, reason="a reason",
        section=section, level="release", statistic="auc", threshold=0.55, worse="higher", number=number,
    )  # fmt: skip


def test_page_one_answers_what_a_reviewer_asks(document):
    questions = [answer.question for answer in document.answers]
    assert questions == [
        say(f"answers.{key}.question") for key in ("assumptions", "closest", "sure", "whom", "untested", "todo")
    ]
    assert all(answer.lines for answer in document.answers)
    assert [system.verdict for system in document.systems] == ["inconclusive", "fail"]
    assert document.verdict == "fail"
    assert "Variational autoencoder" in document.headline
    assert "medGAN" not in document.headline


def test_the_closest_attack_is_the_one_behind_the_gravest_finding(document):
    closest = next(answer for answer in document.answers if answer.question == say("answers.closest.question"))
    told = next(line for line in closest.lines if line.startswith("Variational"))
    decisive = next(system for system in document.systems if system.title.startswith("Variational")).reasons[0]
    number = re.search(r"0\.\d{3} \(0\.\d{3} to 0\.\d{3}\)", decisive).group()
    assert number in told
    assert "guessing gives 0.500" in told
    assert "for this file" in told


@pytest.mark.parametrize("word", ["safe", "compliant", "anonymous", "guaranteed", "nan", "None", "inf"])
def test_no_word_promises_too_much_and_no_number_is_missing_silently(document, word):
    said = [text for text in everything(document) if re.search(rf"\b{word}\b", text)]
    assert not said


def test_controls_are_shown_and_never_judged(document):
    judged = {system.title for system in document.systems}
    assert judged == {"medGAN", "Variational autoencoder"}
    yardstick = next(figure for figure in model.figures(document) if figure.id == "yardstick")
    names = [line[0].text for line in yardstick.table.rows]
    assert names[0] == "Republished members (control)"
    assert names[-1] == "Fresh patients (control)"


def test_every_figure_says_its_finding_and_shows_its_numbers(document):
    figures = model.figures(document)
    ids = {figure.id for figure in figures}
    wanted = {
        "yardstick",
        "tradeoff",
        "auc-size",
        "auc-reference",
        "roc",
        "claims-0",
        "negative",
        "detection",
        "training",
    }
    assert wanted <= ids
    assert len(ids) == len(figures)
    for figure in figures:
        assert len(figure.alt) > 20, figure.id
        assert figure.table is not None, figure.id
        assert figure.table.rows, figure.id
        assert "<svg" in figure.svg[:10]
        assert {len(line) for line in figure.table.rows} == {len(figure.table.head)}, figure.id


def test_the_numbers_of_a_figure_are_those_of_the_result(audited, document):
    result, _ = audited
    table = next(figure for figure in model.figures(document) if figure.id == "auc-size").table
    shown = {tuple(cell.text for cell in line) for line in table.rows}
    mean = next(
        one for one in result.select(section="membership", statistic="auc", subject="vae", release=None)
        if one.method == "calibrated" and one.knowledge.synthetic_rows == 60000 and one.knowledge.reference_rows == 7520
    )  # fmt: skip
    expected = (
        "Distance calibrated by a reference",
        "Variational autoencoder",
        "60,000",
        numbers.text(mean.number, "ratio"),
    )
    assert expected in shown


def test_a_curve_never_mixes_levels():
    singles = [row(0.5 + size / 1e4, rows=size, release=r) for size in (100, 200) for r in (0, 1)]
    means = [row(0.7, rows=size, release=None, level="generator") for size in (100, 200)]
    whole = points([*singles, *means], synthetic_rows)
    assert [point.row.level for point in whole] == ["generator", "generator"]
    assert [point.releases for point in whole] == [(0.51, 0.51), (0.52, 0.52)]
    missing = row(rows=200, release=None, level="generator", number=Unmeasured(reason="two releases"))
    parts = points([*singles, means[0], missing], synthetic_rows)
    assert [point.row.level for point in parts] == ["release", "release"]
    assert [point.row.release for point in parts] == [0, 0]


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        (["pass", "fail", "invalid"], "invalid"),
        (["pass", "inconclusive", "fail"], "fail"),
        (["pass", "not measured", "inconclusive"], "inconclusive"),
        (["pass", "not measured"], "not measured"),
        (["pass", "pass"], "pass"),
        ([], "not judged"),
    ],
)
def test_the_gravest_finding_settles_a_system(build, verdicts, expected):
    make_result, _ = build
    found = tuple(finding(one, id=f"X-{place}") for place, one in enumerate(verdicts))
    evidence = Evidence(make_result(systems=("medgan",), rows=(), series=()), found)
    assert [one for _, one in verdict.judged(evidence)] == [expected]
    told, headline = verdict.headline(evidence)
    assert told == expected
    assert headline
    assert "{" not in headline + verdict.systems(evidence)[0].sentence


def test_a_limit_of_likeness_is_no_leak(build):
    make_result, _ = build
    result = make_result(systems=("medgan",), rows=(), series=())
    headline = verdict.headline(Evidence(result, (finding("fail", section="fidelity"),)))[1]
    assert headline == say("verdicts.fail.headline_likeness", systems="medGAN")
    assert verdict.headline(Evidence(result, (finding("fail"),)))[1] == say("verdicts.fail.headline", systems="medGAN")


def test_an_empty_result_and_one_without_numbers_are_told_as_such(build):
    make_result, _ = build
    empty = model.build(make_result(systems=(), rows=(), series=()))
    assert empty.verdict == "not judged"
    assert not model.figures(empty)
    full = make_result(systems=("medgan", "null"))
    blank = tuple(one.model_copy(update={"number": Unmeasured(reason="too few patients")}) for one in full.rows)
    silent = model.build(full.model_copy(update={"rows": blank, "series": ()}))
    assert not model.figures(silent)
    assert any("too few patients" in text for text in everything(silent))
    assert say("answers.closest.none") in [line for answer in silent.answers for line in answer.lines]


def test_one_file_without_a_generator_gets_its_own_story(build):
    make_result, _ = build
    full = make_result(systems=("vae",))
    card = full.subjects[0].model_copy(update={"role": "file", "releases": 1})
    kept = tuple(
        one for one in full.rows
        if one.release in (0,) and (one.knowledge is None or one.knowledge.synthetic_rows == 15000)
    )  # fmt: skip
    document = model.build(full.model_copy(update={"rows": kept, "subjects": (card,)}))
    ids = {figure.id for figure in model.figures(document)}
    assert "auc-attack" in ids
    assert "auc-size" not in ids
    assert say("answers.sure.one_release") in [line for answer in document.answers for line in answer.lines]
    assert not any("over trainings" in figure.caption for figure in model.figures(document))


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
    return model.build(make_result(systems=("vae",), rows=tuple(rows), series=()))


def whom(document):
    return next(answer.lines for answer in document.answers if answer.question == say("answers.whom.question"))


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
    assert lines[0] == say("answers.whom.nobody", systems="Variational autoencoder", groups="2 groups")
    assert not any("most at risk" in line for line in lines)


def pointed(make_result, members, strangers, risk):
    def told(value):
        return Estimated(value=value, low=value - 0.02, high=value + 0.02, confidence=0.95, trials=900)

    common = {"section": "reidentification", "method": "replay", "rows": 60000}
    rows = (
        row(number=told(members), statistic="success", slice="members", **common),
        row(number=told(strangers), statistic="success", slice="holdout", **common),
        row(number=told(members - strangers), statistic="excess", chance=0.0, **common),
        row(number=told(risk), statistic="residual_risk", chance=0.0, **common),
    )
    document = model.build(make_result(systems=("vae",), rows=rows, series=()))
    return next(one for one in document.sections if one.id == "reidentification")


def test_pointing_at_members_is_told_beside_strangers_with_what_is_left_of_it(build):
    make_result, _ = build
    leaky, quiet = pointed(make_result, 0.4, 0.1, 0.333), pointed(make_result, 0.11, 0.1, 0.011)
    assert say("sections.reidentification.none") in [getattr(block, "text", "") for block in quiet.blocks]
    above = say("sections.reidentification.above", system="Variational autoencoder", attacks="“replay”")
    assert above in [getattr(block, "text", "") for block in leaky.blocks]
    figure, table = leaky.blocks[2], leaky.blocks[-1]
    assert isinstance(figure, Figure)
    assert [cell.text for cell in table.rows[0]] == [
        "Variational autoencoder", "40.0% (38.0% to 42.0%)", "10.0% (8.0% to 12.0%)", "30.0% (28.0% to 32.0%)",
        "33.3% (31.3% to 35.3%)",
    ]  # fmt: skip
    assert table.groups == ("replay",)


def test_every_measure_of_likeness_has_a_name_and_a_meaning():
    named = {name for metric in METRICS.values() for name in metric.better}
    assert len(named) > 60
    for name in named:
        assert numbers.words_of(name, "fidelity", "title"), name
        assert len(numbers.meaning(name, "fidelity")) > 20, name
        assert numbers.meaning(name, "fidelity").endswith("."), name
    assert named >= TELLING


def test_likeness_is_told_by_metric_and_paper_shows_the_telling_measures(document):
    section = next(one for one in document.sections if one.id == "fidelity")
    table = next(block for block in section.blocks if isinstance(block, Table))
    assert len(table.groups) == len(table.rows)
    assert list(dict.fromkeys(table.groups)) == ["Dimension-wise probability", "Dimension-wise prediction"]
    assert all(line[0].note for line in table.rows)
    assert table.rows[0][1].text == "higher"
    assert 0 < len(table.paper) < len(table.rows)
    shown = next(
        block for one in pdf.model(document)["sections"] for block in one["blocks"] if block.get("id") == table.id
    )
    assert len(shown["rows"]) == len(shown["groups"]) == len(table.paper)


@pytest.mark.parametrize(
    ("radius", "words"), [(0.0, "no other real patient has their record"), (2.0, "in more than 2 ")]
)
def test_distinctive_records_are_said_in_plain_words(build, radius, words):
    make_result, _ = build
    result = make_result(systems=("vae",), rows=(), series=())
    split = result.split.model_copy(update={"distinctive": 0.795, "distinctive_radius": radius})
    told = everything(model.build(result.model_copy(update={"split": split})))
    line = next(text for text in told if text.startswith("79.5% of the targets are distinctive"))
    assert words in line


def test_a_reason_names_attacks_by_their_titles(build):
    make_result, _ = build
    result = make_result(systems=("medgan",))
    row_id = next(one.id for one in result.rows if one.statistic == "tpr_at_fpr" and one.method == "calibrated")
    judged = finding("pass").model_copy(
        update={
            "rows": (row_id,),
            "reason": "the worst keeps it: tpr_at_fpr fpr 0.01 of 'calibrated' (1,500 rows) is 1",
        }
    )
    told = verdict.in_words(Evidence(result, (judged,)), judged)
    assert told == (
        "the worst keeps it: members recognised at 1% false alarms, attack “Distance calibrated by a reference” "
        "(1,500 rows) is 1"
    )


def test_a_claimed_epsilon_stands_beside_the_measured_one(build):
    make_result, _ = build
    claimed = row(8.0, section="privacy", level="mechanism", method="accountant", statistic="epsilon_claimed")
    floor = row(1.25, section="privacy", level="mechanism", method="canaries", statistic="epsilon_lower")
    empty = make_result(systems=("vae",), rows=(claimed, floor), series=())
    figure = next(figure for figure in model.figures(model.build(empty)) if figure.id == "epsilon")
    assert [line[2].text for line in figure.table.rows] == ["8 (7.99 to 8.01)", "1.25 (1.24 to 1.26)"]
    alone = empty.model_copy(update={"rows": (claimed,)})
    assert not model.figures(model.build(alone))


@pytest.mark.parametrize(
    ("number", "form", "text"),
    [
        (0.0312, "share", "3.1%"),
        (0.0004, "share", "0.04%"),
        (-0.012, "share", "−1.2%"),
        (0.0, "share", "0.0%"),
        (1.0, "share", "100.0%"),
        (0.57349, "ratio", "0.573"),
        (1234567.0, "plain", "1,234,567"),
        (0.00004, "plain", "4.0e−05"),
    ],
)
def test_numbers_are_written_one_way(number, form, text):
    assert numbers.value(number, form) == text


def test_an_open_interval_says_so():
    number = Estimated(value=2.0, low=1.0, high=None, confidence=0.95, trials=9)
    assert numbers.text(number, "ratio") == "2.000 (1.000 to no upper limit)"


def test_frameworks_map_findings_and_leave_something_open(document):
    section = next(one for one in document.sections if one.id == "frameworks")
    assert len(section.sections) == 5
    for inner in section.sections:
        text, table = inner.blocks
        assert len(text.text) > 80
        assert table.caption
        assert all(len(line) == 4 and line[3].text for line in table.rows)
    clinical = next(one for one in section.sections if "0.09" in one.title)
    assert clinical.blocks[1].rows[0][1].text == say("sections.frameworks.nothing")
    assert "Variational autoencoder: not measured" in clinical.blocks[1].rows[0][2].text
    assert "does not apply to an AUC" in clinical.blocks[0].text


def test_every_verdict_and_noun_has_its_words():
    words = catalogue()
    for name in verdict.GRAVEST:
        assert {"label", "short", "headline", "sentence"} <= set(words["verdicts"][name])
        assert name in words["symbols"]
        assert name in words["answers"]["todo"]
    assert len(set(words["symbols"].values())) == len(words["symbols"])  # shape alone tells verdicts apart
    assert count(1, "patient") == "1 patient"
    with pytest.raises(KeyError, match=r"no sentence 'nothing\.here'"):
        say("nothing.here")


def test_a_name_with_braces_is_not_read_as_a_template(build):
    make_result, _ = build
    document = model.build(make_result(systems=("medgan",), names={"medgan": "{0} {system}"}, rows=(), series=()))
    assert document.systems[0].title == "{0} {system}"


def test_the_appendix_holds_every_row_with_the_decisive_first(audited, document):
    result, findings = audited
    assert len(document.appendix.rows) == len(result.rows)
    first = document.appendix.rows[0]
    decisive = next(one for one in result.rows if one.id == findings[0].rows[0])
    assert first[6].text == numbers.value(decisive.number.value, "ratio")
    assert len(document.decisive.rows) < 100


def test_dates_that_cannot_be_read_do_not_stop_a_report(build):
    make_result, _ = build
    result = make_result(systems=(), rows=(), series=())
    result = result.model_copy(update={"run": result.run.model_copy(update={"started": "yesterday"})})
    assert model.started(result).year == 1970
    assert isinstance(replace(model.build(result), title="x").title, str)
    assert not [one for one in model.figures(model.build(result)) if isinstance(one, Figure)]
