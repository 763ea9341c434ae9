"""What each target does to the accumulators: the codes it visits, or the bits it compares."""

from typing import NamedTuple

import numpy as np

from synthaudit.audit.kernels import compiled
from synthaudit.audit.neighbours.inverted_index import CodeIndex, plain


class Steps(NamedTuple):
    """What each target adds to the accumulators.

    Attributes:
        ends: Where a target's steps end, shape ``(n + 1,)``, starting at 0.
        codes: Unary codes whose rows are touched, int32.
        adds: What is added to those rows, int8.
        lifted: Whether the accumulators start at the base's row sums rather than at 0, shape ``(n,)``.
        total: Sum of the target's known counts, shape ``(n,)``.
        flips: Over a packed base, bits turned round before counting, shape ``(n, words)``, uint64.
        keeps: Over a packed base, bits that are counted.
        start: Over a packed base, what the count starts from, shape ``(n,)``.
    """

    ends: np.ndarray
    codes: np.ndarray
    adds: np.ndarray
    lifted: np.ndarray
    total: np.ndarray
    flips: np.ndarray
    keeps: np.ndarray
    start: np.ndarray


def hamming_steps(index: CodeIndex, codes: np.ndarray, known: np.ndarray | None) -> Steps:
    """Return the steps after which ``total`` plus the accumulator is the L1 distance over the known columns.

    Unknown columns are left out in the cheaper of two ways: counting up from 0 over what is known, or down from the
    row sums over what is not.
    """
    return _steps(index, codes, known, _HAMMING)


def visits_of(codes: np.ndarray, known: np.ndarray | None) -> np.ndarray | None:
    """Return the share of targets that visit each column, judged by the base's own rows; None if all is known."""
    if known is None:
        return None
    held = known.mean(axis=0)
    visits: np.ndarray = np.minimum(held, 1 - held + held * (codes > 0).mean(axis=0))
    return visits


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
    words = len(index.packed)
    flips, keeps = np.zeros((len(codes), words), np.uint64), np.zeros((len(codes), words), np.uint64)
    start = np.zeros(len(codes), np.int64)
    if words:
        _write_words(codes, masked, mask, index.first, want, flips, keeps, start)
        sizes[:] = 0
    ends = np.cumsum(sizes)
    chosen = np.empty(ends[-1], np.int32)
    adds = np.empty(ends[-1], np.int8)
    if not words:
        _write_steps(codes, masked, mask, index.first, want, lifted, ends, chosen, adds)
    return Steps(ends, chosen, adds, lifted, total, flips, keeps, start)


@compiled()
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


@compiled()
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


@compiled()
def _write_words(
    codes: np.ndarray,
    masked: bool,
    known: np.ndarray,
    first: np.ndarray,
    want: int,
    flips: np.ndarray,
    keeps: np.ndarray,
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
                    keeps[i, code >> 6] |= bit
                if carried and want == 0:
                    flips[i, code >> 6] |= bit
                    start[i] -= 1
