"""Sheets of other programs: .xls of Excel 97, .xlsb, and .ods of LibreOffice, each written here byte by byte."""

import base64
import contextlib
import struct
import zipfile
import zlib
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthaudit.audit.errors import InputError
from synthaudit.audit.records.text import read_text

pytest.importorskip("python_calamine")

ROWS = [
    ["id", "weight", "born", "seen", "code", "ok"],
    [12, 38.4, date(1962, 1, 31), datetime(2019, 1, 2, 3, 4, 5), "0083", True],
    [13, 0.1 + 0.2, None, datetime(2019, 1, 2), "250.00", False],
    [100_200_300_400, -7, date(2101, 5, 6), None, " x ", None],
]
SHOWN = {
    "id": ["12", "13", "100200300400"],
    "weight": ["38.4", "0.3", "-7"],
    "born": ["1962-01-31", "", "2101-05-06"],
    "seen": ["2019-01-02 03:04:05", "2019-01-02 00:00:00", ""],
    "code": ["0083", "250.00", " x "],
    "ok": ["True", "False", ""],
}

XLS = (
    "c-rk)T}TvB6h3!mR(DO;bzT2!S%j=iWz&94(lx2{Wlb~sBPiD$Y*BV)UFZiY%l0t{dMbJmtmwsxpdU)8w}QZ^had>FsF$9Cf*#cA+%q%lYCG"
    "V93Cf(|o_o)C?>+a-nRD;C%)5!a$&rVpQ?P)VK!jPv1{p~h!(!6~2VlRV@TOi{u_z|3D6(1cLuOdudCuER{tfx}o&o_LNUx9se8F-Y2B19>m"
    "OaZzEo4JC<2E!h31d%yTUhK+LUuWc_Ylt~exJs^Al^*KRpN~}c9I=~3153<y%xtugmUV$BWLi0=6oV#3lzX>9>*82F?Fm3c1J_q{bt9i?Ql!"
    "kFbWv{t#Vk7ayb`nLl(eMq-wvvde0uWR19}8(2^ieTU&$Q-_X@H2`=0=qwrht0Q}O=$Cn-xUtXL6;(zAjnFhGk0Jj<7Sr`zh@HH3}sqkzAJv"
    "j!r-2l%uz#Rs7o&oMO!1E1oR|@>PAOQ@4a+2{wGmbVq%23n(KzA%8hhu|r^hc+S?<^4_{lRJ2&vy|OJX=FS9DZ63^`45MqCg}X#%fTOdDRmM"
    "$~Yv_hi$L7z79v$Zu8c7y&{0;j3<K+?1{=Tu1ZZ=j(I67hYs>=<U#ZqZ|Bi*?m+9N@BMu54|MoW5Hdv96!kK*p1%<&aEZ^r$#&|IK-XGHGd2"
    "^yOj^sRT}s@A=Lgmm9R*rr-!P52LcJBZP94z)--e|2Mr_A_bUt;*zxp;|d#rWpoNMf(Zv@IQ`hqy0Kf_SPs@TmNoSymgnrUh8Gx3stQlM3EX"
    "tpcbjV%{u$o+u+;G|02J1ijyny*wzL`h6Y5=v4+vY=$q)?o|Q8HZxRoKQ>lh`YFl4h4AP7SXdjCJI1!(@+%L`K_7jW2m{1{A>}dbQ%{S=emU"
    "jx-SS>gcZYfZlR#2?Go6k`Bd%a`fKhAWUGL>OZkybx&_o-rr9mhd(7$P+Bmir%Yd)<;EtAYd<PNruY>P+L2^Oic?ndlB5HM0{4@zpc+5@0tH"
    "vBHM|83TU#Zc_Qbwmu_bR0Fs!1l9WRgisOiaC-Q3{kOHL58qQ~R$ogJstIO|oj~07USK;Z=Vxgt3mo*|g%P5G+jB#TGe7|6j=IFs>ejJ_wK<"
    "eQC!pUO8Cu`z(5*W9ha~y6exTW9NTf|1VXvj!^"
)
"""``ROWS`` as xlwt 1.3.0 writes them, with a hidden second sheet; packed by zlib."""


def write_ods(path: Path, rows, attributes=()) -> Path:
    """Write a sheet as OpenDocument; ``attributes`` are those of each row's element."""

    def cell(value) -> str:
        if value is None:
            return "<table:table-cell/>"
        kind, key, text = "string", "", str(value)
        if isinstance(value, bool):
            kind, key = "boolean", f' office:boolean-value="{str(value).lower()}"'
        elif isinstance(value, int | float):
            kind, key = "float", f' office:value="{value!r}"'
        elif isinstance(value, date):
            kind, key = "date", f' office:date-value="{value.isoformat()}"'
        text = text.replace("&", "&amp;").replace("<", "&lt;")
        return f'<table:table-cell office:value-type="{kind}"{key}><text:p>{text}</text:p></table:table-cell>'

    more = {at: f" {words}" for at, words in enumerate(attributes)}
    body = "".join(
        f"<table:table-row{more.get(at, '')}>{''.join(map(cell, row))}</table:table-row>" for at, row in enumerate(rows)
    )
    names = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0"?><office:document-content {names}><office:body><office:spreadsheet>'
        f'<table:table table:name="patients">{body}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
    return path


