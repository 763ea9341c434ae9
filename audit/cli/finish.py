"""The end of every audit: findings, pages, and a few lines on stdout."""

import json
import sys
from pathlib import Path

import typer

from synthaudit.audit.errors import AuditError
from synthaudit.audit.suite.result import Result
from synthaudit.audit.suite.result.manifest import write_manifest

INCOMPLETE = 3
"""Exit code of an audit in which a task could not be computed or a page not be made."""


def finish(result: Result, out: Path, *, policy: str, as_json: bool) -> None:
    """Judge a result, write its report, and print where it stands; exit with 3 where something is missing."""
    from synthaudit.audit.cli.report_words import in_report_words
    from synthaudit.audit.policy import overall_state, overall_verdict, publishable_findings, read_policy, unnoticed
    from synthaudit.audit.policy.value_ranges import range_warnings
    from synthaudit.reports import PageError, write

    criteria = read_policy(policy)
    findings = publishable_findings(result, criteria)
    try:
        files, problem = write(result, findings, out, policy=criteria.identity), None
    except PageError as error:  # the findings are worth more than the page
        files, problem = error.written, error
    write_manifest(out)
    findings = in_report_words(findings, result)
    overall = overall_state(findings)
    doubts = [note.removeprefix("warning: ") for note in result.data.notes if note.startswith("warning: ")]
    warnings = [*doubts, *range_warnings(result)]
    if as_json:
        document = {
            "verdict": overall_verdict(findings),
            "state": overall,
            "unnoticed": unnoticed(findings),
            "files": [file.name for file in files],
            "warnings": warnings,
            "findings": [finding.as_json() for finding in findings],
        }
        print(json.dumps(document, indent=1))
        _leave(result, problem)
        return
    print(f"{overall.upper()}: {result.title}")
    for finding in findings:
        print(f"  {finding.system}: {finding.state}: {finding.title}. {finding.reason}")
    for warning in warnings:
        print(f"  warning: {warning}")
    for note in result.split.notes:
        print(f"  note: {note}")
    for system, said in unnoticed(findings).items():
        print(f"  {system}: {said}")
    for failure in result.run.failed:
        print(f"  not computed: {failure}")
    print(f"{len(result.rows):,} numbers from {result.run.tasks:,} tasks in {result.run.seconds:.0f} s")
    for file in (out / "result.json", *files):
        print(f"  {out / file.name}")
    _leave(result, problem)


def _leave(result: Result, problem: AuditError | None) -> None:
    if problem is not None:
        print(f"synthaudit: {problem}", file=sys.stderr)
    if result.run.failed or problem is not None:
        raise typer.Exit(INCOMPLETE)
