"""Shared-code counts through an inverted index: an accumulator a base row, touched only where a target's code stands.

With G = X Y^T the shared codes and a, b the row sums, Hamming is a + b - 2G. A target visits, for each of its codes,
the rows of a block that carry it and lowers their accumulators by 2 from b. Rows of diagnosis codes hold about 14
ones in 1,071, so a pair costs about 1.7 additions of one byte, where a dense method reads all columns. Codes that
are common in the base stand as columns of masks, which the compiler adds 32 or 64 rows at a time, so dense tables
go through the same kernel at vector speed.

A count c is c unary codes (at least 1, at least 2, ...): Hamming over those is the L1 distance of counts.
"""

from typing import NamedTuple

import numpy as np

from audit.neighbours.threads import compiled, in_chunks

BLOCK = 16_384
"""Base rows a block: their one-byte accumulators stay in a core's first cache, and a row number in 16 bits."""
COMMON = 0.03
"""Share of base rows above which a code is a mask column: there one vector pass costs as much as its list."""
MASK_BYTES = 1_000_000
"""Mask columns of one block, in bytes: they should stay in a core's second cache."""
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
        weight: Row sums of the base, shape ``(m,)``, in the accumulators' type.
        tally: How many base rows carry a code, shape ``(u,)``.
    """

    first: np.ndarray
    starts: np.ndarray
    rows: np.ndarray
    slot: np.ndarray
    masks: np.ndarray
    weight: np.ndarray
    tally: np.ndarray


class Steps(NamedTuple):
    """What each target adds to the accumulators.

    Attributes:
        ends: Where a target's steps end, shape ``(n + 1,)``, starting at 0.
        codes: Unary codes whose rows are touched, int32.
        adds: What is added to those rows, int8.
        lifted: Whether the accumulators start at the base's row sums rather than at 0, shape ``(n,)``.
        total: Sum of the target's known counts, shape ``(n,)``.
    """

    ends: np.ndarray
    codes: np.ndarray
    adds: np.ndarray
    lifted: np.ndarray
    total: np.ndarray


def plain(block: np.ndarray) -> np.ndarray:
    """Return the array as a read-only contiguous view, so that kernels are compiled for one layout only."""
    view = np.ascontiguousarray(block).view()
    view.flags.writeable = False
    return view


def index_codes(codes: np.ndarray) -> CodeIndex:
    """Return the inverted index over a base's codes, shape ``(m, p)``, unsigned integers.

    Memory: 2 bytes a rare code present plus a byte a row and common code.

    Raises:
        ValueError: Counts are so large that their unary codes do not fit in memory.
    """
    codes = plain(codes)
    top = codes.max(axis=0, initial=0).astype(np.int64)
    first = np.concatenate(([0], np.cumsum(np.maximum(top, 1))))
    sums = np.empty(len(codes), np.int64)
    in_chunks(len(codes), 4096, lambda a, b: _sum_rows(codes[a:b], sums[a:b]))
    if sums.sum() > UNARY or first[-1] > UNARY:
        raise ValueError("expected counts whose sum fits in memory as unary codes; use metric 'gower'")
    ends = np.concatenate(([0], np.cumsum(sums)))
    ones = np.empty(ends[-1], np.int32)
    in_chunks(len(codes), 4096, lambda a, b: _list_codes(codes[a:b], first, ends[a : b + 1], ones))
    tally = np.bincount(ones, minlength=first[-1])
    slot = np.full(first[-1], -1, np.int32)
    common = np.flatnonzero(tally > COMMON * len(codes))
    slot[common] = np.arange(len(common))
    block = BLOCK
    while block > 1024 and block * len(common) > MASK_BYTES:
        block //= 2
    blocks = -(-len(codes) // block)
    starts = np.zeros((blocks, first[-1] + 1), np.int64)
    rows = np.empty(int(tally.sum() - tally[common].sum()), np.uint16)
    masks = np.zeros((blocks, len(common), block), np.int8)
    _invert(ends, ones, slot, starts, rows, masks)
    heaviest = int(sums.max(initial=0))
    weight = sums.astype(np.int8 if heaviest <= 127 else np.int16 if heaviest <= 32_767 else np.int32)
    return CodeIndex(plain(first), plain(starts), plain(rows), plain(slot), plain(masks), plain(weight), plain(tally))


def hamming_steps(index: CodeIndex, codes: np.ndarray, known: np.ndarray | None) -> Steps:
    """Return the steps after which ``total`` plus the accumulator is the L1 distance over the known columns.

    Unknown columns are left out in the cheaper of two ways: counting up from 0 over what is known, or down from the
    row sums over what is not.
    """
    return _steps(index, codes, known, _HAMMING)


def shared_steps(index: CodeIndex, codes: np.ndarray, known: np.ndarray | None) -> Steps:
    """Return the steps after which the accumulator counts the codes shared over the known columns."""
    return _steps(index, codes, known, _SHARED)


def weight_steps(index: CodeIndex, codes: np.ndarray, known: np.ndarray) -> Steps:
    """Return the steps after which the accumulator is the base row's sum over the columns a target knows."""
    return _steps(index, codes, known, _WEIGHT)


