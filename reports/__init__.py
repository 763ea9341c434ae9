"""From a result to pages that a reviewer can sign: computes no statistic, reads nothing but the result."""

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthaudit.audit.files import write_atomically
from synthaudit.audit.suite.result import Finding, Result

if TYPE_CHECKING:
    from synthaudit.reports.blocks.document import Document

__all__ = ["FORMATS", "write", "write_comparison"]

FORMATS = ("html", "pdf", "summary", "md", "csv", "parquet", "svg", "png")
COMPARISON_FORMATS = ("html", "pdf", "md")


def write(
    result: Result,
    findings: Sequence[Finding],
    folder: Path,
    *,
    formats: Sequence[str] = ("html", "pdf", "md", "csv"),
    language: str = "en",
) -> tuple[Path, ...]:
    """Write the report of a result into ``folder`` and return the files written.

    Each file appears whole or not at all; the same result gives the same bytes.

    Args:
        result: What the audit found.
        findings: A policy's findings on it; without any, no system is judged.
        folder: Where to write; made if it does not exist.
        formats: Among ``html`` (report.html), ``pdf`` (report.pdf), ``summary`` (summary.pdf, page one),
            ``md`` (findings.md), ``csv`` (rows.csv), ``parquet`` (rows.parquet), ``svg`` and ``png``
            (figures/NAME.svg, figures/NAME.png).
        language: The pages' language, of those that ``text.i18n.languages()`` names; tables of rows stay as they are.

    Raises:
        ValueError: If a format or the language is unknown.
        InputError: If the folder cannot be written.
    """
    from synthaudit.reports import report
    from synthaudit.reports.renderers import pdf, rows
    from synthaudit.reports.text import i18n

    _check(formats, FORMATS)
    with i18n.language(language):
        document = report.build_report(result, findings)
    contents = _rendered(document, formats, {"html": "report.html", "pdf": "report.pdf", "md": "findings.md"})
    if "summary" in formats:
        contents["summary.pdf"] = pdf.render(document, summary=True)
    if "csv" in formats:
        contents["rows.csv"] = rows.rows_csv(result).encode()
    if "parquet" in formats:
        contents["rows.parquet"] = rows.rows_parquet(result)
    if "svg" in formats:
        contents |= {f"figures/{figure.id}.svg": f"{figure.svg}\n".encode() for figure in document.figures}
    if "png" in formats:
        contents |= {f"figures/{id}.png": picture for id, picture in pdf.pictures(document.figures).items()}
    return _write_all(folder, contents)


def write_comparison(
    before: Result,
    after: Result,
    folder: Path,
    *,
    changes: Sequence[Mapping[str, Any]] = (),
    left_out: Sequence[str] = (),
    formats: Sequence[str] = COMPARISON_FORMATS,
) -> tuple[Path, ...]:
    """Write a report on what changed from one result to the next: compare.html, compare.pdf, compare.md.

    Args:
        before: The earlier result.
        after: The later result.
        folder: Where to write; made if it does not exist.
        changes: The outcome of a test of each number, in the fields that ``synthaudit compare --json`` prints; without
            it both results are shown and nothing is claimed.
        left_out: What could not be compared, in sentences.
        formats: Among ``html``, ``pdf`` and ``md``.

    Raises:
        ValueError: If a format is unknown or a change lacks a field.
        InputError: If the folder cannot be written.
    """
    from synthaudit.reports import comparison

    _check(formats, COMPARISON_FORMATS)
    document = comparison.build_comparison(before, after, changes, left_out)
    return _write_all(folder, _rendered(document, formats, {name: f"compare.{name}" for name in COMPARISON_FORMATS}))


def _check(formats: Sequence[str], known: Sequence[str]) -> None:
    unknown = [one for one in formats if one not in known]
    if unknown:
        raise ValueError(f"expected formats among {', '.join(known)}, got {', '.join(unknown)}")


def _rendered(document: "Document", formats: Sequence[str], names: Mapping[str, str]) -> dict[str, bytes]:
    """Return the document in each format that is asked for, by file name."""
    from synthaudit.reports.renderers import html, markdown, pdf

    contents: dict[str, bytes] = {}
    if "html" in formats:
        contents[names["html"]] = html.render(document).encode()
    if "pdf" in formats:
        contents[names["pdf"]] = pdf.render(document)
    if "md" in formats:
        contents[names["md"]] = markdown.render(document).encode()
    return contents


def _write_all(folder: Path, contents: Mapping[str, bytes]) -> tuple[Path, ...]:
    """Write the files and return their paths, with their folders where these are missing."""
    paths = []
    for name, content in contents.items():
        path = folder / name
        with contextlib.suppress(OSError):  # the write itself says what is wrong with the folder
            path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, content)
        paths.append(path)
    return tuple(paths)
