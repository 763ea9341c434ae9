"""Pictures of fidelity: dots on a diagonal beside the yardstick, record lengths, losses along training."""

import re
from dataclasses import replace

from synthaudit.audit.suite.result import Row, Series
from synthaudit.reports.blocks.content import Figure, Table, TableCell
from synthaudit.reports.figures.curves import Panel, PlottedCurve, plot_curves
from synthaudit.reports.figures.scatter import Cloud, plot_scatter
from synthaudit.reports.figures.style import HUES, QUIET, Style, assign_styles
from synthaudit.reports.text import labels, numbers
from synthaudit.reports.text.i18n import format_integer, join_list, pluralize, t
from synthaudit.reports.view.curve import at_largest, representative, synthetic_rows
from synthaudit.reports.view.result_view import ResultView

KEY = "sections.fidelity"


def points_figures(view: ResultView) -> list[Figure]:
    """Return one figure per metric whose points the result holds: record lengths, or dots on a diagonal."""
    series = [one for one in view.result.series if one.section == "fidelity" and one.name.startswith("points")]
    figures = []
    for method in dict.fromkeys(one.method for one in series):
        own = [one for one in series if one.method == method]
        by_length = any("codes" in one.values for one in own)
        figures.append(record_length_figure(view, method, own) if by_length else diagonal_figure(view, method, own))
    return [figure for figure in figures if figure is not None]


def leading_statistic(view: ResultView, method: str, system: str | None, slice: str) -> tuple[str, Row] | None:
    """Return a metric's leading statistic and its representative row."""
    own = (row.statistic for row in view.result.rows if row.section == "fidelity" and row.method == method)
    # A correlation says in one number how near the dots lie to the diagonal; else the metric's own first statistic.
    for statistic in sorted(dict.fromkeys(own), key=lambda name: "pearson" not in name and "correlation" not in name):
        rows = view.rows("fidelity", statistic, method=method, slice=slice)
        system = system or next((one.system for one in rows), None)
        row = representative(at_largest([one for one in rows if one.system == system], synthetic_rows))
        if row is not None:
            return statistic, row
    return None


def diagonal_figure(view: ResultView, method: str, series: list[Series]) -> Figure | None:
    """Return one panel per system and the yardstick last, one dot per column."""
    clouds, sentences, table = [], [], []
    for card in view.systems:
        if own := largest_series([one for one in series if one.system == card.key and not is_yardstick(one)]):
            clouds.append(cloud(view, method, own, view.system_title(card.key), "synthetic"))
    if clouds and (yardstick := largest_series([one for one in series if is_yardstick(one)])):
        clouds.append(cloud(view, method, yardstick, t(f"{KEY}.yardstick"), "yardstick"))
    if not clouds:
        return None
    leading = leading_statistic(view, method, None, "synthetic")
    title = labels.statistic(leading[0], "fidelity") if leading else ""
    for one in clouds:
        value = f"{title} {one.subtitle}".strip()
        columns = pluralize(len(one.real), "column")
        sentences.append(t(f"{KEY}.scatter_line", title=one.title, columns=columns, value=value))
        table.append((TableCell(one.title), TableCell(format_integer(len(one.real))), TableCell(value)))
    above = t(f"{KEY}.scatter_above", statistic=title) if title else ""
    question = question_of(view, method)
    caption = t(f"{KEY}.scatter_caption", method=view.method_title(method), question=question, above=above)
    id = f"scatter-{re.sub(r'[^a-z0-9]+', '-', method.lower())}"
    svg = plot_scatter(id, clouds[:9], x=t(f"{KEY}.scatter_x"), y=t(f"{KEY}.scatter_y"))
    head = (t("sections.dataset.head_system"), t(f"{KEY}.head_columns"), t(f"{KEY}.head_metric"))
    data = Table(f"{id}-table", view.method_title(method), head, tuple(table), numeric=(False, True, False))
    return Figure(id, svg, t(f"{KEY}.scatter_alt", lines=" ".join(sentences)), caption, data)


def cloud(view: ResultView, method: str, series: Series, title: str, slice: str) -> Cloud:
    """Return one panel: the first pair of a metric's points, real across and synthetic upwards."""
    across, upwards, *_ = series.values.values()
    leading = leading_statistic(view, method, series.system, slice) or leading_statistic(view, method, None, slice)
    value = numbers.short(leading[1].number, labels.form_of(leading[0], "fidelity")) if leading else ""
    return Cloud(title, value, across, upwards, yardstick=slice == "yardstick")


