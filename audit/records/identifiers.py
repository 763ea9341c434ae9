"""Columns that say whose row it is: numbers and texts that are a key rather than a measurement.

Distances between row numbers mean nothing, and a key that was taken for a measurement hides every copy. What is looked
at is one table at a time, since row numbers begin anew in each.
"""

import re
from collections.abc import Sequence

import numpy as np

FEWEST = 20
"""Distinct values below which nothing is taken for a key by its values."""
KEY_NAME = re.compile(
    r"(?:^|_)(?:id|ids|uid|pid|mrn|nbr|ssn|guid|uuid|hash|sha\d*|md5|medrec|npi|hicn?|iban|email|e_mail)$"
    r"|^(?:patient|subject|person|account|acct|claim)s?$"
    r"|^(?:.*_)?(?:patient|subject|person|account|acct|claim|case|record|member|policy|chart|stay|encounter|episode|visit|"
    r"insurance|security|nhs|passport|licen[sc]e|accession|specimen|barcode|serial)_?(?:no|nr|num|number|key|ref|identifier)$"
    r"|^(?:.*_)?(?:tele)?(?:phone|fax|mobile)(?:_(?:no|nr|num|number))?$"
    r"|^(?:.*_)?(?:mrn|ssn|subjectid|patientid|identifier)(?:_.*)?$"
    r"|^(?:unnamed_\d+|index_level_\d+|level_0|rows?|row_?num|row_?number|row_?names?|row_?no|row_?nr|idx)$"
)
"""Names of keys, after ``_words``: repeats of a value do not excuse them."""
PATIENT = re.compile(r"patient|subject|person|(?:^|_)(?:mrn|ssn|pid)(?:_|$)")
WEAK_NAME = re.compile(r"(?:^|_)(?:index|no|nr|num|number|key|ref|code|account|acct|claim|record|sequence|seq|serial)$")
"""Names of keys or of counts: a key only where nearly every value is another one."""
KEY_TEXT = re.compile(
    r"\{?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\}?|[0-9a-f]{16,}|[^@\s]+@[^@\s]+\.[a-z]+|"
    r"\+?\d{0,3}[\s.-]?\(?\d{3}\)?[\s./-]?\d{3}[\s./-]?\d{4}|\d{3}-\d{2}-\d{4}",
    re.IGNORECASE,
)
"""GUIDs, hashes, e-mail addresses, phone numbers, social security numbers."""


def _words(name: str) -> str:
    """Return a column's name as lower-case words joined by underscores.

    >>> _words("PatientID"), _words("Unnamed: 0"), _words("__index_level_0__"), _words("Claim No.")
    ('patient_id', 'unnamed_0', 'index_level_0', 'claim_no')
    """
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", parted.lower()).strip("_")


def is_patient_key(name: str) -> bool:
    """Return whether a column is named as one that says which patient a row is of.

    >>> [is_patient_key(name) for name in ("patient_nbr", "ID", "SubjectId", "admission_type_id", "patient_age")]
    [True, True, True, False, False]
    """
    words = _words(name)
    return words in ("id", "ids") or (KEY_NAME.search(words) is not None and PATIENT.search(words) is not None)


def number_key(name: str, values: np.ndarray, counts: np.ndarray) -> str | None:
    """Return why a column of whole numbers is a key, or None for a measurement.

    Args:
        name: The column's name.
        values: Its distinct values, finite, shape ``(distinct,)``.
        counts: Rows of each table that hold each value, shape ``(tables, distinct)``.
    """
    words = _words(name)
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
    words = _words(name)
    if len(texts) >= FEWEST and KEY_NAME.search(words) and (len(texts) > 0.1 * rows or PATIENT.search(words)):
        return f"its name, and {len(texts):,} distinct texts in {rows:,} rows"
    return None
