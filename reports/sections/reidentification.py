"""Can a patient be singled out or linked? Success on members and on holdout patients, and the residual risk."""

from dataclasses import dataclass, replace

from synthaudit.audit.suite.result import Estimated, Row
from synthaudit.reports.blocks.content import Block, Figure, Table, TableCell, Text
from synthaudit.reports.blocks.document import Section
from synthaudit.reports.figures.residual_risk import AttackRates, plot_residual_risk
from synthaudit.reports.sections.criteria_table import criteria_table
from synthaudit.reports.sections.unique_values import METHOD, unique_value_blocks
from synthaudit.reports.text import numbers
from synthaudit.reports.text.i18n import format_integer, join_list, t
from synthaudit.reports.view.curve import (
    at_largest,
    measured_over_releases,
    reference_rows,
    representative,
    synthetic_rows,
    value_and_interval,
)
from synthaudit.reports.view.result_view import ResultView

KEY = "sections.reidentification"
COLUMNS = (("success", "members"), ("success", "holdout"), ("excess", "all"), ("residual_risk", "all"))
DRAWN = 36  # rows of the figure; the table has them all


@dataclass(frozen=True)
class AttackRows:
    """One attack on one system: its representative rows, in the order of ``COLUMNS``."""

    method: str
    system: str
    rows: tuple[Row | None, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """Each number with its interval, "not measured", or a dash."""
        return tuple(numbers.short(row.number, "share") if row is not None else "–" for row in self.rows)

    @property
    def attempts(self) -> str:
        """How many attempts were made at either side, or a dash."""
        made = next((row.members for row in self.rows if row is not None), None)
        return "–" if made is None else format_integer(made)

    @property
    def triples(self) -> tuple[tuple[float, float, float] | None, ...]:
        """Each value with its interval, or None where there is no number."""
        return tuple(
            value_and_interval(row.number, 1.0) if row is not None and isinstance(row.number, Estimated) else None
            for row in self.rows
        )


def section(view: ResultView) -> Section | None:
    """Return the section, or None where no such attack ran."""
    if not any(row.section == "reidentification" for row in view.result.rows):
        return None
    attacks = _attacks(view)
    blocks: list[Block] = [Text(t(f"{KEY}.threat"), "lead"), Text(t(f"{KEY}.reading"))]
    if figure := _figure(view, attacks):
        blocks += [figure, Text(_summary(view, attacks))]
    if table := _table(view, attacks):
        blocks.append(replace(table, screen_only=figure is not None))
    blocks += unique_value_blocks(view)
    if judged := criteria_table(view, "reidentification"):
        blocks.append(replace(judged, screen_only=True))
    return Section("reidentification", t(f"{KEY}.title"), tuple(blocks))


def _attacks(view: ResultView) -> list[AttackRows]:
    """Return the representative rows of each attack and system."""
    every = [row for row in view.result.rows if row.section == "reidentification" and row.method != METHOD]
    over_releases = measured_over_releases(every)
    attacks = []
    for method in dict.fromkeys(row.method for row in every):
        for card in view.systems_and_controls:
            rows = []
            for statistic, slice in COLUMNS:
                own = view.rows("reidentification", statistic, method=method, system=card.key, slice=slice)
                largest = at_largest(own, synthetic_rows, reference_rows)
                rows.append(representative(largest, over_releases=over_releases))
            if any(rows):
                attacks.append(AttackRows(method, card.key, tuple(rows)))
    return attacks


def _column_titles() -> list[str]:
    return [t(f"{KEY}.{key}") for key in ("members", "holdout", "excess", "residual")]


def _figure(view: ResultView, attacks: list[AttackRows]) -> Figure | None:
    """Return members beside holdout patients, and the residual risk."""
    titles, bars, sentences, table = _column_titles(), [], [], []
    for one in attacks:
        system, attack, texts = view.system_title(one.system), view.method_title(one.method), one.texts
        table.append(tuple(TableCell(text) for text in (attack, system, *texts)))
        members, holdout, _, risk = one.triples
        if members or holdout or risk:
            tips = [f"{system}, {attack}, {titles[at]}: {texts[at]}" for at in (0, 1, 3)]
            bars.append(AttackRates(system, attack, members, holdout, risk, (tips[0], tips[1], tips[2]), texts[3]))
            rates = {"members": texts[0], "holdout": texts[1], "residual": texts[3]}
            sentences.append(t(f"{KEY}.line", attack=attack, system=system, **rates))
    if not bars:
        return None
    svg = plot_residual_risk(
        "residual-risk", bars[:DRAWN], rate=t(f"{KEY}.rate"), risk=titles[3], members=titles[0], holdout=titles[1]
    )
    head = (t("sections.membership.head_attack"), t("sections.dataset.head_system"), *titles)
    rows = [row for one in attacks for row in one.rows if row is not None]
    level = t("level_notes.generator_bar" if measured_over_releases(rows) else "level_notes.release_bar")
    caption = t(f"{KEY}.caption", level=level)
    data = Table("residual-risk-table", caption, head, tuple(table), (False, False, True, True, True, True))
    return Figure("residual-risk", svg, " ".join(sentences), caption, data)


def _summary(view: ResultView, attacks: list[AttackRows]) -> str:
    """Return which attacks succeed on members more often than on holdout patients, beyond chance."""
    above: dict[str, list[str]] = {}
    for one in attacks:
        risk = one.triples[3]
        if risk and risk[1] > 0:
            above.setdefault(view.system_title(one.system), []).append(f"“{view.method_title(one.method)}”")
    systems = {view.system_title(card.key) for card in view.systems}
    lines = [t(f"{KEY}.above", system=title, attacks=join_list(titles)) for title, titles in above.items()]
    return " ".join(lines if systems & set(above) else [t(f"{KEY}.none"), *lines])


def _table(view: ResultView, attacks: list[AttackRows]) -> Table | None:
    """Return one line per attack and system."""
    if not attacks:
        return None
    rows = tuple(
        tuple(TableCell(text) for text in (view.system_title(one.system), one.attempts, *one.texts)) for one in attacks
    )
    groups = tuple(view.method_title(one.method) for one in attacks)
    head = (t("sections.dataset.head_system"), t(f"{KEY}.attempts"), *_column_titles())
    numeric, widths = (False, *(True,) * 5), (2.0, 1.0, *(2.0,) * 4)
    return Table("reidentification-table", t(f"{KEY}.table"), head, rows, numeric, widths, groups)
