"""The PDF: tagged, archival, page one on one page, names in any script."""

import io
import json

import pikepdf
import pytest

from synthaudit import reports
from synthaudit.reports.renderers import pdf, typesetting
from synthaudit.reports.report import build_report


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
        assert 8 <= len(document.pages) <= 14
        assert "/JavaScript" not in document.Root.get("/Names", {})
        kinds = structure(document.Root.StructTreeRoot)
        assert kinds["Figure"] == kinds["alt"] >= 5  # the others stand in report.html
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
