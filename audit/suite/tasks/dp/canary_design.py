"""Canaries: made-up records drawn from a law that is stated, some with nothing but a code that nobody else has."""

from dataclasses import dataclass, replace
from itertools import count, islice

import numpy as np

from synthaudit.audit.records import Column, Records, Schema

NAME = "canary code"
"""What the columns of canaries are called; numbers follow."""


@dataclass(frozen=True, eq=False)
class Canaries:
    """Made-up records under the public schema, and what is known of them before any training.

    Attributes:
        rows: The records, shape ``(m, p)``; the schema has a column more for each that carries a code of its own.
        own: Which code of the integer block is a canary's own, shape ``(m,)``; -1 for those without.
        features: What the law says of each, shape ``(m, f)``: how many codes, and how likely they are together.
    """

    rows: Records
    unique_code: np.ndarray
    features: np.ndarray

    @property
    def without_unique_code(self) -> Records:
        """The same records without their own codes."""
        codes = self.rows.codes.copy()
        with_one = np.flatnonzero(self.unique_code >= 0)
        codes[with_one, self.unique_code[with_one]] = 0
        return Records(self.rows.schema, codes, self.rows.rest, self.rows.patients)


def draw_canaries(
    like: Records, size: int, *, own_columns: int, law: str, patients: int, rng: np.random.Generator
) -> Canaries:
    """Return canaries: as many codes as people have, which ones is drawn by ``law``; all else drawn from its range.

    Number of codes: that of a random row of ``like``, at least one. Codes: without replacement, all equally likely
    (``uniform``) or in proportion to how many rows of ``like`` have them, plus one half (``typical``). Levels are drawn
    uniformly, numbers uniformly between the bounds of the schema, or those of ``like`` where it has none.

    Args:
        like: Real rows of people whom the generator never sees; only lengths, rates and ranges are taken from them.
        size: Canaries, m.
        own_columns: The first so many canaries have nothing but a code of their own, in a column that is theirs alone:
            where gradients are clipped, all that a record may weigh then goes into what only it can move.
        law: ``uniform`` or ``typical``.
        patients: Number of the first canary; above every real patient's.
        rng: Draws everything.

    Memory: one number a canary and code, 8 MB for 1,000 x 1,000.
    """
    width, own_columns = like.codes.shape[1], min(own_columns, size)
    codes = np.zeros((size, width + own_columns), dtype=np.uint8)
    features = np.zeros((size, 3))
    if width:
        lengths = (like.codes > 0).sum(axis=1)[rng.integers(len(like), size=size)].clip(1, width)
        weights = (like.codes > 0).sum(axis=0) + 0.5 if law == "typical" else np.ones(width)
        # The largest of log-weight plus Gumbel noise are a draw without replacement in proportion to the weights.
        keys = np.log(weights) + rng.gumbel(size=(size, width))
        rank = np.argsort(np.argsort(-keys, axis=1), axis=1)
        codes[:, :width] = rank < lengths[:, None]
        rates = ((like.codes > 0).sum(axis=0) + 0.5) / (len(like) + 1)
        features = np.stack([np.ones(size), lengths, codes[:, :width] @ np.log(rates)], axis=1)
    codes[:own_columns, :width] = 0
    features[:own_columns, 1:] = 0.0
    codes[np.arange(own_columns), width + np.arange(own_columns)] = 1
    unique_code = np.where(np.arange(size) < own_columns, width + np.arange(size), -1)
    rest = np.stack([_values(like, at, size, rng) for at in like.schema.rest], axis=1) if like.schema.rest else None
    records = Records(
        widened(like.schema, own_columns),
        codes,
        np.empty((size, 0)) if rest is None else rest,
        patients + np.arange(size),
    )
    return Canaries(records, unique_code, features)


def widened(schema: Schema, own_columns: int) -> Schema:
    """Return the schema with so many yes/no columns more."""
    taken = set(schema.names)
    names = (name for at in count(1) if (name := f"{NAME} {at}") not in taken)
    made = (Column(name, "binary") for name in islice(names, own_columns))
    return replace(schema, columns=(*schema.columns, *made))


def with_more_codes(records: Records, schema: Schema) -> Records:
    """Return records under a schema with further codes at its end, which nobody has."""
    more = len(schema.codes) - records.codes.shape[1]
    codes = np.concatenate([records.codes, np.zeros((len(records), more), dtype=records.codes.dtype)], axis=1)
    return Records(schema, codes, records.rest, records.patients)


def _values(like: Records, position: int, size: int, rng: np.random.Generator) -> np.ndarray:
    column = like.schema.columns[position]
    if not column.is_numeric:
        return rng.integers(len(column.levels), size=size).astype(np.float64)
    seen = like.column(column.name)
    seen = seen[~np.isnan(seen)]
    low = column.low if column.low is not None else float(seen.min()) if len(seen) else 0.0
    high = column.high if column.high is not None else max(float(seen.max()), low) if len(seen) else low + 1.0
    drawn = rng.uniform(low, high, size)
    if column.kind == "binary":
        return (rng.random(size) < 0.5).astype(np.float64)
    return np.rint(drawn) if column.integer or column.kind == "count" else drawn


def describe(law: str, own_columns: int) -> str:
    """Return the law of canaries as a report states it."""
    drawn = "codes drawn uniformly" if law == "uniform" else "codes drawn as often as real patients have them"
    unique = f"; {own_columns} of them nothing but a code of their own" if own_columns else ""
    return f"as many codes as real patients have, {drawn}{unique}"
