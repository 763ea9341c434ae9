"""The card of a data set as Markdown, under the front matter that public repositories of data sets read."""

import json
from collections.abc import Iterator, Sequence

from synthaudit.reports.blocks.content import Block, Items, Table, Text
from synthaudit.reports.blocks.document import Section
from synthaudit.reports.renderers.markdown import escape_markdown, table_lines

SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
"""Names that the Hugging Face hub gives to sizes, by the rows below which each holds; then come millions."""


def render(title: str, sections: Sequence[Section], *, rows: int, symbols: dict[str, str]) -> str:
    """Return the card. The same sections give the same text."""
    # JSON strings are YAML strings, so that no title can end the front matter or start a key.
    front = [
        "---",
        f"pretty_name: {json.dumps(' '.join(title.split()), ensure_ascii=False)}",
        "tags:",
        *(f"- {tag}" for tag in ("synthetic", "tabular", "health", "privacy-audit")),
        "annotations_creators:",
        "- machine-generated",
        "size_categories:",
        f"- {size_category(rows)}",
        "---",
    ]
    lines = [*front, "", f"# {escape_markdown(title)}", ""]
    for section in sections:
        lines += [f"## {escape_markdown(section.title)}", ""]
        for block in section.blocks:
            lines += [*_lines(block, symbols), ""]
    return "\n".join(lines)


def size_category(rows: int) -> str:
    """Return the name of a number of rows.

    >>> size_category(999), size_category(1000), size_category(5_000_000)
    ('n<1K', '1K<n<10K', '1M<n<10M')
    """
    return next((name for least, name in SIZES if rows < least), "1M<n<10M" if rows < 10_000_000 else "10M<n<100M")


def _lines(block: Block, symbols: dict[str, str]) -> Iterator[str]:
    if isinstance(block, Text):
        yield escape_markdown(block.text)
    elif isinstance(block, Items):
        yield from (f"- {escape_markdown(text)}" for text in block.items)
    elif isinstance(block, Table):
        if block.caption:
            yield from (escape_markdown(block.caption), "")
        yield from table_lines(block, symbols)
