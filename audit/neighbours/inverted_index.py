"""Inverted index over the codes of the base: the lists of rows that carry each code, in blocks of rows.

One accumulator per base row counts the codes shared with a target, and is touched only where a code of the target
stands. With G = X Y^T the shared codes and a, b the row sums, Hamming is a + b - 2G. A target visits, for each of its
codes, the rows of a block that carry it, and lowers their accumulators by 2 from b. Rows of diagnosis codes have about
14 ones in 1,071, so a pair costs about 1.7 additions of one byte, where a dense method reads all columns. Codes that
are common in the base are columns of masks, which the compiler adds 32 or 64 rows at a time.

Dense tables do not gain from that: there every row is packed, 64 codes per word, and mismatches are counted by
popcount. Which of the two it is follows from the measured work, sum_j p_j q_j with p_j the share of targets that
visit code j and q_j the share of base rows that carry it.

A count c is c unary codes (at least 1, at least 2, ...): Hamming over those is the L1 distance of counts.
"""

from typing import NamedTuple

import numpy as np

from synthaudit.audit.kernels import compiled
from synthaudit.audit.neighbours.threads import in_chunks

BLOCK = 16_384
"""Base rows per block: their one-byte accumulators stay in a core's first cache, and a row number in 16 bits."""
COMMON = 0.05
"""Share of base rows above which a code is a mask column: there one vector pass costs as much as its list."""
CACHE = 750_000
"""Bytes of mask columns or packed words that one block may take: they should stay in a core's second cache."""
LIST_COST, MASK_COST, WORD_COST = 40.0, 2.0, 8.0
"""Time of one addition through a list, one through a mask, one word's popcount, per pair of rows, in units of 10 ps."""
UNARY = 400_000_000
"""Unary codes in a table, at most; counts beyond that want Gower's metric."""


class CodeIndex(NamedTuple):
    """An inverted index over the base's codes, in blocks of rows.

    Attributes:
        first: Where each column's unary codes start, shape ``(p + 1,)``; the last entry is their number, u.
        starts: Where the list of a code starts in ``rows``, shape ``(blocks, u + 1)``.
        rows: Row numbers inside their block, uint16.
        slot: Mask column of a common code, -1 of a rare one, shape ``(u,)``.
        masks: -1 where the row carries the code, else 0, shape ``(blocks, slots, block)``, int8.
        packed: Codes as bits, 64 per word, shape ``(words, m)``, uint64, where that is faster; then lists and masks are
            empty. Else no word.
        row_sums: Row sums of the base, shape ``(m,)``, in the accumulators' type.
        tally: How many base rows carry a code, shape ``(u,)``.
    """

    first: np.ndarray
    starts: np.ndarray
    rows: np.ndarray
    slot: np.ndarray
    masks: np.ndarray
    packed: np.ndarray
    row_sums: np.ndarray
    code_counts: np.ndarray


def readonly(block: np.ndarray) -> np.ndarray:
    """Return the array as a read-only contiguous view, so that kernels are compiled for one layout only."""
    view = np.ascontiguousarray(block).view()
    view.flags.writeable = False
    return view


