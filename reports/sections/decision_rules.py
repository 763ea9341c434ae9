"""Fixed decision rules: how many members a rule classifies as members, beside how many holdout patients."""

from collections.abc import Iterator
from dataclasses import dataclass

from synthaudit.audit.suite.result import Estimated, Row
from synthaudit.reports.blocks.content import Figure, Table, TableCell
from synthaudit.reports.figures.decision_rules import RuleRates, plot_rule_rates
from synthaudit.reports.text import labels, numbers
from synthaudit.reports.text.i18n import format_integer, t
from synthaudit.reports.view.curve import (
    at_largest,
    curve_points,
    measured_over_releases,
    synthetic_rows,
    value_and_interval,
)
from synthaudit.reports.view.result_view import ResultView

KEY = "sections.membership"
PANELS = 8


@dataclass(frozen=True)
class RuleRows:
    """The rows of one attack's fixed rules, on all records or on some of them.

    Attributes:
        tpr: True positive rates: shares of members classified as members.
        fpr: False positive rates: shares of holdout patients classified as members.
        records: Which records these are, such as ``distinctive records``; empty for all.
    """

    method: str
    tpr: list[Row]
    fpr: list[Row]
    records: str

    @property
    def kind(self) -> str:
        """The kind of rule: ``within`` a distance, or a ``similarity`` reached."""
        return self.tpr[0].slice.partition(" ")[0]


def decision_rule_figures(view: ResultView) -> Iterator[Figure]:
    """Yield true positive rates beside false positive rates, for each attack with fixed rules.

    Where the audit also looked at distinctive records alone, they have a figure of their own: a match with a record
    that many people share identifies nobody.
    """
    rows = [row for row in view.rows("membership", "sensitivity") if threshold_of(row) is not None]
    for place, method in enumerate(dict.fromkeys(row.method for row in rows)):
        tpr = at_largest([row for row in rows if row.method == method], synthetic_rows)
        fpr = at_largest(view.rows("membership", "false_positive_rate", method=method), synthetic_rows)
        kinds = list(dict.fromkeys(records_of(row) for row in tpr))
        shown = [kind for kind in kinds if not kind] + [kind for kind in kinds if "distinctive" in kind]
        for kind in shown or kinds[:1]:
            own = RuleRows(method, _on_records(tpr, kind), _on_records(fpr, kind), kind)
            if figure := _figure(view, f"decision-rules-{place}{'-distinctive' if kind else ''}", own):
                yield figure


def records_of(row: Row) -> str:
    """Return which records a rule such as ``within 0, distinctive records`` was applied to; empty for all."""
    return row.slice.partition(", ")[2]


def _on_records(rows: list[Row], records: str) -> list[Row]:
    return [row for row in rows if records_of(row) == records]


def threshold_of(row: Row) -> float | None:
    """Return the number of a rule such as ``within 2`` or ``similarity 0.9``; None for another kind of rule."""
    kind, _, rest = row.slice.partition(" ")
    try:
        return float(rest.partition(", ")[0]) if kind in ("within", "similarity") else None
    except ValueError:
        return None


def _figure(view: ResultView, id: str, rules: RuleRows) -> Figure | None:
    """Return one panel per system: the rule's threshold across, rates upwards."""
    over_releases = measured_over_releases([*rules.tpr, *rules.fpr])
    panels, sentences, table = [], [], []
    for card in view.systems_and_controls:
        title = view.system_title(card.key)
        bars: list[RuleRates] = []
        for threshold, tpr, fpr in _rates(card.key, rules, over_releases=over_releases):
            texts = numbers.with_interval(tpr, "share"), numbers.with_interval(fpr, "share")
            rule = labels.slice_name(f"{rules.kind} {threshold:g}")
            if not bars:
                rates = {"members": numbers.value(tpr.value, "share"), "holdout": numbers.value(fpr.value, "share")}
                sentences.append(t(f"{KEY}.rules_line", system=title, rule=rule, **rates))
            tooltips = (f"{title}, {rule}: {texts[0]}", f"{title}, {rule}: {texts[1]}")
            label = numbers.compact(threshold)
            bars.append(RuleRates(label, value_and_interval(tpr), value_and_interval(fpr), tooltips))
            table.append(tuple(TableCell(text) for text in (title, label, *texts)))
        if bars:
            panels.append((title, bars))
    if not panels:
        return None
    members, holdout, y = (t(f"{KEY}.rules_{key}") for key in ("members", "holdout", "y"))
    x = t(f"{KEY}.rules_x_{rules.kind}")
    svg = plot_rule_rates(id, panels[:PANELS], x=x, y=y, members=members, holdout=holdout)
    size = format_integer(synthetic_rows(rules.tpr[0]) or 0)
    level = t("level_notes.generator_lines" if over_releases else "level_notes.release_lines")
    caption = t(f"{KEY}.rules_caption_{rules.kind}", method=view.method_title(rules.method), rows=size, level=level)
    if rules.records:
        caption += " " + t(f"{KEY}.rules_records", records=rules.records)
    head = (t("sections.dataset.head_system"), t(f"{KEY}.rules_head_{rules.kind}"), members, holdout)
    data = Table(f"{id}-table", y, head, tuple(table), numeric=(False, True, True, True))
    return Figure(id, svg, t(f"{KEY}.rules_alt", lines=" ".join(sentences)), caption, data)


def _rates(system: str, rules: RuleRows, *, over_releases: bool) -> Iterator[tuple[float, Estimated, Estimated]]:
    """Yield each threshold with its true and false positive rate, where both were measured."""
    tpr, fpr = (
        {
            point.x: point.number
            for point in curve_points(
                [row for row in rows if row.system == system], threshold_of, over_releases=over_releases
            )
        }
        for rows in (rules.tpr, rules.fpr)
    )
    for threshold in sorted(tpr):
        hit, false = tpr[threshold], fpr.get(threshold)
        if isinstance(hit, Estimated) and isinstance(false, Estimated):
            yield threshold, hit, false
