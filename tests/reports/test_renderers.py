"""The files: structure, accessibility, the same words in each, the same bytes twice."""

import csv
import hashlib
import io
import json
import re
import subprocess
import sys
import time
from base64 import b64encode
from html.parser import HTMLParser
from pathlib import Path

import pikepdf
import pytest
from pyarrow import parquet

from synthaudit import reports
from synthaudit.audit.errors import InputError
from synthaudit.reports.renderers import markdown, pdf, typesetting
from synthaudit.reports.renderers.rows import without_formula
from synthaudit.reports.report import build_report

HOSTILE = '<script>alert(1)</script> #[x] $a$ *b* `c` 漢字 Ação "quoted" \\ {{ 7*7 }} #image("/etc/passwd")'


@pytest.fixture(scope="module")
def files(audited, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    return {path.name: path for path in reports.write(*audited, folder, formats=reports.FORMATS)}


@pytest.fixture(scope="module")
def page(files):
    return files["report.html"].read_text(encoding="utf-8")


class Outline(HTMLParser):
    """Collects what the tests ask of a page."""

    def __init__(self, text):
        super().__init__()
        self.levels, self.ids, self.links, self.pictures, self.tags, self.text = [], [], [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        fields = dict(attrs)
        self.tags.append((tag, fields))
        if re.fullmatch(r"h[1-6]", tag):
            self.levels.append(int(tag[1]))
        if "id" in fields:
            self.ids.append(fields["id"])
        self.links += [fields[name] for name in ("href", "src", "xlink:href", "action") if fields.get(name)]
        if tag in ("svg", "img"):
            self.pictures.append(fields)

    def handle_data(self, data):
        self.text.append(data)


def test_the_page_asks_the_network_for_nothing(page):
    outline = Outline(page)
    assert all(link.startswith("#") for link in outline.links)
    assert not re.search(r"url\((?!#)", page)
    assert "@import" not in page
    outside = {url for url in re.findall(r"https?://[^\s\"'<>]+", page) if "w3.org" not in url}
    assert not outside
    assert not [tag for tag, fields in outline.tags if any(name.startswith("on") for name in fields)]


def test_the_policy_admits_the_pages_own_script_and_no_other(page):
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page).group(1)
    script = re.search(r"<script>(.*?)</script>", page, re.DOTALL).group(1)
    digest = b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert "default-src 'none'" in policy
    assert f"script-src 'sha256-{digest}'" in policy
    assert page.count("<script>") == 1
    assert page.count("<script") == 2  # the other holds data, which no browser runs


def test_the_page_is_made_for_readers_of_every_kind(page):
    outline = Outline(page)
    assert re.search(r'<html lang="en">', page)
    assert outline.levels.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(outline.levels, outline.levels[1:], strict=False))
    assert len(outline.ids) == len(set(outline.ids))
    assert outline.pictures
    assert all(picture.get("aria-label") and picture.get("role") == "img" for picture in outline.pictures)
    targets = {link[1:] for link in outline.links if link.startswith("#")}
    assert targets <= set(outline.ids)
    tables = page.count("<table")
    assert tables == page.count("<caption>") == page.count("<thead>")
    assert tables == page.count('tabindex="0"')  # a region that scrolls can be reached by keyboard
    assert page.count("<details>") == page.count("<figure ")


def test_the_pdf_is_tagged_archival_and_titled(files):
    with pikepdf.open(files["report.pdf"]) as document:
        metadata = document.open_metadata()
        assert str(metadata["pdfaid:part"]) == "2"
        assert str(metadata["pdfaid:conformance"]) == "A"
        assert str(metadata["pdfuaid:part"]) == "1"
        assert metadata["dc:title"] == "Privacy audit: Claims 2008-2010, sample 1"
        assert bool(document.Root.MarkInfo.Marked)
        assert str(document.Root.Lang) == "en"
        assert bool(document.Root.ViewerPreferences.DisplayDocTitle)
        assert "/Outlines" in document.Root
        assert 10 <= len(document.pages) <= 25
        assert "/JavaScript" not in document.Root.get("/Names", {})
        kinds = structure(document.Root.StructTreeRoot)
        assert kinds["Figure"] == kinds["alt"] > 10
        assert kinds["TH"] > 20
        assert kinds["H1"] > 5
        assert kinds["TOC"] >= 1
        # Fonts travel with the file.
        assert all(embedded(page) for page in document.pages)


def structure(root):
    """Count the kinds of a tagged document's elements, and its figures with a text alternative."""
    kinds = {"alt": 0}
    heap = [root]
    while heap:
        node = heap.pop()
        if isinstance(node, pikepdf.Array):
            heap += list(node)
        elif isinstance(node, pikepdf.Dictionary):
            kind = str(node.get("/S", ""))[1:]
            kinds[kind] = kinds.get(kind, 0) + 1
            if kind == "Figure" and len(str(node.get("/Alt", ""))) > 20:
                kinds["alt"] += 1
            if "/K" in node:
                heap.append(node["/K"])
    return kinds