_HAMMING, _SHARED, _WEIGHT = 0, 1, 2


def _steps(index: CodeIndex, codes: np.ndarray, known: np.ndarray | None, want: int) -> Steps:
    codes = plain(codes)
    masked = known is not None
    mask = plain(known) if known is not None else plain(np.empty((0, 0), bool))
    sizes = np.zeros(len(codes) + 1, np.int64)
    lifted = np.zeros(len(codes), np.bool_)
    total = np.zeros(len(codes), np.int64)
    _plan_steps(codes, masked, mask, index.first, index.tally, want, sizes, lifted, total)
    ends = np.cumsum(sizes)
    chosen = np.empty(ends[-1], np.int32)
    adds = np.empty(ends[-1], np.int8)
    _write_steps(codes, masked, mask, index.first, want, lifted, ends, chosen, adds)
    return Steps(ends, chosen, adds, lifted, total)


@compiled
def _sum_rows(codes: np.ndarray, sums: np.ndarray) -> None:
    for i in range(codes.shape[0]):
        row = codes[i]
        total = 0
        for j in range(row.size):
            total += row[j]
        sums[i] = total


@compiled
def _list_codes(codes: np.ndarray, first: np.ndarray, ends: np.ndarray, ones: np.ndarray) -> None:
    for i in range(codes.shape[0]):
        row = codes[i]
        at = ends[i]
        for j in range(row.size):
            if row[j] != 0:
                for level in range(row[j]):
                    ones[at] = first[j] + level
                    at += 1


@compiled
def _invert(
    ends: np.ndarray, ones: np.ndarray, slot: np.ndarray, starts: np.ndarray, rows: np.ndarray, masks: np.ndarray
) -> None:
    """Sort the codes of each block's rows into one list a rare code and one mask a common code."""
    size = masks.shape[2]
    fill = np.zeros(slot.size, np.int64)
    placed = 0
    for block in range(starts.shape[0]):
        begin, stop = block * size, min((block + 1) * size, ends.size - 1)
        fill[:] = 0
        for e in range(ends[begin], ends[stop]):
            if slot[ones[e]] < 0:
                fill[ones[e]] += 1
        for code in range(slot.size):
            starts[block, code] = placed
            placed += fill[code]
            fill[code] = starts[block, code]
        starts[block, slot.size] = placed
        for i in range(begin, stop):
            for e in range(ends[i], ends[i + 1]):
                code = ones[e]
                if slot[code] >= 0:
                    masks[block, slot[code], i - begin] = -1
                else:
                    rows[fill[code]] = i - begin
                    fill[code] += 1


@compiled
def _plan_steps(
    codes: np.ndarray,
    masked: bool,
    known: np.ndarray,
    first: np.ndarray,
    tally: np.ndarray,
    want: int,
    sizes: np.ndarray,
    lifted: np.ndarray,
    total: np.ndarray,
) -> None:
    """Choose where each target's accumulators start, and count its steps."""
    for i in range(codes.shape[0]):
        row = codes[i]
        up_work = down_work = 0
        up = down = shared = 0
        for j in range(row.size):
            if not masked and row[j] == 0:
                continue
            levels = first[j + 1] - first[j]
            if masked and not known[i, j]:
                down += levels
                for code in range(first[j], first[j + 1]):
                    down_work += tally[code]
                continue
            total[i] += row[j]
            both = min(np.int64(row[j]), levels)
            shared += both
            if masked and want != 1:
                up += levels
                for code in range(first[j], first[j + 1]):
                    up_work += tally[code]
                if want == 0:
                    for code in range(first[j], first[j] + both):
                        down_work += tally[code]
        if want == 1:
            sizes[i + 1] = shared
            continue
        lifted[i] = not masked or down_work < up_work
        if lifted[i]:
            sizes[i + 1] = down + (shared if want == 0 else 0)
        else:
            sizes[i + 1] = up


@compiled
def _write_steps(
    codes: np.ndarray,
    masked: bool,
    known: np.ndarray,
    first: np.ndarray,
    want: int,
    lifted: np.ndarray,
    ends: np.ndarray,
    chosen: np.ndarray,
    adds: np.ndarray,
) -> None:
    """Write each target's codes and what they add: sum_K |x - y| = sum_K x + sum_K y (1 - 2 [x carries it])."""
    for i in range(codes.shape[0]):
        row = codes[i]
        at = ends[i]
        for j in range(row.size):
            if not masked and row[j] == 0:
                continue
            apart = masked and not known[i, j]
            if apart and (want == 1 or not lifted[i]):
                continue
            both = min(np.int64(row[j]), first[j + 1] - first[j])
            stop = first[j + 1]
            if not apart and (want == 1 or lifted[i]):
                # On the way down from the row sums, a known code that the target lacks is already counted.
                stop = first[j] + (both if want < 2 else 0)
            for code in range(first[j], stop):
                chosen[at] = code
                if apart:
                    adds[at] = -1
                elif want != 0:
                    adds[at] = 1
                elif lifted[i]:
                    adds[at] = -2
                else:
                    adds[at] = -1 if code < first[j] + both else 1
                at += 1
