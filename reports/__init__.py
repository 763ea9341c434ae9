"""From a result to pages that a reviewer can sign: computes no statistic, reads nothing but the result."""

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from audit.errors import ResultError
from audit.suite.finding import Finding
from audit.suite.result import Result

__all__ = ["FORMATS", "write"]

FORMATS = ("html", "pdf", "summary", "md", "csv", "parquet", "svg", "png")


def write(
    result: Result,
    findings: Sequence[Finding],
    folder: Path,
    *,
    formats: Sequence[str] = ("html", "pdf", "md", "csv"),
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

    Raises:
        ValueError: If a format is unknown.
        ResultError: If the folder cannot be written.
    """
    from reports import html, markdown, model, pdf, tables

    unknown = [one for one in formats if one not in FORMATS]
    if unknown:
        raise ValueError(f"expected formats among {', '.join(FORMATS)}, got {', '.join(unknown)}")
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


def put(path: Path, content: bytes) -> Path:
    """Write a file under another name and move it into place, so that nobody reads half of it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            os.chmod(name, 0o644)
            os.replace(name, path)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ResultError(f"{path.name}: could not be written ({error.strerror}). Choose another folder") from None
    return path