def index_codes(codes: np.ndarray, visits: np.ndarray | None = None) -> CodeIndex:
    """Return the index over a base's codes.

    Memory: 2 bytes per rare code present plus a byte per row and common code; or p / 8 bytes per row where packed.

    Args:
        codes: Shape ``(m, p)``, unsigned integers.
        visits: Share of targets whose updates visit a column, shape ``(p,)``; None if they visit what they carry and
            resemble the base.

    Raises:
        ValueError: Counts are so large that their unary codes do not fit in memory.
    """
    codes = readonly(codes)
    m = len(codes)
    top = codes.max(axis=0, initial=0).astype(np.int64)
    first = np.concatenate(([0], np.cumsum(np.maximum(top, 1))))
    width = int(first[-1])
    sums = np.empty(m, np.int64)
    in_chunks(m, 4096, lambda a, b: _sum_rows(codes[a:b], sums[a:b]))
    if sums.sum() > UNARY or width > UNARY:
        raise ValueError("expected counts whose sum fits in memory as unary codes; use metric 'gower'")
    ends = np.concatenate(([0], np.cumsum(sums)))
    ones = np.empty(ends[-1], np.int32)
    in_chunks(m, 4096, lambda a, b: _list_codes(codes[a:b], first, ends[a : b + 1], ones))
    code_counts = np.bincount(ones, minlength=width)
    share = code_counts / m
    common = share > COMMON
    visited = share if visits is None else np.repeat(visits, np.diff(first))
    listed = (visited * np.where(common, MASK_COST, share * LIST_COST)).sum()
    words = -(-width // 64)
    if listed > WORD_COST * words:
        common = np.zeros(width, bool)
        packed = np.zeros((words, m), np.uint64)
        block = _block(8 * words)
        _pack(ends, ones, packed)
        ends, ones, code_counts = np.zeros(m + 1, np.int64), ones[:0], np.zeros(width, np.int64)
    else:
        packed = np.zeros((0, 0), np.uint64)
        block = _block(int(common.sum()))
    slot = np.where(common, np.cumsum(common) - 1, -1).astype(np.int32)
    blocks = -(-m // block)
    starts = np.zeros((blocks, width + 1), np.int64)
    rows = np.empty(int(code_counts[~common].sum()), np.uint16)
    masks = np.zeros((blocks, int(common.sum()), block), np.int8)
    _invert(ends, ones, slot, starts, rows, masks)
    heaviest = int(sums.max(initial=0))
    row_sums = sums.astype(np.int8 if heaviest <= 127 else np.int16 if heaviest <= 32_767 else np.int32)
    fields = (first, starts, rows, slot, masks, packed, row_sums, code_counts)
    return CodeIndex(*(readonly(field) for field in fields))


def _block(row_bytes: int) -> int:
    block = BLOCK
    while block > 1024 and block * row_bytes > CACHE:
        block //= 2
    return block


@compiled()
def _sum_rows(codes: np.ndarray, sums: np.ndarray) -> None:
    for i in range(codes.shape[0]):
        row = codes[i]
        total = 0
        for j in range(row.size):
            total += row[j]
        sums[i] = total


@compiled()
def _list_codes(codes: np.ndarray, first: np.ndarray, ends: np.ndarray, ones: np.ndarray) -> None:
    for i in range(codes.shape[0]):
        row = codes[i]
        at = ends[i]
        for j in range(row.size):
            if row[j] != 0:
                for level in range(row[j]):
                    ones[at] = first[j] + level
                    at += 1


@compiled()
def _invert(
    ends: np.ndarray, ones: np.ndarray, slot: np.ndarray, starts: np.ndarray, rows: np.ndarray, masks: np.ndarray
) -> None:
    """Sort the codes of each block's rows into one list per rare code and one mask per common code."""
    size = masks.shape[2]
    next_place = np.zeros(slot.size, np.int64)
    placed = 0
    for block in range(starts.shape[0]):
        begin, stop = block * size, min((block + 1) * size, ends.size - 1)
        next_place[:] = 0
        for e in range(ends[begin], ends[stop]):
            if slot[ones[e]] < 0:
                next_place[ones[e]] += 1
        for code in range(slot.size):
            starts[block, code] = placed
            placed += next_place[code]
            next_place[code] = starts[block, code]
        starts[block, slot.size] = placed
        for i in range(begin, stop):
            for e in range(ends[i], ends[i + 1]):
                code = ones[e]
                if slot[code] >= 0:
                    masks[block, slot[code], i - begin] = -1
                else:
                    rows[next_place[code]] = i - begin
                    next_place[code] += 1


@compiled()
def _pack(ends: np.ndarray, ones: np.ndarray, packed: np.ndarray) -> None:
    for i in range(ends.size - 1):
        for e in range(ends[i], ends[i + 1]):
            packed[ones[e] >> 6, i] |= np.uint64(1) << np.uint64(ones[e] & 63)
