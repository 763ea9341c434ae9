"""The document: what a reader is told, and that nothing in it contradicts the result."""

import re
from dataclasses import replace

import pytest
from example_results import everything, row

from synthaudit.audit.suite.result import Unmeasured
from synthaudit.reports.blocks.content import Figure
from synthaudit.reports.blocks.document import start_time
from synthaudit.reports.report import build_report
from synthaudit.reports.text import numbers
from synthaudit.reports.text.i18n import t
from synthaudit.reports.view.curve import curve_points, synthetic_rows


def test_page_one_answers_what_a_reviewer_asks(document):
    questions = [answer.question for answer in document.answers]
    assert questions == [
        t(f"answers.{key}.question")
        for key in ("next", "unnoticed", "closest", "whom", "sure", "assumptions", "untested")
    ]
    assert all(answer.lines for answer in document.answers)
    assert [system.verdict for system in document.systems] == ["inconclusive", "fail"]
    assert document.verdict == "fail"
    assert "Variational autoencoder" in document.headline
    assert "medGAN" not in document.headline


def test_the_closest_attack_is_the_one_behind_the_gravest_finding(document):
    closest = next(answer for answer in document.answers if answer.question == t("answers.closest.question"))
    told = next(line for line in closest.lines if line.startswith("Variational"))
    decisive = next(system for system in document.systems if system.title.startswith("Variational")).reasons[0]
    number = re.search(r"0\.\d{3} \(0\.\d{3} to 0\.\d{3}\)", decisive).group()
    assert number in told
    assert "guessing gives 0.500" in told
    assert "for this release" in told


@pytest.mark.parametrize("word", ["safe", "compliant", "anonymous", "guaranteed", "nan", "None", "inf"])
def test_no_word_promises_too_much_and_no_number_is_missing_silently(document, word):
    said = [text for text in everything(document) if re.search(rf"\b{word}\b", text)]
    assert not said


def test_controls_are_shown_and_never_judged(document):
    judged = {system.title for system in document.systems}
    assert judged == {"medGAN", "Variational autoencoder"}
    yardstick = next(figure for figure in document.figures if figure.id == "yardstick")
    names = [line[0].text for line in yardstick.table.rows]
    assert names[0] == "Republished members (control)"
    assert names[-1] == "Fresh patients (control)"


def test_every_figure_says_its_finding_and_shows_its_numbers(document):
    figures = document.figures
    ids = {figure.id for figure in figures}
    wanted = {
        "yardstick",
        "tradeoff",
        "auc-size",
        "auc-reference",
        "roc",
        "decision-rules-0",
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
    table = next(figure for figure in document.figures if figure.id == "auc-size").table
    shown = {tuple(cell.text for cell in line) for line in table.rows}
    mean = next(
        one for one in result.select(section="membership", statistic="auc", system="vae", release=None)
        if one.method == "calibrated" and one.knowledge.synthetic_rows == 60000 and one.knowledge.reference_rows == 7520
    )  # fmt: skip
    expected = (
        "Distance calibrated by a reference",
        "Variational autoencoder",
        "60,000",
        numbers.with_interval(mean.number, "ratio"),
    )
    assert expected in shown


def test_a_curve_never_mixes_levels():
    singles = [row(0.5 + size / 1e4, rows=size, release=r) for size in (100, 200) for r in (0, 1)]
    means = [row(0.7, rows=size, release=None, level="generator") for size in (100, 200)]
    whole = curve_points([*singles, *means], synthetic_rows)
    assert [point.row.level for point in whole] == ["generator", "generator"]
    assert [point.releases for point in whole] == [(0.51, 0.51), (0.52, 0.52)]
    missing = row(rows=200, release=None, level="generator", number=Unmeasured(reason="two releases"))
    parts = curve_points([*singles, means[0], missing], synthetic_rows)
    assert [point.row.level for point in parts] == ["release", "release"]
    assert [point.row.release for point in parts] == [0, 0]


def test_an_empty_result_and_one_without_numbers_are_told_as_such(build):
    make_result, _ = build
    empty = build_report(make_result(systems=(), rows=(), series=()))
    assert empty.verdict == "not judged"
    assert not empty.figures
    full = make_result(systems=("medgan", "null"))
    blank = tuple(one.model_copy(update={"number": Unmeasured(reason="too few patients")}) for one in full.rows)
    silent = build_report(full.model_copy(update={"rows": blank, "series": ()}))
    assert not silent.figures
    assert any("too few patients" in text for text in everything(silent))
    assert t("answers.closest.none") in [line for answer in silent.answers for line in answer.lines]


def test_one_file_without_a_generator_gets_its_own_story(build):
    make_result, _ = build
    full = make_result(systems=("vae",))
    card = full.systems[0].model_copy(update={"role": "file", "releases": 1})
    kept = tuple(
        one for one in full.rows
        if one.release in (0,) and (one.knowledge is None or one.knowledge.synthetic_rows == 15000)
    )  # fmt: skip
    document = build_report(full.model_copy(update={"rows": kept, "systems": (card,)}))
    ids = {figure.id for figure in document.figures}
    assert "auc-attack" in ids
    assert "auc-size" not in ids
    assert t("answers.sure.one_release") in [line for answer in document.answers for line in answer.lines]
    assert not any("over trainings" in figure.caption for figure in document.figures)


def test_a_name_with_braces_is_not_read_as_a_template(build):
    make_result, _ = build
    document = build_report(make_result(systems=("medgan",), names={"medgan": "{0} {system}"}, rows=(), series=()))
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
    assert start_time(result.run.started).year == 1970
    assert isinstance(replace(build_report(result), title="x").title, str)
    assert not [one for one in build_report(result).figures if isinstance(one, Figure)]
