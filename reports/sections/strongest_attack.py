"""The strongest membership attack on each system, beside controls with known answers."""

from synthaudit.audit.suite.result import Estimated, Row
from synthaudit.reports.blocks.content import Figure, Table, TableCell
from synthaudit.reports.figures.forest import Bar, plot_forest
from synthaudit.reports.text import numbers
from synthaudit.reports.text.i18n import look_up, t
from synthaudit.reports.view.attack_gain import attack_gain
from synthaudit.reports.view.curve import (
    at_largest,
    curve_points,
    measured_over_releases,
    reference_rows,
    strongest,
    synthetic_rows,
    value_and_interval,
)
from synthaudit.reports.view.result_view import ResultView

KEY = "sections.yardstick"


def strongest_attack(view: ResultView, system: str, size: int | None = None) -> Row | None:
    """Return the strongest membership attack on a system at one size of the synthetic table, the largest by default."""
    rows = [row for row in view.rows("membership", "auc", system=system) if row.slice == "all"]
    rows = at_largest(rows, synthetic_rows) if size is None else [row for row in rows if synthetic_rows(row) == size]
    over_releases = measured_over_releases(rows)
    by_attack: dict[tuple[str, int | None], list[Row]] = {}
    for row in rows:
        by_attack.setdefault((row.method, reference_rows(row)), []).append(row)
    return strongest(curve_points(own, lambda _: 0, over_releases=over_releases)[0].row for own in by_attack.values())


def attack_gain_table(view: ResultView) -> Table | None:
    """Return the strongest attack on each system beside the same attack on controls; None without such controls."""
    rows = []
    for card in view.systems:
        row = strongest_attack(view, card.key)
        if row is None or not isinstance(row.number, Estimated):
            continue
        gain = attack_gain(view, row)
        if gain.republished is None and gain.null is None:
            continue
        on_controls = (numbers.short(one, "ratio") if one else "–" for one in (gain.republished, gain.null))
        share = "–"
        if gain.share is not None and gain.share_range is not None:
            value, low, high = (numbers.percent(round(one, 2)) for one in (gain.share, *gain.share_range))
            share = f"{value} ({low} {t('to')} {high})"
        attack, number = view.method_title(row.method), numbers.with_interval(row.number, "ratio")
        rows.append(tuple(TableCell(text) for text in (card.title, attack, number, *on_controls, share)))
    if not rows:
        return None
    head = tuple(look_up(f"{KEY}.gain_head"))
    numeric, widths = (False, False, True, True, True, True), (1.5, 2.0, 2.0, 2.0, 2.0, 1.2)
    return Table("attack-gain", t(f"{KEY}.gain"), head, tuple(rows), numeric, widths)


def strongest_attack_figure(view: ResultView) -> Figure | None:
    """Return the strongest attack on each system, controls beside them."""
    attacks = [(card, strongest_attack(view, card.key)) for card in view.systems_and_controls]
    measured = [(card, row, row.number) for card, row in attacks if row and isinstance(row.number, Estimated)]
    if not measured:
        return None
    measured.sort(key=lambda one: -one[2].value)
    bars, sentences, table = [], [], []
    for card, row, number in measured:
        text, title = numbers.with_interval(number, "ratio"), view.system_title(card.key)
        value, low, high = value_and_interval(number, 1.0)
        bars.append(Bar(title, view.styles[card.key], value, low, high, f"{title}: {text}", text))
        sentences.append((title, text))
        level = t(f"levels.{row.level}")
        table.append(tuple(TableCell(one) for one in (title, view.method_title(row.method), level, text)))
    judged = next((one for one in view.findings if one.section == "membership" and one.statistic == "auc"), None)
    svg = plot_forest(
        "yardstick", bars, x=t(f"{KEY}.x"), chance=0.5, chance_label=t("sections.membership.chance"),
        limit=judged.threshold if judged else None, limit_label=t(f"{KEY}.limit") if judged else "",
    )  # fmt: skip
    others = " ".join(f"{title}: {text}." for title, text in sentences[1:])
    alt = t(f"{KEY}.alt", strongest=sentences[0][0], value=sentences[0][1], others=others)
    level = t("level_notes.generator_bar" if measured[0][1].release is None else "level_notes.release_bar")
    head = (t("sections.dataset.head_system"), t("sections.membership.head_attack"), t("appendix.about"), "AUC")
    data = Table("yardstick-table", t(f"{KEY}.title"), head, tuple(table), (False, False, False, True))
    return Figure("yardstick", svg, alt, t(f"{KEY}.caption", level=level), data)
