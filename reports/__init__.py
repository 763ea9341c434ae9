"""From a result to pages that a reviewer can sign: computes no statistic, reads nothing but the result."""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthaudit.audit.errors import AuditError
from synthaudit.audit.files import write_atomically
from synthaudit.audit.suite.result import Finding, Result, without_small_counts

if TYPE_CHECKING:
    from synthaudit.reports.blocks.document import Document

__all__ = ["FORMATS", "PageError", "write", "write_comparison"]

FORMATS = ("html", "pdf", "md", "csv", "parquet", "card", "summary", "svg", "png")
COMPARISON_FORMATS = ("html", "pdf", "md")


def write(
    result: Result,
    findings: Sequence[Finding],
    folder: Path,
    *,
    formats: Sequence[str] = FORMATS[:6],
    language: str = "en",
    policy: str = "",
) -> tuple[Path, ...]:
    """Write the report of a result into ``folder`` and return the files written.

    Each file appears whole or not at all; the same result gives the same bytes. Numbers of few patients are told
    coarsely, as ``without_small_counts`` says; findings are expected to be told so already.

    Args:
        result: What the audit found.
        findings: A policy's findings on it; without any, no system is judged.
        folder: Where to write; made if it does not exist.
        formats: Among ``html`` (report.html), ``pdf`` (report.pdf), ``summary`` (summary.pdf, page one),
            ``md`` (findings.md), ``csv`` (rows.csv), ``parquet`` (rows.parquet), ``card`` (card.md, for the repository
            of the data set), ``svg`` and ``png`` (figures/NAME.svg, figures/NAME.png).
        policy: Name and digest of the policy, for the decision record; a blank line there without.
        language: The pages' language, of those that ``text.i18n.languages()`` names; tables of rows stay as they are.

    Raises:
        ValueError: If a format or the language is unknown.
        InputError: If the folder cannot be written.
        PageError: If a format could not be made; the others are written.
    """
    from synthaudit.reports import report
    from synthaudit.reports.renderers import pdf, rows
    from synthaudit.reports.text import i18n

    _check(formats, FORMATS)
    result = without_small_counts(result)
    with i18n.language(language):
        document = report.build_report(result, findings, policy=policy)
        card = report.build_card(result, findings, policy=policy) if "card" in formats else ""
    pages = _pages(document, formats, {"html": "report.html", "pdf": "report.pdf", "md": "findings.md"})
    more: dict[str, Callable[[], dict[str, bytes]]] = {
        "summary": lambda: {"summary.pdf": pdf.render(document, summary=True)},
        "csv": lambda: {"rows.csv": rows.rows_csv(result).encode()},
        "parquet": lambda: {"rows.parquet": rows.rows_parquet(result)},
        "card": lambda: {"card.md": card.encode()},
        "svg": lambda: {f"figures/{figure.id}.svg": f"{figure.svg}\n".encode() for figure in document.figures},
        "png": lambda: {f"figures/{id}.png": picture for id, picture in pdf.pictures(document.figures).items()},
    }
    return _write_all(folder, {**pages, **{name: make for name, make in more.items() if name in formats}})


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
    published = without_small_counts(before), without_small_counts(after)
    document = comparison.build_comparison(*published, changes, left_out)
    return _write_all(folder, _pages(document, formats, {name: f"compare.{name}" for name in COMPARISON_FORMATS}))


def _check(formats: Sequence[str], known: Sequence[str]) -> None:
    unknown = [one for one in formats if one not in known]
    if unknown:
        raise ValueError(f"expected formats among {', '.join(known)}, got {', '.join(unknown)}")


def _pages(
    document: "Document", formats: Sequence[str], names: Mapping[str, str]
) -> dict[str, Callable[[], dict[str, bytes]]]:
    """Return what makes the document in each format that is asked for."""
    from synthaudit.reports.renderers import html, markdown, pdf

    renderers: dict[str, Callable[[], dict[str, bytes]]] = {
        "html": lambda: {names["html"]: html.render(document).encode()},
        "pdf": lambda: {names["pdf"]: pdf.render(document)},
        "md": lambda: {names["md"]: markdown.render(document).encode()},
    }
    return {name: make for name, make in renderers.items() if name in formats}


def _write_all(folder: Path, renderers: Mapping[str, Callable[[], dict[str, bytes]]]) -> tuple[Path, ...]:
    """Make and write each format, and return the files' paths; one that cannot be made does not cost the others.

    Raises:
        PageError: A format could not be made; the others are written.
        InputError: The folder cannot be written.
    """
    paths: list[Path] = []
    broken: list[str] = []
    for name, make in renderers.items():
        try:
            contents = make()
        except AuditError:
            raise
        except Exception as error:  # noqa: BLE001 - a page that cannot be set must not cost the other pages
            broken.append(f"{name} ({type(error).__name__})")
            continue
        for file, content in contents.items():
            path = folder / file
            with contextlib.suppress(OSError):  # the write itself says what is wrong with the folder
                path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, content)
            paths.append(path)
    if broken:
        raise PageError(f"could not make {', '.join(broken)}; the other pages are written. Please report it", paths)
    return tuple(paths)


class PageError(AuditError):
    """Some pages of a report could not be made; the others are written.

    Attributes:
        written: Paths of those.
    """

    def __init__(self, message: str, written: Sequence[Path]) -> None:
        super().__init__(message)
        self.written = tuple(written)
