"""The same attacks under other conditions: a shifted reference, wrong or other known columns, fewer targets."""

from synthaudit.audit.suite.result import Estimated, Row, ThreatModel
from synthaudit.reports.blocks.content import Table, TableCell
from synthaudit.reports.text import labels, numbers, threat_model
from synthaudit.reports.text.i18n import format_integer, join_list, t
from synthaudit.reports.view.curve import (
    at_largest,
    known_columns,
    reference_rows,
    representative,
    synthetic_rows,
)
from synthaudit.reports.view.result_view import ResultView, condition_of

KEY = "sections.other_conditions"


def other_conditions_table(view: ResultView, section: str, statistic: str) -> Table | None:
    """Return for each system and other condition the strongest attack, beside its number under the default one."""
    rows, groups = [], []
    others = view.rows_under_other_conditions(section, statistic)
    for card in view.systems:
        own = [
            (condition_of(row.knowledge), row)
            for row in others
            if row.system == card.key and row.slice == "all" and row.knowledge is not None
        ]
        for condition in sorted({condition for condition, _ in own}):
            best = _strongest([row for one, row in own if one == condition])
            if best is None or best.knowledge is None:
                continue
            default = _at_most_known(view.rows(section, statistic, system=card.key, method=best.method, slice="all"))
            form = labels.form_of(statistic, section)
            texts = (
                _differences(best.knowledge, default.knowledge if default else None),
                view.method_title(best.method),
                numbers.short(default.number, form) if default else "–",
                numbers.short(best.number, form),
            )
            rows.append(tuple(TableCell(text) for text in texts))
            groups.append(card.title)
    if not rows:
        return None
    name = labels.statistic(statistic, section)
    head = (t(f"{KEY}.head"), t("sections.membership.head_attack"), t(f"{KEY}.default"), t(f"{KEY}.here"))
    return Table(
        f"conditions-{section}", t(f"{KEY}.caption", statistic=name), head, tuple(rows),
        (False, False, True, True), (2.4, 2.0, 1.8, 1.8), tuple(groups),
    )  # fmt: skip


def _at_most_known(rows: list[Row]) -> Row | None:
    """Return an attack's representative row at the largest table, the most reference records, the most known."""
    return representative(at_largest(rows, synthetic_rows, reference_rows, known_columns))


def _strongest(rows: list[Row]) -> Row | None:
    """Return the attack with the highest number, each at the most it holds."""
    methods = dict.fromkeys(row.method for row in rows)
    best = [_at_most_known([row for row in rows if row.method == method]) for method in methods]
    measured = [row for row in best if row is not None and isinstance(row.number, Estimated)]
    return max(measured, key=lambda row: row.number.value if isinstance(row.number, Estimated) else 0, default=None)


def _differences(here: ThreatModel, default: ThreatModel | None) -> str:
    """Return in words what is unlike the default attack."""
    parts = []
    if here.reference_population != "same population":
        parts.append(t(f"{KEY}.shifted"))
    if here.known_choice is not None and (default is None or here.known_choice != default.known_choice):
        parts.append(threat_model.describe_known_columns(here))
    elif here.error_rate:
        parts.append(t(f"{KEY}.wrong", share=numbers.percent(here.error_rate)))
    if here.targets_per_side is not None:
        parts.append(t("knowledge.targets", targets=format_integer(here.targets_per_side)))
    if here.combined_releases > 1:
        parts.append(t(f"{KEY}.combined", releases=format_integer(here.combined_releases)))
    return join_list(parts)
