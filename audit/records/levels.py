"""Levels of categorical columns: how cells are matched to them, and what becomes of a cell that matches none."""

import contextlib
import unicodedata
from collections import Counter
from collections.abc import Sequence
from html import unescape

import numpy as np

ONES = frozenset(
    "1 1.0 true t yes y ja j oui si sí sim da да tak evet wahr vrai verdadero verdadeiro vero 是 はい 有 예".split()  # noqa: SIM905
)
ZEROS = frozenset(
    "0 0.0 false f no n nein non não nao ne nee nej nei нет nie hayır hayir falsch faux falso 否 いいえ 無 无".split()  # noqa: SIM905
)
"""What stands for 1 and 0 in a column of two values; lower case."""

ALIKE = str.maketrans(
    "АВЕЅІЈКМНОРСТУХаеѕіјорсухΑΒΕΖΗΙΚΜΝΟΡΤΥΧο“”„’‘‚–—−", "ABESIJKMHOPCTYXaesijopcyxABEZHIKMNOPTYXo\"\"\"'''---"
)
"""Cyrillic and Greek letters that look like Latin ones, and quotes and dashes of typesetters."""

UNSEEN = "(in no real table)"
"""The level of synthetic cells that hold none of the real tables' levels: it matches no real cell."""


def join_levels(texts: Sequence[str], rows: np.ndarray) -> tuple[tuple[str, ...], int]:
    """Return levels without regard to capitals and doubled blanks, and how many spellings were joined.

    Each level is spelled as it is most often.

    >>> join_levels(["M", "m", "F"], np.array([5, 1, 4]))
    (('F', 'M'), 1)
    """
    spelled: dict[str, tuple[int, str]] = {}
    for text, count in sorted(zip(texts, rows.tolist(), strict=True), key=lambda pair: (-pair[1], pair[0])):
        spelled.setdefault(" ".join(text.split()).casefold(), (count, text))
    return tuple(sorted(text for _, text in spelled.values())), len(texts) - len(spelled)


def look_alike(levels: Sequence[str]) -> int:
    """Return how many levels look like an earlier one: in letters of another script, wrongly decoded, or in HTML.

    >>> look_alike(["M", "\u041c", "F", "café", "cafÃ©", "caf&eacute;"])
    3
    """
    return len(levels) - len({_looks(level) for level in levels})


def _looks(text: str) -> str:
    with contextlib.suppress(UnicodeError):
        text = text.encode("cp1252").decode()  # UTF-8 that was taken for Western text
    plain = unicodedata.normalize("NFKD", unescape(text)).translate(ALIKE).casefold()
    return "".join(c for c in plain if not unicodedata.combining(c))


def match_levels(texts: Sequence[str], levels: Sequence[str]) -> list[int]:
    """Return each cell's level, -1 where there is none: as spelled, else without regard to blanks, capitals, notation.

    A looser match counts only where it means one level alone. Yes, y, true and 1 are one notation of another.

    >>> match_levels(["M", "m ", "d", "no"], ["M", "F"]), match_levels(["YES", "0"], ["No", "Yes"])
    ([0, 0, -1, -1], [1, 0])
    """
    exact = {level: at for at, level in enumerate(levels)}
    forms = [_forms(level) for level in levels]
    loose: list[dict[str, int]] = []
    for kind in range(3 if all(form[2] for form in forms) else 2):
        times = Counter(form[kind] for form in forms)
        loose.append({form[kind]: at for at, form in enumerate(forms) if times[form[kind]] == 1})
    found = []
    for text in texts:
        at = exact.get(text, -1)
        for known, form in zip(loose, _forms(text), strict=False):
            at = known.get(form, -1) if at < 0 else at
        found.append(at)
    return found


def _forms(text: str) -> tuple[str, str, str]:
    """Return a text trimmed, and without capitals, and as "1" or "0" where it stands for one of them."""
    trimmed = " ".join(text.split())
    lowered = trimmed.casefold()
    return trimmed, lowered, "1" if lowered in ONES else "0" if lowered in ZEROS else ""
