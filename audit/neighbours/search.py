"""From tables to kernels: batches of targets, one index over the base."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from synthaudit.audit.neighbours.gower_encoding import encode_base, encode_targets
from synthaudit.audit.neighbours.gower_kernel import sweep_mixed
from synthaudit.audit.neighbours.inverted_index import index_codes, plain
from synthaudit.audit.neighbours.overlap_kernels import sweep_ratio, sweep_whole
from synthaudit.audit.neighbours.target_updates import hamming_steps, shared_steps, visits_of, weight_steps
from synthaudit.audit.neighbours.threads import in_chunks
from synthaudit.audit.records import Records

if TYPE_CHECKING:
    from synthaudit.audit.neighbours import Neighbors

CHUNK = 256
"""Targets a task: their steps stay small, and threads share out the work evenly."""


def search(
    targets: Records,
    base: Records,
    metric: str,
    known: np.ndarray | None,
    ranges: Mapping[str, float],
    radii: np.ndarray,
    exclude: bool,
    device: str,
    found: "Neighbors",
) -> None:
    """Fill ``found`` for checked arguments; see ``synthaudit.audit.neighbours.nearest``."""
    if not len(targets):
        return
    if device != "cpu":
        # Only here is torch needed, and it takes seconds to import.
        from synthaudit.audit.neighbours.gpu_matmul import search_by_product

        search_by_product(targets, base, metric, known, ranges, radii, exclude, device, found)
    elif metric == "gower":
        _search_mixed(targets, base, known, ranges, radii, exclude, found)
    else:
        _search_codes(targets, base, metric, known, radii, exclude, found)


def _search_codes(
    targets: Records,
    base: Records,
    metric: str,
    known: np.ndarray | None,
    radii: np.ndarray,
    exclude: bool,
    found: "Neighbors",
) -> None:
    index = index_codes(base.codes, visits_of(base.codes, known))
    radii = plain(radii)

    def work(start: int, stop: int) -> None:
        codes = targets.codes[start:stop]
        mask = None if known is None else known[start:stop]
        out = (found.distance[start:stop], found.index[start:stop], found.within[start:stop])
        own = start if exclude else -1
        if metric == "hamming":
            sweep_whole(index, hamming_steps(index, codes, mask), own, radii, *out)
            return
        shared = shared_steps(index, codes, mask)
        weights = shared if mask is None else weight_steps(index, codes, mask)
        sweep_ratio(index, shared, weights, mask is not None, metric == "cosine", own, radii, *out)

    in_chunks(len(targets), CHUNK, work)


def _search_mixed(
    targets: Records,
    base: Records,
    known: np.ndarray | None,
    ranges: Mapping[str, float],
    radii: np.ndarray,
    exclude: bool,
    found: "Neighbors",
) -> None:
    rows = encode_base(base, ranges, known)
    usual = plain(rows.usual.astype(np.float32))
    radii = plain(radii)

    def work(start: int, stop: int) -> None:
        mask = None if known is None else known[start:stop]
        batch = encode_targets(rows, targets.take(slice(start, stop)), mask)
        sweep_mixed(
            rows.codes,
            batch.steps,
            rows.exact,
            rows.rough,
            rows.spread,
            usual,
            rows.unusual,
            batch.exact,
            batch.rough,
            batch.visits,
            batch.stops,
            batch.apart,
            batch.ends,
            batch.lanes,
            batch.share,
            batch.slack,
            start if exclude else -1,
            radii,
            found.distance[start:stop],
            found.index[start:stop],
            found.within[start:stop],
        )

    in_chunks(len(targets), CHUNK, work)
