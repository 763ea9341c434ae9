"""The criteria of a policy on one section: what each limits, the number it turned on, and its verdict."""

from synthaudit.audit.suite.result import Estimated
from synthaudit.reports.blocks.content import Table, TableCell
from synthaudit.reports.sections.finding_wording import decided_text, limit_text
from synthaudit.reports.text.i18n import t, translate
from synthaudit.reports.view.result_view import ResultView
from synthaudit.reports.view.verdicts import said_of

KEY = "sections.criteria_table"


def criteria_table(view: ResultView, section: str) -> Table | None:
    """Return the findings on a section, or None where nothing was judged."""
    rows = []
    for finding in view.findings:
        if finding.section != section:
            continue
        said = said_of(finding)
        number = decided_text(finding) if isinstance(finding.number, Estimated) else "–"
        attack = next((view.method_title(view.by_id[id].method) for id in finding.rows if id in view.by_id), "–")
        rows.append(
            (
                TableCell(f"{translate(finding.title)} ({finding.id})"),
                TableCell(view.system_title(finding.system)),
                TableCell(limit_text(finding)),
                TableCell(number, note=attack),
                TableCell(t(f"verdicts.{said}.short"), said),
            )
        )
    if not rows:
        return None
    head = tuple(t(f"{KEY}.{key}") for key in ("criterion", "system", "limit", "number", "verdict"))
    widths = (3.0, 1.6, 1.4, 2.2, 1.4)
    return Table(f"criteria-{section}", t(f"{KEY}.caption"), head, tuple(rows), (False,) * 5, widths)
