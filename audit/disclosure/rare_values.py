"""What a search for patients looks for: values that few of them have, as a page would spell them."""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from synthaudit.audit.records import Records
from synthaudit.audit.records.dates import date_text
from synthaudit.audit.records.levels import UNSEEN
from synthaudit.audit.records.rare_names import count_having
from synthaudit.audit.records.schema import Column

DIGITS = 7
"""Significant digits from which on a number is nobody's by chance: a page is full of shorter ones."""
SIGNS = 4
"""Signs from which on a word is looked for; shorter ones stand everywhere."""

DATE_FORMATS = ("%Y-%m-%d", "%Y%m%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%b-%Y")


@dataclass(frozen=True)
class RareValues:
    """Values to be looked for.

    Attributes:
        words: Text in lower case: names, levels, dates.
        numbers: Numbers without their sign, by what they are to ``DIGITS`` significant digits, up or down by one.
        ids: Says of a word whether it is a patient's id; None where no ids are known.
        skipped: Values that are too short to be told from other words and numbers.
        looked_for: Values that are looked for, without ids.
    """

    words: frozenset[str]
    numbers: dict[str, tuple[float, ...]] = field(default_factory=dict)
    ids: Callable[[str], bool] | None = None
    skipped: int = 0
    looked_for: int = 0

    @classmethod
    def of(
        cls,
        tables: Iterable[Records],
        *,
        small_count: int,
        ordinary: Iterable[str] = (),
        ids: Callable[[str], bool] | None = None,
        more: Iterable[str] = (),
    ) -> "RareValues":
        """Return what fewer than ``small_count`` patients of all real tables have.

        Args:
            tables: The real tables, under one schema.
            small_count: Patients from which on a value is nobody's in particular.
            ordinary: Words that stand on pages whatever the tables hold.
            ids: Says of a word whether it is a patient's id.
            more: Further words to look for.
        """
        real = Records.concat(list(tables))
        having = count_having(real)
        words, numbers, skipped = set(more), set(), 0
        for column in real.schema.columns:
            if column.public_names:
                continue
            words |= set(_rare_names(column, having[column.name], small_count))
            if not column.levels and column.kind != "binary":
                rare = _rare_numbers(real, column.name, small_count)
                if column.format is not None:
                    words |= {date_text(day, each) for day in rare.tolist() for each in DATE_FORMATS}
                else:
                    numbers |= set(rare.tolist())
        plain = {word.casefold() for word in words}
        kept = {word for word in plain if _is_telling(word)} - {word.casefold() for word in ordinary}
        skipped = len(plain) - len(kept)
        close: dict[str, list[float]] = {}
        for number in map(abs, map(float, numbers)):
            if len(significant_digits(repr(number))) < DIGITS:
                skipped += 1
                continue
            step = 10.0 ** (math.floor(math.log10(number)) - DIGITS + 1)
            for near in {f"{number + shift * step:.{DIGITS - 1}e}" for shift in (-1, 0, 1)}:  # rounded, or cut off
                close.setdefault(near, []).append(number)
        by_start = {near: tuple(those) for near, those in close.items()}
        return cls(frozenset(kept), by_start, ids, skipped, len(plain) + len(numbers) - skipped)


def significant_digits(text: str) -> str:
    """Return a number's digits without sign, separators, exponent, and zeros before and after them.

    >>> significant_digits("-0.0077713250"), significant_digits("7.771325e+04"), significant_digits("77,713.25")
    ('7771325', '7771325', '7771325')
    """
    mantissa = text.lower().partition("e")[0]
    return "".join(sign for sign in mantissa if sign.isdigit()).lstrip("0").rstrip("0")


def _is_telling(word: str) -> bool:
    return len(word) >= SIGNS and any(sign.isalnum() for sign in word) and (not word.isdecimal() or len(word) >= DIGITS)


def _rare_names(column: Column, having: np.ndarray, small_count: int) -> Iterator[str]:
    """Yield levels, and the name of a column of a code, that few patients have; as the tables have them."""
    if column.levels:
        for name, patients in zip(column.original_levels, having, strict=True):
            if patients < small_count and name != UNSEEN:
                yield name
    elif column.kind in ("binary", "count") and having[0] < small_count:
        yield column.original_name


def _rare_numbers(records: Records, name: str, small_count: int) -> np.ndarray:
    """Return the values of a column that few patients have."""
    values, owner = records.column(name).astype(np.float64), np.unique(records.patients, return_inverse=True)[1]
    given = ~np.isnan(values)
    found, place = np.unique(values[given], return_inverse=True)
    pairs = np.unique(place * (int(owner.max(initial=0)) + 1) + owner[given])
    patients = np.bincount(pairs // (int(owner.max(initial=0)) + 1), minlength=len(found))
    rare: np.ndarray = found[patients < small_count]
    return rare
