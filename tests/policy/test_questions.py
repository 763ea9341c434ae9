"""Each question is counted once: other forms of a number, and attacks that rank alike, do not stand twice."""

from simulated_audits import a_result, a_row, an_estimate

from synthaudit.audit.policy import compare_results


def compared(rows):
    before = a_result([a_row(statistic, an_estimate(0.5, 0.01), **fields) for statistic, _, fields in rows])
    after = a_result([a_row(statistic, an_estimate(value, 0.01), **fields) for statistic, value, fields in rows])
    return [(one.method, one.statistic, one.slice) for one in compare_results(before, after).changes]


def test_the_residual_risk_is_another_form_of_the_excess():
    fields = {"section": "reidentification", "method": "linking"}
    rows = [("excess", 0.6, fields), ("residual_risk", 0.61, fields)]
    assert compared(rows) == [("linking", "excess", "all")]
    assert compared(rows[1:]) == [("linking", "residual_risk", "all")]


def test_leakages_are_forms_of_what_was_guessed_right():
    fields = {"section": "attribute", "method": "donors"}
    names = ("leakage_accuracy", "leakage_weighted_f1", "leakage_sensitivity", "leakage_precision")
    found = compared([(name, 0.6, fields) for name in names])
    assert [one[1] for one in found] == ["leakage_accuracy", "leakage_sensitivity"]


def test_distinctive_records_stand_for_all_records():
    rows = [
        ("excess", 0.6, {"method": "copies", "part": part})
        for part in ("verbatim", "verbatim, distinctive records", "within 2")
    ]
    assert [one[2] for one in compared(rows)] == ["verbatim, distinctive records", "within 2"]


def test_attacks_that_rank_alike_count_once_and_others_do_not():
    alike = [
        (statistic, value, {"method": method, "part": part})
        for method in ("nearest", "presence")
        for statistic, value, part in (("auc", 0.6, "all"), ("tpr_at_fpr", 0.2, "fpr 0.01"))
    ]
    assert compared(alike) == [("nearest", "auc", "all"), ("nearest", "tpr_at_fpr", "fpr 0.01")]
    other = [("auc", 0.6, {"method": "nearest"}), ("auc", 0.6001, {"method": "presence"})]
    assert len(compared(other)) == 2
    # An equal rate at one threshold is no equal ranking.
    rates = [
        ("auc", 0.6, {"method": "nearest"}),
        ("auc", 0.7, {"method": "presence"}),
        *(("tpr_at_fpr", 0.2, {"method": method, "part": "fpr 0.01"}) for method in ("nearest", "presence")),
    ]
    assert len(compared(rates)) == 4


def test_other_knowledge_and_other_systems_are_other_questions():
    rows = [("auc", 0.6, {"method": "nearest", "rows": size}) for size in (500, 1000)]
    assert len(compared(rows)) == 2
