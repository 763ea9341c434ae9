"""Fidelity to be looked at: on the screen on demand, never on paper, safe with any name, and small."""

import re

import pytest

from synthaudit import reports
from synthaudit.audit.suite.result import Estimated, Row, Series, Unmeasured
from synthaudit.reports.blocks.content import Figure, Fold, Table
from synthaudit.reports.figures.bars import BarSeries, plot_bars
from synthaudit.reports.figures.heat_maps import HeatMap, plot_heat_maps
from synthaudit.reports.report import build_report
from synthaudit.reports.sections.fidelity import metrics_table
from synthaudit.reports.sections.fidelity_pictures import fidelity_pictures
from synthaudit.reports.view.result_view import ResultView

NASTY = '<script>alert("x")</script> & "name"'


def series(method, name, values, system="vae"):
    return Series(id=f"{system}/{method}/{name}", section="fidelity", system=system, release=0, method=method,
                  name=name, values=values)  # fmt: skip


def statistic(method, name, part, value):
    number = Estimated(value=value, low=value - 0.01, high=value + 0.01, confidence=0.95, trials=812)
    return Row(id=f"vae/{method}/{name}/{part}", section="fidelity", level="release", release=0, method=method,
               system="vae" if part == "synthetic" else "data", statistic=name, slice=part, number=number)  # fmt: skip


def pictured(result, codes=3, mixed=2):
    """Return a result with the figures of fidelity of one system."""
    nine = (0.2, 0.15, 0.25, 0.21, 0.16, 0.26, 0.4, 0.35, 0.45)
    far = (0.2, 0.1, 0.3, 0.01, 0.0, 0.05)
    code_names, names = [f"C{at}" for at in range(codes)], [NASTY, *(f"col{at}" for at in range(1, mixed))]
    bars = {"< 40": nine, "≥ 40": nine, "∅": nine}
    distances = {"from": (0.0, 0.5), "to": (0.5, 1.0)}
    distances |= {
        f"{side}{end}": (0.4, 0.6) for side in ("members", "holdout", "real") for end in ("", " low", " high")
    }
    rows = [
        statistic("closest_record", "closer_to_members", "synthetic", 0.62),
        statistic("closest_record", "closer_to_members", "yardstick", 0.5),
        statistic("projection", "projected_overlap", "synthetic", 0.8),
        statistic("correlation_map", "map_error_mean", "synthetic", 0.1),
    ]
    figures = [
        series("column_distributions", "column distances", dict.fromkeys([*names, *code_names], far)),
        series("column_distributions", "binary columns", dict.fromkeys(code_names, nine)),
        *(series("column_distributions", f"column: {name}", bars) for name in names),
        series("correlation_map", "correlations real", {"a": (1.0, 0.5), "b": (0.5, 1.0)}),
        series("correlation_map", "correlations synthetic", {"a": (1.0, 0.1), "b": (0.1, 1.0)}),
        series("projection", "projection", dict.fromkeys(("members", "holdout", "synthetic"), (0.0, 0.5, 0.0, 0.5))),
        series("closest_record", "distances", distances),
    ]
    return result.model_copy(update={"rows": (*result.rows, *rows), "series": (*result.series, *figures)})


@pytest.fixture(scope="module")
def folds(audited):
    return fidelity_pictures(ResultView(pictured(audited[0]), ()))


def inside(fold):
    for block in fold.blocks:
        yield block
        if isinstance(block, Fold):
            yield from inside(block)


def test_a_system_has_its_distances_plane_correlations_and_columns(folds):
    (fold,) = folds
    blocks = list(inside(fold))
    assert [block.id for block in blocks if isinstance(block, Figure)] == [
        *("distances-1", "plane-1", "correlations-1", "codes-1", "column-1-0", "column-1-1"),
    ]
    texts = " ".join(getattr(block, "text", "") for block in blocks)
    assert "62.0% (61.0% to 63.0%)" in texts
    assert "50.0% (49.0% to 51.0%)" in texts, "beside it stand other real patients"
    assert "812 patients" in texts
    assert "50% proves nothing" in texts
    (table,) = [block for block in blocks if isinstance(block, Table)]
    assert len(table.rows) == 5
    assert table.rows[0][0].text == NASTY


def test_correlations_show_the_pair_that_differs(folds):
    (figure,) = [block for block in inside(folds[0]) if getattr(block, "id", "") == "correlations-1"]
    assert [cell.text for cell in figure.table.rows[0]] == ["a × b", "0.500", "0.100", "−0.400"]


