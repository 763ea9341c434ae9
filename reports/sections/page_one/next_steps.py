"""What to do now, by what was not met: copies are personal data, other leaks have remedies of their own."""

from synthaudit.audit.suite.result import Estimated, Finding, SystemCard
from synthaudit.reports.blocks.content import Verdict
from synthaudit.reports.text.i18n import capitalize, t
from synthaudit.reports.view.criteria import KINDS, CriterionKind, criterion_kind
from synthaudit.reports.view.result_view import ResultView
from synthaudit.reports.view.verdicts import judged_systems, said_of

KEY = "answers.next"
PERSONAL: tuple[CriterionKind, ...] = ("copies", "values")


def next_steps(view: ResultView) -> list[str]:
    """Return what follows from the verdicts, systems with the same advice together."""
    systems: dict[str, list[str]] = {}
    for card, verdict in judged_systems(view, gravest_first=True):
        for key in _advice(view, card, verdict):
            systems.setdefault(key, []).append(card.title)
    lines = []
    for key, titles in systems.items():
        line = t(f"{KEY}.{key}", system=view.join_titles(titles))
        lines.append(line if line.startswith(titles[0]) else capitalize(line))  # a title keeps its own small letter
    return lines


def _advice(view: ResultView, card: SystemCard, verdict: Verdict) -> list[str]:
    """Return the catalogue's keys of what to do with one system; where its table holds real records, that alone."""
    findings = view.findings_of(card.key)
    leaking = {criterion_kind(view, one) for one in findings if said_of(one) in ("fail", "leak proven")}
    if verdict != "invalid" and leaking & set(PERSONAL):
        return [next(kind for kind in PERSONAL if kind in leaking)]
    if verdict == "fail":
        failed = {criterion_kind(view, one) for one in findings if one.verdict == "fail"}
        return [kind for kind in KINDS if kind in failed]
    if verdict == "inconclusive":
        return ["inconclusive_beyond" if any(map(_lies_beyond, findings)) else "inconclusive"]
    return [verdict]


def _lies_beyond(finding: Finding) -> bool:
    """Return whether the number itself of an inconclusive finding lies beyond the limit."""
    if finding.verdict != "inconclusive" or not isinstance(finding.number, Estimated):
        return False
    value, limit = finding.number.value, finding.threshold
    return value > limit if finding.worse == "higher" else value < limit
