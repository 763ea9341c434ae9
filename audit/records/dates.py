"""Dates as numbers: days since 1970-01-01, read and written in a format of ``strptime``'s letters.

A date column is a continuous column with a format. Distances are days then, bins are spans of days, and years that
were shifted for privacy (2100 to 2200 in MIMIC) are years like others. A time of day is a fraction of a day.
"""

import re
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from synthaudit.audit.errors import InputError
from synthaudit.audit.records.months import FULL_MONTHS, LONG_MONTHS, MONTHS, SHORT_MONTHS

if TYPE_CHECKING:
    import pyarrow as pa

ISO = "%Y-%m-%d"
PARTS = {
    "Y": r"(?P<Y>\d{4})",
    "y": r"(?P<y>\d{2})",
    "m": r"(?P<m>\d{1,2})",
    "d": r"(?P<d>\d{1,2})",
    "b": rf"(?P<b>{'|'.join(sorted(SHORT_MONTHS, key=len, reverse=True))})\.?",
    "B": rf"(?P<B>{'|'.join(sorted(LONG_MONTHS, key=len, reverse=True))})",
    "H": r"(?P<H>\d{1,2})",
    "I": r"(?P<I>\d{1,2})",
    "p": r"(?P<p>[ap])\.?m\.?",
    "z": r"(?:z|[+-]\d{2}:?\d{2}|\s?utc|\s?gmt)",
    "M": r"(?P<M>\d{2})",
    "S": r"(?P<S>\d{2})",
    "f": r"(?P<f>\d{1,9})",
}
"""What each letter of a format stands for; ``%`` before any other letter is refused."""

TIMES = (
    "",
    *(" %H:%M:%S", "T%H:%M:%S", "T%H:%M:%SZ", " %H:%M", "T%H:%M", " %H:%M:%S.%f", "T%H:%M:%S.%f", "T%H:%M:%S.%fZ"),
    *(" %I:%M %p", " %I:%M:%S %p"),
)
ZONED = tuple(f"{mark}%H:%M:%S{rest}%z" for mark in "T " for rest in ("", ".%f"))
"""Times with their distance from universal time, which is left out: the time is that of the clock there."""
CLEAR = (
    *(f"{ISO}{time}" for time in (*TIMES, *ZONED)),
    *(f"%Y/%m/%d{time}" for time in TIMES),
    *("%Y%m%d", "%d-%b-%Y", "%d %b %Y", "%d%b%Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%d/%b/%Y", "%Y-%b-%d"),
    *("%d%b%Y:%H:%M:%S", "%d%b%Y:%H:%M:%S.%f", "%d-%b-%Y %H:%M:%S", "%d-%b-%Y %H:%M"),
    *("%Y%m%d%H%M%S", "%Y%m%d%H%M", "%Y%m%d%H%M%S%z", "%Y.%m.%d", "%Y年%m月%d日", "%Y년%m월%d일", "%Y년 %m월 %d일"),
    *("%d. %B %Y", "%d. %b %Y", "%d de %B de %Y"),
    *(f"%d.%m.%Y{time}" for time in TIMES),
)
"""Formats that can be read in one way only; a date with points has its day first wherever it is written so."""

UNCLEAR = tuple(
    (f"%d{mark}%m{mark}%Y{time}", f"%m{mark}%d{mark}%Y{time}")
    for mark in "/-"
    for time in ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
)
"""Pairs of formats that only a day above 12 tells apart."""

LIKE_DATE = re.compile(
    r"\d{8}(\.0+|\d{4}|\d{6}(z|[+-]\d\d:?\d\d)?)?$|\d{1,4}([-/. ]?[a-zéäû]{3}|[-/.]? ?[a-zéäû]{2}|[-/. ]?\d{1,2}[-/.])|"
    r"\d{4}[年년]|[a-z]{3,9} \d{1,2}, \d{4}"
)
"""What the beginning of any date looks like, in lower case."""
SAMPLE = 40
"""Cells by which formats are chosen that are tried on all of them."""
SHORT_YEARS = ("%d/%m/%y", "%m/%d/%y", "%d-%b-%y", "%d.%m.%y", "%d-%m-%y", "%m-%d-%y")
YEARS = (1850, 2250)
"""Years between which eight digits are taken for a date; shifted dates reach 2200."""
DAY = 86_400
FAR = 2_932_896
"""9999-12-31, which programs write where a date is missing."""
FIRST, LAST = -719_162, 2_932_896
"""0001-01-01 and 9999-12-31, which is as far as calendars here go."""


