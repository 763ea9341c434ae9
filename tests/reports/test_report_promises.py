"""Promises of differential privacy: what was promised, reached and in reach stands together, and nothing is proved."""

import re

import pytest
from told_results import LABELS, bound, everything, finding, ledger

from synthaudit.audit.ledger import Ledger
from synthaudit.audit.suite.result import Unmeasured
from synthaudit.reports import comparison, markdown, model, pdf
from synthaudit.reports.figures.promised import SHAPES
from synthaudit.reports.i18n import look_up, say
from synthaudit.reports.result_view import Evidence
from synthaudit.reports.sections import page_one_promises, promises


@pytest.fixture
def told(build):
    """Return a builder: a result of one system with a ledger and rows, and the findings on it."""
    make_result, _ = build

    def made(book, rows=(), findings=(), **card):
        result = make_result(systems=("vae",), rows=tuple(rows), series=())
        system = result.systems[0].model_copy(update={"ledger": book, **card})
        return result.model_copy(update={"systems": (system,)}), tuple(findings)

    return made


def section_of(document, id):
    return next(one for section in document.sections for one in (section, *section.sections) if one.id == id)


def answer(document):
    asked = say("answers.guarantee.question")
    return next((one.lines for one in document.answers if one.question == asked), ())


def test_without_a_promise_nothing_is_said_of_any(document):
    assert "privacy" not in [section.id for section in document.sections]
    assert answer(document) == ()


def test_promise_floor_ceiling_and_likeness_stand_on_one_page(build, told):
    make_result, _ = build
    like = [one for one in make_result(systems=("vae",)).rows if one.section == "fidelity"]
    document = model.build(*told(ledger(), [*bound(0.4), *like]))
    section = section_of(document, "privacy")
    assert section.afresh
    figure, table = (next(one for one in section.blocks if one.kind == kind) for kind in ("figure", "table"))
    assert [cell.text for cell in figure.table.rows[0]][2:] == ["1", "0.4", "4.9"]
    line = dict(zip(table.head, table.rows[0], strict=True))
    assert line["Epsilon promised"].text == "1"
    assert line["Epsilon promised"].note == "delta 0.00001, end to end"
    assert line["Epsilon reached by attack"].text == "≥ 0.4"
    assert line["Could show at most"].text == "4.9"
    assert re.fullmatch(r"0\.99\d", line["Agreement of rates"].text)
    assert line["What this says"].text == say("sections.privacy.standing.stands")


@pytest.mark.parametrize(
    ("rows", "verdict", "standing"),
    [
        (bound(0.0), None, "stands"),
        (bound(0.0, ceiling=0.9), None, "out of reach"),
        (bound(1.7, p=1e-6), None, "refuted"),
        (bound(1.7, p=1e-6), "fail", "refuted"),
        (bound(1.7, p=0.02), "pass", "exceeded"),
        ([], None, "not attacked"),
    ],
)
def test_a_promise_is_refuted_standing_out_of_reach_or_untested_and_never_proved(told, rows, verdict, standing):
    findings = [finding(verdict, system="vae", section="privacy")] if verdict else []
    result, findings = told(ledger(), rows, findings)
    evidence = Evidence(result, findings)
    (one,) = promises.promises(evidence)
    assert one.standing == standing
    (line,) = page_one_promises.answer(evidence)
    assert "Variational autoencoder" in line
    assert not re.search(r"\b(proves|proven|confirmed|verified|holds|safe)\b", line)
    assert (standing == "not attacked") == any(
        "no audit attacked" in text for text in page_one_promises.untested(evidence)
    )


def test_a_floor_of_nothing_is_no_good_news(told):
    texts = [text for text in everything(model.build(*told(ledger(), bound(0.0)))) if "no proof" in text]
    assert texts
    assert "says next to nothing" in say("sections.privacy.reading")


def test_every_touch_stands_in_the_ledger_and_one_not_covered_makes_it_training_only(told):
    document = model.build(*told(ledger(LABELS), bound(0.2)))
    section = section_of(document, "ledgers")
    texts = [cell.text for block in section.blocks if block.kind == "table" for line in block.rows for cell in line]
    assert {"vocabulary", "training", "labels"} <= set(texts)
    assert {"6.4%", "4.1", "1,500", "public", "not covered"} <= set(texts)
    terms = next(block for block in section.blocks if block.kind == "table")
    line = dict(zip(terms.head, terms.rows[0], strict=True))
    told_of = {name: line[name].text for name in ("Epsilon", "Delta", "Covers", "Unit", "Compares tables", "Clip")}
    assert told_of == {"Epsilon": "1", "Delta": "0.00001", "Covers": "training only", "Unit": "patient",
                       "Compares tables": "add or remove one", "Clip": "1"}  # fmt: skip
    assert line["Accountant"].note == "cross-check: 1.04"
    sources = [block.text for block in section.blocks if block.kind == "text" and "noise" in block.text]
    assert any("torch, seeded by the system." in text for text in sources)
    warned = [block.text for block in section.blocks if getattr(block, "style", "") == "warning"]
    assert any("covers the training only. Not covered: labels." in text for text in warned)
    assert any("covers the training only" in line for line in answer(document))


def test_an_epsilon_of_no_noise_is_none(told):
    document = model.build(*told(ledger(epsilon=None)))
    table = next(block for block in section_of(document, "privacy").blocks if block.kind == "table")
    assert say("sections.privacy.no_epsilon") in [cell.text for cell in table.rows[0]]


