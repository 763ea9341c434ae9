"""What leaves the house is searched, the search sees through spellings, and what is found is named by file alone."""

import base64
import gzip
import hashlib
import io
import json
import urllib.parse
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
from typer.testing import CliRunner

from synthaudit.audit.cli import app
from synthaudit.audit.disclosure.export import STATEMENT, export
from synthaudit.audit.disclosure.rare_values import RareValues
from synthaudit.audit.disclosure.search import search_files
from synthaudit.audit.errors import InputError, ResultError
from synthaudit.audit.records import Column, Records, Schema, save_records
from synthaudit.audit.suite.result import read_result
from synthaudit.audit.suite.result.manifest import changes, read_manifest, write_manifest
from synthaudit.audit.suite.result.result_file import write_result

SCHEMA = Schema(
    (
        Column("dz", "categorical", levels=("chf", "copd", "Zebraitis major")),
        Column("lab", "continuous"),
        Column("born", "continuous", integer=True, format="%Y-%m-%d"),
        Column("Q99.123", "binary"),
    )
)
SALT = b"s" * 32
IDS = [f"MRN{at:05d}" for at in range(60)]


def table() -> Records:
    rng = np.random.default_rng(0)
    lab = np.full(60, 1.5)
    lab[7], lab[8] = 77713.2512, 0.000123456789
    born = np.zeros(60)
    born[9] = 12_345  # 2003-10-20
    dz = rng.integers(0, 2, 60).astype(float)
    dz[5] = 2
    return Records.of(SCHEMA, {"dz": dz, "lab": lab, "born": born, "Q99.123": np.arange(60) == 4}, np.arange(60))


def pseudonyms() -> np.ndarray:
    return np.array([hashlib.blake2b(id.encode(), key=SALT, digest_size=8).hexdigest() for id in IDS])


def values() -> RareValues:
    known = set(map(str, pseudonyms()))

    def is_id(word: str) -> bool:
        return hashlib.blake2b(word.encode(), key=SALT, digest_size=8).hexdigest() in known

    return RareValues.of([table()], small_count=10, ordinary={"copd"}, ids=is_id, more=known)


def kinds(content: bytes | str) -> tuple[str, ...]:
    file = content.encode() if isinstance(content, str) else content
    return search_files({"file": file}, values()).found.get("file", ())


