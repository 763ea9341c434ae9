"""What stands in a column of numbers where it is no plain number: named, with the way to have it read.

Nothing is converted by a guess: ``1,950`` is a thousand in Boston and two in Berlin.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape
from itertools import pairwise

import numpy as np

MISSING_WORDS = (
    *("none", "nan", "na", "n/a", "nil", "null", "unknown", "unk", "missing", "nd", "n.d.", "n.a.", "nr", "pending"),
    *("not known", "not done", "not available", "not recorded", "not measured", "not applicable", "not tested"),
    *("no data", "see note", "refused", "declined", "blank", "empty", "-", "--", "---", ".", "..", "?", "??", "*"),
    *("#n/a", "#null!", "#div/0!", "#value!", "#ref!", "#name?", "#num!", "nat", "<na>", "(null)", "(blank)"),
)
"""Words that exports write where there is no value; lower case. They are nobody's secret, so messages name them."""
TOTALS = (
    *(
        "total",
        "totals",
        "grand total",
        "sum",
        "subtotal",
        "mean",
        "average",
        "count",
        "median",
        "std",
        "gesamt",
        "summe",
    ),
    *("mittelwert", "mw", "durchschnitt", "somme", "moyenne", "totale", "media", "promedio", "suma", "razem", "totaal"),
    *("gemiddelde", "итого", "всего", "合計", "合计", "합계", "toplam"),
)
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
NUMBER = re.compile(r"(?<![A-Z\d.,])[+-]?(?:0|[1-9]\d*)(?:[.,]\d+)*(?!\d)")
"""A number in a cell with more; zeros before digits make a code, and so do capitals."""
BAND = re.compile(
    r"(\d+(?:\.\d+)?)\s*(?:-|–|—|to|bis|à|a|до)\s*<?\s*(\d+(?:\.\d+)?)(?:\s*\w+\.?)?|"
    r"[\[(]\s*(\d+(?:\.\d+)?)\s*[-–,;]\s*(\d+(?:\.\d+)?)\s*[\])]"
)
"""A band of numbers, as ages are often given in."""
CURRENCY = (
    r"(?:[a-z]{0,3}\$|[€£¥₹₩₪₽₺₴₱₫฿₦₡₲₸]|usd|eur|gbp|chf|jpy|cny|inr|sek|nok|dkk|pln|czk|huf|fr\.|kr\.?|rs\.?|zł|kč|ft|lei|лв\.?|"
    r"руб\.?|tl)"
)
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
        re.compile(r"[+-]?\d{1,3}(?:[\s'’_٬]\d{3})+(?:[.,٫]\d+)?|[+-]?\d+\s+[.,]\d+|[+-]?\d+[.,]\s+\d+"),
    ),
    Notation("percentages", "Export plain numbers, without %.", re.compile(r"[+-]?[\d.,]*\d[\d.,]*\s*%")),
    Notation(
        "amounts with a currency",
        "Export plain numbers, without the currency.",
        re.compile(
            rf"[+-]?{CURRENCY}\s*[+-]?[\d.,]*\d(?:[.,][-–—]+)?|[+-]?\d[\d.,]*\s*{CURRENCY}|\({CURRENCY}?\s*\d[\d.,]*\)"
        ),
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
        "times of day or durations",
        "Export minutes or seconds as a number, or a date with its time.",
        re.compile(
            r"\d{1,3}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:\s*[ap]\.?m\.?)?|p(?:\d+[ymwd])*(?:t(?:\d+(?:\.\d+)?[hms])+)?|"
            r"\d+\s*days?,?\s*\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?"
        ),
        few=False,
    ),
    Notation(
        "hexadecimal numbers",
        "Export plain numbers; hashes of patients are identifiers.",
        re.compile(r"0x[0-9a-f]+"),
        few=False,
    ),
    Notation(
        "two numbers in one cell",
        "Split the column in two.",
        re.compile(r"-?\d+(?:\.\d+)?\s*(?:/|x|×|±|-|–|—|\+|:|,|to|bis)\s*-?\d+(?:\.\d+)?"),
        few=False,
    ),
    Notation(
        "formulas or text as a spreadsheet quotes it",
        "Export the values alone.",
        re.compile(r"=.*\d.*|'[+-]?\d[\d.,]*"),
    ),
    Notation(
        "infinities",
        "Mend them or leave them empty.",
        re.compile(r"[+-]?(?:inf(?:inity)?|∞|\d[\d.]*e\+?\d{3,})"),
        is_number=False,
    ),
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


