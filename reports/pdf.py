"""The report for filing: tagged PDF/A-2a and PDF/UA-1, set by typst from data that is never read as markup."""

import json
import re
from dataclasses import asdict, replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

from reports.document import Document

STANDARDS: Final = ["a-2a", "ua-1"]
FONTS: Final = "'Libertinus Serif', 'DejaVu Sans'"
SIZE = re.compile(r"font-size: ([\d.]+)px")
LONG = re.compile(r"\S{25,}")


def render(document: Document, *, timestamp: int, summary: bool = False) -> bytes:
    """Return the PDF, or page one alone as a summary.

    The same document and timestamp give the same bytes, unless a name needs a font of the machine's.
    """
    import typst

    data = json.dumps(model(document), ensure_ascii=False)
    foreign = is_foreign(data)
    typesetter: Any = typst  # its stub asks one type of input and font paths
    typeset: bytes = typesetter.compile(
        resources.files("reports").joinpath("report.typ").read_bytes(),
        format="pdf",
        sys_inputs={"document": data, "summary": "yes" if summary else "no"},
        pdf_standards=STANDARDS,
        font_paths=[font_folder()],
        # Names in a script that no bundled font covers are set in whatever the machine has; else machines agree.
        ignore_system_fonts=not foreign,
        timestamp=timestamp,
    )
    return typeset


def model(document: Document) -> dict[str, Any]:
    """Return what the typst template reads: the document without the appendix that paper cannot hold."""
    found = asdict(replace(document, appendix=replace(document.appendix, rows=())))
    found["fonts"] = ["DejaVu Sans"]
    for section in found["sections"]:
        for each in (section, *section["sections"]):
            for block in each["blocks"]:
                if block["kind"] == "figure":
                    block["svg"] = SIZE.sub(enlarged, block["svg"]).replace("'DejaVu Sans'", FONTS)
                    del block["table"]
                if block["kind"] == "table":
                    breakable(block)
    breakable(found["decisive"])
    return found


def enlarged(size: re.Match[str]) -> str:
    """Return a figure's font size for the page's own font, which runs smaller than the one it was laid out in."""
    return f"font-size: {float(size.group(1)) * 1.17:.4g}px"


def breakable(table: dict[str, Any]) -> None:
    """Let words too long for a narrow cell break; hashes keep their characters."""
    for row in table["rows"]:
        for cell in row:
            if len(row) > 2:
                cell["text"] = LONG.sub(lambda word: "\u200b".join(re.findall(r".{1,12}", word.group())), cell["text"])


@cache
def font_folder() -> Path:
    """Return matplotlib's fonts: DejaVu, and a last resort that has a box for any character."""
    import matplotlib

    return Path(matplotlib.get_data_path(), "fonts", "ttf")


@cache
def covered() -> frozenset[int]:
    """Return the characters that the bundled text font can show."""
    from matplotlib.ft2font import FT2Font

    return frozenset(FT2Font(str(font_folder() / "DejaVuSans.ttf")).get_charmap())


def is_foreign(text: str) -> bool:
    """Return whether a text needs a font that neither typst nor matplotlib brings."""
    return any(
        ord(character) not in covered() for character in set(text) if ord(character) > 0x2FF and character != "\u200b"
    )
