"""The report for filing: tagged PDF/A-2a and PDF/UA-1, set by typst from data that is never read as markup."""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, replace
from importlib import resources
from typing import Any, Final

from synthaudit.reports.blocks.content import Figure
from synthaudit.reports.blocks.document import Document, Section
from synthaudit.reports.renderers.typesetting import typeset

FONTS: Final = "'Libertinus Serif', 'DejaVu Sans'"
SIZE = re.compile(r"font-size: ([\d.]+)px")
LONG = re.compile(r"\S{25,}")


def render(document: Document, *, summary: bool = False, system_fonts: bool = True) -> bytes:
    """Return the PDF, or page one alone as a summary.

    The same document gives the same bytes, unless a name needs a font of the machine's.
    """
    data = json.dumps(template_data(document), ensure_ascii=False)
    inputs = {"summary": "yes" if summary else "no", "title": document.words["running"]}
    pdf: bytes = typeset(
        _template("report.typ"), data, timestamp=document.timestamp, inputs=inputs, system_fonts=system_fonts
    )
    return pdf


def pictures(figures: Sequence[Figure]) -> dict[str, bytes]:
    """Return each figure as PNG by its id, for slides and screens that show no SVG."""
    if not figures:
        return {}
    data = json.dumps([svg_for_paper(figure.svg) for figure in figures], ensure_ascii=False)
    typeset_pages = typeset(_template("figures.typ"), data, timestamp=0, picture=True)
    pages = [typeset_pages] if isinstance(typeset_pages, bytes) else typeset_pages
    return {figure.id: bytes(page) for figure, page in zip(figures, pages, strict=True)}


def template_data(document: Document) -> dict[str, Any]:
    """Return what the typst template reads: the document without what only the screen shows."""
    sections = tuple(for_paper(section) for section in document.sections if not section.screen_only)
    nothing = replace(document.appendix, rows=())
    data = asdict(replace(document, sections=sections, appendix=nothing))
    data["fonts"] = ["DejaVu Sans"]
    for section in data["sections"]:
        for each in (section, *section["sections"]):
            for block in each["blocks"]:
                if block["kind"] == "figure":
                    block["svg"] = svg_for_paper(block["svg"])
                    del block["table"]
                if block["kind"] == "table":
                    keep_pdf_rows(block)
                    break_long_words(block)
    keep_pdf_rows(data["decisive"])
    keep_pdf_rows(data["appendix"])
    if data["decision"] is not None:
        keep_pdf_rows(data["decision"])
    break_long_words(data["decisive"])
    return data


def for_paper(section: Section) -> Section:
    """Return a section without what only the screen shows."""
    blocks = tuple(block for block in section.blocks if not block.screen_only)
    inner = tuple(for_paper(one) for one in section.sections if not one.screen_only)
    return replace(section, blocks=blocks, sections=inner)


def keep_pdf_rows(table: dict[str, Any]) -> None:
    """Leave out the rows that only the screen shows, and say so."""
    shown, note = table.pop("pdf_rows"), table.pop("pdf_note")
    if note:
        table["caption"] = f"{table['caption'].rstrip('.')}. {note}"
    if shown is not None:
        table["rows"] = [table["rows"][at] for at in shown]
        table["groups"] = [table["groups"][at] for at in shown] if table["groups"] else []


def break_long_words(table: dict[str, Any]) -> None:
    """Let words too long for a narrow cell break; hashes keep their characters."""
    for row in table["rows"]:
        for cell in row:
            if len(row) > 2:
                cell["text"] = LONG.sub(lambda word: "\u200b".join(re.findall(r".{1,12}", word.group())), cell["text"])


def svg_for_paper(svg: str) -> str:
    """Return a figure in the page's own font, enlarged since it runs smaller than the one it was laid out in."""
    return SIZE.sub(lambda size: f"font-size: {float(size.group(1)) * 1.17:.4g}px", svg).replace("'DejaVu Sans'", FONTS)


def _template(name: str) -> bytes:
    return resources.files("synthaudit.reports.renderers").joinpath("templates", name).read_bytes()
