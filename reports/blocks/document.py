"""The report as a tree: sections of blocks, and page one.

The renderers (HTML, PDF, Markdown) walk this tree and add nothing, so that they cannot disagree.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from synthaudit.reports.blocks.content import Block, Figure, Table, Verdict


@dataclass(frozen=True)
class Section:
    """A heading with what stands under it; ``new_page`` makes the PDF start a new page, ``screen_only`` omits it."""

    id: str
    title: str
    blocks: tuple[Block, ...]
    sections: tuple["Section", ...] = ()
    new_page: bool = False
    screen_only: bool = False


@dataclass(frozen=True)
class SystemVerdict:
    """What page one says of one system.

    Attributes:
        title: The system's name.
        verdict: The gravest of its findings.
        label: The verdict in a few words.
        sentence: The answer to "may this be released?".
        reasons: The findings behind it, gravest first.
        more: How many findings are left to the findings matrix, in words; empty for none.
    """

    title: str
    verdict: Verdict
    label: str
    sentence: str
    reasons: tuple[str, ...]
    more: str = ""


@dataclass(frozen=True)
class Banner:
    """What a reader must know before any number: a word or two in capitals, and a sentence."""

    label: str
    text: str


@dataclass(frozen=True)
class Answer:
    """One of a reviewer's questions, and what the audit can say."""

    question: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Document:
    """The whole report.

    Attributes:
        started: The audit's start, ISO 8601; the files carry it as their date.
        digest: SHA-256 of the result behind the pages; empty where there are two.
        words: The words that the templates themselves need, such as the heading of the contents.
        appendix: Every row of the result; the PDF shows ``decisive`` instead.
        banners: What holds of the whole audit, such as simulated patients.
        people: The headline in people.
        decision: Page one's table; None where there is no system to decide on, or two audits are compared.
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
    digest: str = ""
    banners: tuple[Banner, ...] = ()
    people: tuple[str, ...] = ()
    decision: Table | None = None

    @property
    def all_sections(self) -> tuple[Section, ...]:
        """Every section, each followed by the sections inside it."""
        return tuple(one for section in self.sections for one in (section, *section.sections))

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Every figure in the order of the pages."""
        return tuple(block for section in self.all_sections for block in section.blocks if isinstance(block, Figure))

    @property
    def timestamp(self) -> int:
        """The audit's start in seconds since 1970."""
        return int(start_time(self.started).timestamp())


def start_time(text: str) -> datetime:
    """Return a date; one that cannot be read becomes the epoch, so that the bytes of a file stay the same."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return datetime(1970, 1, 1, tzinfo=UTC)
    return time if time.tzinfo else time.replace(tzinfo=UTC)
