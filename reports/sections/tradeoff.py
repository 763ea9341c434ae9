"""Fidelity against risk: each synthetic table's fidelity beside the strongest membership attack on it."""

from collections.abc import Iterator
from dataclasses import dataclass

from synthaudit.audit.suite.result import Estimated, SystemCard
from synthaudit.reports.blocks.content import Figure, Table, TableCell
from synthaudit.reports.figures.tradeoff import TradeoffPoint, plot_tradeoff
from synthaudit.reports.sections.fidelity import overall_fidelity
from synthaudit.reports.sections.strongest_attack import strongest_attack
from synthaudit.reports.text import labels, numbers
from synthaudit.reports.text.i18n import format_integer, t
from synthaudit.reports.view.curve import representative, synthetic_rows, value_and_interval
from synthaudit.reports.view.result_view import ResultView

KEY = "sections.tradeoff"


@dataclass(frozen=True)
class FidelityAndRisk:
    """Fidelity of a system's synthetic tables of one size, and the strongest attack on them."""

    card: SystemCard
    size: int
    fidelity: Estimated
    risk: Estimated


def _measured(view: ResultView, method: str, statistic: str) -> Iterator[FidelityAndRisk]:
    """Yield each system and size for which both were measured, the sizes of a system in order."""
    for card in view.systems_and_controls:
        rows = view.rows("fidelity", statistic, method=method, system=card.key, slice="synthetic")
        for size in sorted({synthetic_rows(row) or 0 for row in rows}):
            fidelity = representative([row for row in rows if (synthetic_rows(row) or 0) == size])
            risk = strongest_attack(view, card.key, size or None)
            if fidelity is None or risk is None:
                continue
            if isinstance(fidelity.number, Estimated) and isinstance(risk.number, Estimated):
                yield FidelityAndRisk(card, size, fidelity.number, risk.number)


def tradeoff_figure(view: ResultView) -> Figure | None:
    """Return fidelity against risk, one mark per synthetic table's size where both were measured by size."""
    measure = overall_fidelity(view)
    if measure is None:
        return None
    method, statistic = measure
    form = labels.form_of(statistic, "fidelity")
    points, rows, largest = [], [], {}
    for one in _measured(view, method, statistic):
        title, size = view.system_title(one.card.key), format_integer(one.size) if one.size else ""
        texts = numbers.with_interval(one.fidelity, form), numbers.with_interval(one.risk, "ratio")
        tooltip = t(f"{KEY}.alt_line", system=f"{title} {size}".strip(), x=texts[0], y=texts[1])
        (x, x_low, x_high), (y, y_low, y_high) = value_and_interval(one.fidelity), value_and_interval(one.risk, 1.0)
        points.append(
            TradeoffPoint(
                label=title, style=view.styles[one.card.key], x=x, x_low=x_low, x_high=x_high, y=y, y_low=y_low,
                y_high=y_high, size=size, tooltip=tooltip,
            )
        )  # fmt: skip
        rows.append(tuple(TableCell(text) for text in (title, size or "–", *texts)))
        largest[title] = tooltip
    if len(points) < 2:
        return None
    name = f"{view.method_title(method)}: {labels.statistic(statistic, 'fidelity')}"
    svg = plot_tradeoff(
        "tradeoff", points, x=name, y=t(f"{KEY}.y"), chance=0.5, chance_label=t(f"{KEY}.chance"),
        yardstick=_yardstick(view, method, statistic), yardstick_label=t(f"{KEY}.yardstick"),
    )  # fmt: skip
    head = (t("sections.dataset.head_system"), t("sections.membership.size_x"), name, t(f"{KEY}.y"))
    data = Table("tradeoff-table", t(f"{KEY}.title"), head, tuple(rows), (False, True, True, True))
    joined = t(f"{KEY}.joined") if len(points) > len(largest) else ""
    caption = t(f"{KEY}.caption", fidelity=name, joined=joined)
    return Figure("tradeoff", svg, t(f"{KEY}.alt", lines=" ".join(largest.values())), caption, data)


def _yardstick(view: ResultView, method: str, statistic: str) -> float | None:
    """Return the yardstick of the first system that has one."""
    rows = [row for row in view.result.rows if row.section == "fidelity" and row.slice == "yardstick"]
    system = rows[0].system if rows else ""
    row = representative(view.rows("fidelity", statistic, method=method, slice="yardstick", system=system))
    return row.number.value if row and isinstance(row.number, Estimated) else None
