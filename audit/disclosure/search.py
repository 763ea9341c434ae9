"""Files searched for values that few patients have: found ones are named by file and kind, never by value."""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from synthaudit.audit.disclosure.rare_values import DIGITS, SIGNS, RareValues, significant_digits
from synthaudit.audit.disclosure.unpacking import TooLargeError, texts_of

PLAIN = re.compile(r"\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
GROUPED = re.compile(r"\d{1,3}(?:[,' \u00a0\u202f]\d{3})+(?:\.\d+)?")
COMMA = re.compile(r"\d{1,3}(?:\.\d{3})*,\d+|\d+,\d+")
NUMBERS = (PLAIN, GROUPED, COMMA)
"""Numbers as programs write them, with thousands apart, and with a decimal comma."""
SEPARATOR = re.compile(r"[,' \u00a0\u202f]")
PLACES = re.compile(r"\b(?:d|points|transform|[xy][12]?|[cr][xy]|r|width|height|viewBox|style)=(?:\"[^\"]*\"|'[^']*')")
"""Where the parts of a figure stand."""
WORD = re.compile(r"[^\W_]+(?:[-_.:/+@']+[^\W_]+)*")
PIECE = re.compile(r"[^\W_]+")

ID_SIGNS = 6
"""Signs from which on a word that is a number is tried as a patient's id."""


@dataclass(frozen=True)
class Searched:
    """What a search looked through, and where it found something.

    Attributes:
        files: Names of the files.
        read: Bytes looked through, unpacked.
        values: Values looked for.
        skipped: Values too short to be looked for.
        found: For each file with something in it, what kind.
        ids: Whether patients' ids were looked for.
    """

    files: tuple[str, ...]
    read: int
    values: int
    skipped: int
    found: Mapping[str, tuple[str, ...]]
    ids: bool = True


def search_files(files: Mapping[str, bytes], values: RareValues) -> Searched:
    """Look for values in files, by name, and in the names themselves."""
    found: dict[str, tuple[str, ...]] = {}
    read = 0
    starts: dict[str, list[str]] = {}
    for word in values.words:
        for first in PIECE.findall(word)[:1]:
            starts.setdefault(first, []).append(word)
    for name, content in files.items():
        kinds: set[str] = set()
        try:
            for text, readable in ((name.encode(), True), *texts_of(content)):
                read += len(text)
                kinds |= set(kinds_in(text.decode("utf-8", errors="replace"), values, starts, readable=readable))
        except TooLargeError:
            kinds.add("more than can be searched")
        if kinds:
            found[name] = tuple(sorted(kinds))
    return Searched(tuple(files), read, values.looked_for, values.skipped, found, values.ids is not None)


def kinds_in(
    text: str, values: RareValues, starts: Mapping[str, Iterable[str]], *, readable: bool = True
) -> Iterator[str]:
    """Yield which kinds of values a text holds.

    Args:
        text: What is searched.
        values: What is looked for.
        starts: Words that are looked for, by their first piece.
        readable: Whether its numbers are more than places on a page.
    """
    lower = text.casefold()
    for piece in set(PIECE.findall(lower)) & starts.keys():
        if any(re.search(rf"(?<![^\W_]){re.escape(word)}(?![^\W_])", lower) for word in starts[piece]):
            yield "a name, level or date"
            break
    if readable and values.numbers:
        drawn = PLACES.sub(" ", text)
        tokens = {token for pattern in NUMBERS for token in pattern.findall(drawn) if len(token) >= DIGITS}
        if any(_is_value(token, values) for token in tokens):
            yield "a number"
    if values.ids is not None and any(_is_id(word, values) for word in set(WORD.findall(text))):
        yield "a patient's id"


def _is_value(token: str, values: RareValues) -> bool:
    """Whether a number is one of the values, or one of them written with fewer digits."""
    digits = significant_digits(token)
    if len(digits) < DIGITS:
        return False
    whole = token if GROUPED.fullmatch(token) is None else SEPARATOR.sub("", token)
    point = whole if COMMA.fullmatch(whole) is None else whole.replace(".", "").replace(",", ".")
    number = float(point)
    known = values.numbers.get(f"{number:.{DIGITS - 1}e}", ())
    return any(abs(number - one) <= 10.0 ** (math.floor(math.log10(abs(one))) - len(digits) + 1) for one in known)


def _is_id(word: str, values: RareValues) -> bool:
    if values.ids is None or len(word) < (ID_SIGNS if word.isdecimal() else SIGNS):
        return False
    return any(values.ids(spelled) for spelled in {word, word.upper(), word.lower()})
