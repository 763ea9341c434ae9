"""Verdicts and findings in order: the gravest settles a system, and the gravest finding is told first."""

from collections.abc import Sequence
from typing import Literal

from synthaudit.audit.suite.result import Finding, SystemCard
from synthaudit.reports.blocks.content import Verdict
from synthaudit.reports.view.result_view import ResultView

GRAVEST_FIRST: tuple[Verdict, ...] = ("invalid", "fail", "inconclusive", "not measured", "pass", "not judged")
SEVERITY = {"high": 0, "medium": 1, "low": 2}


def gravest(verdicts: Sequence[Verdict]) -> Verdict:
    """Return the verdict that settles the matter; ``not judged`` without any."""
    return min(verdicts, key=GRAVEST_FIRST.index, default="not judged")


def system_verdict(view: ResultView, system: str) -> Verdict:
    """Return the gravest verdict of a system's findings that count."""
    findings = view.findings_of(system)
    # What the policy gives low severity may stay unmeasured.
    counting = [one for one in findings if one.severity != "low" or one.verdict != "not measured"]
    return gravest([one.verdict for one in counting or findings])


def judged_systems(view: ResultView, *, gravest_first: bool = False) -> tuple[tuple[SystemCard, Verdict], ...]:
    """Return each system with its verdict, in the result's order or the gravest first."""
    pairs = [(card, system_verdict(view, card.key)) for card in view.systems]
    return tuple(sorted(pairs, key=lambda pair: GRAVEST_FIRST.index(pair[1])) if gravest_first else pairs)


def gravity(finding: Finding) -> tuple[int, int]:
    """Return the place of a finding in order: gravest verdict first, then highest severity."""
    return GRAVEST_FIRST.index(finding.verdict), SEVERITY[finding.severity]


def kind_of_failure(findings: Sequence[Finding]) -> Literal["", "_dp_claim", "_fidelity"]:
    """Return which criteria were not met: of privacy (empty), else only of a DP claim, else only of fidelity."""
    sections = {finding.section for finding in findings if finding.verdict == "fail"}
    if sections - {"fidelity", "privacy"}:
        return ""
    return "_dp_claim" if "privacy" in sections else "_fidelity"
