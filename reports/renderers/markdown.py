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
        f"# {escape_markdown(document.words['running'])}",
        "",
        escape_markdown(document.subtitle),
        "",
        f"**{escape_markdown(document.headline)}**",
        "",
    ]
    for banner in document.banners:
        lines += [f"> **{escape_markdown(banner.label)}** {escape_markdown(banner.text)}", ""]
    lines += [text for line in document.people for text in (f"**{escape_markdown(line)}**", "")]
    if document.decision is not None:
        lines += [*table_lines(document.decision, document.symbols), ""]
    for system in document.systems:
        lines += [
            f"## {document.symbols[system.verdict]} {escape_markdown(system.title)}: {escape_markdown(system.label)}",
            "",
            escape_markdown(system.sentence),
            "",
        ]
        reasons = [*system.reasons, *([system.more] if system.more else [])]
        lines += [f"- {escape_markdown(text)}" for text in reasons] + ([""] if reasons else [])
    for answer in document.answers:
        lines += [
            f"### {escape_markdown(answer.question)}",
            "",
            *(f"- {escape_markdown(text)}" for text in answer.lines),
            "",
        ]
    for section in (one for one in document.sections if one.id in SECTIONS):
        tables = [block for block in section.blocks if isinstance(block, Table)]
        lines += [f"## {escape_markdown(section.title)}", ""] if tables else []
        for block in tables:
            lines += [*table_lines(block, document.symbols), ""]
    return "\n".join(lines)


def table_lines(table: Table, symbols: dict[str, str]) -> list[str]:
    """Return a table's lines."""
    head = f"| {' | '.join(escape_markdown(title) for title in table.head)} |"
    rule = f"|{'|'.join('---' for _ in table.head)}|"
    return [head, rule, *(f"| {' | '.join(_cell(cell, symbols) for cell in row)} |" for row in table.rows)]


def _cell(cell: TableCell, symbols: dict[str, str]) -> str:
    """Return a cell's text on one line."""
    symbol = f"{symbols[cell.verdict]} " if cell.verdict else ""
    return f"{symbol}{escape_markdown(cell.text)}{f', {escape_markdown(cell.note)}' if cell.note else ''}"


def escape_markdown(text: str) -> str:
    """Return a text in which nothing is read as Markdown."""
    return SPECIAL.sub(r"\\\1", " ".join(text.split()))
