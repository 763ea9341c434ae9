"""Two audits side by side: what a test made of each number is told, and nothing is claimed without one."""

import json

import pikepdf
import pytest

from synthaudit import reports
from synthaudit.audit.policy import compare_results
from synthaudit.reports.blocks.content import Figure, Table
from synthaudit.reports.comparison import build_comparison
from synthaudit.reports.sections.differences import settings_that_differ
from synthaudit.reports.text.i18n import t


@pytest.fixture(scope="module")
def pair(audited):
    """Return a result and the same with 0.1 more AUC for every attack on one system."""
    before, _ = audited
    raised = []
    for row in before.rows:
        number = row.number
        if row.system == "medgan" and row.statistic == "auc" and row.section == "membership":
            if number.kind == "estimate":
                number = number.model_copy(
                    update={name: getattr(number, name) + 0.1 for name in ("value", "low", "high")}
                )
            row = row.model_copy(update={"number": number})
        raised.append(row)
    return before, before.model_copy(update={"rows": tuple(raised)})


def outcome(before, after):
    """Return the comparison as ``synthaudit compare --json`` prints it."""
    found = compare_results(before, after)
    told = []
    for change in found.changes:
        low, high = change.bounds(0.05 / len(found.changes))
        ends = dict(zip(("low", "high"), change.interval(), strict=True))
        fields = {name: getattr(change, name) for name in
                  ("system", "method", "statistic", "slice", "before", "after", "test")}  # fmt: skip
        told.append({
            **fields, **ends, "rise": change.increase,
            "knowledge": change.knowledge.model_dump() if change.knowledge else None,
            "p_value": 0.5, "verdict": "rose" if low > 0 else "fell" if high < 0 else "not told apart",
        })  # fmt: skip
    return json.loads(json.dumps(told)), found.left_out


def test_a_rise_is_told_where_it_happened_and_only_there(pair):
    changes, left_out = outcome(*pair)
    document = build_comparison(*pair, changes, left_out)
    assert document.verdict == "fail"
    assert {one.title: one.verdict for one in document.systems} == {"medGAN": "fail", "Variational autoencoder": "pass"}
    rose = sum(one["verdict"] == "rose" for one in changes)
    assert rose == sum(one["system"] == "medgan" and one["statistic"] == "auc" for one in changes) > 0
    assert document.headline == t("comparison.rose", rose=rose, total=f"{len(changes)} numbers")
    assert len(document.appendix.rows) == len(changes)
    assert document.appendix.rows[0][6].text == t("comparison.verdict_rose")
    assert "a rise of 0.100 (" in document.systems[0].reasons[0]


def test_the_same_result_twice_shows_no_rise(audited):
    before, _ = audited
    changes, left_out = outcome(before, before)
    document = build_comparison(before, before, changes, left_out)
    assert document.verdict == "pass"
    differences = next(one for one in document.sections if one.id == "differences")
    assert not [block for block in differences.blocks if isinstance(block, Table)]


def test_without_a_test_nothing_is_claimed_and_both_curves_are_drawn(pair):
    document = build_comparison(*pair)
    assert document.verdict == "not judged"
    assert not document.systems
    curves = next(one for one in document.sections if one.id == "curves")
    figures = [block for block in curves.blocks if isinstance(block, Figure)]
    assert [figure.id for figure in figures] == ["curves-medgan", "curves-vae"]
    sides = {line[1].text for line in figures[0].table.rows}
    assert sides == {"before", "after"}
    assert len(document.figures) == 2


def test_what_differs_between_the_audits_is_named(pair):
    before, after = pair
    other = after.model_copy(update={"preset": "quick", "seed": 9})
    differences = next(one for one in build_comparison(before, other).sections if one.id == "differences")
    table = next(block for block in differences.blocks if isinstance(block, Table))
    assert [[cell.text for cell in line] for line in table.rows] == [["Preset", "thorough", "quick"]]


def test_the_files_are_written_tagged_and_closed_to_the_network(pair, tmp_path):
    changes, _ = outcome(*pair)
    written = reports.write_comparison(*pair, tmp_path, changes=changes, left_out=("system 'x' is only in the first",))
    assert [path.name for path in written] == ["compare.html", "compare.pdf", "compare.md"]
    with pikepdf.open(written[1]) as document:
        assert str(document.open_metadata()["pdfuaid:part"]) == "1"
    page = written[0].read_text(encoding="utf-8")
    assert "default-src 'none'" in page
    assert "System &#39;x&#39; is only in the first" in page
    assert t("comparison.label_rose") in written[2].read_text(encoding="utf-8")


@pytest.mark.parametrize("spoil", [lambda one: one.pop("low"), lambda one: one.update(verdict="worse")])
def test_an_outcome_that_is_no_outcome_is_refused(pair, spoil):
    changes, _ = outcome(*pair)
    spoil(changes[0])
    with pytest.raises(ValueError, match="expected a change with a verdict among rose, fell, not told apart"):
        build_comparison(*pair, changes)


def test_settings_of_two_plans_are_told_by_name_and_never_as_a_digest():
    before = {"seed": 1, "attacks": {"nearest": {"k": 1}}, "members": {"sha256": "a" * 64}}
    after = {"seed": 1, "attacks": {"nearest": {"k": 5, "cap": 2}}, "members": {"sha256": "b" * 64}}
    assert settings_that_differ(before, after) == (
        "attacks.nearest.k = 1; attacks.nearest.cap = not set",
        "attacks.nearest.k = 5; attacks.nearest.cap = 2",
    )
    assert settings_that_differ(before, before) == ("", "")
    many = {f"s{place}": place for place in range(10)}
    assert settings_that_differ(many, {})[0].endswith("s7 = 7; 2 more")
