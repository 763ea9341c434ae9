"""Pairs of patients whose records agree with each other's and with nobody else's: perhaps one person, filed twice."""

from collections.abc import Iterator

import numpy as np

from synthaudit.audit.records.table import Records

Keys = tuple[np.ndarray, np.ndarray]
"""Keys and the rows that carry them, shapes ``(entries,)``; rows with a key in common agree."""


def lone_pairs(records: Records, *, near: bool) -> np.ndarray:
    """Return disjoint pairs of patients with a row in common that no third patient shares, shape ``(pairs, 2)``.

    Rows agree if all cells do or, where ``near``, all but one; of codes one may also be replaced by another. Numbers
    agree to single precision. A patient with more than one such partner is in no pair. One pass per column over
    sorted 64-bit hashes, and one over all codes present; the hash of a row without a cell is a difference of sums.

    Args:
        records: Rows of all patients, whose ids are numbers from 0.
        near: Whether one cell may differ.

    >>> lone_pairs(Records.binary(["a", "b"], [[0, 1], [0, 1], [1, 0], [1, 1]]), near=False).tolist()
    [[0, 1]]
    """
    crowded, rows = _partners(records, near)
    pairs, place = np.unique(np.sort(records.patients[rows], axis=1), axis=0, return_inverse=True)
    partners = np.bincount(pairs.ravel(), minlength=1)
    apart = np.bincount(place.ravel(), weights=~crowded[rows].any(axis=1), minlength=len(pairs)) > 0
    lone: np.ndarray = pairs[apart & (partners[pairs] == 1).all(axis=1)]
    return lone


def partner_counts(records: Records, *, near: bool) -> np.ndarray:
    """Return with how many other patients each has a row in common, shape ``(patients,)``: 0, 1, or 2 for more.

    Rows agree as in ``lone_pairs``. Patients' ids are numbers from 0 without a gap.

    >>> partner_counts(Records.binary(["a", "b"], [[0, 1], [0, 1], [1, 0], [1, 1]]), near=False).tolist()
    [1, 1, 0, 0]
    """
    crowded, rows = _partners(records, near)
    pairs = np.unique(np.sort(records.patients[rows], axis=1), axis=0)
    counts = np.bincount(pairs.ravel(), minlength=int(records.patients.max(initial=-1)) + 1)
    counts[records.patients[crowded]] = 2
    return np.minimum(counts, 2)


def stand_in(records: Records, table: Records, *, near: bool) -> np.ndarray:
    """Return which rows agree with a row of another table, shape ``(n,)``, bool; rows agree as in ``lone_pairs``."""
    found = np.zeros(len(records), dtype=bool)
    for (keys, rows), (others, _) in zip(_keys(records, near), _keys(table, near), strict=True):
        found[rows[np.isin(keys, others)]] = True
    return found


def _partners(records: Records, near: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return which rows agree with those of two or more other patients at once, and pairs of rows that agree."""
    crowded = np.zeros(len(records), dtype=bool)
    met: list[np.ndarray] = [np.empty((0, 2), dtype=np.int64)]
    for keys, rows in _keys(records, near):
        crowd, pairs = _groups(keys, rows, records.patients)
        crowded[crowd] = True
        met.append(pairs)
    return crowded, np.concatenate(met)


def row_hashes(records: Records) -> np.ndarray:
    """Return a 64-bit hash per row, the sum of its cells', shape ``(n,)``; equal rows of any two tables have one."""
    total = np.zeros(len(records), dtype=np.uint64)
    for hashes in _value_hashes(records):
        total += hashes
    rows, hashes = _code_hashes(records)
    np.add.at(total, rows, hashes)
    return total


def _keys(records: Records, near: bool) -> Iterator[Keys]:
    total, everyone = row_hashes(records), np.arange(len(records))
    yield total, everyone
    if not near or len(records.schema) < 2:
        return
    for hashes in _value_hashes(records):
        yield total - hashes, everyone
    rows, hashes = _code_hashes(records)
    # A row without one code meets the row that never had it.
    yield np.concatenate([total, total[rows] - hashes]), np.concatenate([everyone, rows])


def _groups(keys: np.ndarray, rows: np.ndarray, patients: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows whose key three or more patients share, and one pair of rows per key of exactly two."""
    order = np.lexsort((patients[rows], keys))
    keys, rows = keys[order], rows[order]
    fresh = np.diff(keys, prepend=keys[:1]) != 0
    fresh[:1] = True
    group = np.cumsum(fresh) - 1
    new_patient = fresh | (np.diff(patients[rows], prepend=-1) != 0)
    sharing = np.bincount(group, weights=new_patient)
    first = np.flatnonzero(fresh)
    last = np.append(first[1:], len(keys)) - 1
    two = sharing == 2
    return rows[sharing[group] > 2], np.stack([rows[first[two]], rows[last[two]]], axis=1)


def _value_hashes(records: Records) -> Iterator[np.ndarray]:
    """Yield the hashes of each column that is not binary, shape ``(n,)``."""
    for at, position in enumerate(records.schema.codes):
        if records.schema.columns[position].kind != "binary":
            yield _hash(records.codes[:, at].astype(np.uint64), position)
    for at, position in enumerate(records.schema.rest):
        with np.errstate(over="ignore"):
            values = records.rest[:, at].astype(np.float32) + np.float32(0)  # -0.0 becomes 0.0
        values[np.isnan(values)] = np.nan  # one bit pattern for every NaN
        yield _hash(values.view(np.uint32).astype(np.uint64), position)


def _code_hashes(records: Records) -> Keys:
    """Return the row and the hash of every code present in a binary column."""
    binary = np.array([records.schema.columns[at].kind == "binary" for at in records.schema.codes], dtype=bool)
    own = _hash(np.ones(len(binary), dtype=np.uint64), np.array(records.schema.codes, dtype=np.uint64))
    rows, columns = np.nonzero(records.codes[:, binary] if not binary.all() else records.codes)
    return rows, own[binary][columns]


def _hash(values: np.ndarray, column: int | np.ndarray) -> np.ndarray:
    """Mix 32-bit values and a column's position (SplitMix64's finaliser; Steele, Lea & Flood, 2014)."""
    mixed = values + (np.asarray(column, dtype=np.uint64) + np.uint64(1) << np.uint64(33))
    mixed = mixed * np.uint64(0x9E3779B97F4A7C15)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    done: np.ndarray = mixed ^ (mixed >> np.uint64(31))
    return done
