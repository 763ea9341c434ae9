"""Findings in the forms that builds read: JUnit XML, Markdown, GitHub annotations, a badge."""

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Collection
from html import escape

from synthaudit.audit.policy.judge import counts_towards_verdict, overall_state
from synthaudit.audit.policy.wording import unnoticed
from synthaudit.audit.suite.result import Finding, Result, State, Verdict

COLOURS: dict[State, str] = {
    "pass": "#2e7d32",
    "leak proven, within the limit": "#a15c00",
    "fail": "#c62828",
    "invalid": "#6a1b9a",
    "inconclusive": "#a15c00",
    "not measured": "#616161",
}
"""White text on each reaches a contrast of at least 4.5."""

_UNPRINTABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(findings: tuple[Finding, ...], *, skipped: Collection[Verdict] = ()) -> str:
    """Return JUnit XML: a suite for each system, a case for each criterion.

    What is not met is a failure, and so is what has no conclusion (inconclusive, invalid, not measured): a build must
    not turn green on it. Verdicts in ``skipped`` are skipped instead, and so is what a criterion of low severity could
    not measure. A leak that is proven within the limit is told in the output of a case that passed.
    """
    root = ElementTree.Element("testsuites", name="synthaudit")
    for system in dict.fromkeys(finding.system for finding in findings):
        cases = [finding for finding in findings if finding.system == system]
        suite = ElementTree.SubElement(root, "testsuite", name=_clean(system), tests=str(len(cases)))
        outcomes = [_case(suite, finding, skipped) for finding in cases]
        for kind, name in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
            suite.set(name, str(outcomes.count(kind)))
    for name in ("tests", "failures", "errors", "skipped"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _case(suite: ElementTree.Element, finding: Finding, skipped: Collection[Verdict]) -> str:
    case = ElementTree.SubElement(
        suite,
        "testcase",
        classname=_clean(f"synthaudit.{finding.section}.{finding.system}"),
        name=_clean(f"{finding.id} {finding.title}"),
        time="0",
    )
    if finding.verdict == "pass":
        said = finding.reason if finding.proven is None else f"{finding.state}: {finding.reason}"
        ElementTree.SubElement(case, "system-out").text = _clean(said)
        return "passed"
    kind = "skipped" if finding.verdict in skipped or not counts_towards_verdict(finding) else "failure"
    outcome = ElementTree.SubElement(case, kind, message=_clean(f"{finding.verdict}: {finding.reason}"))
    if kind != "skipped":
        outcome.set("type", finding.verdict)
        outcome.text = _clean(f"{finding.reason}\nLimit: {finding.threshold:g}. {finding.citation}")
    return kind


def _clean(text: str) -> str:
    """Drop characters that XML 1.0 cannot hold; a column or system may be called anything."""
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def markdown(findings: tuple[Finding, ...], result: Result) -> str:
    """Return a short summary for a build's page: the verdict, a table, and how it could be wrong."""
    lines = [
        f"## {_cell(result.title)}: {overall_state(findings)}",
        "",
        f"{result.split.members.patients:,} members, {result.split.holdout.patients:,} holdout patients; "
        f"preset {result.preset}, seed {result.seed}.",
        "",
        "| system | criterion | verdict | number [95 %] | limit | why |",
        "|---|---|---|---|---|---|",
    ]
    for finding in findings:
        number = finding.number
        shown = "" if number.kind == "not measured" else f"{number.value:.4g} [{number.low:.4g}, {_high(number.high)}]"
        cells = (
            finding.system,
            f"{finding.id} ({finding.severity}): {finding.title}",
            f"**{finding.state}**",
            shown,
            f"{finding.threshold:g}",
            finding.reason,
        )
        lines.append("| " + " | ".join(_cell(text) for text in cells) + " |")
    few = unnoticed(findings)
    for system, said in few.items():
        lines += ["", _cell(f"{system}: {said}.")]
    leaks = sorted({finding.detectable for finding in findings if finding.detectable})
    if not few:
        lines += ["", "Smallest planted leak that this audit detected: " + ("; ".join(leaks) or "not measured") + "."]
    lines += ["", "Limits are policy, not science. A pass is no proof against attacks that were not run.", ""]
    return "\n".join(lines)


def _high(high: float | None) -> str:
    return "no limit" if high is None else f"{high:.4g}"


def _cell(text: str) -> str:
    return escape(" ".join(text.split()), quote=False).replace("|", "\\|")


def annotations(findings: tuple[Finding, ...]) -> list[str]:
    """Return GitHub workflow commands: an error for fail and invalid, a warning for what is open or proves a leak."""
    commands = []
    for finding in findings:
        if finding.state == "pass" or not counts_towards_verdict(finding):
            continue
        command = "error" if finding.verdict in ("fail", "invalid") else "warning"
        title = _escaped(f"{finding.id} {finding.state} ({finding.system})", property_=True)
        commands.append(f"::{command} title={title}::{_escaped(f'{finding.title}: {finding.reason}')}")
    return commands


def _escaped(text: str, *, property_: bool = False) -> str:
    """Escape what would end a workflow command, so that no name can start another."""
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if property_ else text


def badge(findings: tuple[Finding, ...], *, label: str = "privacy audit") -> str:
    """Return an SVG badge with the verdict, readable to a screen reader and without an outside request."""
    state = overall_state(findings)
    left, right = (round(6.6 * len(text) + 12) for text in (label, state))
    name = escape(f"{label}: {state}")
    size = f'width="{left + right}" height="20"'
    return f"""<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{name}">
<title>{name}</title>
<rect {size} rx="3" fill="#444"/>
<path d="M{left} 0h{right - 3}a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3h-{right - 3}z" fill="{COLOURS[state]}"/>
<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle">
<text x="{left / 2:g}" y="14" textLength="{left - 12}">{escape(label)}</text>
<text x="{left + right / 2:g}" y="14" textLength="{right - 12}">{state}</text>
</g>
</svg>
"""
