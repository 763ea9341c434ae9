"""What stands on a page: paragraphs, lists, terms, tables and figures, as finished text.

Numbers are written out, and none can be computed from a block. What is ``screen_only`` stands in report.html and not
in the PDF, which tells the essential story.
"""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["pass", "fail", "inconclusive", "not measured", "invalid", "leak proven", "not judged"]


@dataclass(frozen=True)
class TableCell:
    """One cell of a table; with a verdict it is drawn as a badge. The note stands small under the text."""

    text: str
    verdict: Verdict | None = None
    note: str = ""


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    text: str
    style: Literal["lead", "body", "note", "warning"] = "body"
    screen_only: bool = False
    kind: Literal["text"] = "text"


@dataclass(frozen=True)
class Items:
    """A bulleted list."""

    items: tuple[str, ...]
    screen_only: bool = False
    kind: Literal["items"] = "items"


@dataclass(frozen=True)
class Terms:
    """Terms and what they mean."""

    pairs: tuple[tuple[str, str], ...]
    screen_only: bool = False
    kind: Literal["terms"] = "terms"


@dataclass(frozen=True)
class Table:
    """A table with a caption; the first cell of each row is its header.

    Attributes:
        numeric: Which columns are set to the right.
        widths: Relative widths of the columns, for paper.
        groups: Each row's group; a group's name stands above its first row.
        pdf_rows: Places of the rows that the PDF shows; all where it is None.
        pdf_note: What the PDF adds to the caption, such as where the other rows stand.
    """

    id: str
    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[TableCell, ...], ...]
    numeric: tuple[bool, ...] = ()
    widths: tuple[float, ...] = ()
    groups: tuple[str, ...] = ()
    pdf_rows: tuple[int, ...] | None = None
    pdf_note: str = ""
    screen_only: bool = False
    kind: Literal["table"] = "table"


@dataclass(frozen=True)
class Figure:
    """A picture, what it shows in words, and the numbers behind it."""

    id: str
    svg: str
    alt: str
    caption: str
    table: Table | None = None
    screen_only: bool = False
    kind: Literal["figure"] = "figure"


@dataclass(frozen=True)
class Fold:
    """Blocks that the screen shows when their title is opened; paper leaves them out."""

    id: str
    title: str
    blocks: tuple["Text | Table | Figure | Fold", ...]
    open: bool = False
    screen_only: bool = True
    kind: Literal["fold"] = "fold"


Block = Text | Items | Terms | Table | Figure | Fold
