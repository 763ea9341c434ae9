"""Findings as SARIF 2.1.0, the format in which code hosts show what a check found beside a change.

A finding is about a table and not about a line of code; it is placed at the head of the result that holds its number.
"""

import json
from typing import Any, Final

from synthaudit.audit.policy.criteria import Policy
from synthaudit.audit.policy.judge import counts_towards_verdict
from synthaudit.audit.suite.result import Finding, Result, Severity, State

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
KINDS: Final[dict[State, str]] = {
    "pass": "pass",
    "leak proven, within the limit": "review",
    "fail": "fail",
    "invalid": "fail",
    "inconclusive": "open",
    "not measured": "open",
}
"""SARIF's word for each state; ``open`` is a check that could not tell."""
SECURITY: Final[dict[Severity, str]] = {"high": "8.0", "medium": "5.0", "low": "2.0"}
"""The number from which GitHub takes a rule's severity: high from 7, medium from 4."""


def sarif(findings: tuple[Finding, ...], result: Result, policy: Policy, *, file: str = "result.json") -> str:
    """Return the findings as one SARIF run: a rule for each criterion, a result for each criterion and system.

    What is not met, and what could not be told, is an error or a warning; what is met is listed with level ``none``.
    ``file`` is the result's name in the repository.
    """
    ids = list(dict.fromkeys(finding.id for finding in findings))
    first = {finding.id: finding for finding in reversed(findings)}
    driver = {
        "name": "synthaudit",
        "version": result.run.versions.get("synthaudit", "unknown"),
        "rules": [_rule(first[id]) for id in ids],
    }
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"synthaudit/{policy.name}/"},
        "artifacts": [{"location": {"uri": file}, "hashes": {"sha-256": result.sha256()}}],
        "results": [_result(finding, ids.index(finding.id), file) for finding in findings],
        "columnKind": "unicodeCodePoints",
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1, ensure_ascii=False) + "\n"


def _rule(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.id,
        "shortDescription": {"text": finding.title},
        "fullDescription": {"text": f"{finding.title}. {finding.citation}".strip()},
        "defaultConfiguration": {"level": "error"},
        "properties": {"tags": ["privacy", finding.section], "security-severity": SECURITY[finding.severity]},
    }


def _result(finding: Finding, rule: int, file: str) -> dict[str, Any]:
    kind = KINDS[finding.state]
    # SARIF allows a level other than "none" for failures only; what is open must be seen all the same, so it fails too.
    open_ = kind in ("open", "review") and counts_towards_verdict(finding)
    level = "error" if kind == "fail" else "warning" if open_ else "none"
    return {
        "ruleId": finding.id,
        "ruleIndex": rule,
        "kind": "fail" if open_ else kind,
        "level": level,
        "message": {"text": f"{finding.system}: {finding.state}: {finding.title}. {finding.reason}"},
        "locations": [
            {"physicalLocation": {"artifactLocation": {"uri": file, "index": 0}, "region": {"startLine": 1}}}
        ],
        "partialFingerprints": {"criterionAndSystem/v1": f"{finding.id}/{finding.system}"},
        "properties": {"state": finding.state, "system": finding.system, "limit": finding.threshold},
    }
