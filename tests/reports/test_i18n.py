"""The catalogue of sentences: complete, and all that a translation needs to be."""

import re

import pytest
from example_results import everything

from synthaudit import reports
from synthaudit.reports.report import build_report
from synthaudit.reports.sections.frameworks import frameworks
from synthaudit.reports.text import i18n, numbers
from synthaudit.reports.text.i18n import catalogue, pluralize, t
from synthaudit.reports.view.criteria import KINDS
from synthaudit.reports.view.verdicts import GRAVEST_FIRST


def test_every_verdict_and_noun_has_its_words():
    spoken = catalogue()
    for name in GRAVEST_FIRST:
        assert {"label", "short", "headline", "sentence"} <= set(spoken["verdicts"][name])
        assert name in spoken["symbols"]
        assert name == "fail" or name in spoken["answers"]["next"]  # what failed has advice by its kind
    assert set(KINDS) <= set(spoken["answers"]["next"])
    assert len(set(spoken["symbols"].values())) == len(spoken["symbols"])  # shape alone tells verdicts apart
    assert pluralize(1, "patient") == "1 patient"
    with pytest.raises(KeyError, match=r"no sentence 'nothing\.here'"):
        t("nothing.here")


BLANK = re.compile(r"\{[a-z_]*\}")
OTHER = str.maketrans("abcdefghijklmnopqrstuvwxyz", "αβψδεφγηιξκλμνοπχρστθωςχυζ")


def leaves(words, at=()):
    """Yield the place and text of every sentence."""
    for key, value in words.items() if isinstance(words, dict) else enumerate(words):
        if isinstance(value, dict | list):
            yield from leaves(value, (*at, key))
        else:
            yield (*at, key), value


def translated(words, change, key=""):
    """Return a catalogue with every sentence changed outside its blanks; forms and marks of numbers stay."""
    if isinstance(words, dict):
        return {name: value if name in ("format", "symbols") else translated(value, change, name)
                for name, value in words.items()}  # fmt: skip
    if isinstance(words, list):
        return [translated(value, change) for value in words]
    if key in ("form", "lang"):
        return words
    parts = BLANK.split(words)
    return "".join(a + b for a, b in zip(map(change, parts), [*BLANK.findall(words), ""], strict=True))


@pytest.fixture
def greek(monkeypatch):
    """Speak a language in which every sentence of the catalogue is spelt in Greek letters, and 1,5 is three halves."""
    made = translated(i18n.read("en"), lambda text: text.translate(OTHER))
    made = {**made, "lang": "el", "format": {"decimal": ",", "thousands": ".", "percent": "{number} %"}}
    english = i18n.read
    monkeypatch.setattr(i18n, "read", lambda name: made if name == "el" else english(name))
    monkeypatch.setattr(i18n, "languages", lambda: ("en", "el"))


@pytest.mark.parametrize("language", [name for name in i18n.languages() if name != "en"])
def test_a_translation_holds_every_sentence_with_its_blanks(language):
    english, other = dict(leaves(i18n.read("en"))), dict(leaves(i18n.read(language)))
    extra = {place for place in other if place[0] not in ("said", "frameworks")} - english.keys()
    assert not english.keys() - other.keys()
    assert not extra
    for place, text in english.items():
        assert sorted(BLANK.findall(str(text))) == sorted(BLANK.findall(str(other[place]))), place


def test_every_blank_of_the_catalogue_is_closed():
    for place, text in leaves(i18n.read("en")):
        assert BLANK.sub("", str(text)).count("{") == 0, place


def test_every_sentence_is_said_in_the_chosen_language(build, greek):
    """What is left in Latin letters is what the result and the frameworks say themselves."""
    make_result, make_findings = build
    result = make_result()
    with i18n.language("el"):
        document = build_report(result, make_findings(result))
    own = result.sha256() + result.model_dump_json() + "".join(one.model_dump_json() for one in make_findings(result))
    own += "".join(str(framework) for _, framework in frameworks()) + "".join(catalogue()["symbols"])
    known = set(re.findall(r"[a-z]{3,}", own))
    left = {word: text for text in everything(document) for word in re.findall(r"[a-z]{3,}", text) if word not in known}
    assert left == {}
    assert document.lang == "el"
    assert document.headline != build_report(result, make_findings(result)).headline


def test_numbers_are_written_as_the_language_writes_them(greek):
    with i18n.language("el"):
        assert numbers.value(12345.678) == "12.346"
        assert numbers.value(0.0312, "share") == "3,1 %"
        assert numbers.value(-0.5, "ratio") == "−0,500"
        assert i18n.pluralize(1200, "patient").startswith("1.200 ")
    assert numbers.value(0.0312, "share") == "3.1%"


def test_pages_and_pictures_are_in_the_chosen_language(build, greek, tmp_path):
    make_result, _ = build
    result = make_result(systems=("medgan", "null"))
    (page,) = reports.write(result, (), tmp_path, formats=("html",), language="el")
    text = page.read_text(encoding="utf-8")
    assert '<html lang="el">' in text
    assert 'data-thousands="." data-decimal=","' in text
    assert re.search(r"<text[^>]*>0,5", text)
    with pytest.raises(ValueError, match="expected a language among en, el, got 'tlh'"):
        reports.write(result, (), tmp_path, formats=("html",), language="tlh")
