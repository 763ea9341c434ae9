"""A figure of curves with its words and its table, from rows that differ in one thing the attacker holds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from synthaudit.audit.suite.result import Estimated, Row
from synthaudit.reports.blocks.content import Figure, Table, TableCell
from synthaudit.reports.figures.curves import Panel, PlottedCurve, plot_curves
from synthaudit.reports.figures.style import Style
from synthaudit.reports.text import labels, numbers
from synthaudit.reports.text.i18n import t
from synthaudit.reports.view.curve import CurvePoint, curve_points, measured_over_releases, value_and_interval


@dataclass(frozen=True)
class CurveRows:
    """The rows of one curve, the system or attack they are about, and how it is drawn."""

    label: str
    style: Style
    rows: Sequence[Row]


@dataclass(frozen=True)
class PanelRows:
    """The curves of one panel, as rows."""

    title: str
    curves: Sequence[CurveRows]


@dataclass(frozen=True)
class SweepText:
    """The words of one figure.

    Attributes:
        caption: Returns the caption, given what lines and bands are.
        line: Catalogue key of the sentence that describes one curve.
        x: Title of the horizontal axis.
        y: Title of the vertical axis.
        chance: Label of the line of chance.
        panel: What a panel is: a system or an attack.
    """

    caption: Callable[[str], str]
    line: str
    x: str
    y: str
    chance: str
    panel: str


def sweep_figure(
    id: str,
    panels: Sequence[PanelRows],
    x_of: Callable[[Row], float | int | None],
    text: SweepText,
    *,
    chance: float | None,
    releases: int,
    limits: tuple[float | None, float | None] = (None, None),
    x_share: bool = False,
) -> Figure | None:
    """Return the figure, or None where fewer than two places were measured."""
    x_form: numbers.Form = "share" if x_share else "number"
    rows = [row for panel in panels for curve in panel.curves for row in curve.rows]
    if len({x_of(row) for row in rows if isinstance(row.number, Estimated) and x_of(row) is not None}) < 2:
        return None
    over_releases, form = measured_over_releases(rows), labels.form_of(rows[0].statistic)
    points = [
        [(curve, curve_points(curve.rows, x_of, over_releases=over_releases)) for curve in panel.curves]
        for panel in panels
    ]
    drawn = [
        Panel(panel.title, tuple(line for curve, own in pairs if (line := _curve(curve, own, form))), chance)
        for panel, pairs in zip(panels, points, strict=True)
    ]
    svg = plot_curves(
        id, drawn, x=text.x, y=text.y, chance=text.chance, share=form == "share", x_share=x_share, limits=limits
    )
    sentences, table = [], []
    for panel, pairs in zip(panels, points, strict=True):
        described = " ".join(
            filter(None, (_sentence(text.line, curve.label, own, form, x_form) for curve, own in pairs))
        )
        # Panels say the same kind of thing of the same systems: name the panel once where there are several.
        sentences.append(f"{panel.title}: {described}" if len(panels) > 1 else described)
        for curve, own in pairs:
            for point in own:
                texts = (curve.label, numbers.value(point.x, x_form), numbers.with_interval(point.number, form))
                table.append(tuple(TableCell(one) for one in (panel.title, *texts)[len(panels) == 1 :]))
    head = (text.panel, t("sections.dataset.head_system"), text.x, text.y)[len(panels) == 1 :]
    numeric = (False, False, True, True)[len(panels) == 1 :]
    data = Table(f"{id}-table", text.panel, head, tuple(table), numeric)
    level = t("level_notes.generator", releases=releases) if over_releases else t("level_notes.release")
    return Figure(id, svg, " ".join(filter(None, sentences)), text.caption(level), data)


def _curve(curve: CurveRows, points: Sequence[CurvePoint], form: numbers.Form) -> PlottedCurve | None:
    """Return what is drawn of a curve: the places that were measured."""
    measured = [(point, point.number) for point in points if isinstance(point.number, Estimated)]
    if not measured:
        return None
    triples = [value_and_interval(number) for _, number in measured]
    return PlottedCurve(
        label=curve.label,
        style=curve.style,
        x=tuple(point.x for point, _ in measured),
        y=tuple(value for value, _, _ in triples),
        low=tuple(low for _, low, _ in triples),
        high=tuple(high for _, _, high in triples),
        dots=tuple(point.releases for point, _ in measured) if not curve.style.control else (),
        tooltips=tuple(
            f"{curve.label}, {numbers.compact(point.x)}: {numbers.with_interval(number, form)}"
            for point, number in measured
        ),
    )


def _sentence(key: str, label: str, points: Sequence[CurvePoint], form: numbers.Form, x_form: numbers.Form) -> str:
    """Return a curve in one sentence: where it starts and where it ends; empty where nothing was measured."""
    measured = [(point.x, point.number) for point in points if isinstance(point.number, Estimated)]
    if not measured:
        return ""
    (x_first, first), (x_last, last) = measured[0], measured[-1]
    return t(
        key,
        system=label,
        attack=label,
        first=numbers.value(first.value, form),
        last=numbers.value(last.value, form),
        x_first=numbers.value(x_first, x_form),
        x_last=numbers.value(x_last, x_form),
    )