def largest_series(series: list[Series]) -> Series | None:
    """Return the first release's points at the largest synthetic table."""
    own = [one for one in series if (one.release or 0) == 0 and len(one.values) > 1]
    return max(own, key=lambda one: one.knowledge.synthetic_rows if one.knowledge else 0, default=None)


def is_yardstick(series: Series) -> bool:
    """Return whether a series compares real patients with real patients; its name or id says so."""
    return series.name.endswith("yardstick") or series.id.endswith("yardstick")


def record_length_figure(view: ResultView, method: str, series: list[Series]) -> Figure | None:
    """Return how many codes patients have, real beside synthetic, one panel per system."""
    panels, sentences, table = [], [], []
    styles = {"real": Style(QUIET, "s", (0, (4, 2))), "synthetic": Style(HUES[0], "o")}
    for card in view.systems:
        own = largest_series([one for one in series if one.system == card.key and not is_yardstick(one)])
        if own is None or not {"codes", *styles} <= own.values.keys():
            continue
        title, codes, curves, mode = view.system_title(card.key), own.values["codes"], [], {}
        for name, style in styles.items():
            shares = own.values[name]
            curves.append(PlottedCurve(t(f"{KEY}.lengths_{name}"), style, codes, shares, shares, shares))
            mode[name] = numbers.compact(max(zip(shares, codes, strict=True))[1])
        for code, real, synthetic in zip(codes, own.values["real"], own.values["synthetic"], strict=True):
            texts = (numbers.compact(code), numbers.value(real, "share"), numbers.value(synthetic, "share"))
            table.append(tuple(TableCell(text) for text in (title, *texts)))
        panels.append(Panel(title, tuple(curves)))
        sentences.append(t(f"{KEY}.lengths_line", system=title, **mode))
    if not panels:
        return None
    x, y = t(f"{KEY}.lengths_x"), t(f"{KEY}.lengths_y")
    svg = plot_curves("record-length", panels[:8], x=x, y=y, chance="", share=True, log=False)
    question = question_of(view, method)
    caption = t(f"{KEY}.lengths_caption", method=view.method_title(method), question=question)
    head = (t("sections.dataset.head_system"), x, t(f"{KEY}.lengths_real"), t(f"{KEY}.lengths_synthetic"))
    data = Table("record-length-table", y, head, tuple(table), (False, True, True, True))
    return Figure("record-length", svg, " ".join(sentences), caption, data)


def question_of(view: ResultView, method: str) -> str:
    """Return the question that a metric answers."""
    return next((one.question for one in view.result.methods if one.key == method), "")


def training_figure(view: ResultView) -> Figure | None:
    """Return the losses of each system's first training, each scaled to its own largest value."""
    panels, table = [], []
    names = dict.fromkeys(name for card in view.systems for name in losses(view, card.key))
    styles = {key: replace(style, marker="") for key, style in assign_styles(list(names), []).items()}
    for card in view.systems:
        title, curves = view.system_title(card.key), []
        for name, values in losses(view, card.key).items():
            steps = tuple(place / max(len(values) - 1, 1) for place in range(len(values)))
            top = max((abs(number) for number in values), default=0.0) or 1.0
            scaled = tuple(number / top for number in values)
            curves.append(PlottedCurve(name, styles[name], steps, scaled, scaled, scaled))
            texts = (title, name, numbers.compact(values[0]), numbers.compact(values[-1]))
            table.append(tuple(TableCell(text) for text in texts))
        if curves:
            panels.append(Panel(title, tuple(curves)))
    if not panels:
        return None
    x, y = t(f"{KEY}.training_x"), t(f"{KEY}.training_y")
    svg = plot_curves("training", panels[:6], x=x, y=y, chance="", log=False)
    head = (t("sections.dataset.head_system"), y, t(f"{KEY}.training_first"), t(f"{KEY}.training_last"))
    data = Table("training-table", y, head, tuple(table), numeric=(False, False, True, True))
    alt = t(f"{KEY}.training_alt", systems=join_list([panel.title for panel in panels]))
    return Figure("training", svg, alt, t(f"{KEY}.training_caption"), data)


def losses(view: ResultView, system: str) -> dict[str, tuple[float, ...]]:
    """Return the loss curves of a system's first training by name."""
    curves: dict[str, tuple[float, ...]] = {}
    for one in view.result.series:
        if one.system == system and (one.release or 0) == 0 and one.name.startswith(("loss", "training")):
            own = one.name.removeprefix("loss").strip()
            curves |= {(own or name).replace("_", " "): values for name, values in one.values.items() if values}
    return curves
