"""Findings in the words of the report, so that the terminal, the builds and the pages name an attack alike."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from synthaudit.audit.suite.result import Finding, Result


def in_report_words(findings: "tuple[Finding, ...]", result: "Result") -> "tuple[Finding, ...]":
    """Return the findings with titles in place of the keys of attacks and statistics."""
    from synthaudit.reports.sections.finding_wording import reason_with_titles
    from synthaudit.reports.view.result_view import ResultView

    view = ResultView(result, findings)
    return tuple(
        finding.model_copy(
            update={
                "reason": reason_with_titles(view, finding),
                "detectable": None if finding.detectable is None else view.with_titles(finding.detectable),
            }
        )
        for finding in findings
    )
