"""Every row of the result as CSV and Parquet, unrounded, for people who compute on."""

import csv
from io import BytesIO, StringIO
from typing import Final

from synthaudit.audit.suite.result import Result, Row, Unmeasured

THREAT_MODEL: Final = (
    "access", "synthetic_rows", "reference_rows", "known_columns", "known_choice", "error_rate", "secret",
    "reference_population", "target_choice", "targets_per_side", "prior", "combined_releases", "shadow_models",
    "shadow_rows", "fresh_rows",
)  # fmt: skip
GUARANTEE: Final = ("delta", "adjacency", "unit", "group", "claimed", "scope", "verified")
NUMBER: Final = ("value", "low", "high", "confidence", "trials", "method", "p_value", "ceiling")
HEAD: Final = (
    "id", "section", "level", "system", "release", "method", "statistic", "slice", *THREAT_MODEL,
    "value", "low", "high", "confidence", "trials", "interval", "p_value", "ceiling",
    "chance", "worse", "members", "holdout", *GUARANTEE,
    "not_measured_because",
)  # fmt: skip
FLOATS: Final = (
    "error_rate", "prior", "value", "low", "high", "confidence", "p_value", "ceiling", "chance", "delta", "claimed",
)  # fmt: skip
INTEGERS: Final = (
    "release", "synthetic_rows", "reference_rows", "known_columns", "targets_per_side", "combined_releases",
    "shadow_models", "shadow_rows", "fresh_rows", "trials", "members", "holdout", "group",
)  # fmt: skip


def rows_csv(result: Result) -> str:
    """Return the table; an empty cell means that there is no such number, and the last column says why."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEAD)
    writer.writerows([without_formula(cell) for cell in _line(row)] for row in result.rows)
    return out.getvalue()


def rows_parquet(result: Result) -> bytes:
    """Return the same table with its types; a missing number is null."""
    import pyarrow as pa
    from pyarrow import parquet

    kinds = {name: pa.float64() for name in FLOATS} | {name: pa.int64() for name in INTEGERS} | {"verified": pa.bool_()}
    columns = zip(*(_line(row) for row in result.rows), strict=True) if result.rows else ((),) * len(HEAD)
    arrays = [pa.array(column, kinds.get(name, pa.string())) for name, column in zip(HEAD, columns, strict=True)]
    out = BytesIO()
    parquet.write_table(pa.table(arrays, names=list(HEAD)), out)
    return out.getvalue()


def _line(row: Row) -> tuple[object, ...]:
    """Return a row's cells in the order of the head."""
    number = row.number
    threat_model = tuple(getattr(row.knowledge, name, None) for name in THREAT_MODEL)
    guarantee = tuple(getattr(row.guarantee, name, None) for name in GUARANTEE)
    measured = tuple(getattr(number, name, None) for name in NUMBER)
    reason = number.reason if isinstance(number, Unmeasured) else None
    names = (row.id, row.section, row.level, row.system, row.release, row.method, row.statistic, row.slice)
    return (*names, *threat_model, *measured, row.chance, row.worse, row.members, row.holdout, *guarantee, reason)


def without_formula(cell: object) -> object:
    """Return a cell that a spreadsheet does not run: text that starts like a formula gets a quote in front."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
