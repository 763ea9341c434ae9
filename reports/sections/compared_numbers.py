"""What changed between two audits: each number before and after, as sentence, table and figure."""

from collections.abc import Sequence
from typing import Final

from synthaudit.reports.blocks.content import Figure, Table, TableCell, Text
from synthaudit.reports.blocks.document import Section
from synthaudit.reports.figures.forest import Bar, plot_forest
from synthaudit.reports.figures.style import HUES, QUIET, Style
from synthaudit.reports.text import labels, numbers, threat_model
from synthaudit.reports.text.i18n import format_integer, look_up, pluralize, t
from synthaudit.reports.view.comparison import ComparedNumber, by_rise
from synthaudit.reports.view.result_view import ResultView

KEY: Final = "comparison"
DRAWN: Final = 24


def comparison_headline(compared: Sequence[ComparedNumber]) -> str:
    """Return the comparison in a sentence."""
    if not compared:
        return t(f"{KEY}.untested")
    rose, total = sum(one.verdict == "rose" for one in compared), pluralize(len(compared), "number")
    return t(f"{KEY}.rose", rose=format_integer(rose), total=total) if rose else t(f"{KEY}.no_rise", total=total)


def compared_numbers_section(view: ResultView, compared: Sequence[ComparedNumber]) -> Section | None:
    """Return the numbers that moved most, as rises with intervals; None without a test."""
    if not compared:
        return None
    shown = by_rise(compared)[:DRAWN]
    systems = [card.key for card in view.systems_and_controls]
    bars = [_bar(view, one) for one in sorted(shown, key=lambda one: systems.index(one.system))]
    svg = plot_forest("rises", bars, x=t(f"{KEY}.rise"), chance=0.0, chance_label=t(f"{KEY}.no_change"), share=False)
    caption = t(f"{KEY}.caption", shown=pluralize(len(shown), "number"), total=format_integer(len(compared)))
    data = compared_numbers_table(view, shown, "rises-table", caption)
    figure = Figure("rises", svg, f"{comparison_headline(compared)} {caption}", caption, data)
    return Section("changed", t(f"{KEY}.changed"), (Text(t(f"{KEY}.lead"), "lead"), figure))


def _bar(view: ResultView, one: ComparedNumber) -> Bar:
    """Return a rise with its interval, a triangle where it rose or fell."""
    colour = {"rose": HUES[1], "fell": HUES[0]}.get(one.verdict, QUIET)
    marker = {"rose": "^", "fell": "v"}.get(one.verdict, "o")
    title, system = compared_number_title(view, one), view.system_title(one.system)
    label = f"{title} · {format_integer(one.knowledge.synthetic_rows)}" if one.knowledge else title
    tooltip = f"{system}, {compared_number_sentence(view, one)}"
    rise = before_after_and_rise(view, one)[2]
    return Bar(label, Style(colour, marker), one.rise, one.low, one.high, tooltip, rise, system)


def compared_numbers_table(view: ResultView, compared: Sequence[ComparedNumber], id: str, caption: str) -> Table:
    """Return compared numbers as a table."""
    rows = []
    for one in compared:
        texts = (
            view.system_title(one.system), compared_number_title(view, one),
            threat_model.describe_threat_model(one.knowledge), *before_after_and_rise(view, one),
        )  # fmt: skip
        verdict = t(f"{KEY}.verdict_{one.verdict.replace(' ', '_')}")
        rows.append((*(TableCell(text) for text in texts), TableCell(verdict)))
    numeric = (False, False, False, True, True, True, False)
    return Table(id, caption, tuple(look_up(f"{KEY}.head")), tuple(rows), numeric, (1.4, 2.2, 2.2, 0.9, 0.9, 2.0, 1.2))


def compared_number_sentence(view: ResultView, one: ComparedNumber) -> str:
    """Return a compared number in one sentence."""
    before, after, rise = before_after_and_rise(view, one)
    knowledge = threat_model.describe_threat_model(one.knowledge)
    what = compared_number_title(view, one)
    return t(f"{KEY}.line", what=what, knowledge=knowledge, before=before, after=after, rise=rise)


def compared_number_title(view: ResultView, one: ComparedNumber) -> str:
    """Return what a number is about."""
    statistic = labels.statistic(one.statistic, _section_of(view, one))
    part = "" if one.slice == "all" else f", {labels.slice_name(one.slice)}"
    return f"{view.method_title(one.method)}: {statistic}{part}"


def _section_of(view: ResultView, one: ComparedNumber) -> str:
    return next((card.section for card in view.result.methods if card.key == one.method), "")


def before_after_and_rise(view: ResultView, one: ComparedNumber) -> tuple[str, str, str]:
    """Return the number before, after, and the rise with its interval."""
    form = labels.form_of(one.statistic, _section_of(view, one))
    before, after = (numbers.value(number, form) for number in (one.before, one.after))
    rise, low, high = (numbers.difference_text(number, form) for number in (one.rise, one.low, one.high))
    unit = t("format.points_unit") if form == "share" else ""
    return before, after, f"{rise}{unit} ({low} {t('to')} {high})"