def zipped(content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inside.txt", content)
    return out.getvalue()


def parquet_of(text: str) -> bytes:
    out = io.BytesIO()
    parquet.write_table(pa.table({"a": [text]}), out)
    return out.getvalue()


def pdf_of(text: str) -> bytes:
    """Return a PDF whose font numbers its glyphs from 1 and says so in a table, as typst's do."""
    letters = sorted(set(text))
    table_ = "".join(f"<{at:04x}> <{ord(sign):04x}>\n" for at, sign in enumerate(letters, 1))
    cmap = f"begincmap\n{len(letters)} beginbfchar\n{table_}endbfchar\n".encode()
    shown = "".join(f"{letters.index(sign) + 1:04x}" for sign in text)
    page = f"BT [<{shown[:8]}> -12 <{shown[8:]}>] TJ ET".encode()
    return b"%PDF-1.7\n" + b"".join(b"stream\n" + zlib.compress(one) + b"\nendstream\n" for one in (cmap, page))


LEVEL = "Zebraitis major"
SPELLED = {
    "plain": f"dz is {LEVEL} here".encode(),
    "capitals": LEVEL.upper().encode(),
    "utf-16": LEVEL.encode("utf-16"),
    "entities": "".join(f"&#{ord(sign)};" for sign in LEVEL).encode(),
    "json": json.dumps({"a": "".join(f"\\u{ord(sign):04x}" for sign in LEVEL)}).replace("\\\\", "\\").encode(),
    "percent": urllib.parse.quote(LEVEL).encode(),
    "base64": base64.b64encode(b"in a page: " + LEVEL.encode()),
    "gzip": gzip.compress(LEVEL.encode()),
    "zlib": zlib.compress(LEVEL.encode()),
    "zip": zipped(LEVEL.encode()),
    "gzip in zip in base64": base64.b64encode(zipped(gzip.compress(LEVEL.encode())) + bytes(300)),
    "parquet": parquet_of(LEVEL),
    "pdf": pdf_of(LEVEL),
}


@pytest.mark.parametrize("spelling", SPELLED)
def test_a_rare_level_is_found_in_every_spelling(spelling: str) -> None:
    assert "a name, level or date" in kinds(SPELLED[spelling])


@pytest.mark.parametrize(
    "text",
    [
        "77713.2512",
        "x=77713.25",
        "77,713.2512",
        "77.713,2512",
        "7.77132512e+04",
        "[1.5, 77713.251, 2]",
        "1.23456789e-4",
    ],
)
def test_a_rare_number_is_found_as_it_may_be_written(text: str) -> None:
    assert kinds(text) == ("a number",)


@pytest.mark.parametrize("text", ["2003-10-20", "20/10/2003", "20031020", "10/20/2003", "20.10.2003", "20-Oct-2003"])
def test_a_rare_date_is_found_in_every_order(text: str) -> None:
    assert "a name, level or date" in kinds(f"born {text}.")


def test_ids_pseudonyms_and_names_of_rare_codes_are_found() -> None:
    assert kinds(f"patient {IDS[3]}") == ("a patient's id",)
    assert kinds(f"patient {IDS[3].lower()}") == ("a patient's id",)
    assert kinds(f"patient {pseudonyms()[3]}") == ("a name, level or date",)
    assert kinds("code Q99.123") == ("a name, level or date",)
    assert search_files({"figures/zebraitis major.svg": b""}, values()).found


def test_what_many_have_and_what_only_looks_alike_passes() -> None:
    common = "chf copd 1.5 60 0.5017632418 77713 7771.32512 zebra zebraitis majority Q99 MRN99999 1970-01-01"
    assert kinds(common) == ()
    assert kinds('<path d="M 77713.2512 3"/><text x="77713.2512">') == ()


def test_short_values_are_counted_as_not_looked_for() -> None:
    schema = Schema((Column("s", "categorical", levels=("ab", "common")), Column("x", "continuous")))
    rows = Records.of(schema, {"s": np.arange(30) > 0, "x": np.where(np.arange(30) > 0, 1.0, 113.7)}, np.arange(30))
    found = RareValues.of([rows], small_count=10)
    assert (found.words, found.numbers, found.skipped, found.looked_for) == (frozenset(), {}, 2, 0)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Return a run folder of an old result, with the restricted part of a small table."""
    folder = tmp_path / "run"
    folder.mkdir()
    write_result(read_result(Path(__file__).parents[1] / "suite" / "data" / "result_v1.json"), folder)
    (folder / "report.html").write_text("<p>nobody</p>")
    (folder / "cells").mkdir()
    (folder / "cells" / "a.json").write_text("{}")
    (folder / "synthetic").mkdir()
    (folder / "synthetic" / "vae-0.csv").write_text(f"dz\n{LEVEL}\n")
    save_records(table(), folder / "restricted" / "members.npz")
    np.save(folder / "restricted" / "pseudonyms.npy", pseudonyms())
    (folder / "restricted" / "salt").write_bytes(SALT)
    write_manifest(folder)
    return folder


def test_what_may_leave_is_copied_listed_and_described(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert CliRunner().invoke(app, ["export", str(run), "--out", str(out)]).exit_code == 0
    assert sorted(path.name for path in out.rglob("*")) == ["export.md", "manifest.json", "report.html", "result.json"]
    manifest = read_manifest(out)
    assert manifest is not None
    assert changes(out, manifest) == []
    text = (out / STATEMENT).read_text()
    for part in ("2 files", "report.html, result.json", "for every patient's id", "base64", "`restricted/`, `cells/`"):
        assert part in text, part


def test_synthetic_tables_go_on_demand_and_are_said_not_to_be_searched(run: Path, tmp_path: Path) -> None:
    export(run, tmp_path / "out", synthetic=True)
    assert (tmp_path / "out" / "synthetic" / "vae-0.csv").exists()
    assert "Not searched, taken along on demand: synthetic/vae-0.csv" in (tmp_path / "out" / STATEMENT).read_text()


@pytest.mark.parametrize("planted", [LEVEL, "77713.2512", IDS[8], "2003-10-20"])
def test_a_planted_value_stops_it_and_is_not_repeated(run: Path, tmp_path: Path, planted: str) -> None:
    (run / "report.html").write_bytes(b"<p>" + base64.b64encode(f"in {planted} out".encode()) + b"</p>")
    write_manifest(run)
    out = tmp_path / "out"
    result = CliRunner().invoke(app, ["export", str(run), "--out", str(out)])
    assert result.exit_code == 2
    assert "report.html" in result.output
    assert planted not in result.output
    assert not out.exists()


def test_a_changed_run_a_full_folder_and_a_run_without_its_restricted_part_are_refused(
    run: Path, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="new or empty"):
        export(run, run)
    (run / "report.html").write_text("edited")
    with pytest.raises(ResultError, match=r"report\.html: is not what was written"):
        export(run, tmp_path / "out")
    write_manifest(run)
    (run / "restricted" / "members.npz").unlink()
    with pytest.raises(ResultError, match="restricted part"):
        export(run, tmp_path / "out")
