"""From a result to pages that a reviewer can sign: computes no statistic, reads nothing but the result."""

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from synthaudit.audit.files import write_atomically
from synthaudit.audit.suite.result import Finding, Result

__all__ = ["FORMATS", "compare", "write"]

FORMATS = ("html", "pdf", "summary", "md", "csv", "parquet", "svg", "png")


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
        findings: What a policy made of it; none leaves the systems unjudged.
        folder: Where to write; made if it does not exist.
        formats: Among ``html`` (report.html), ``pdf`` (report.pdf), ``summary`` (summary.pdf, page one),
            ``md`` (findings.md), ``csv`` (rows.csv), ``parquet`` (rows.parquet), ``svg`` and ``png``
            (figures/NAME.svg, figures/NAME.png).
        language: The pages' language, of those that ``i18n.languages()`` names; tables stay as they are.

    Raises:
        ValueError: If a format or the language is unknown.
        InputError: If the folder cannot be written.
    """
    from synthaudit.reports import html, markdown, model, pdf, tables
    from synthaudit.reports import i18n as words

    check(formats, FORMATS)
    with words.language(language):
        document = model.build(result, findings)
    timestamp = int(model.started(result).timestamp())
    contents: dict[str, bytes] = {}
    if "html" in formats:
        contents["report.html"] = html.render(document).encode()
    if "pdf" in formats:
        contents["report.pdf"] = pdf.render(document, timestamp=timestamp)
    if "summary" in formats:
        contents["summary.pdf"] = pdf.render(document, timestamp=timestamp, summary=True)
    if "md" in formats:
        contents["findings.md"] = markdown.render(document).encode()
    if "csv" in formats:
        contents["rows.csv"] = tables.rows_csv(result).encode()
    if "parquet" in formats:
        contents["rows.parquet"] = tables.rows_parquet(result)
    if "svg" in formats:
        contents |= {f"figures/{figure.id}.svg": f"{figure.svg}\n".encode() for figure in model.figures(document)}
    if "png" in formats:
        contents |= {f"figures/{id}.png": picture for id, picture in pdf.pictures(model.figures(document)).items()}
    return tuple(put(folder / name, content) for name, content in contents.items())


def compare(
    before: Result,
    after: Result,
    folder: Path,
    *,
    changes: Sequence[Mapping[str, Any]] = (),
    left_out: Sequence[str] = (),
    formats: Sequence[str] = ("html", "pdf", "md"),
) -> tuple[Path, ...]:
    """Write a report on what changed from one result to the next: compare.html, compare.pdf, compare.md.

    Args:
        before: The earlier result.
        after: The later result.
        folder: Where to write; made if it does not exist.
        changes: What a test made of each number, in the fields that ``synthaudit compare --json`` prints; without it
            both results are shown and nothing is claimed.
        left_out: What could not be compared, in sentences.
        formats: Among ``html``, ``pdf`` and ``md``.

    Raises:
        ValueError: If a format is unknown or a change lacks a field.
        InputError: If the folder cannot be written.
    """
    from synthaudit.reports import comparison, html, markdown, model, pdf

    check(formats, ("html", "pdf", "md"))
    document = comparison.build(before, after, changes, left_out)
    contents: dict[str, bytes] = {}
    if "html" in formats:
        contents["compare.html"] = html.render(document).encode()
    if "pdf" in formats:
        contents["compare.pdf"] = pdf.render(document, timestamp=int(model.started(after).timestamp()))
    if "md" in formats:
        contents["compare.md"] = markdown.render(document).encode()
    return tuple(put(folder / name, content) for name, content in contents.items())


def check(formats: Sequence[str], known: Sequence[str]) -> None:
    """Raise ``ValueError`` for a format that nobody can write."""
    unknown = [one for one in formats if one not in known]
    if unknown:
        raise ValueError(f"expected formats among {', '.join(known)}, got {', '.join(unknown)}")


def put(path: Path, content: bytes) -> Path:
    """Write a file and return its path, with its folder where that is missing. Raises ``InputError`` if it cannot."""
    with contextlib.suppress(OSError):  # the write itself says what is wrong with the folder
        path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, content)
    return path
