"""How faithful is the synthetic table? Pictures beside the yardstick, every metric in a table, and losses."""

from dataclasses import replace

from synthaudit.audit.suite.result import Estimated, Unmeasured
from synthaudit.reports.blocks.content import Block, Table, TableCell, Text
from synthaudit.reports.blocks.document import Section
from synthaudit.reports.sections.fidelity_figures import points_figures, training_figure
from synthaudit.reports.sections.fidelity_pictures import fidelity_pictures
from synthaudit.reports.sections.value_ranges import range_texts
from synthaudit.reports.text import labels, numbers
from synthaudit.reports.text.i18n import capitalize, t
from synthaudit.reports.view.curve import at_largest, representative, synthetic_rows
from synthaudit.reports.view.result_view import ResultView

KEY = "sections.fidelity"
PDF_STATISTICS = frozenset({
    "pearson", "max_error", "codes_lost", "auc_real", "auc_synthetic", "auc_loss", "total_variation_mean",
    "total_variation_max", "cooccurrence_error", "correlation_agreement", "codes_moved", "rarest_survive",
    "rare_survive", "coverage", "precision", "authenticity", "accuracy_real", "privacy_loss", "copies_real",
    "copies_test", "auc_linear", "auc_trees", "violations", "excess", "cluster_gap", "auroc_trtr_logistic",
    "auroc_tstr_logistic", "auroc_loss_logistic", "auroc_loss_boosting", "overlap", "same_direction",
    "columns_differ", "map_error_max", "projected_overlap", "closer_to_members",
})  # fmt: skip
"""Statistics that the PDF shows; the HTML has all."""


def section(view: ResultView) -> Section | None:
    """Return the section, or None where no fidelity was measured."""
    if not any(row.section == "fidelity" for row in view.result.rows):
        return None
    points, training = points_figures(view), training_figure(view)
    blocks: list[Block] = [Text(t(f"{KEY}.lead"), "lead"), *range_texts(view), *points[:1]]
    blocks += [replace(figure, screen_only=True) for figure in points[1:]]
    blocks += fidelity_pictures(view)
    if table := metrics_table(view):
        blocks.append(table)
    if training:
        blocks.append(replace(training, screen_only=True))
    return Section("fidelity", t(f"{KEY}.title"), tuple(blocks))


def metrics_table(view: ResultView) -> Table | None:
    """Return every statistic of every system by metric, beside its yardstick; paper shows those of the PDF."""
    keys = dict.fromkeys((row.method, row.statistic) for row in view.result.rows if row.section == "fidelity")
    methods = list(dict.fromkeys(method for method, _ in keys))
    rows: list[tuple[TableCell, ...]] = []
    groups: list[str] = []
    pdf_rows: list[int] = []
    absent = {method: reason for method in methods if (reason := reason_of_absence(view, method)) is not None}
    for method, statistic in sorted(keys, key=lambda key: methods.index(key[0])):
        if method in absent:
            continue
        cells = metric_row(view, method, statistic)
        if cells is None:
            continue
        measured = any(isinstance(one.number, Estimated) for one in view.rows("fidelity", statistic, method=method))
        if statistic in PDF_STATISTICS and measured:
            pdf_rows.append(len(rows))
        rows.append(cells)
        groups.append(view.method_title(method))
    for method, reason in absent.items():
        blank = [TableCell("–")] * (len(view.systems) + 2)
        rows.append((TableCell(t(f"{KEY}.absent"), note=capitalize(reason)), *blank))
        groups.append(view.method_title(method))
    if not rows:
        return None
    titles = [view.system_title(card.key) for card in view.systems]
    head = (t(f"{KEY}.head_metric"), t(f"{KEY}.head_better"), *titles, t(f"{KEY}.head_yardstick"))
    numeric, widths = (False, False, *(True for _ in head[2:])), (3.6, 0.8, *(1.9 for _ in head[2:]))
    note = t(f"{KEY}.table_paper") if len(pdf_rows) < len(rows) else ""
    shown = tuple(pdf_rows) or None
    return Table("fidelity-table", t(f"{KEY}.table"), head, tuple(rows), numeric, widths, tuple(groups), shown, note)


def reason_of_absence(view: ResultView, method: str) -> str | None:
    """Return why nothing of a metric was measured for any system; None where something was."""
    numbers_of = [
        row.number
        for row in view.result.rows
        if row.section == "fidelity" and row.method == method and row.slice == "synthetic"
    ]
    if not numbers_of or any(isinstance(number, Estimated) for number in numbers_of):
        return None
    return next(number.reason for number in numbers_of if isinstance(number, Unmeasured))


def metric_row(view: ResultView, method: str, statistic: str) -> tuple[TableCell, ...] | None:
    """Return one statistic of every system, then of the yardstick; None where no system has it."""
    form, rows = labels.form_of(statistic, "fidelity"), view.rows("fidelity", statistic, method=method)
    texts = []
    for card in view.systems:
        own = [row for row in rows if row.system == card.key and row.slice == "synthetic"]
        row = representative(at_largest(own, synthetic_rows))
        texts.append(numbers.short(row.number, form) if row else "–")
    yardsticks = [row for row in rows if row.slice == "yardstick"]
    yardstick = representative([row for row in yardsticks if row.system == yardsticks[0].system])
    texts.append(numbers.short(yardstick.number, form) if yardstick else "–")
    if all(text == "–" for text in texts):
        return None
    title, meaning = capitalize(labels.statistic(statistic, "fidelity")), labels.meaning(statistic, "fidelity")
    better = "–" if form == "count" else t(f"{KEY}.better_{'lower' if rows[0].worse == 'higher' else 'higher'}")
    return TableCell(title, note=meaning), *(TableCell(text) for text in (better, *texts))


def overall_fidelity(view: ResultView) -> tuple[str, str] | None:
    """Return method and statistic that stand for fidelity as a whole: the correlation of column means if measured."""
    measures = dict.fromkeys(
        (row.method, row.statistic)
        for row in view.result.rows
        if row.section == "fidelity" and row.slice == "synthetic" and isinstance(row.number, Estimated)
    )
    first = ("dimension_probability", "pearson")
    return first if first in measures else next(iter(measures), None)
