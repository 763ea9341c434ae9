"""Conjunctions of levels, such as 'age 80 to 90 and code E045', and how many rows of a table satisfy each.

Each level of each column is a row of bits, 64 table rows per word; a conjunction of four columns is three ands and a
popcount over the words, so that 100,000 conjunctions over 10,000 rows are 10^8 word operations: a fraction of a second.
"""

import numpy as np

from synthaudit.attacks.discretizer import Discretizer
from synthaudit.audit.kernels import compiled
from synthaudit.audit.records import Records

LEVELS_PACKED = 512
"""Levels packed at once: 512 x 50,000 rows take 26 MB before they are packed."""


def pack_levels(levels: Discretizer, table: Records) -> np.ndarray:
    """Return which rows show each level, as bits, shape ``(L, words)``, uint64: m / 8 bytes per level."""
    encoded = levels.encode(table)
    owner = np.repeat(np.arange(len(levels.sizes)), levels.sizes)
    value = np.arange(len(owner)) - levels.offsets[owner]
    words = -(-len(table) // 64)
    bits = np.zeros((len(owner), words * 8), dtype=np.uint8)
    for start in range(0, len(owner), LEVELS_PACKED):
        part = slice(start, start + LEVELS_PACKED)
        shown = encoded[:, owner[part]] == value[part]
        packed = np.packbits(shown, axis=0).T
        bits[part, : packed.shape[1]] = packed
    return bits.view(np.uint64)


def count_conjunctions(bits: np.ndarray, conjunctions: np.ndarray) -> np.ndarray:
    """Return how many rows satisfy each conjunction.

    Args:
        bits: From ``pack_levels``.
        conjunctions: Levels of each conjunction, shape ``(q, 4)``; a shorter one repeats a level.

    Returns:
        Counts, shape ``(q,)``, int64.
    """
    counts = np.zeros(len(conjunctions), dtype=np.int64)
    _count(bits, np.ascontiguousarray(conjunctions, dtype=np.int64), counts)
    return counts


@compiled()
def _count(bits: np.ndarray, conjunctions: np.ndarray, counts: np.ndarray) -> None:
    words = bits.shape[1]
    for at in range(len(conjunctions)):
        one, two, three, four = conjunctions[at]
        total = np.int64(0)
        for word in range(words):
            x = bits[one, word] & bits[two, word] & bits[three, word] & bits[four, word]
            # The compiler knows this form and puts the processor's own popcount, eight words at a time, in its place.
            x -= (x >> np.uint64(1)) & np.uint64(0x5555555555555555)
            x = (x & np.uint64(0x3333333333333333)) + ((x >> np.uint64(2)) & np.uint64(0x3333333333333333))
            x = (x + (x >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
            total += np.int64((x * np.uint64(0x0101010101010101)) >> np.uint64(56))
        counts[at] = total
