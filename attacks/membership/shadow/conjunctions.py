"""How many rows of a table agree with a patient on a few columns: conjunctions counted on packed bits.

Each level of each column is a row of bits, 64 table rows a word; a conjunction of four columns is three ands and a
popcount over the words, so that 100,000 conjunctions over 10,000 rows are 10^8 word operations: a fraction of a second.
"""

import numpy as np

from synthaudit.attacks.levels import Levels
from synthaudit.audit.kernels import compiled
from synthaudit.audit.records import Records

COLUMNS = 512
"""Levels packed at once: 512 x 50,000 rows take 26 MB before they are packed."""


def packed(levels: Levels, table: Records) -> np.ndarray:
    """Return which rows show each level, as bits, shape ``(L, words)``, uint64: m / 8 bytes a level."""
    encoded = levels.encode(table)
    owner = np.repeat(np.arange(len(levels.sizes)), levels.sizes)
    value = np.arange(len(owner)) - levels.first[owner]
    words = -(-len(table) // 64)
    bits = np.zeros((len(owner), words * 8), dtype=np.uint8)
    for start in range(0, len(owner), COLUMNS):
        part = slice(start, start + COLUMNS)
        shown = encoded[:, owner[part]] == value[part]
        found = np.packbits(shown, axis=0).T
        bits[part, : found.shape[1]] = found
    return bits.view(np.uint64)


def counts(bits: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Return how many rows show all levels of each conjunction.

    Args:
        bits: From ``packed``.
        asked: Levels of each conjunction, shape ``(q, 4)``; a shorter one repeats a level.

    Returns:
        Counts, shape ``(q,)``, int64.
    """
    found = np.zeros(len(asked), dtype=np.int64)
    _count(bits, np.ascontiguousarray(asked, dtype=np.int64), found)
    return found


@compiled()
def _count(bits: np.ndarray, asked: np.ndarray, found: np.ndarray) -> None:
    words = bits.shape[1]
    for at in range(len(asked)):
        one, two, three, four = asked[at]
        total = np.int64(0)
        for word in range(words):
            x = bits[one, word] & bits[two, word] & bits[three, word] & bits[four, word]
            # The compiler knows this form and puts the processor's own popcount, eight words at a time, in its place.
            x -= (x >> np.uint64(1)) & np.uint64(0x5555555555555555)
            x = (x & np.uint64(0x3333333333333333)) + ((x >> np.uint64(2)) & np.uint64(0x3333333333333333))
            x = (x + (x >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
            total += np.int64((x * np.uint64(0x0101010101010101)) >> np.uint64(56))
        found[at] = total
