"""Mutated files for every reader: each ends in the right table or in an ``InputError`` that quotes no cell.

    python benchmarks/fuzz_readers.py [--files 10000] [--seed 0] [--reader csv]

What is right is decided by Python's own ``csv`` module in strict mode.
"""

import argparse
import csv
import gzip
import io
import json
import sqlite3
import tempfile
import traceback
import unicodedata
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet as parquet

from synthaudit.audit.errors import InputError
from synthaudit.audit.records.readers import CodeEvents, EpilepticSeizures, MatrixFile, OmopDatabase, read_together
from synthaudit.audit.records.readers.loaded_records import LoadedRecords

ROWS = 40
PIECES = (
    *(
        b'"',
        b'""',
        b",",
        b"\t",
        b";",
        b"\n",
        b"\r",
        b"\r\n",
        b"\0",
        b"\xef\xbb\xbf",
        b"\xff",
        b"\xe9",
        b" ",
        b"\xc2\xa0",
    ),
    *(
        b"None",
        b"nan",
        b"<NA>",
        b"Total",
        b"inf",
        b"1e400",
        b"-99",
        b"<5",
        b"?",
        b"0",
        b"00",
        b".",
        b"1,950",
        b"\xe2\x80\x8b",
    ),
)
"""What is put into files, besides bytes at random."""


def base_rows(rng: np.random.Generator) -> list[list[str]]:
    """Return rows of a table whose cells are five characters or longer where they belong to one patient."""
    rows = [["who", "age", "lab", "sex", "site"]]
    for at in range(ROWS):
        age, lab = rng.integers(18, 99), rng.normal(5_000, 900)
        rows.append(
            [
                f"pat{at:05d}x",
                str(age),
                f"{lab:.3f}",
                "FM"[at % 2],
                ("northclinic", "southclinic", "eastclinic")[at % 3],
            ]
        )
    return rows


def base_events(rng: np.random.Generator) -> list[list[str]]:
    """Return rows of events."""
    codes = [f"{code}.{digit}1" for code in range(401, 441) for digit in range(3)]
    return [["patient", "code"], *([f"pat{rng.integers(30):05d}x", str(rng.choice(codes))] for _ in range(ROWS * 2))]


def mutate(content: bytes, rng: np.random.Generator) -> bytes:
    """Return a file's bytes with one to four mutations."""
    for _ in range(rng.integers(1, 5)):
        at = int(rng.integers(0, len(content) + 1))
        end = min(at + int(rng.geometric(0.1)), len(content))
        kind = rng.integers(7)
        if kind <= 2:
            content = content[:at] + PIECES[rng.integers(len(PIECES))] + content[at:]
        elif kind == 3:
            content = content[:at] + content[end:]
        elif kind == 4:
            content = content[:at] + bytes([int(rng.integers(256))]) + content[at + 1 :]
        elif kind == 5:
            lines = content.split(b"\n")
            line = int(rng.integers(len(lines)))
            lines.insert(int(rng.integers(len(lines))), lines[line]) if rng.random() < 0.5 else lines.pop(line)
            content = b"\n".join(lines)
        elif rng.random() < 0.3:
            content = content[:at]
    return content


def strict_rows(content: bytes, delimiter: str) -> list[list[str]]:
    """Return a file's rows as the strict reader of Python sees them, without empty ones."""
    text = content.decode("utf-8-sig").removesuffix("\x1a")
    text = text if "\n" in text else text.replace("\r", "\n")
    return [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True) if row]


def check_table(loaded: LoadedRecords, rows: list[list[str]]) -> None:
    """Raise ``ValueError`` where records are not the rows of the file."""
    names, records = rows[0], loaded.records
    body = rows[1:]
    while body and not any(cell.strip() for cell in body[-1]):
        body.pop()
    if len(body) != len(records):
        raise ValueError(f"{len(records)} records of {len(body)} rows")
    for column in records.schema.columns:
        cells = [row[names.index(column.name)].strip() for row in body]
        values = records.column(column.name).tolist()
        for cell, value in zip(cells, values, strict=True):
            if column.is_numeric and column.format is None and cell.replace(".", "", 1).isdigit() and cell.isascii():
                if float(cell) != value:
                    raise ValueError("a number was read as another one")
            elif column.levels and value == value and _plain(column.levels[int(value)]) != _plain(cell):
                raise ValueError("a level was read as another one")


def _plain(cell: str) -> str:
    """Return a cell without what no reader sees: blanks, marks of terminals, characters without width."""
    seen = "".join(c for c in cell if unicodedata.category(c) not in ("Cc", "Cf") or c in "\t\r\n")
    return " ".join(seen.split()).casefold()


def check_events(loaded: LoadedRecords, rows: list[list[str]]) -> None:
    """Raise ``ValueError`` where a patient is lost or made up."""
    who = rows[0].index("patient")
    wanted = {_plain(row[who]) for row in rows[1:]}
    found = {str(one).casefold() for one in loaded.records.patients.tolist()}
    if len(wanted) != len(found):
        raise ValueError(f"{len(found)} patients of {len(wanted)}")