AROUND = Notation(
    "numbers with something else in the cell",
    "Export the number alone, and what stands beside it as a column.",
    OTHER.pattern,
)


def notation_of(text: str) -> Notation | None:
    """Return the first notation that a cell is written in, if any.

    >>> [notation_of(cell).what for cell in ("38,4", "1,950", "< 5", "12 mg")]
    ['numbers with a decimal comma', 'numbers with separators of thousands', 'bounds (below or above a number)', \
'numbers with a unit']
    """
    lowered = unescape(text.lower())
    return next((one for one in NOTATIONS if one.pattern.fullmatch(lowered)), None)


def disguised_numbers(texts: Sequence[str], plain: int = 0) -> np.ndarray:
    """Return which distinct texts are numbers in another notation, or with something else around; ``(n,)``, bool.

    Args:
        texts: Distinct cells that are not plain numbers.
        plain: How many distinct cells are.
    """
    notations = [notation_of(text) for text in texts]
    many = len(texts) + plain > FEW_SPELLINGS
    found = np.array([one is not None and one.is_number and (one.few or many) for one in notations], bool)
    if many and not plain and are_bands(texts):
        return np.zeros(len(texts), bool)
    shapes = [shape_of(text) for text in texts] if many else []
    common = {shape for shape, times in Counter(shapes).items() if shape and times + plain > FEW_SPELLINGS}
    return found | np.array([shape in common for shape in shapes], bool) if common else found


def shape_of(text: str) -> str:
    """Return a cell with its numbers as ``#``, empty where it does not begin with one as a measurement does.

    Codes begin with letters and go on with digits at once; signs and a word may stand before a measurement.

    >>> [shape_of(cell) for cell in ("47 mm Hg", "ca. 5.1", "≈12", "E11.9", "0083", "HbA1c 6.1", "Ward 3")]
    ['# mm Hg', 'ca. #', '≈#', '', '', 'HbA1c #', '']
    """
    plain = unescape(text)
    shape, numbers = (
        NUMBER.subn("#", plain) if not plain[:1].isalpha() else re.subn(rf"(?<!\w){NUMBER.pattern}", "#", plain)
    )
    begins = re.match(r"[^\w#]*#", shape) is not None
    worded = numbers == 1 and re.search(r"[^\w#]#", shape) and re.search(r"\d[.,]\d|\.\s*\d|[('\">]\d", plain)
    return shape if numbers and (begins or worded) else ""


def are_bands(texts: Sequence[str]) -> bool:
    """Return whether cells are bands of numbers that do not overlap, such as ages in steps of five years.

    >>> are_bands(["0-4", "5-9", "[10, 15)", "90+"]), are_bands(["120/80", "130/85", "110/90"])
    (True, False)
    """
    found = [BAND.fullmatch(text.lower()) for text in texts]
    ends = sorted((float(one[1] or one[3]), float(one[2] or one[4])) for one in found if one)
    open_ended = [text for text, one in zip(texts, found, strict=True) if one is None]
    ordered = all(low <= high for low, high in ends) and all(here[1] <= there[0] for here, there in pairwise(ends))
    return ordered and len(ends) > 1 and len(open_ended) <= 2


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
    found = {one.what: one for one in (*NOTATIONS, AROUND, OTHER)}
    shapes = Counter(shape_of(text) for text in texts)
    for text, count in zip(texts, rows, strict=True):
        around = shapes[shape_of(text)] > FEW_SPELLINGS and shape_of(text)
        what = (notation_of(text) or (AROUND if around else OTHER)).what
        weight[what] = weight.get(what, 0) + count
    most = found[max(weight, key=lambda what: (weight[what], what != OTHER.what))]
    return most.what, most.cure
