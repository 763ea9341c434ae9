"""A finding in words, as page one and the findings matrix write it."""

from synthaudit.audit.suite.result import Estimated, Finding
from synthaudit.reports.text import labels, numbers
from synthaudit.reports.text.i18n import t
from synthaudit.reports.view.result_view import ResultView


def reason_with_titles(view: ResultView, finding: Finding) -> str:
    """Return the policy's own reason, with titles for the keys of attacks and statistics."""
    row = view.by_id.get(finding.rows[0]) if finding.rows else None
    reason = view.with_titles(finding.reason)
    if row is not None:
        part = "" if row.slice == "all" else f" {row.slice}"
        by = t("verdict.by", measured=labels.measurement(row))
        reason = reason.replace(f"{row.statistic}{part} of ", by)
    return reason


def decisive_bound(finding: Finding) -> str:
    """Return the bound that decided, in words; empty where no bound was compared with the limit."""
    if finding.bound is None:
        return ""
    # Not met: even the bound nearest to no risk lies beyond the limit. Else the other one is compared with it.
    lower = (finding.verdict == "fail") == (finding.worse == "higher")
    bound = numbers.value(finding.bound, labels.form_of(finding.statistic, finding.section))
    text = t("sections.findings_matrix.lower_bound" if lower else "sections.findings_matrix.upper_bound", bound=bound)
    return t("sections.findings_matrix.corrected", bound=text) if finding.verdict == "fail" else text


def decided_text(finding: Finding) -> str:
    """Return the number that decided with the bound that decided; with its interval where no bound did."""
    form = labels.form_of(finding.statistic, finding.section)
    bound = decisive_bound(finding)
    if not bound or not isinstance(finding.number, Estimated):
        return numbers.with_interval(finding.number, form)
    return t("sections.findings_matrix.decided", number=numbers.value(finding.number.value, form), bound=bound)


def abridge(text: str, length: int = 130) -> str:
    """Return a text that fits page one, cut at a word; the whole stands under the findings matrix."""
    return text if len(text) <= length else f"{text[:length].rsplit(' ', 1)[0].rstrip(';,')} …"


def limit_text(finding: Finding) -> str:
    """Return the policy's limit in words."""
    if finding.statistic == "claim_excess" and finding.threshold == 0:
        return t("sections.findings_matrix.as_claimed")
    threshold = numbers.value(finding.threshold, labels.form_of(finding.statistic, finding.section))
    key = "at_most" if finding.worse == "higher" else "at_least"
    return t(f"sections.findings_matrix.{key}", threshold=threshold)