def embedded(page):
    """Return whether every font of a page stands in the file."""
    font_files = page.get("/Resources", {}).get("/Font", {})
    for font in font_files.values():
        for each in font.get("/DescendantFonts", [font]):
            described = each.get("/FontDescriptor", {})
            if not any(f"/FontFile{kind}" in described for kind in ("", "2", "3")):
                return False
    return True


def test_the_summary_is_page_one_alone(files):
    with pikepdf.open(files["summary.pdf"]) as document:
        assert len(document.pages) == 1
        assert str(document.open_metadata()["pdfuaid:part"]) == "1"


@pytest.mark.parametrize("number", [1, 3, 6])
def test_page_one_stays_one_page_however_many_systems_there_are(build, tmp_path, number):
    make_result, make_findings = build
    result = make_result(systems=("medgan", "vae"))
    cards = tuple(result.systems[place % 2].model_copy(update={"key": f"s{place}"}) for place in range(number))
    found = make_findings(result)
    judged = tuple(
        one.model_copy(update={"system": card.key})
        for place, card in enumerate(cards)
        for one in found
        if one.system == ("medgan", "vae")[place % 2]
    )
    result = result.model_copy(update={"systems": cards, "series": ()})
    (written,) = reports.write(result, judged, tmp_path, formats=("summary",))
    with pikepdf.open(written) as document:
        assert len(document.pages) == 1


def test_every_document_tells_the_same_verdict_in_the_same_words(document, page):
    on_screen = " ".join(" ".join(Outline(page).text).split())
    on_paper = json.dumps(pdf.template_data(document), ensure_ascii=False)
    in_markdown = " ".join(markdown.render(document).replace("\\", "").split())
    told = [document.headline, *(line for answer in document.answers for line in answer.lines)]
    told += [text for system in document.systems for text in (system.label, system.sentence, *system.reasons)]
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
    html_file, pdf_file, md_file, _ = reports.write(result, make_findings(result), tmp_path)
    page = html_file.read_text(encoding="utf-8")
    assert page.count("<script") == 2
    assert "&lt;script&gt;alert(1)" in page
    assert "7*7" in page
    assert HOSTILE in "".join(Outline(page).text)
    assert "\\<script\\>" in md_file.read_text(encoding="utf-8")
    with pikepdf.open(pdf_file) as document:
        assert HOSTILE in document.open_metadata()["dc:title"]
        assert len(document.pages) > 8


def test_a_script_that_no_bundled_font_covers_is_known():
    assert typesetting.uncovered_characters("合 gender 漢") == {"合", "漢"}
    assert not typesetting.uncovered_characters("Ação, größer als ≤ ● ▲ ◆ ○ ✕ “x”")


def test_where_no_font_can_help_code_points_stand_for_characters_and_page_one_says_so(build):
    make_result, make_findings = build
    names = {"medgan": "年龄 sistema de geração", "vae": "Réseau"}
    result = make_result(names=names, title="诊断 e condição", systems=tuple(names))
    document = build_report(result, make_findings(result))
    made = pdf.render(document, system_fonts=False)
    with pikepdf.open(io.BytesIO(made)) as opened:
        assert opened.open_metadata()["dc:title"] == "Privacy audit: 诊断 e condição"
        font_files = {str(font.BaseFont) for page in opened.pages for font in page.Resources.Font.values()}
    assert not [name for name in font_files if "LastResort" in name]
    with typesetting.font_files(system=False) as bundled:
        text = json.dumps(pdf.template_data(document), ensure_ascii=False)
        missing = typesetting.undisplayable_characters(text, bundled)
    assert missing == set("年龄诊断")
    assert typesetting.with_code_points("年 é", missing) == "[U+5E74] é"


def test_long_audits_send_their_rows_as_data_and_show_the_decisive_ones_without_scripts(document, page):
    stored = json.loads(re.search(r'id="rows">(.*?)</script>', page, re.DOTALL).group(1))
    assert stored["rows"] == len(document.appendix.rows)
    for place, column in enumerate(stored["columns"]):
        assert column["values"][column["at"][-1]] == document.appendix.rows[-1][place].text
    table = page[page.index('<table id="appendix-table"') :]
    assert table[: table.index("</tbody>")].count('<th scope="row"') == len(document.decisive.rows) > 0


def test_pictures_are_png_of_a_size_that_a_slide_can_use(files):
    pictures = [path for path in files.values() if path.suffix == ".png"]
    drawings = [path for path in files.values() if path.suffix == ".svg"]
    assert {path.stem for path in pictures} == {path.stem for path in drawings}
    for path in pictures:
        data = path.read_bytes()
        assert data[:8] == b"\x89PNG\r\n\x1a\n"
        assert int.from_bytes(data[16:20]) > 1200, path.name


def test_long_words_break_and_hashes_do_not():
    table = {"rows": [[{"text": "y" * 30}, {"text": "short"}, {"text": "z"}], [{"text": "ab" * 32}, {"text": "x"}]]}
    pdf.break_long_words(table)
    assert table["rows"][0][0]["text"] == f"{'y' * 12}\u200b{'y' * 12}\u200b{'y' * 6}"
    assert table["rows"][1][0]["text"] == "ab" * 32


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
