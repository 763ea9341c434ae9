"""Columns that say whose row it is: numbers and texts that are a key rather than a measurement.

Distances between row numbers mean nothing, and a key that was taken for a measurement hides every copy. What is looked
at is one table at a time, since row numbers begin anew in each.
"""

import re
from collections.abc import Sequence

import numpy as np

from synthaudit.audit.records.column_names import KEY_NAME, PATIENT, PERSONAL, WEAK_NAME, name_words
from synthaudit.audit.records.levels import ONES, ZEROS

FEWEST = 20
"""Distinct values below which nothing is taken for a key by its values."""
KEY_TEXT = re.compile(
    r"(?:urn:uuid:)?\{?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\}?|[0-9a-f]{16,}|[^@\s]+@[^@\s]+\.[a-z]+|"
    r"\+?\d{0,3}[\s.-]?\(?\d{3}\)?[\s./-]?\d{3}[\s./-]?\d{4}|\d{3}-\d{2}-\d{4}|"
    r"(?=(?:\D*\d){8})(?:\+|00?)\d{1,4}(?:[\s./()-]+\d{2,7}){1,5}|"  # phone numbers of other countries
    r"\d{6}[-+a]\d{3}[0-9a-z]|\d{3}\.\d{3}\.\d{3}-\d\d|756\.\d{4}\.\d{4}\.\d\d|\d{8}-?[a-z]|"  # national ids
    r"[a-z]{2}\d{2}(?:\s?[0-9a-z]{4}){3,7}(?:\s?[0-9a-z]{1,3})?|"  # bank accounts
    r"(?:\d{1,3}\.){3}\d{1,3}|(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}|(?:https?|file)://\S+|"
    r"[a-z0-9+/]{20,}={1,2}",
    re.IGNORECASE,
)
"""GUIDs, hashes, addresses of mails, machines and pages, phone numbers, social security numbers, bank accounts."""
RUNNING = re.compile(r"([A-Za-z]{1,6}[-_ ]?)(\d{5,})")
"""Letters and five or more digits, as programs number patients; codes of medicine have fewer or a colon."""


def number_key(name: str, values: np.ndarray, counts: np.ndarray) -> str | None:
    """Return why a column of whole numbers is a key, or None for a measurement.

    Args:
        name: The column's name.
        values: Its distinct values, finite, shape ``(distinct,)``.
        counts: Rows of each table that hold each value, shape ``(tables, distinct)``.
    """
    words = name_words(name)
    named, weakly = KEY_NAME.search(words) is not None, WEAK_NAME.search(words) is not None
    for held in (*counts, counts.sum(axis=0)):
        here = np.flatnonzero(held)
        rows, distinct = int(held.sum()), len(here)
        if distinct < FEWEST:
            continue
        inside, times = np.sort(values[here]), held[here]
        width, alone = np.ptp(inside) + 1, distinct / rows
        if named and (alone > 0.1 or np.abs(inside[-1]) >= 1000):
            return f"its name, and {distinct:,} distinct whole numbers in {rows:,} rows"
        if weakly and alone > 0.9:
            return f"its name, and whole numbers that hardly repeat ({distinct:,} in {rows:,} rows)"
        if alone == 1 and width <= (4 if rows >= 50 else 2) * rows:
            return "whole numbers, each once, close to each other"
        if alone > 0.99 and _is_even(inside):
            return "whole numbers that hardly repeat, spread evenly"
        if alone > 0.99 and inside[0] >= 10**9 and len(str(int(inside[0]))) == len(str(int(inside[-1]))):
            return f"whole numbers of {len(str(int(inside[0])))} digits that hardly repeat"
        same = int(times[0])
        if 2 <= same <= 5 and (times == same).mean() > 0.95 and width > 4 * distinct and _is_even(inside):
            return f"whole numbers, each {same} times"
    return None


def _is_even(values: np.ndarray) -> bool:
    """Return whether sorted values lie evenly between their ends, as numbers given out in turn or at random do.

    A Kolmogorov-Smirnov distance of 1.5 / sqrt(n) is exceeded by one evenly spread column in 50; bell curves between
    their own ends stay above 0.12, so that fewer than 300 values say nothing.
    """
    if len(values) < 300:
        return False
    expected = (values - values[0]) / (values[-1] - values[0])
    seen = np.arange(len(values)) / (len(values) - 1)
    return bool(np.abs(seen - expected).max() < max(1.5 / np.sqrt(len(values)), 0.03))


def text_key(name: str, texts: Sequence[str], rows: int) -> str | None:
    """Return why a column of texts is a key, or None.

    Args:
        name: The column's name.
        texts: Its distinct texts.
        rows: Rows that hold one.
    """
    keys = sum(KEY_TEXT.fullmatch(text) is not None for text in texts)
    if keys > 0.9 * len(texts) and len(texts) > 2:
        return f"{keys:,} distinct texts that look like a phone number, an address or a hash"
    words = name_words(name)
    if len(texts) > 2 and PERSONAL.search(words) and not {text.casefold() for text in texts} <= ONES | ZEROS:
        return "its name says that it holds people's names or addresses"
    if len(texts) < FEWEST:
        return None
    if KEY_NAME.search(words) and (len(texts) > 0.1 * rows or PATIENT.search(words)):
        return f"its name, and {len(texts):,} distinct texts in {rows:,} rows"
    numbered = [RUNNING.fullmatch(text) for text in texts]
    if all(numbered) and len({one[1] for one in numbered if one}) == 1:
        return f"{len(texts):,} distinct texts of one prefix and a number of five digits or more"
    return None
