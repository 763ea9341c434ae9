"""Accumulators of one block, one per base row, after one target's updates: shared codes, mismatches or row sums."""

import numpy as np

from synthaudit.audit.kernels import compiled
from synthaudit.audit.neighbours.inverted_index import CodeIndex
from synthaudit.audit.neighbours.target_updates import Updates

STRIDE = 512
"""Accumulators kept in the first cache while all words of a packed base go by."""


@compiled()
def accumulate(counts: np.ndarray, block: int, target: int, index: CodeIndex, updates: Updates) -> None:
    """Apply one target's updates to the accumulators of one block."""
    size = index.masks.shape[2]
    if index.packed.shape[0] > 0:
        _count_bits(
            counts,
            index.packed,
            block * size,
            updates.xor_bits[target],
            updates.and_bits[target],
            updates.start[target],
        )
        return
    if updates.from_sums[target]:
        begin = index.row_sums[block * size : block * size + counts.size]
        # A loop, since slice assignment is compiled to one byte at a time.
        for j in range(counts.size):
            counts[j] = begin[j]
    else:
        for j in range(counts.size):
            counts[j] = 0
    pending = 0
    slots = np.empty(4, np.int64)
    increments = np.empty(4, np.int8)
    masks = index.masks[block]
    for e in range(updates.ends[target], updates.ends[target + 1]):
        code = updates.codes[e]
        if index.slot[code] >= 0:
            slots[pending] = index.slot[code]
            increments[pending] = updates.increments[e]
            pending += 1
            if pending == 4:
                _add_four(counts, masks[slots[0]], masks[slots[1]], masks[slots[2]], masks[slots[3]], increments)
                pending = 0
        else:
            add = updates.increments[e]
            for at in range(index.starts[block, code], index.starts[block, code + 1]):
                counts[index.rows[at]] += add
    for w in range(pending):
        mask, add = masks[slots[w]], increments[w]
        for j in range(counts.size):
            counts[j] += mask[j] & add


@compiled()
def _add_four(
    counts: np.ndarray, one: np.ndarray, two: np.ndarray, three: np.ndarray, four: np.ndarray, increments: np.ndarray
) -> None:
    # Four mask columns per pass read and write the accumulators once.
    a, b, c, d = increments[0], increments[1], increments[2], increments[3]
    for j in range(counts.size):
        counts[j] += (one[j] & a) + (two[j] & b) + (three[j] & c) + (four[j] & d)


@compiled()
def _count_bits(
    counts: np.ndarray, packed: np.ndarray, offset: int, xor_bits: np.ndarray, and_bits: np.ndarray, start: int
) -> None:
    # Sums may wrap on the way in one byte; what they end at fits, so the result is right.
    for begin in range(0, counts.size, STRIDE):
        part = counts[begin : begin + STRIDE]
        low, high = offset + begin, offset + begin + part.size
        for j in range(part.size):
            part[j] = start
        fours = xor_bits.size - xor_bits.size % 4
        for w in range(0, fours, 4):
            p, q, r, s = packed[w, low:high], packed[w + 1, low:high], packed[w + 2, low:high], packed[w + 3, low:high]
            for j in range(part.size):
                part[j] += (
                    _bits((p[j] ^ xor_bits[w]) & and_bits[w])
                    + _bits((q[j] ^ xor_bits[w + 1]) & and_bits[w + 1])
                    + _bits((r[j] ^ xor_bits[w + 2]) & and_bits[w + 2])
                    + _bits((s[j] ^ xor_bits[w + 3]) & and_bits[w + 3])
                )
        for w in range(fours, xor_bits.size):
            p = packed[w, low:high]
            for j in range(part.size):
                part[j] += _bits((p[j] ^ xor_bits[w]) & and_bits[w])


@compiled()
def _bits(word: np.uint64) -> np.uint64:
    # The compiler knows this form and puts the processor's own popcount, eight words at a time, in its place.
    word = word - ((word >> np.uint64(1)) & np.uint64(0x5555555555555555))
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return (word * np.uint64(0x0101010101010101)) >> np.uint64(56)
