"""Every file: the same words in each, the same bytes twice, whole or not at all."""

import csv
import io
import json
import subprocess
import sys
import time
from pathlib import Path

import pikepdf
import pytest
from page_outline import Outline
from pyarrow import parquet

from synthaudit import reports
from synthaudit.audit.errors import InputError
from synthaudit.reports.renderers import markdown, pdf
from synthaudit.reports.renderers.rows import without_formula

HOSTILE = '<script>alert(1)</script> #[x] $a$ *b* `c` 漢字 Ação "quoted" \\ {{ 7*7 }} #image("/etc/passwd")'


def test_every_document_tells_the_same_verdict_in_the_same_words(document, page):
    on_screen = " ".join(" ".join(Outline(page).text).split())
    on_paper = json.dumps(pdf.template_data(document), ensure_ascii=False)
    in_markdown = " ".join(markdown.render(document).replace("\\", "").split())
    told = [document.headline, *(line for answer in document.answers for line in answer.lines)]
    told += [system.label for system in document.systems]
    told += [text for row in document.decision.rows for cell in row for text in (cell.text, cell.note)]
    told += [*document.people, *(text for banner in document.banners for text in (banner.label, banner.text))]
    for text in told:
        assert " ".join(text.split()) in on_screen
        assert json.dumps(text, ensure_ascii=False)[1:-1] in on_paper
        assert " ".join(text.replace("\\", "").split()) in in_markdown


def test_the_same_result_gives_the_same_bytes(audited, files, tmp_path):
    again = {path.name: path for path in reports.write(*audited, tmp_path, formats=reports.FORMATS)}
    assert set(again) == set(files)
    for name, path in files.items():
        assert path.read_bytes() == again[name].read_bytes(), name


def test_names_in_any_script_and_with_any_markup_stay_names(build, tmp_path):
    make_result, make_findings = build
    names = {"medgan": HOSTILE, "vae": "合成器 " + "x" * 90}
    result = make_result(names=names, title=HOSTILE, systems=tuple(names))
    result = result.model_copy(update={"untested": (HOSTILE,)})
    html_file, pdf_file, md_file, *_ = reports.write(result, make_findings(result), tmp_path)
    page = html_file.read_text(encoding="utf-8")
    assert page.count("<script") == 2
    assert "&lt;script&gt;alert(1)" in page
    assert "7*7" in page
    assert HOSTILE in "".join(Outline(page).text)
    assert "\\<script\\>" in md_file.read_text(encoding="utf-8")
    with pikepdf.open(pdf_file) as document:
        assert HOSTILE in document.open_metadata()["dc:title"]
        assert len(document.pages) > 8


@pytest.mark.parametrize("systems", [(), ("medgan",)])
def test_a_result_without_numbers_or_findings_renders(build, tmp_path, systems):
    make_result, _ = build
    written = reports.write(make_result(systems=systems, rows=(), series=()), (), tmp_path)
    assert all(path.stat().st_size > 200 for path in written)


def test_rows_are_written_unrounded_and_cannot_run_in_a_spreadsheet(audited, files):
    result, _ = audited
    table = list(csv.DictReader(io.StringIO(files["rows.csv"].read_text(encoding="utf-8"))))
    assert len(table) == len(result.rows)
    assert float(table[0]["value"]) == result.rows[0].number.value
    silent = next(line for line in table if line["not_measured_because"])
    assert silent["value"] == ""
    stored = parquet.read_table(files["rows.parquet"])
    assert stored.num_rows == len(result.rows)
    assert stored["value"][0].as_py() == result.rows[0].number.value
    assert stored["not_measured_because"].null_count == sum(row.number.kind == "estimate" for row in result.rows)

    assert [without_formula(text) for text in ("=1+1", "-x", "@a", "plain", -1.5)] == [
        "'=1+1",
        "'-x",
        "'@a",
        "plain",
        -1.5,
    ]


def test_a_thorough_audit_is_written_in_seconds_and_stays_small(audited, tmp_path):
    result, findings = audited
    copies = (one.model_copy(update={"id": f"{one.id}/{turn}"}) for turn in range(3) for one in result.rows)
    long = result.model_copy(update={"rows": (*result.rows, *copies)})
    assert len(long.rows) > 12_000
    begun = time.process_time()  # of this process, so that a busy machine does not fail the test
    written = reports.write(long, findings, tmp_path, formats=("html", "pdf"))
    assert time.process_time() - begun < 10
    assert all(path.stat().st_size < 5e6 for path in written)


def test_the_text_of_a_fixed_result_is_known_word_for_word(document):
    golden = Path(__file__).with_name("golden_findings.md")
    written = markdown.render(document)
    assert written == golden.read_text(encoding="utf-8"), (
        "the report reads differently; if that is meant, look at the pages and write markdown.render's text to the file"
    )


def test_size_stays_within_what_a_mail_carries(files):
    assert files["report.html"].stat().st_size < 5e6
    assert files["report.pdf"].stat().st_size < 5e6


def test_nothing_is_left_behind_and_an_unwritable_folder_is_named(build, tmp_path):
    make_result, _ = build
    result, findings = make_result(systems=(), rows=(), series=()), ()
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(InputError, match=r"findings\.md: could not be written"):
        reports.write(result, findings, tmp_path / "taken", formats=("md",))
    reports.write(result, findings, tmp_path / "new" / "folder", formats=("md",))
    assert [path.name for path in (tmp_path / "new" / "folder").iterdir()] == ["findings.md"]
    with pytest.raises(ValueError, match="expected formats among"):
        reports.write(result, findings, tmp_path, formats=("docx",))


def test_reading_a_report_does_not_load_what_training_needs():
    heavy = ("torch", "sklearn", "matplotlib", "typst", "jinja2")
    code = f"import sys, synthaudit.reports; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_page_that_cannot_be_made_does_not_cost_the_others(audited, tmp_path, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError("Maria 1950")

    monkeypatch.setattr(pdf, "render", broken)
    with pytest.raises(reports.PageError, match=r"could not make pdf \(RuntimeError\); the other pages") as caught:
        reports.write(*audited, tmp_path)
    assert "Maria" not in str(caught.value)
    assert {path.name for path in caught.value.written} == {
        "report.html",
        "findings.md",
        "rows.csv",
        "rows.parquet",
        "card.md",
    }
    assert all(path.stat().st_size for path in caught.value.written)
