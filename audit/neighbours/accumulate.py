"""From a target's steps to one accumulator a base row: shared codes, mismatches or row sums of one block."""

import numpy as np

from synthaudit.audit.kernels import compiled
from synthaudit.audit.neighbours.inverted_index import CodeIndex
from synthaudit.audit.neighbours.target_updates import Steps

RUN = 512
"""Accumulators kept in the first cache while all words of a packed base go by."""


@compiled()
def fill(counts: np.ndarray, block: int, target: int, index: CodeIndex, steps: Steps) -> None:
    """Bring the accumulators of one block to what one target's steps make of them."""
    size = index.masks.shape[2]
    if index.packed.shape[0] > 0:
        _count_bits(counts, index.packed, block * size, steps.flips[target], steps.keeps[target], steps.start[target])
        return
    if steps.lifted[target]:
        begin = index.weight[block * size : block * size + counts.size]
        # A loop, since slice assignment is compiled to one byte at a time.
        for j in range(counts.size):
            counts[j] = begin[j]
    else:
        for j in range(counts.size):
            counts[j] = 0
    waiting = 0
    slots = np.empty(4, np.int64)
    adds = np.empty(4, np.int8)
    masks = index.masks[block]
    for e in range(steps.ends[target], steps.ends[target + 1]):
        code = steps.codes[e]
        if index.slot[code] >= 0:
            slots[waiting] = index.slot[code]
            adds[waiting] = steps.adds[e]
            waiting += 1
            if waiting == 4:
                _add_four(counts, masks[slots[0]], masks[slots[1]], masks[slots[2]], masks[slots[3]], adds)
                waiting = 0
        else:
            add = steps.adds[e]
            for at in range(index.starts[block, code], index.starts[block, code + 1]):
                counts[index.rows[at]] += add
    for w in range(waiting):
        mask, add = masks[slots[w]], adds[w]
        for j in range(counts.size):
            counts[j] += mask[j] & add


@compiled()
def _add_four(
    counts: np.ndarray, one: np.ndarray, two: np.ndarray, three: np.ndarray, four: np.ndarray, adds: np.ndarray
) -> None:
    # Four mask columns a pass read and write the accumulators once.
    a, b, c, d = adds[0], adds[1], adds[2], adds[3]
    for j in range(counts.size):
        counts[j] += (one[j] & a) + (two[j] & b) + (three[j] & c) + (four[j] & d)


@compiled()
def _count_bits(
    counts: np.ndarray, packed: np.ndarray, offset: int, flips: np.ndarray, keeps: np.ndarray, start: int
) -> None:
    # Sums may wrap on the way in one byte; what they end at fits, so the result is right.
    for begin in range(0, counts.size, RUN):
        part = counts[begin : begin + RUN]
        low, high = offset + begin, offset + begin + part.size
        for j in range(part.size):
            part[j] = start
        fours = flips.size - flips.size % 4
        for w in range(0, fours, 4):
            p, q, r, s = packed[w, low:high], packed[w + 1, low:high], packed[w + 2, low:high], packed[w + 3, low:high]
            for j in range(part.size):
                part[j] += (
                    _bits((p[j] ^ flips[w]) & keeps[w])
                    + _bits((q[j] ^ flips[w + 1]) & keeps[w + 1])
                    + _bits((r[j] ^ flips[w + 2]) & keeps[w + 2])
                    + _bits((s[j] ^ flips[w + 3]) & keeps[w + 3])
                )
        for w in range(fours, flips.size):
            p = packed[w, low:high]
            for j in range(part.size):
                part[j] += _bits((p[j] ^ flips[w]) & keeps[w])


@compiled()
def _bits(word: np.uint64) -> np.uint64:
    # The compiler knows this form and puts the processor's own popcount, eight words at a time, in its place.
    word = word - ((word >> np.uint64(1)) & np.uint64(0x5555555555555555))
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return (word * np.uint64(0x0101010101010101)) >> np.uint64(56)
