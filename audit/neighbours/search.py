"""From tables to kernels: one index over the base, and batches of targets on threads."""

import numpy as np

from synthaudit.audit.neighbours.gower_encoding import encode_base, encode_targets
from synthaudit.audit.neighbours.gower_kernel import search_gower
from synthaudit.audit.neighbours.inverted_index import index_codes, readonly
from synthaudit.audit.neighbours.overlap_kernels import OverlapTargets, search_hamming, search_ratio
from synthaudit.audit.neighbours.query import Neighbors, Query
from synthaudit.audit.neighbours.target_updates import hamming_updates, overlap_updates, visit_rates, weight_updates
from synthaudit.audit.neighbours.threads import in_chunks
from synthaudit.audit.neighbours.top_k import TopK

CHUNK = 256
"""Targets per batch: their updates stay small, and threads share out the work evenly."""


def search(query: Query, *, k: int, device: str) -> Neighbors:
    """Return the k nearest rows; see ``synthaudit.audit.neighbours.nearest``."""
    n = len(query.targets)
    found = Neighbors(np.full((n, k), np.inf), np.full((n, k), -1, np.int64), np.zeros((n, len(query.radii)), np.int64))
    if not n:
        return found
    if device != "cpu":
        # Only here is torch needed, and it takes seconds to import.
        from synthaudit.audit.neighbours.gpu_matmul import search_by_product

        search_by_product(query, device, found)
    elif query.metric == "gower":
        _search_mixed(query, found)
    else:
        _search_codes(query, found)
    return found


def _batch(query: Query, found: Neighbors, rows: slice) -> tuple[int, TopK]:
    """Return the base row that is the first target itself, -1 if none is, and where the kernel writes."""
    own = rows.start if query.exclude_same_row else -1
    return own, TopK(readonly(query.radii), found.distance[rows], found.index[rows], found.within[rows])


def _search_codes(query: Query, found: Neighbors) -> None:
    index = index_codes(query.base.codes, visit_rates(query.base.codes, query.known))

    def work(start: int, stop: int) -> None:
        rows = slice(start, stop)
        codes, known = query.targets.codes[rows], query.known_to(rows)
        own, top = _batch(query, found, rows)
        if query.metric == "hamming":
            search_hamming(index, hamming_updates(index, codes, known), own, top)
            return
        overlap = overlap_updates(index, codes, known)
        sums = overlap if known is None else weight_updates(index, codes, known)
        targets = OverlapTargets(overlap, sums, known is not None, query.metric == "cosine")
        search_ratio(index, targets, own, top)

    in_chunks(len(query.targets), CHUNK, work)


def _search_mixed(query: Query, found: Neighbors) -> None:
    encoding = encode_base(query.base, query.ranges, query.known)

    def work(start: int, stop: int) -> None:
        rows = slice(start, stop)
        targets = encode_targets(encoding, query.targets.take(rows), query.known_to(rows))
        own, top = _batch(query, found, rows)
        search_gower(encoding.base, targets, own, top)

    in_chunks(len(query.targets), CHUNK, work)
