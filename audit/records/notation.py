"""What stands in a column of numbers where it is no plain number: named, with the way to have it read.

Nothing is converted by a guess: ``1,950`` is a thousand in Boston and two in Berlin.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

MISSING_WORDS = (
    *("none", "nan", "na", "n/a", "nil", "null", "unknown", "unk", "missing", "nd", "n.d.", "n.a.", "nr", "pending"),
    *("not known", "not done", "not available", "not recorded", "not measured", "not applicable", "not tested"),
    *("no data", "see note", "refused", "declined", "blank", "empty", "-", "--", "---", ".", "..", "?", "??", "*"),
    *("#n/a", "#null!", "#div/0!", "#value!", "#ref!", "#name?", "#num!", "nat", "<na>", "(null)", "(blank)"),
)
"""Words that exports write where there is no value; lower case. They are nobody's secret, so messages name them."""
TOTALS = ("total", "totals", "grand total", "sum", "subtotal", "mean", "average", "count", "gesamt", "summe", "totaal")
"""Words of the rows that spreadsheets add below a table; lower case."""
FEW_SPELLINGS = 10
"""With at most so many distinct cells, ``10 mg`` and ``120/80`` are levels rather than numbers in disguise."""


@dataclass(frozen=True)
class Notation:
    """One way to write what is not a plain number.

    Attributes:
        what: The cells, in the plural.
        cure: How to have them read.
        pattern: What such a cell looks like in lower case.
        is_number: Whether a whole column of them is a column of numbers.
        few: Whether that holds for few distinct cells, too.
    """

    what: str
    cure: str
    pattern: re.Pattern[str]
    is_number: bool = True
    few: bool = True


UNIT = (
    "[kmcdµμun]?(?:g|l|m|mol|iu|u|eq|cal)|mcg|pg|fl|mmhg|kpa|bpm|hz|min|mins|sec|s|h|hrs?|hours?|d|days?|w|wks?|weeks?|"
    "mo|mos|mths?|months?|y|yo|yrs?|years?|units?|lbs?|oz|in|ft|c|f|k|x|kg|m2|tabs?|caps?|puffs?|drops?|cells?|beats?|pts?"
)
CURRENCY = r"(?:[$€£¥₹]|usd|eur|gbp|chf|kr|rs\.?)"
NOTATIONS = (
    Notation(
        "numbers with separators of thousands",
        "Export them without separators; if the comma is a decimal one, give --decimal ,",
        re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?"),
    ),
    Notation("numbers with a decimal comma", "Give --decimal ,", re.compile(r"[+-]?\d*,\d+(?:e[+-]?\d+)?")),
    Notation(
        "numbers with points between thousands",
        "Export them without separators; --decimal , reads a decimal comma.",
        re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+,\d+|[+-]?\d{1,3}(?:\.\d{3}){2,}"),
    ),
    Notation(
        "numbers with blanks or apostrophes between digits",
        "Export them without separators.",
        re.compile(r"[+-]?\d{1,3}(?:[\s'’_]\d{3})+(?:[.,]\d+)?"),
    ),
    Notation("percentages", "Export plain numbers, without %.", re.compile(r"[+-]?[\d.,]*\d[\d.,]*\s*%")),
    Notation(
        "amounts with a currency",
        "Export plain numbers, without the currency.",
        re.compile(rf"[+-]?{CURRENCY}\s*[+-]?[\d.,]*\d|[+-]?\d[\d.,]*\s*{CURRENCY}|\({CURRENCY}?\s*\d[\d.,]*\)"),
    ),
    Notation(
        "bounds (below or above a number)",
        "Write the number itself or leave the cell empty; to keep bounds, declare the column categorical.",
        re.compile(r"[<>≤≥~]=?\s*[+-]?[\d.,]*\d[\d.,]*|[+-]?\d[\d.,]*\s*[+<>]"),
        is_number=False,
    ),
    Notation(
        "numbers with a unit",
        "Export the number alone, in one unit.",
        re.compile(rf"[+-]?[\d.,]*\d\s*°?\s*(?:{UNIT})(?:\s*/\s*(?:\d*\s*)?(?:{UNIT}))*\.?"),
        few=False,
    ),
    Notation(
        "two numbers in one cell",
        "Split the column in two.",
        re.compile(r"\d+(?:\.\d+)?\s*(?:/|x|±|-)\s*\d+(?:\.\d+)?"),
        few=False,
    ),
    Notation("infinities", "Mend them or leave them empty.", re.compile(r"[+-]?(?:inf(?:inity)?|∞)"), is_number=False),
    Notation(
        "totals or other summary rows",
        "Remove the rows of summaries below the table.",
        re.compile("|".join(re.escape(word) for word in TOTALS)),
        is_number=False,
    ),
)
OTHER = Notation(
    "other text",
    "Mend these cells or leave them empty; if they are codes, declare the column categorical.",
    re.compile(""),
    is_number=False,
)


def notation_of(text: str) -> Notation | None:
    """Return the first notation that a cell is written in, if any.

    >>> [notation_of(cell).what for cell in ("38,4", "1,950", "< 5", "12 mg")]
    ['numbers with a decimal comma', 'numbers with separators of thousands', 'bounds (below or above a number)', \
'numbers with a unit']
    """
    lowered = text.lower()
    return next((one for one in NOTATIONS if one.pattern.fullmatch(lowered)), None)


def disguised_numbers(texts: Sequence[str]) -> np.ndarray:
    """Return which distinct texts are numbers in another notation, shape ``(n,)``, bool."""
    notations = [notation_of(text) for text in texts]
    many = len(texts) > FEW_SPELLINGS
    return np.array([one is not None and one.is_number and (one.few or many) for one in notations], bool)


def diagnosis(texts: Sequence[str], rows: Sequence[int]) -> tuple[str, str]:
    """Return what most rows of these texts are, and the cure.

    Args:
        texts: Distinct cells that are not plain numbers.
        rows: How many rows hold each.
    """
    words = {text for text in texts if text.lower() in MISSING_WORDS}
    if words == set(texts):
        shown = sorted(words)[:4]
        options = " ".join(f"--missing {word if word.isalnum() else repr(word)}" for word in shown)
        return "words for a missing value", f"Declare them: {options}"
    weight: dict[str, int] = {}
    found = {one.what: one for one in (*NOTATIONS, OTHER)}
    for text, count in zip(texts, rows, strict=True):
        what = (notation_of(text) or OTHER).what
        weight[what] = weight.get(what, 0) + count
    most = found[max(weight, key=lambda what: (weight[what], what != OTHER.what))]
    return most.what, most.cure
