"""The nearest rows of one table to each row of another: one function, exact, the same on any number of threads."""

from collections.abc import Mapping, Sequence

import numpy as np

from synthaudit.audit.errors import InputError, check_choice
from synthaudit.audit.neighbours.query import Neighbors, Query
from synthaudit.audit.records import Records, Schema

__all__ = ["DEVICES", "METRICS", "Neighbors", "metric_for", "nearest"]

METRICS = ("hamming", "cosine", "jaccard", "gower")
DEVICES = ("cpu", "cuda")


def metric_for(schema: Schema) -> str:
    """Return the metric that suits a table: ``hamming`` where every column is 0 or 1, else ``gower``."""
    return "hamming" if schema.all_binary else "gower"


def nearest(
    targets: Records,
    base: Records,
    *,
    k: int = 1,
    metric: str = "auto",
    radii: Sequence[float] = (),
    columns: Sequence[str] | None = None,
    known: np.ndarray | None = None,
    ranges: Mapping[str, float] | None = None,
    exclude_same_row: bool = False,
    device: str = "cpu",
) -> Neighbors:
    """Find the k nearest rows of ``base`` to every target, and count the rows within each radius.

    - ``hamming``: columns that differ; on counts the L1 distance, which is the Hamming distance of unary codes.
    - ``cosine``: 1 - |x & y| / sqrt(|x| |y|), 0/1 columns only; a row of zeros is at distance 1 from every row.
    - ``jaccard``: 1 - |x & y| / |x or y|; two rows of zeros are at distance 0; counts are taken as unary codes.
    - ``gower``: mean over the columns of |x - y| / range, clipped at 1, for numbers and ordinal positions, and of
      mismatch for binary and categorical values; missing against a value is 1, missing against missing 0. A range
      comes from ``ranges`` if named there, else from the schema's bounds, else from the base's own rows, never from
      the targets, so that batches of targets agree. Who compares tables names ranges of real records. Where the
      range is 0, any difference is 1.

    Distances over no known column at all are 0. All distances equal the float64 formula; no answer depends on
    threads, batches or device. Memory beyond the inputs: at most 200 MB for 46,520 x 46,520 x 1,071 diagnosis codes:
    6 bytes per code present, and a byte per base row for every code that more than 5 % of them carry (a bit per code
    where rows are dense); for Gower 12 bytes per value outside the binary block (40 while they are built).

    Args:
        targets: Rows to place, n of them.
        base: Rows to search, m of them, under the same columns.
        k: Neighbours per target.
        metric: One of ``hamming``, ``cosine``, ``jaccard``, ``gower``; ``auto`` takes ``metric_for`` the schema.
        radii: Radii to count within; a row exactly at a radius counts.
        columns: Names of the columns to use; None for all.
        known: What each target's attacker knows, bool of shape ``(n, p)`` over all columns of ``targets``: its
            distances use only those (and only ``columns``, if given).
        ranges: Ranges of numeric columns, by name; see ``NumericScale.ranges``.
        exclude_same_row: Leave base row i out for target i; the two tables must have as many rows.
        device: ``cpu``, or ``cuda`` for a blocked matrix product on a GPU.

    Raises:
        ValueError: k is larger than the base, shapes do not match, the tables have other columns, or the metric does
            not fit a column's kind.
        InputError: A number is infinite.
    """
    check_choice(("auto", *METRICS), metric=metric)
    check_choice(DEVICES, device=device)
    known = _check_known(known, targets)
    if columns is not None:
        if known is not None:
            known = known[:, [targets.schema.position[targets.schema[name].name] for name in columns]]
        targets, base = targets.select(columns), base.select(columns)
    _check_tables(targets, base)
    spare = len(base) - 1 if exclude_same_row else len(base)
    if not 1 <= k <= spare:
        raise ValueError(f"expected k between 1 and the {spare} rows there are to search, got {k}")
    if exclude_same_row and len(targets) != len(base):
        raise ValueError(f"expected as many targets as base rows, got {len(targets)} and {len(base)}")
    limits = np.asarray(radii, dtype=np.float64).reshape(-1)
    if np.isnan(limits).any():
        raise ValueError("expected radii that are numbers, got NaN")
    choice = metric_for(base.schema) if metric == "auto" else metric
    _check_metric(choice, base)
    # The kernels' compiler takes half a second to import; a command that only lists attacks should not wait for it.
    from synthaudit.audit.neighbours.search import search

    return search(Query(targets, base, choice, known, ranges or {}, limits, exclude_same_row), k=k, device=device)


def _check_known(known: np.ndarray | None, targets: Records) -> np.ndarray | None:
    if known is None:
        return None
    mask = np.asarray(known)
    if mask.shape != (len(targets), len(targets.schema)) or mask.dtype != np.bool_:
        raise ValueError(
            f"expected known of shape {(len(targets), len(targets.schema))} and bool, got {mask.shape}, {mask.dtype}"
        )
    return mask


def _check_tables(targets: Records, base: Records) -> None:
    of_targets, of_base = ([(c.name, c.kind, c.levels, c.is_code) for c in t.schema.columns] for t in (targets, base))
    if of_targets != of_base:
        odd = sorted({c[0] for c in set(of_targets) ^ set(of_base)})
        raise ValueError(f"expected targets and base under the same columns; they differ in {odd[:5] or 'order'}")
    for table in (targets, base):
        kinds = [table.schema.columns[at].kind for at in table.schema.codes]
        binary = np.array([kind == "binary" for kind in kinds], dtype=bool)
        if table.codes.size and table.codes.max() > 1 and (table.codes[:, binary] > 1).any():
            raise ValueError("expected 0 or 1 in binary columns")
        bad = np.flatnonzero(np.isinf(table.rest).any(axis=0))
        if len(bad):
            raise InputError("expected finite numbers", column=table.schema.names[table.schema.rest[bad[0]]])


def _check_metric(metric: str, base: Records) -> None:
    if metric == "gower":
        return
    for column in base.schema.columns:
        if not column.is_code:
            raise ValueError(
                f"metric '{metric}' needs binary or count columns without missing values; column '{column.name}' is "
                f"{column.kind}{' and may be missing' if column.missing else ''}: use metric 'gower'"
            )
        if metric == "cosine" and column.kind == "count":
            raise ValueError(
                f"metric 'cosine' needs binary columns; column '{column.name}' holds counts: use metric 'hamming', "
                "which is their L1 distance, or 'gower'"
            )