def test_the_screen_opens_them_without_scripts_and_paper_has_none(audited, tmp_path):
    result, findings = audited
    with_pictures = pictured(result)
    page, pdf, plain = (
        path.read_bytes()
        for one, formats in ((with_pictures, ("html", "pdf")), (result, ("pdf",)))
        for path in reports.write(one, findings, tmp_path / str(len(formats)), formats=formats)
    )
    text = page.decode()
    assert text.count('<details class="fold"') == 4, "the system, two columns, and the table of all"
    assert "alert(&#34;x&#34;)" in text or "alert(&quot;x&quot;)" in text
    assert NASTY not in text
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert abs(len(pdf) - len(plain)) < 30_000, "four rows of numbers, and no picture"


def test_a_single_system_lies_open(audited, build):
    make_result, _ = build
    result = make_result(systems=("vae",))
    assert [fold.open for fold in fidelity_pictures(ResultView(pictured(result), ()))] == [True]
    assert [fold.open for fold in fidelity_pictures(ResultView(pictured(audited[0]), ()))] == [False]


def test_a_thousand_codes_of_every_system_stay_under_5_megabytes(audited, tmp_path):
    result, findings = audited
    whole = pictured(result, codes=1000, mixed=200)
    more = [one.model_copy(update={"system": "medgan", "id": f"medgan/{one.id}"}) for one in whole.series]
    whole = whole.model_copy(update={"series": (*whole.series, *more)})
    (page,) = reports.write(whole, findings, tmp_path, formats=("html",))
    assert page.stat().st_size < 5e6
    assert page.read_text(encoding="utf-8").count(">C999<") == 2, "the last code of both stands in a table"


def test_what_does_not_fit_is_told(audited, monkeypatch):
    from synthaudit.reports.sections import fidelity_columns

    monkeypatch.setattr(fidelity_columns, "LISTED", 6)
    (fold,) = fidelity_pictures(ResultView(pictured(audited[0]), ()))
    table = list(inside(fold))[-2]
    assert table.title.endswith("(2 more stand in result.json)")
    assert len(table.blocks[0].rows) == 3


def test_bars_are_drawn_to_scale():
    svg = plot_bars(["a & b", "c"], [BarSeries("one", "#0067a5", (0.1, 0.2), (0.05, 0.1), (0.15, 0.3))])
    ends = [float(end) for end in re.findall(r"H([\d.]+)v5", svg)]
    assert ends[1] - 120 == pytest.approx(2 * (ends[0] - 120), abs=0.2)
    assert "a &amp; b" in svg
    assert ">30%<" in svg


def test_maps_leave_blanks_and_tell_signs_by_colour():
    svg = plot_heat_maps([HeatMap(NASTY, ((None, 0.0), (0.5, -1.0)))], top=1.0, rows=[NASTY, "b"])
    assert svg.count("<rect") == 2
    assert 'fill="#0067a5" fill-opacity="0.5"' in svg
    assert 'fill="#c04e01" fill-opacity="1"' in svg
    assert "<script" not in svg


def test_every_colour_can_turn_dark(audited):
    from synthaudit.reports.renderers.html import read_template

    style = read_template("report.css")
    (fold,) = fidelity_pictures(ResultView(pictured(audited[0]), ()))
    colours = {
        colour
        for block in inside(fold)
        if isinstance(block, Figure)
        for colour in re.findall(r"#([0-9a-f]{6})\b", block.svg)
    }
    assert len(colours) > 4
    assert all(style.count(f"--c-{colour}:") == 2 for colour in colours)


def test_an_audit_without_the_figures_has_no_fold(audited):
    document = build_report(*audited)
    assert not any(isinstance(block, Fold) for section in document.sections for block in section.blocks)


def test_a_metric_of_which_nothing_was_measured_takes_one_row_with_its_reason(audited):
    result, _ = audited
    rows = [
        statistic("latent_clusters", name, "synthetic", 0.1).model_copy(
            update={"number": Unmeasured(reason="too few patients")}
        )
        for name in ("log_cluster", "cluster_gap")
    ]
    table = metrics_table(ResultView(result.model_copy(update={"rows": (*result.rows, *rows)}), ()))
    (absent,) = [row for row in table.rows if row[0].note == "Too few patients"]
    assert absent[0].text == "not measured for any system"
    assert len(absent) == len(table.head)