def write_xlsb(path: Path, rows) -> Path:
    """Write numbers, texts and booleans as binary records of Excel ([MS-XLSB])."""

    def record(kind: int, data: bytes = b"") -> bytes:
        out = bytes([kind]) if kind < 128 else bytes([kind & 127 | 128, kind >> 7])
        size = len(data)
        while size > 127:
            out, size = out + bytes([size & 127 | 128]), size >> 7
        return out + bytes([size]) + data

    def wide(text: str) -> bytes:
        return struct.pack("<I", len(text)) + text.encode("utf-16-le")

    def cell(column: int, value) -> bytes:
        place = struct.pack("<II", column, 0)
        if isinstance(value, bool):
            return record(4, place + bytes([value]))
        if isinstance(value, int | float):
            return record(5, place + struct.pack("<d", value))
        return b"" if value is None else record(6, place + wide(value))

    shown = struct.pack("<II", 0, 1)
    book = record(131) + record(143) + record(156, shown + wide("rId1") + wide("patients")) + record(144) + record(132)
    sheet = record(129) + record(148, struct.pack("<IIII", 0, len(rows) - 1, 0, len(rows[0]) - 1)) + record(145)
    for at, row in enumerate(rows):
        sheet += record(0, struct.pack("<I", at) + bytes(13))
        sheet += b"".join(cell(column, value) for column, value in enumerate(row))
    sheet += record(146) + record(130)
    office = "http://schemas.openxmlformats.org"
    relations = (
        f'<?xml version="1.0"?><Relationships xmlns="{office}/package/2006/relationships"><Relationship Id="rId1" '
        f'Type="{office}/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.bin"/></Relationships>'
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.bin", book)
        archive.writestr("xl/worksheets/sheet1.bin", sheet)
        archive.writestr("xl/_rels/workbook.bin.rels", relations)
    return path


def without_dates(rows):
    return [[*row[:2], *row[4:]] for row in rows]


def test_cells_of_every_program_are_read_as_they_are_shown(tmp_path):
    old = tmp_path / "t.xls"
    old.write_bytes(zlib.decompress(base64.b85decode(XLS)))
    assert read_text(old).to_pydict() == SHOWN
    assert read_text(write_ods(tmp_path / "t.ods", ROWS)).to_pydict() == SHOWN
    plain = {name: cells for name, cells in SHOWN.items() if name not in ("born", "seen")}
    assert read_text(write_xlsb(tmp_path / "t.xlsb", without_dates(ROWS))).to_pydict() == plain


@pytest.mark.parametrize("word", ["collapse", "filter"])
def test_hidden_rows_of_an_open_document_are_refused(word, tmp_path, refusal):
    path = write_ods(tmp_path / "t.ods", ROWS, ["", "", f'table:visibility="{word}"'])
    assert "expected rows and columns that are shown, found 1 hidden" in str(refusal(lambda: read_text(path)))


CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**14), 10**14),
    st.floats(-1e9, 1e9).map(lambda number: float(f"{number:.12g}")),
    st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=8),
)


@pytest.mark.parametrize(("ending", "write"), [("ods", write_ods), ("xlsb", write_xlsb)])
@settings(max_examples=60, deadline=None, derandomize=True)
@given(rows=st.lists(st.tuples(st.integers(0, 9), CELLS), min_size=1, max_size=6))
def test_what_is_written_is_what_is_read_or_refused(ending, write, rows, tmp_path_factory):
    path = write(tmp_path_factory.mktemp("sheet") / f"t.{ending}", [["a", "b"], *map(list, rows)])
    try:
        found = read_text(path).column("b").to_pylist()
    except InputError:
        return
    for (_, cell), text in zip(rows, found, strict=True):
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            assert float(text) == cell
        else:
            assert text == ("" if cell is None else str(cell))


@pytest.mark.parametrize("seed", range(30))
def test_a_damaged_file_is_read_or_refused(seed, tmp_path):
    import numpy as np

    rng = np.random.default_rng(seed)
    path = tmp_path / "t.xls"
    content = bytearray(zlib.decompress(base64.b85decode(XLS)))
    for at in rng.integers(8, len(content), 5):
        content[at] = int(rng.integers(256))
    path.write_bytes(content)
    with contextlib.suppress(InputError):
        assert read_text(path).num_rows
