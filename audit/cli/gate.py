"""``synthaudit gate``: a verdict that a build can act on."""

import json as jsonlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from synthaudit.audit.suite.result import Finding, Result


def gate(
    result: Annotated[Path, typer.Argument(help="A run folder or its result.json.")],
    policy: Annotated[
        str, typer.Option(help="Policy: a shipped name (synthaudit list policies) or a file.")
    ] = "default",
    baseline: Annotated[
        Path | None, typer.Option(help="An earlier result of the same patients: test whether risk rose since.")
    ] = None,
    junit: Annotated[
        Path | None,
        typer.Option(
            help="Write JUnit XML: without a conclusion is a failure, save where the policy's junit_skips says so."
        ),
    ] = None,
    sarif: Annotated[
        Path | None, typer.Option(help="Write SARIF 2.1.0 to this file, for a code host's security page.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
    summary: Annotated[
        Path | None, typer.Option(help="Append a Markdown summary; $GITHUB_STEP_SUMMARY where left out.")
    ] = None,
    badge: Annotated[Path | None, typer.Option(help="Write an SVG badge to this file.")] = None,
    unsigned: Annotated[
        bool, typer.Option("--unsigned", help="Judge a result although it is not the one that its manifest lists.")
    ] = False,
    key: Annotated[
        Path | None, typer.Option(help="Ed25519 public key (PEM): the run folder must be signed by its owner.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit 1 instead of 3: an audit without a conclusion fails.")
    ] = False,
) -> None:
    """Judge RESULT against a policy: exit 0 pass, 1 fail, 2 bad input, 3 inconclusive, invalid or not measured."""
    from synthaudit.audit.cli.report_words import in_report_words
    from synthaudit.audit.policy import exit_code, exporters, publishable_findings, read_policy
    from synthaudit.audit.policy.sarif import sarif as as_sarif
    from synthaudit.audit.suite.result import read_result
    from synthaudit.audit.suite.result.manifest import require_signature, require_unchanged_result

    audited, criteria = read_result(result), read_policy(policy)
    if unsigned:
        print("judged without regard to its manifest (--unsigned)", file=sys.stderr)
    else:
        require_unchanged_result(result)
    if key is not None:
        require_signature(result, key)
    earlier = read_result(baseline) if baseline is not None else None
    findings = in_report_words(publishable_findings(audited, criteria, earlier), audited)
    if junit is not None:
        _write(junit, exporters.junit(findings, skipped=() if strict else criteria.junit_skips))
    if sarif is not None:
        _write(sarif, as_sarif(findings, audited, criteria, file="result.json" if result.is_dir() else result.name))
    if badge is not None:
        _write(badge, exporters.badge(findings))
    page = summary or (Path(os.environ["GITHUB_STEP_SUMMARY"]) if os.environ.get("GITHUB_STEP_SUMMARY") else None)
    if page is not None:
        _write(page, exporters.markdown(findings, audited), append=True)
    _print(findings, audited, criteria.name, json=json)
    code = exit_code(findings)
    raise typer.Exit(1 if strict and code == 3 else code)


def _print(findings: "tuple[Finding, ...]", result: "Result", policy: str, *, json: bool) -> None:
    from synthaudit.audit.policy import exit_code, exporters, overall_state, overall_verdict, unnoticed

    if os.environ.get("GITHUB_ACTIONS") == "true":
        for command in exporters.annotations(findings):
            # The runner reads both streams; stdout stays JSON where JSON was asked for.
            print(command, file=sys.stderr if json else sys.stdout)
    if json:
        document = {
            "title": result.title,
            "policy": policy,
            "verdict": overall_verdict(findings),
            "state": overall_state(findings),
            "exit_code": exit_code(findings),
            "unnoticed": unnoticed(findings),
            "findings": [finding.as_json() for finding in findings],
        }
        print(jsonlib.dumps(document, indent=1))
        return
    for finding in findings:
        print(f"{finding.id:<12} {finding.state.upper():<12} {finding.system}: {finding.title}")
        print(f"{'':<25} {finding.reason}")
    if not findings:
        print("nothing to judge: the result holds no system under test, only controls")
    for system, said in unnoticed(findings).items():
        print(f"{system}: {said}")
    print(f"{overall_state(findings)} ({policy} policy)")


def _write(path: Path, text: str, *, append: bool = False) -> None:
    from synthaudit.audit.errors import InputError

    try:
        with path.open("a" if append else "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise InputError(f"expected a file to write to, could not use it ({error.strerror})", file=path) from None
