"""The findings as Markdown, for a pull request: verdict, reasons and the findings matrix, in the report's own words."""

import re

from synthaudit.reports.blocks.content import Table, TableCell
from synthaudit.reports.blocks.document import Document

SPECIAL = re.compile(r"([\\`*_\[\]<>#|~])")
SECTIONS = ("findings-matrix", "changed", "dp-claims")
"""Sections whose tables follow page one."""


def render(document: Document) -> str:
    """Return page one, the findings matrix, and claims of differential privacy where there are any."""
    lines = [
        f"# {_escape(document.words['running'])}",
        "",
        _escape(document.subtitle),
        "",
        f"**{_escape(document.headline)}**",
        "",
    ]
    for banner in document.banners:
        lines += [f"> **{_escape(banner.label)}** {_escape(banner.text)}", ""]
    lines += [text for line in document.people for text in (f"**{_escape(line)}**", "")]
    if document.decision is not None:
        lines += [*_table(document.decision, document.symbols), ""]
    for system in document.systems:
        lines += [
            f"## {document.symbols[system.verdict]} {_escape(system.title)}: {_escape(system.label)}",
            "",
            _escape(system.sentence),
            "",
        ]
        reasons = [*system.reasons, *([system.more] if system.more else [])]
        lines += [f"- {_escape(text)}" for text in reasons] + ([""] if reasons else [])
    for answer in document.answers:
        lines += [f"### {_escape(answer.question)}", "", *(f"- {_escape(text)}" for text in answer.lines), ""]
    for section in (one for one in document.sections if one.id in SECTIONS):
        tables = [block for block in section.blocks if isinstance(block, Table)]
        lines += [f"## {_escape(section.title)}", ""] if tables else []
        for block in tables:
            lines += [*_table(block, document.symbols), ""]
    return "\n".join(lines)


def _table(table: Table, symbols: dict[str, str]) -> list[str]:
    head = f"| {' | '.join(_escape(title) for title in table.head)} |"
    rule = f"|{'|'.join('---' for _ in table.head)}|"
    return [head, rule, *(f"| {' | '.join(_cell(cell, symbols) for cell in row)} |" for row in table.rows)]


def _cell(cell: TableCell, symbols: dict[str, str]) -> str:
    """Return a cell's text on one line."""
    symbol = f"{symbols[cell.verdict]} " if cell.verdict else ""
    return f"{symbol}{_escape(cell.text)}{f', {_escape(cell.note)}' if cell.note else ''}"


def _escape(text: str) -> str:
    """Return a text in which nothing is read as Markdown."""
    return SPECIAL.sub(r"\\\1", " ".join(text.split()))