def test_the_word_of_a_vendor_is_marked_as_such(told):
    result, findings = told(Ledger(2.0, 1e-6), bound(0.3, claimed=2.0), role="file")
    document = model.build(result, findings)
    assert any("Somebody’s word" in line for line in answer(document))
    table = next(block for block in section_of(document, "privacy").blocks if block.kind == "table")
    assert table.rows[0][0].note == say("sections.privacy.their_word")
    terms = next(block for block in section_of(document, "ledgers").blocks if block.kind == "table")
    assert terms.rows[0][3].text == say("sections.ledger.scope_unknown")


def test_two_notions_of_neighbours_are_explained_only_where_both_occur(told):
    said = say("sections.privacy.adjacency")
    swap = bound(0.3, claimed=2.0, method="pairs", slice="black box", adjacency="replace one")
    document = model.build(*told(ledger(), swap))
    assert any(said in text for text in everything(document))
    table = next(block for block in section_of(document, "privacy").blocks if block.kind == "table")
    assert table.rows[0][-3].note == "black box; there the promise is 2"
    assert not any(said in text for text in everything(model.build(*told(ledger(), bound(0.3)))))


def test_each_kind_of_attacker_has_a_shape_and_the_strongest_of_each_is_drawn(told):
    rows = [
        *bound(0.2), *bound(0.5, slice="black box, domain from data"), *bound(0.9, slice="white box, domain public"),
        *bound(0.8, method="trainings", slice="black box"),
    ]  # fmt: skip
    evidence = Evidence(*told(ledger(), rows))
    (one,) = promises.promises(evidence)
    assert [(trial.shape, trial.reached) for trial in one.shown] == [
        ("black box", 0.5), ("white box", 0.9), ("many trainings", 0.8),
    ]  # fmt: skip
    assert len(set(SHAPES.values())) == len(SHAPES)
    assert set(SHAPES) == set(look_up("sections.privacy.shapes"))
    trials = next(
        block for block in section_of(model.build(*told(ledger(), rows)), "trials").blocks if block.kind == "table"
    )
    assert len(trials.rows) == 4
    assert len(trials.paper) == 3


def test_of_several_trainings_the_one_nearest_to_refuting_speaks(told):
    rows = [one for release, reached in ((0, 0.2), (1, 1.4), (2, 0.9)) for one in bound(reached, release=release)]
    (one,) = promises.promises(Evidence(*told(ledger(), rows)))
    assert one.strongest.reached == 1.4
    assert one.strongest.trainings == 3
    assert one.standing == "refuted"


def test_what_a_promise_does_not_cover_is_not_judged_by_it(told):
    floor, _ = bound(3.0, slice="black box, domain from data")
    result, findings = told(ledger(), [floor, *bound(0.2)])
    (one,) = promises.promises(Evidence(result, findings))
    assert one.standing == "stands"
    assert one.strongest.reached == 0.2  # 3.0 beside a promise of 1 that stands would read as refuted
    assert [trial.reached for trial in one.shown] == [0.2]
    notes = [line[0].note for block in section_of(model.build(result), "trials").blocks if block.kind == "table"
             for line in block.rows]  # fmt: skip
    assert sum(say("sections.privacy.not_judged") in note for note in notes) == 1


def test_without_a_promise_the_audits_speak_that_a_promise_would_be_judged_by(told):
    floors = [
        bound(reached, claimed=None, slice=f"black box, domain {domain}")[0]
        for reached, domain in ((3.3, "from data"), (1.7, "public"))
    ]
    (one,) = promises.promises(Evidence(*told(None, floors)))
    assert one.standing == "nothing claimed"
    assert one.strongest.reached == 1.7


def test_an_audit_without_a_number_says_why(told):
    floor, excess = bound(0.2)
    lost = Unmeasured(reason="the split was given as files")
    rows = [floor.model_copy(update={"number": lost}), excess.model_copy(update={"number": lost})]
    document = model.build(*told(ledger(), rows))
    assert not model.figures(document)
    table = next(block for block in section_of(document, "privacy").blocks if block.kind == "table")
    assert "the split was given as files" in table.rows[0][-3].text


def test_promises_reach_markdown_paper_and_comparisons(told):
    result, findings = told(ledger(), bound(0.4))
    document = model.build(result, findings)
    assert "≥ 0.4" in markdown.render(document)
    assert next(one for one in pdf.model(document)["sections"] if one["id"] == "privacy")["afresh"]
    stronger, _ = told(ledger(epsilon=3.0), bound(0.9, claimed=3.0))
    rows = {
        line[0].text: line[1:] for line in section_of(comparison.build(result, stronger), "differences").blocks[1].rows
    }
    before, after = rows[say("comparison.fact_promises")]
    assert before.text == "Variational autoencoder: epsilon 1, ≥ 0.4"
    assert after.text == "Variational autoencoder: epsilon 3, ≥ 0.9"


def test_a_claim_exceeds_or_falls_short_in_words(build):
    from synthaudit.reports import numbers

    over = bound(1.5)[1].number
    assert numbers.text(over, "excess") == "0.5 beyond the promise"
    assert numbers.text(bound(0.25)[1].number, "excess") == "0.75 short of the promise"
    assert numbers.text(bound(0.25)[0].number) == "at least 0.25"