def readers(rng: np.random.Generator) -> dict[str, tuple[str, bytes, Callable[[Path], LoadedRecords], str]]:
    """Return for each reader a file's name, its content, the call, and how it is checked."""
    rows, events = base_rows(rng), base_events(rng)

    def lines(table: list[list[str]], mark: str, quoted: bool = False) -> bytes:
        out = io.StringIO()
        csv.writer(out, delimiter=mark, lineterminator="\n", quoting=csv.QUOTE_ALL if quoted else 0).writerows(table)
        return out.getvalue().encode()

    def table(path: Path) -> LoadedRecords:
        return read_together({"table": path}, id="who")["table"]

    columns = {name: [row[at] for row in rows[1:]] for at, name in enumerate(rows[0])}
    packed, matrix = io.BytesIO(), io.BytesIO()
    parquet.write_table(pa.table(columns), packed)
    np.save(matrix, rng.integers(0, 2, (50, 12)).astype(np.uint8))

    def database() -> bytes:
        connection = sqlite3.connect(":memory:")
        connection.execute("create table person (person_id integer)")
        connection.execute("create table condition_occurrence (person_id integer, condition_concept_id integer)")
        connection.executemany("insert into person values (?)", [(at,) for at in range(30)])
        pairs = [(int(rng.integers(30)), int(rng.integers(200_000, 200_040))) for _ in range(ROWS * 2)]
        connection.executemany("insert into condition_occurrence values (?, ?)", pairs)
        connection.commit()
        return connection.serialize()

    resources = [
        {
            "resourceType": "Condition",
            "subject": {"reference": f"Patient/{who}"},
            "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-9-cm", "code": code}]},
        }
        for who, code in events[1:]
    ]
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    sheet = io.BytesIO()
    book.save(sheet)
    wide = [
        ["patient", "d1", "d2", "d3"],
        *([who, *rng.choice([c for _, c in events[1:]], 3)] for who, _ in events[1:31]),
    ]
    epileptic = [["", *(f"X{at}" for at in range(1, 179)), "y"]]
    epileptic += [[f"X{at}.V1.{at % 5}", *map(str, rng.integers(-99, 99, 178)), str(at % 5 + 1)] for at in range(10)]

    def fhir(path: Path) -> LoadedRecords:
        return CodeEvents(path=str(path), preset="fhir").read()

    def diagnoses(path: Path) -> LoadedRecords:
        return CodeEvents(path=str(path), code=("d1", "d2", "d3")).read()

    def cdm(path: Path) -> LoadedRecords:
        return OmopDatabase(url=f"sqlite:///{path.name}").read(path.parent)

    return {
        "csv": ("t.csv", lines(rows, ","), table, "table"),
        "csv quoted": ("t.csv", lines(rows, ",", quoted=True), table, "table"),
        "tsv": ("t.tsv", lines(rows, "\t", quoted=True), table, "table"),
        "csv.gz": ("t.csv.gz", gzip.compress(lines(rows, ","), mtime=0), table, ""),
        "parquet": ("t.parquet", packed.getvalue(), table, ""),
        "codes": ("e.csv", lines(events, ",", quoted=True), lambda path: CodeEvents(path=str(path)).read(), "events"),
        "wide codes": ("w.csv", lines(wide, ","), diagnoses, ""),
        "fhir": ("Condition.ndjson", "".join(json.dumps(one) + "\n" for one in resources).encode(), fhir, ""),
        "xlsx": ("t.xlsx", sheet.getvalue(), table, ""),
        "folder": ("part-0.parquet", packed.getvalue(), lambda path: table(path.parent), ""),
        "omop": ("cdm.db", database(), cdm, ""),
        "epileptic": ("data.csv", lines(epileptic, ","), lambda path: EpilepticSeizures(path=str(path)).read(), ""),
        "matrix": ("m.npy", matrix.getvalue(), lambda path: MatrixFile(path=str(path)).read(), ""),
    }


def secrets_of(content: bytes) -> set[str]:
    """Return the cells of an unspoiled file that belong to patients: long ones."""
    text = content.decode("latin-1").replace("\t", ",").replace("\n", ",").replace('"', "")
    return {cell for cell in text.split(",") if len(cell) >= 6 and any(c.isdigit() for c in cell)}


def main() -> None:
    """Print for each reader how many files were read, how many refused, and every failure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--reader", default="")
    options = parser.parse_args()
    failures = 0
    for name, (file, content, read, oracle) in readers(np.random.default_rng(options.seed)).items():
        if options.reader not in ("", name):
            continue
        rng = np.random.default_rng([options.seed, len(name), *name.encode()])
        hidden = secrets_of(content) if oracle else set()
        ends: Counter[str] = Counter()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / file
            for at in range(options.files):
                mutant = mutate(content, rng)
                path.write_bytes(mutant)
                try:
                    loaded = read(path)
                    if oracle:
                        rows = strict_rows(mutant, "\t" if file.endswith("tsv") else ",")
                        (check_table if oracle == "table" else check_events)(loaded, rows)
                    ends["read"] += 1
                except InputError as problem:
                    ends["refused"] += 1
                    quoted = [cell for cell in hidden if cell in str(problem)]
                    if quoted:
                        ends["quoted a cell"] += 1
                        print(f"{name} {at}: a message quotes {len(quoted)} cells: {problem}")
                except Exception as error:  # noqa: BLE001
                    ends["failed"] += 1
                    print(f"{name} {at}: {type(error).__name__}: {error}")
                    if ends["failed"] <= 2:
                        traceback.print_exc()
        failures += ends["failed"] + ends["quoted a cell"]
        print(f"{name:11} {options.files:,} files: {dict(ends)}")
    raise SystemExit(1 if failures else 0)


if __name__ == "__main__":
    main()
