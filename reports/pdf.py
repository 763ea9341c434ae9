"""The report for filing: tagged PDF/A-2a and PDF/UA-1, set by typst from data that is never read as markup."""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, replace
from importlib import resources
from typing import Any, Final

from synthaudit.reports.document import Document, Figure
from synthaudit.reports.typesetting import typeset

FONTS: Final = "'Libertinus Serif', 'DejaVu Sans'"
SIZE = re.compile(r"font-size: ([\d.]+)px")
LONG = re.compile(r"\S{25,}")


def render(document: Document, *, timestamp: int, summary: bool = False, system_fonts: bool = True) -> bytes:
    """Return the PDF, or page one alone as a summary.

    The same document and timestamp give the same bytes, unless a name needs a font of the machine's.
    """
    data = json.dumps(model(document), ensure_ascii=False)
    inputs = {"summary": "yes" if summary else "no", "title": document.words["running"]}
    made: bytes = typeset(template("report.typ"), data, timestamp=timestamp, inputs=inputs, system_fonts=system_fonts)
    return made


def pictures(figures: Sequence[Figure]) -> dict[str, bytes]:
    """Return each figure as PNG by its id, for slides and screens that show no SVG."""
    if not figures:
        return {}
    data = json.dumps([for_paper(figure.svg) for figure in figures], ensure_ascii=False)
    made = typeset(template("figures.typ"), data, timestamp=0, picture=True)
    pages = [made] if isinstance(made, bytes) else made
    return {figure.id: bytes(page) for figure, page in zip(figures, pages, strict=True)}


def template(name: str) -> bytes:
    """Return one of the typst files beside this module."""
    return resources.files("synthaudit.reports").joinpath(name).read_bytes()


def for_paper(svg: str) -> str:
    """Return a figure in the page's own font."""
    return SIZE.sub(enlarged, svg).replace("'DejaVu Sans'", FONTS)


def model(document: Document) -> dict[str, Any]:
    """Return what the typst template reads: the document without the appendix that paper cannot hold."""
    found = asdict(replace(document, appendix=replace(document.appendix, rows=())))
    found["fonts"] = ["DejaVu Sans"]
    for section in found["sections"]:
        for each in (section, *section["sections"]):
            for block in each["blocks"]:
                if block["kind"] == "figure":
                    block["svg"] = for_paper(block["svg"])
                    del block["table"]
                if block["kind"] == "table":
                    on_paper(block)
                    breakable(block)
    on_paper(found["decisive"])
    breakable(found["decisive"])
    return found


def on_paper(table: dict[str, Any]) -> None:
    """Leave out the rows that only the screen shows."""
    shown = table.pop("paper")
    if shown is not None:
        table["rows"] = [table["rows"][at] for at in shown]
        table["groups"] = [table["groups"][at] for at in shown] if table["groups"] else []


def enlarged(size: re.Match[str]) -> str:
    """Return a figure's font size for the page's own font, which runs smaller than the one it was laid out in."""
    return f"font-size: {float(size.group(1)) * 1.17:.4g}px"


def breakable(table: dict[str, Any]) -> None:
    """Let words too long for a narrow cell break; hashes keep their characters."""
    for row in table["rows"]:
        for cell in row:
            if len(row) > 2:
                cell["text"] = LONG.sub(lambda word: "\u200b".join(re.findall(r".{1,12}", word.group())), cell["text"])
