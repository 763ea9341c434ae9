"""Every row of the result as CSV and Parquet, unrounded, for people who compute on."""

import csv
from io import BytesIO, StringIO
from typing import Final

from synthaudit.audit.suite.result import Result, Row, Unmeasured

KNOWN: Final = (
    "access", "synthetic_rows", "reference_rows", "known_columns", "known_choice", "error_rate", "secret",
    "reference_population", "target_choice", "targets_per_side", "prior", "combined_releases", "shadow_models",
    "shadow_rows", "fresh_rows",
)  # fmt: skip
PROMISED: Final = ("delta", "adjacency", "unit", "group", "claimed", "scope", "verified")
HEAD: Final = (
    "id", "section", "level", "system", "release", "method", "statistic", "slice", *KNOWN, "value", "low", "high",
    "confidence", "trials", "interval", "p_value", "ceiling", "chance", "worse", "members", "holdout", *PROMISED,
    "not_measured_because",
)  # fmt: skip
REAL: Final = (
    "error_rate", "prior", "value", "low", "high", "confidence", "p_value", "ceiling", "chance", "delta", "claimed",
)  # fmt: skip
WHOLE: Final = (
    "release", "synthetic_rows", "reference_rows", "known_columns", "targets_per_side", "combined_releases",
    "shadow_models", "shadow_rows", "fresh_rows", "trials", "members", "holdout", "group",
)  # fmt: skip


def rows_csv(result: Result) -> str:
    """Return the table; an empty cell means that there is no such number, and the last column says why."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEAD)
    writer.writerows([sealed(cell) for cell in line(row)] for row in result.rows)
    return out.getvalue()


def rows_parquet(result: Result) -> bytes:
    """Return the same table with its types; a missing number is null."""
    import pyarrow as pa
    from pyarrow import parquet

    kinds = {name: pa.float64() for name in REAL} | {name: pa.int64() for name in WHOLE} | {"verified": pa.bool_()}
    columns = zip(*(line(row) for row in result.rows), strict=True) if result.rows else ((),) * len(HEAD)
    arrays = [pa.array(column, kinds.get(name, pa.string())) for name, column in zip(HEAD, columns, strict=True)]
    out = BytesIO()
    parquet.write_table(pa.table(arrays, names=list(HEAD)), out)
    return out.getvalue()


def line(row: Row) -> tuple[object, ...]:
    """Return a row's cells in the order of the head."""
    number = row.number
    held = tuple(getattr(row.knowledge, name, None) for name in KNOWN)
    promised = tuple(getattr(row.guarantee, name, None) for name in PROMISED)
    if isinstance(number, Unmeasured):
        measured: tuple[object, ...] = (None,) * 8
    else:
        measured = (
            number.value,
            number.low,
            number.high,
            number.confidence,
            number.trials,
            number.method,
            number.p_value,
            number.ceiling,
        )
    reason = number.reason if isinstance(number, Unmeasured) else None
    names = (row.id, row.section, row.level, row.system, row.release, row.method, row.statistic, row.slice)
    return (*names, *held, *measured, row.chance, row.worse, row.members, row.holdout, *promised, reason)


def sealed(cell: object) -> object:
    """Return a cell that a spreadsheet does not run: text that starts like a formula gets a quote in front."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
