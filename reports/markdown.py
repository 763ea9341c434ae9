"""The findings as Markdown, for a pull request: verdict, reasons and the risk map, in the report's own strings."""

import re

from synthaudit.reports.document import Document, Table, Task

SPECIAL = re.compile(r"([\\`*_\[\]<>#|~])")


def render(document: Document) -> str:
    """Return page one, the risk map, and what was promised and reached where anything was."""
    lines = [
        f"# {plain(document.words['running'])}",
        "",
        plain(document.subtitle),
        "",
        f"**{plain(document.headline)}**",
        "",
    ]
    for system in document.systems:
        lines += [
            f"## {document.symbols[system.verdict]} {plain(system.title)}: {plain(system.label)}",
            "",
            plain(system.sentence),
            "",
        ]
        told = [*system.reasons, *([system.more] if system.more else [])]
        lines += [f"- {plain(text)}" for text in told] + ([""] if told else [])
    for answer in document.answers:
        lines += [f"### {plain(answer.question)}", "", *(f"- {plain(text)}" for text in answer.lines), ""]
    for section in (one for one in document.sections if one.id in ("risk-map", "changed", "privacy")):
        tables = [block for block in section.blocks if isinstance(block, Table)]
        lines += [f"## {plain(section.title)}", ""] if tables else []
        for block in tables:
            lines += [*table(block, document.symbols), ""]
    return "\n".join(lines)


def table(one: Table, symbols: dict[str, str]) -> list[str]:
    """Return a table's lines."""
    head = f"| {' | '.join(plain(title) for title in one.head)} |"
    rule = f"|{'|'.join('---' for _ in one.head)}|"
    return [head, rule, *(f"| {' | '.join(cell(each, symbols) for each in row)} |" for row in one.rows)]


def cell(one: Task, symbols: dict[str, str]) -> str:
    """Return a cell's text on one line."""
    symbol = f"{symbols[one.verdict]} " if one.verdict else ""
    return f"{symbol}{plain(one.text)}{f', {plain(one.note)}' if one.note else ''}"


def plain(text: str) -> str:
    """Return a text in which nothing is read as Markdown."""
    return SPECIAL.sub(r"\\\1", " ".join(text.split()))
