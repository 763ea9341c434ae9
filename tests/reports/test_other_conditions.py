"""Curves hold the attacker's condition fixed; other conditions and the joint test stand beside them."""

import pytest
from example_results import everything, row

from synthaudit.audit.suite.result import Estimated, ThreatModel
from synthaudit.reports.report import build_report
from synthaudit.reports.text.i18n import t
from synthaudit.reports.view.result_view import ResultView


def leakage(value, *, size=2000, section="attribute", statistic="leakage_f1", method="donors", **knows):
    fields = {"access": "synthetic rows only", "synthetic_rows": size, "known_columns": 16, "known_choice": "random"}
    made = row(value, section=section, statistic=statistic, method=method, chance=0.0)
    id = f"{made.id}/{size}/{sorted(knows.items())}"
    return made.model_copy(update={"id": id, "knowledge": ThreatModel(**{**fields, **knows})})


@pytest.fixture
def build_rows(build):
    make_result, _ = build
    return lambda rows: make_result(systems=("vae",), rows=tuple(rows), series=())


def test_a_curve_holds_the_condition_fixed_whatever_the_order(build_rows):
    rows = [
        leakage(0.09, error_rate=0.2), leakage(0.01), leakage(0.02, size=4000),
        leakage(0.5, known_choice="demographics", known_columns=3),
        leakage(0.3, size=4000, error_rate=0.2),
    ]  # fmt: skip
    for order in (rows, rows[::-1]):
        kept = ResultView(build_rows(order), ()).rows("attribute", "leakage_f1")
        assert sorted(one.number.value for one in kept) == [0.01, 0.02]


def test_an_attack_that_was_only_tried_otherwise_stands_for_itself(build_rows):
    rows = [leakage(0.01), leakage(0.4, method="linear", reference_population="shifted", reference_rows=10)]
    view = ResultView(build_rows(rows), ())
    assert [one.method for one in view.rows("attribute", "leakage_f1")] == ["donors", "linear"]
    assert view.rows_under_other_conditions("attribute", "leakage_f1") == []


def test_other_conditions_have_a_table_with_what_differs(build_rows):
    rows = [leakage(0.01), leakage(0.08, error_rate=0.2), leakage(0.05, known_choice="demographics", known_columns=3)]
    document = build_report(build_rows(rows))
    section = next(one for one in document.sections if one.id == "attribute")
    table = next(block for block in section.blocks if getattr(block, "id", "") == "conditions-attribute")
    told = {line[0].text: (line[2].text, line[3].text) for line in table.rows}
    default = "0.010 (0.000 to 0.020)"
    assert told == {
        "20% of the known columns are wrong": (default, "0.080 (0.070 to 0.090)"),
        "the patient’s 3 columns that are no codes": (default, "0.050 (0.040 to 0.060)"),
    }


FIVE = {f"attack{at}": 0.001 * at for at in range(1, 6)}


def joint(value, *, slice="all", method="all attacks", release=0):
    number = Estimated(value=value, low=0.0, high=1.0, confidence=0.95, trials=4000, p_value=value)
    return row(number=number, statistic="max_t_p", slice=slice, method=method, release=release, worse="lower")


@pytest.mark.parametrize(
    ("p", "adjusted", "words"),
    [
        (0.4, {"nearest": 0.4}, "no attack beats chance (adjusted p = 0.4)."),
        (0.002, {"nearest": 0.002, "calibrated": 0.6}, "significant on its own: “Nearest synthetic record”."),
        (0.0001, FIVE, "“attack1”, “attack2” and “attack3” and 2 attacks more"),
    ],
)
def test_the_joint_test_names_what_beats_chance(build_rows, p, adjusted, words):
    rows = [row(0.6, method="nearest", chance=0.5), joint(p)]
    rows += [joint(value, slice="adjusted", method=method) for method, value in adjusted.items()]
    texts, lead = everything(build_report(build_rows(rows))), t("sections.joint_test.lead")
    (line,) = [text for text in texts if text.startswith(lead)]
    assert words in line
    assert "Variational autoencoder" in line


def test_groups_do_not_enter_the_columns_of_false_positive_rates(build_rows):
    rows = [
        row(0.6, chance=0.5),
        row(0.02, statistic="tpr_at_fpr", slice="fpr 0.01", chance=0.01),
        row(0.9, statistic="tpr_at_fpr", slice="group: sex 0", chance=0.01),
    ]
    document = build_report(build_rows(rows))
    section = next(one for one in document.sections if one.id == "membership")
    table = next(block for block in section.blocks if getattr(block, "id", "") == "membership-table")
    assert len(table.head) == 3
    assert not any("90.0%" in cell.text for line in table.rows for cell in line)
    assert any("among sex 0" in line[4].text for line in document.appendix.rows)
