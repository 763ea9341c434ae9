"""Verdicts and findings in order: the gravest settles a system, and the gravest finding is told first."""

from collections.abc import Sequence
from typing import Literal

from synthaudit.audit.suite.result import Finding, SystemCard
from synthaudit.reports.blocks.content import Verdict
from synthaudit.reports.view.result_view import ResultView

GRAVEST_FIRST: tuple[Verdict, ...] = (
    "invalid",
    "fail",
    "inconclusive",
    "not measured",
    "leak proven",
    "pass",
    "not judged",
)
SEVERITY = {"high": 0, "medium": 1, "low": 2}


def gravest(verdicts: Sequence[Verdict]) -> Verdict:
    """Return the verdict that settles the matter; ``not judged`` without any."""
    return min(verdicts, key=GRAVEST_FIRST.index, default="not judged")


def said_of(finding: Finding) -> Verdict:
    """Return what the report says of a finding: its verdict, and of one that is met whether a leak is proven."""
    return "leak proven" if finding.state == "leak proven, within the limit" else finding.verdict


def system_verdict(view: ResultView, system: str) -> Verdict:
    """Return the gravest verdict of a system's findings that count."""
    findings = view.findings_of(system)
    # What the policy gives low severity may stay unmeasured.
    counting = [one for one in findings if one.severity != "low" or one.verdict != "not measured"]
    return gravest([said_of(one) for one in counting or findings])


def judged_systems(view: ResultView, *, gravest_first: bool = False) -> tuple[tuple[SystemCard, Verdict], ...]:
    """Return each system with its verdict, in the result's order or the gravest first."""
    pairs = [(card, system_verdict(view, card.key)) for card in view.systems]
    return tuple(sorted(pairs, key=lambda pair: GRAVEST_FIRST.index(pair[1])) if gravest_first else pairs)


def gravity(finding: Finding) -> tuple[int, int]:
    """Return the place of a finding in order: gravest verdict first, then highest severity."""
    return GRAVEST_FIRST.index(said_of(finding)), SEVERITY[finding.severity]


def kind_of_failure(findings: Sequence[Finding]) -> Literal["", "_dp_claim", "_fidelity"]:
    """Return which criteria were not met: of privacy (empty), else only of a DP claim, else only of fidelity."""
    sections = {finding.section for finding in findings if finding.verdict == "fail"}
    if sections - {"fidelity", "privacy"}:
        return ""
    return "_dp_claim" if "privacy" in sections else "_fidelity"
