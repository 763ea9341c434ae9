"""``synthaudit report``: write the pages again, from the result alone."""

from pathlib import Path
from typing import Annotated, Any

import typer


def report(
    result: Annotated[Path, typer.Argument(help="A run folder or its result.json.")],
    out: Annotated[Path | None, typer.Option(help="Folder for the pages; the result's own where left out.")] = None,
    policy: Annotated[str, typer.Option(help="Policy that judges the result: a name or a TOML file.")] = "default",
    summary: Annotated[
        bool, typer.Option("--summary", help="Write summary.pdf alone: the decision on one page.")
    ] = False,
    record: Annotated[
        Path | None,
        typer.Option(help="TOML file that fills the decision record: purpose, recipient, release_mode, ..."),
    ] = None,
    format: Annotated[
        list[str] | None,
        typer.Option(
            help="html, pdf, md, csv, parquet, card, summary, svg or png; may be repeated. Default: the first six."
        ),
    ] = None,
    language: Annotated[
        str, typer.Option(help="Language of the pages: one with a file reports/languages/LANGUAGE.toml.")
    ] = "en",
) -> None:
    """Write report.html, report.pdf, findings.md, rows.csv, rows.parquet and card.md, without any patient data."""
    from synthaudit.audit.errors import InputError, PlanError, unknown_name
    from synthaudit.audit.policy import publishable_findings, read_policy
    from synthaudit.audit.suite.plan.record import read_record
    from synthaudit.audit.suite.result import read_result
    from synthaudit.audit.suite.result.manifest import read_manifest, require_unchanged_result, write_manifest
    from synthaudit.reports import FORMATS, write
    from synthaudit.reports.text.i18n import languages

    for name in format or ():
        if name not in FORMATS:
            raise PlanError(f"--format: {unknown_name('format', name, FORMATS)}")
    if language not in languages():
        raise PlanError(f"--language: {unknown_name('language', language, languages())}")
    require_unchanged_result(result)
    audited = read_result(result)
    folder = out or (result if result.is_dir() else result.parent)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"expected a folder to write to, could not use it ({error.strerror})", file=folder) from None
    criteria = read_policy(policy)
    findings = publishable_findings(audited, criteria)
    if record is not None:
        audited = audited.model_copy(update={"plan": {**audited.plan, "record": read_record(record)}})
    wanted = ("summary",) if summary else tuple(format or ())
    chosen: dict[str, Any] = {"formats": wanted} if wanted else {}
    for file in write(audited, findings, folder, language=language, policy=criteria.identity, **chosen):
        print(file)
    if read_manifest(folder) is not None:  # the pages are new; the result is the one that was audited
        write_manifest(folder)
