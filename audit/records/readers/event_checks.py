"""What patients and codes of event files look like when a file is not what it seems: refused, or warned of."""

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

from synthaudit.audit.errors import InputError
from synthaudit.audit.records.notation import TOTALS

SEVERAL = re.compile(r"[A-Za-z]{0,3}\d[\w.]*(?:\s*[;,|]\s*[A-Za-z]{0,3}\d[\w.]*)+|[\[{].*[\]}]", re.DOTALL)
"""A cell with more than one code: a list, or codes between marks."""
MARKS = re.compile(r"[.\s]|[†*+!‡#-]+$")
"""What some exports write in or behind a code of ICD, and others leave out."""
VERSION = re.compile(r"(?:icd[\s_-]*)?(9|10)(?:[\s_-]*(?:cm|pcs|gm|am|ca|who))?(?:\.0)?", re.IGNORECASE)


def stray_patients(texts: np.ndarray, column: str) -> np.ndarray:
    """Return which keys are no patients: a word for a total, or the column's own name from a second header."""
    words = {*TOTALS, column.casefold()}
    return np.array([text.casefold().rstrip(":") in words for text in texts.tolist()], bool)


def several_codes(texts: np.ndarray) -> np.ndarray:
    """Return which codes are more than one: ``4019;25000`` or a list in JSON."""
    return np.array([SEVERAL.fullmatch(text) is not None for text in texts.tolist()], bool)


def version_texts(texts: Sequence[str]) -> list[str]:
    """Return versions of ICD as 9 and 10 however they are called, others as they are.

    >>> version_texts(["9", "ICD-10-CM", "icd9", "SNOMED"])
    ['9', '10', '9', 'SNOMED']
    """
    return [match[1] if (match := VERSION.fullmatch(text)) else text for text in texts]


def spelling_warnings(
    patients: Sequence[str], codes: Sequence[str], columns: tuple[str, str]
) -> tuple[InputError, ...]:
    """Return warnings of patients or codes that differ in their spelling alone, and may be one.

    Args:
        patients: Distinct patient ids.
        codes: Distinct codes.
        columns: What the columns of patients and of codes are called.
    """
    found = []
    alike = _repeats([text.casefold().lstrip("0") for text in patients])
    if alike:
        found.append(
            InputError(
                f"patient ids that differ in leading zeros or capitals alone are read as different ({alike:,} of them)",
                column=columns[0],
                cure="Write ids alike if they mean one patient.",
            )
        )
    alike = _repeats([MARKS.sub("", text).casefold() for text in codes])
    if alike:
        found.append(
            InputError(
                f"codes that differ in capitals, points or marks alone are read as different ({alike:,} of them)",
                column=columns[1],
                cure="Write codes alike if they mean one, or roll them up (rollup).",
            )
        )
    return tuple(found)


def _repeats(forms: Sequence[str]) -> int:
    return sum(times - 1 for times in Counter(forms).values())
