"""Updates of the accumulators by each target: the codes it visits, or the bits it compares."""

from typing import NamedTuple

import numpy as np

from synthaudit.audit.kernels import compiled
from synthaudit.audit.neighbours.inverted_index import CodeIndex, readonly


class Updates(NamedTuple):
    """Updates of the accumulators by a batch of targets.

    Attributes:
        ends: Where a target's updates end, shape ``(n + 1,)``, starting at 0.
        codes: Unary codes whose rows are touched, int32.
        adds: What is added to those rows, int8.
        lifted: Whether the accumulators start at the base's row sums rather than at 0, shape ``(n,)``.
        total: Sum of the target's known counts, shape ``(n,)``.
        flips: Over a packed base, bits to invert before counting, shape ``(n, words)``, uint64.
        keeps: Over a packed base, bits to count.
        start: Over a packed base, where the count starts, shape ``(n,)``.
    """

    ends: np.ndarray
    codes: np.ndarray
    increments: np.ndarray
    from_sums: np.ndarray
    total: np.ndarray
    xor_bits: np.ndarray
    and_bits: np.ndarray
    start: np.ndarray


def hamming_updates(index: CodeIndex, codes: np.ndarray, known: np.ndarray | None) -> Updates:
    """Return the updates after which ``total`` plus the accumulator is the L1 distance over the known columns.

    Unknown columns are left out in the cheaper of two ways: counting up from 0 over what is known, or down from the
    row sums over what is not.
    """
    return _updates(index, codes, known, _HAMMING)


def visit_rates(codes: np.ndarray, known: np.ndarray | None) -> np.ndarray | None:
    """Return the share of targets that visit each column, estimated from the base's own rows; None if all is known."""
    if known is None:
        return None
    share = known.mean(axis=0)
    visits: np.ndarray = np.minimum(share, 1 - share + share * (codes > 0).mean(axis=0))
    return visits


def overlap_updates(index: CodeIndex, codes: np.ndarray, known: np.ndarray | None) -> Updates:
    """Return the updates after which the accumulator counts the codes shared over the known columns."""
    return _updates(index, codes, known, _SHARED)


def weight_updates(index: CodeIndex, codes: np.ndarray, known: np.ndarray) -> Updates:
    """Return the updates after which the accumulator is the base row's sum over the columns a target knows."""
    return _updates(index, codes, known, _WEIGHT)


_HAMMING, _SHARED, _WEIGHT = 0, 1, 2


def _updates(index: CodeIndex, codes: np.ndarray, known: np.ndarray | None, want: int) -> Updates:
    codes = readonly(codes)
    masked = known is not None
    mask = readonly(known) if known is not None else readonly(np.empty((0, 0), bool))
    sizes = np.zeros(len(codes) + 1, np.int64)
    from_sums = np.zeros(len(codes), np.bool_)
    total = np.zeros(len(codes), np.int64)
    _plan_updates(codes, masked, mask, index.first, index.code_counts, want, sizes, from_sums, total)
    words = len(index.packed)
    xor_bits, and_bits = np.zeros((len(codes), words), np.uint64), np.zeros((len(codes), words), np.uint64)
    start = np.zeros(len(codes), np.int64)
    if words:
        _write_words(codes, masked, mask, index.first, want, xor_bits, and_bits, start)
        sizes[:] = 0
    ends = np.cumsum(sizes)
    visited = np.empty(ends[-1], np.int32)
    increments = np.empty(ends[-1], np.int8)
    if not words:
        _write_updates(codes, masked, mask, index.first, want, from_sums, ends, visited, increments)
    return Updates(ends, visited, increments, from_sums, total, xor_bits, and_bits, start)


@compiled()
def _plan_updates(
    codes: np.ndarray,
    masked: bool,
    known: np.ndarray,
    first: np.ndarray,
    code_counts: np.ndarray,
    want: int,
    sizes: np.ndarray,
    from_sums: np.ndarray,
    total: np.ndarray,
) -> None:
    """Choose where each target's accumulators start, and count its updates."""
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
                    down_work += code_counts[code]
                continue
            total[i] += row[j]
            both = min(np.int64(row[j]), levels)
            shared += both
            if masked and want != 1:
                up += levels
                for code in range(first[j], first[j + 1]):
                    up_work += code_counts[code]
                if want == 0:
                    for code in range(first[j], first[j] + both):
                        down_work += code_counts[code]
        if want == 1:
            sizes[i + 1] = shared
            continue
        from_sums[i] = not masked or down_work < up_work
        if from_sums[i]:
            sizes[i + 1] = down + (shared if want == 0 else 0)
        else:
            sizes[i + 1] = up


@compiled()
def _write_updates(
    codes: np.ndarray,
    masked: bool,
    known: np.ndarray,
    first: np.ndarray,
    want: int,
    from_sums: np.ndarray,
    ends: np.ndarray,
    visited: np.ndarray,
    increments: np.ndarray,
) -> None:
    """Write each target's codes and what they add: sum_K |x - y| = sum_K x + sum_K y (1 - 2 [x carries it])."""
    for i in range(codes.shape[0]):
        row = codes[i]
        at = ends[i]
        for j in range(row.size):
            if not masked and row[j] == 0:
                continue
            apart = masked and not known[i, j]
            if apart and (want == 1 or not from_sums[i]):
                continue
            both = min(np.int64(row[j]), first[j + 1] - first[j])
            stop = first[j + 1]
            if not apart and (want == 1 or from_sums[i]):
                # On the way down from the row sums, a known code that the target lacks is already counted.
                stop = first[j] + (both if want < 2 else 0)
            for code in range(first[j], stop):
                visited[at] = code
                if apart:
                    increments[at] = -1
                elif want != 0:
                    increments[at] = 1
                elif from_sums[i]:
                    increments[at] = -2
                else:
                    increments[at] = -1 if code < first[j] + both else 1
                at += 1


@compiled()
def _write_words(
    codes: np.ndarray,
    masked: bool,
    known: np.ndarray,
    first: np.ndarray,
    want: int,
    xor_bits: np.ndarray,
    and_bits: np.ndarray,
    start: np.ndarray,
) -> None:
    """Write each target's bits: sum_K |x - y| = bits of (x xor y) and K; shared codes are bits of y and (x and K)."""
    for i in range(codes.shape[0]):
        for j in range(codes.shape[1]):
            if masked and not known[i, j]:
                continue
            for code in range(first[j], first[j + 1]):
                carried = codes[i, j] > code - first[j]
                bit = np.uint64(1) << np.uint64(code & 63)
                if carried or want != 1:
                    and_bits[i, code >> 6] |= bit
                if carried and want == 0:
                    xor_bits[i, code >> 6] |= bit
                    start[i] -= 1
