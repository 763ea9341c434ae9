"""What the report says of planted leaks: how few copied patients may go unnoticed, and how that was judged."""

from example_results import finding

from synthaudit.audit.suite.result import PlantedPower
from synthaudit.reports.sections.page_one import answers
from synthaudit.reports.sections.planted_leaks import planted_leaks, unnoticed_sentences
from synthaudit.reports.view.result_view import ResultView


def power(smallest, kind="verbatim", patients=(5, 20, 100)):
    detected = tuple(float(smallest is not None and count >= smallest) for count in patients)
    low = tuple(0.8 * one for one in detected)
    high = tuple(min(one + 0.2, 1.0) for one in detected)
    return PlantedPower(
        kind=kind, repeats=17, patients=patients, detected=detected, low=low, high=high, smallest=smallest
    )


def view_of(build, *findings):
    make_result, _ = build
    return ResultView(make_result(systems=("medgan",), rows=(), series=()), findings)


def judged(verdict, *powers, id="X-1"):
    return finding(verdict, id=id).model_copy(update={"power": powers})


def test_page_one_says_how_few_copied_patients_may_go_unnoticed(build):
    view = view_of(build, judged("pass", power(100)), judged("pass", power(20), power(5, "near"), id="X-2"))
    said = "Fewer than about 20 copied patients may go unnoticed in this audit."
    assert unnoticed_sentences(view) == [said]
    assert answers.power_lines(view) == [said]


def test_an_audit_that_noticed_nothing_says_so(build):
    assert unnoticed_sentences(view_of(build, judged("inconclusive", power(None)))) == [
        "Even 100 copied patients may go unnoticed in this audit: no planted leak was surely noticed."
    ]


def test_a_table_that_leaks_by_itself_says_nothing_about_smaller_leaks(build):
    (said,) = unnoticed_sentences(view_of(build, judged("fail", power(20)), judged("pass", power(100), id="X-2")))
    assert said.startswith("How small a leak the audit would notice cannot be said")


def test_the_controls_say_what_was_planted_and_how_it_was_judged(build):
    blocks = planted_leaks(view_of(build, judged("pass", power(20), power(None, "near"), power(None, "key", ()))))
    lead, figure, table = blocks
    assert "word for word, with one value changed" in lead.text
    assert "does not fail without it" in lead.text
    assert "X-1: noticed in 0.0% of repeats with 5 members planted, in 100.0% with 100." in figure.alt
    assert [cell.text for cell in table.rows[0]] == ["X-1", "20", "more than 100", "not planted"]
    assert planted_leaks(view_of(build, finding("pass"))) == []
