"""A report is a tree of finished text and pictures: its numbers are written out, and none can be computed from it.

The three writers (HTML, PDF, Markdown) walk this tree and add nothing, so that they cannot disagree.
"""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["pass", "fail", "inconclusive", "not measured", "invalid", "not judged"]


@dataclass(frozen=True)
class Task:
    """One cell of a table; with a verdict it is drawn as a badge. The note stands small under the text."""

    text: str
    verdict: Verdict | None = None
    note: str = ""


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    text: str
    style: Literal["lead", "body", "note", "warning"] = "body"
    kind: Literal["text"] = "text"


@dataclass(frozen=True)
class Items:
    """A list."""

    items: tuple[str, ...]
    kind: Literal["items"] = "items"


@dataclass(frozen=True)
class Terms:
    """Terms and what they mean."""

    pairs: tuple[tuple[str, str], ...]
    kind: Literal["terms"] = "terms"


@dataclass(frozen=True)
class Table:
    """A table with a caption; ``numeric`` says which columns are set to the right.

    The first cell of each row is its header. ``widths`` are relative, for paper. ``groups`` names each row's group; a
    group's name stands above its first row. ``paper`` says which rows the PDF shows; all where it is None.
    """

    id: str
    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[Task, ...], ...]
    numeric: tuple[bool, ...] = ()
    widths: tuple[float, ...] = ()
    groups: tuple[str, ...] = ()
    paper: tuple[int, ...] | None = None
    kind: Literal["table"] = "table"


@dataclass(frozen=True)
class Figure:
    """A picture, what it shows in words, and the numbers behind it."""

    id: str
    svg: str
    alt: str
    caption: str
    table: Table | None = None
    kind: Literal["figure"] = "figure"


Block = Text | Items | Terms | Table | Figure


@dataclass(frozen=True)
class Section:
    """A heading with what stands under it; ``afresh`` asks paper for a new page."""

    id: str
    title: str
    blocks: tuple[Block, ...]
    sections: tuple["Section", ...] = ()
    afresh: bool = False


@dataclass(frozen=True)
class SystemVerdict:
    """What page one says of one system.

    Attributes:
        title: The system's name.
        verdict: The gravest of its findings.
        label: The verdict in two words.
        sentence: May this be released?
        reasons: The findings behind it, gravest first.
        more: How many findings are left to the risk map, in words; empty for none.
    """

    title: str
    verdict: Verdict
    label: str
    sentence: str
    reasons: tuple[str, ...]
    more: str = ""


@dataclass(frozen=True)
class Answer:
    """One of a reviewer's questions, and what the audit can say."""

    question: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Document:
    """The whole report.

    Attributes:
        started: The audit's start, ISO 8601; the documents carry it as their date.
        words: The words that the templates themselves need, such as the heading of the contents.
        appendix: Every row of the result; the PDF shows ``decisive`` instead.
    """

    lang: str
    title: str
    subtitle: str
    started: str
    date: str
    headline: str
    verdict: Verdict
    systems: tuple[SystemVerdict, ...]
    answers: tuple[Answer, ...]
    sections: tuple[Section, ...]
    appendix: Table
    decisive: Table
    words: dict[str, str]
    symbols: dict[str, str]