def check_format(format: str, *, column: str | None = None) -> None:
    """Raise ``InputError`` unless a format names a year, a month and a day, in letters that are known."""
    letters = re.findall(r"%(.)", format)
    unknown = [letter for letter in letters if letter not in PARTS]
    one_of_each = all(sum(letter in group for letter in letters) == 1 for group in ("Yy", "mbB", "d"))
    if unknown or not one_of_each or len(set(letters)) != len(letters) or format.endswith("%"):
        raise InputError(
            "expected a date format with one year, month and day each",
            column=column,
            cure=f'Write it as in format = "%d/%m/%Y"; the letters are {", ".join("%" + letter for letter in PARTS)}.',
        )


def has_time(format: str) -> bool:
    """Whether a format holds a time of day.

    >>> has_time("%Y-%m-%d"), has_time("%Y-%m-%d %H:%M")
    (False, True)
    """
    return "%H" in format or "%I" in format


def parse_dates(cells: "pa.Array", format: str) -> np.ndarray:
    """Return cells as days since 1970-01-01, shape ``(n,)``; NaN where a cell is no date of this format.

    >>> import pyarrow as pa
    >>> parse_dates(pa.array(["1970-01-02", "2019-02-30", "unknown"]), "%Y-%m-%d").tolist()
    [1.0, nan, nan]
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    lowered = pc.utf8_lower(pc.utf8_trim_whitespace(cells))
    if format == "%Y%m%d":  # what programs write in a column of decimals
        lowered = pc.replace_substring_regex(lowered, r"^(\d{8})\.0+$", r"\1")
    found = pc.extract_regex(lowered, pattern=_pattern(format))
    fits = found.is_valid().to_numpy(zero_copy_only=False)

    def part(letter: str, otherwise: int = 0) -> np.ndarray:
        if f"%{letter}" not in format:
            return np.full(len(cells), otherwise, dtype=np.int64)
        text = found.field(letter)
        if letter in "bB":
            known = SHORT_MONTHS if letter == "b" else LONG_MONTHS
            places = pc.index_in(text, value_set=pa.array(list(known)))
            number = pa.array(list(known.values())).take(places)
        else:
            text = pc.utf8_slice_codeunits(pc.utf8_rpad(text, 6, "0"), 0, 6) if letter == "f" else text
            number = pc.cast(pc.if_else(found.is_valid(), text, "0"), pa.int64())
        return np.asarray(pc.fill_null(number, 0).to_numpy(zero_copy_only=False)).astype(np.int64)

    short = part("y")
    year = part("Y") if "%Y" in format else short + np.where(short < 69, 2000, 1900)  # as strptime and POSIX
    month = part("m") + part("b") + part("B")
    day = part("d")
    fits &= (year >= 1) & (month >= 1) & (month <= 12) & (day >= 1)
    first = ((year - 1970) * 12 + np.where(fits, month, 1) - 1).astype("datetime64[M]")
    length = ((first + 1).astype("datetime64[D]") - first.astype("datetime64[D]")).astype(np.int64)
    hour, minute, second = part("H"), part("M"), part("S")
    if "%I" in format:
        half = pc.fill_null(pc.equal(found.field("p"), "p"), False).to_numpy(zero_copy_only=False)
        fits &= (part("I") >= 1) & (part("I") <= 12)
        hour = part("I") % 12 + 12 * half
    fits &= (day <= length) & (hour < 24) & (minute < 60) & (second < 60)
    days = first.astype("datetime64[D]").astype(np.int64) + day - 1
    seconds = hour * 3600 + minute * 60 + second + part("f") / 1e6
    return np.where(fits, days + seconds / DAY, np.nan)


def write_dates(days: np.ndarray, format: str) -> np.ndarray:
    """Return days since 1970-01-01 as texts in a format, shape ``(n,)``; none may be NaN.

    Fractions of a second have five digits that count: a double of days holds no more.

    >>> write_dates(np.array([0.0, 48_213.5]), "%d-%b-%Y %H:%M").tolist()
    ['01-Jan-1970 00:00', '02-Jan-2102 12:00']
    """
    unit = 1 if "%f" not in format else 10**6
    per_day = unit * DAY
    step = per_day if not has_time(format) else 60 * unit if "%S" not in format else 1 if unit == 1 else 10
    ticks = np.rint(np.clip(days, FIRST, LAST + 1) * per_day / step).astype(np.int64) * step
    ticks = np.minimum(ticks, (LAST + 1) * per_day - step)
    distinct, where = np.unique(ticks, return_inverse=True)
    whole, rest = np.divmod(distinct, per_day)
    date = whole.astype("datetime64[D]")
    year = date.astype("datetime64[Y]").astype(np.int64) + 1970
    month = date.astype("datetime64[M]").astype(np.int64) % 12 + 1
    day = (date - date.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64) + 1
    second, fraction = np.divmod(rest, unit)
    values = {"Y": year, "y": year % 100, "m": month, "d": day, "f": fraction}
    hour = second // 3600
    values |= {"H": hour, "I": (hour + 11) % 12 + 1, "M": second // 60 % 60, "S": second % 60}
    marks = {"p": np.array(["AM", "PM"], dtype=object)[hour // 12], "z": "+0000"}
    texts = np.full(len(distinct), "", dtype=object)
    for letter, mark in re.findall(r"%(.)|([^%]+)", format):
        if letter in ("b", "B"):
            names = [name.capitalize() for name in (MONTHS if letter == "b" else FULL_MONTHS)]
            texts += np.array(names, dtype=object)[month - 1]
        elif letter in marks:
            texts += marks[letter]
        elif letter:
            width = {"Y": 4, "f": 6}.get(letter, 2)
            texts += np.array([f"{value:0{width}d}" for value in values[letter].tolist()], dtype=object)
        else:
            texts += mark
    return np.asarray(texts.astype(str)[where])


def date_cells(cells: "pa.Array", format: str) -> np.ndarray:
    """Return cells as days where they are dates of the column's format or, failing that, of any clear one; ``(n,)``.

    A synthetic table can come from a program that writes ISO dates whatever it read.

    >>> import pyarrow as pa
    >>> date_cells(pa.array(["02/01/1970", "1970-01-02", "02-Jan-1970", "01/13/1970"]), "%d/%m/%Y").tolist()
    [1.0, 1.0, 1.0, nan]
    """
    days = parse_dates(cells, format)
    for other in CLEAR:
        if np.isfinite(days).all():
            break
        days = np.where(np.isfinite(days), days, parse_dates(cells, other))
    return days


def date_text(days: float, format: str) -> str:
    """Return one date in a format.

    >>> date_text(0, "%d/%m/%Y")
    '01/01/1970'
    """
    return str(write_dates(np.array([float(days)]), format)[0])


def guess_format(cells: "pa.Array") -> tuple[tuple[str, ...], np.ndarray]:
    """Return the formats that fit most of the cells and which cells they fit, shape ``(n,)``; none below a half.

    One format is an answer; two differ in what is the day and what is the month; a format with ``%y`` leaves the
    century open.

    >>> import pyarrow as pa
    >>> guess_format(pa.array(["01/02/2019", "03/04/2019"]))[0], guess_format(pa.array(["01/02/2019", "13/02/2019"]))[0]
    (('%d/%m/%Y', '%m/%d/%Y'), ('%d/%m/%Y',))
    """
    best: tuple[tuple[str, ...], np.ndarray] = ((), np.zeros(len(cells), dtype=bool))
    some = np.unique(np.linspace(0, len(cells) - 1, min(SAMPLE, len(cells))).astype(np.int64))
    sample = [cells[at].as_py().strip().lower() for at in some]
    if 2 * sum(LIKE_DATE.match(text) is not None for text in sample) < max(len(sample), 1):
        return best  # nearly all columns end here
    for format in (*CLEAR, *(one for pair in UNCLEAR for one in pair), *SHORT_YEARS):
        shape = re.compile(_pattern(format))
        if 2 * sum(shape.match(text.removesuffix(".0")) is not None for text in sample) < len(sample):
            continue
        days = parse_dates(cells, format)
        fits = np.isfinite(days)
        if format.startswith("%Y%m%d"):
            low, high = (np.datetime64(f"{year}-01-01").astype(int) for year in YEARS)
            fits &= ((days >= low) & (days < high)) | (days >= FAR)
        if fits.sum() > best[1].sum():
            best = (format,), fits
        elif best[0] and fits.sum() == best[1].sum() and (best[0][0], format) in UNCLEAR:
            best = (*best[0], format), fits
    return best if 2 * best[1].sum() > len(cells) else ((), np.zeros(len(cells), dtype=bool))


@cache
def _pattern(format: str) -> str:
    """Return a format as a regular expression; parts that touch have all their digits."""
    pattern, before = "", ""
    pieces = re.findall(r"%(.)|([^%]+)", format)
    for at, (letter, mark) in enumerate(pieces):
        touches = before or (at + 1 < len(pieces) and pieces[at + 1][0])
        part = PARTS[letter] if letter else re.escape(mark.lower())
        pattern += part.replace(r"\d{1,2}", r"\d{2}") if touches else part
        before = letter
    return f"^{pattern}$"
