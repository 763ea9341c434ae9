"""Claims of differential privacy: claimed, lower bound and maximum stand together, and nothing is proved."""

import re

import pytest
from example_results import LABELS, bound, everything, finding, ledger

from synthaudit.audit.ledger import Ledger
from synthaudit.audit.suite.result import Unmeasured
from synthaudit.reports.comparison import build_comparison
from synthaudit.reports.figures.claimed_epsilon import MARKERS
from synthaudit.reports.renderers import markdown, pdf
from synthaudit.reports.report import build_report
from synthaudit.reports.sections.page_one.dp_claims import answer as answer_on_page_one
from synthaudit.reports.sections.page_one.dp_claims import untested_claims
from synthaudit.reports.text.i18n import look_up, t
from synthaudit.reports.view.dp_claims import dp_claims
from synthaudit.reports.view.result_view import ResultView


@pytest.fixture
def make_claim(build):
    """Return a builder: a result of one system with a ledger and rows, and the findings on it."""
    make_result, _ = build

    def make(book, rows=(), findings=(), **card):
        result = make_result(systems=("vae",), rows=tuple(rows), series=())
        system = result.systems[0].model_copy(update={"ledger": book, **card})
        return result.model_copy(update={"systems": (system,)}), tuple(findings)

    return make


def section_of(document, id):
    return next(one for section in document.sections for one in (section, *section.sections) if one.id == id)


def answer(document):
    asked = t("answers.dp_claims.question")
    return next((one.lines for one in document.answers if one.question == asked), ())


def test_without_a_claim_nothing_is_written_of_any(document):
    assert "dp-claims" not in [section.id for section in document.sections]
    assert answer(document) == ()


def test_claim_lower_bound_maximum_and_fidelity_stand_on_one_page(build, make_claim):
    make_result, _ = build
    like = [one for one in make_result(systems=("vae",)).rows if one.section == "fidelity"]
    document = build_report(*make_claim(ledger(), [*bound(0.4), *like]))
    section = section_of(document, "dp-claims")
    assert section.new_page
    figure, table = (next(one for one in section.blocks if one.kind == kind) for kind in ("figure", "table"))
    assert [cell.text for cell in figure.table.rows[0]][2:] == ["1", "0.4", "4.9"]
    line = dict(zip(table.head, table.rows[0], strict=True))
    assert line["Claimed epsilon"].text == "1"
    assert line["Claimed epsilon"].note == "delta 0.00001, end to end"
    assert line["Empirical lower bound"].text == "≥ 0.4"
    assert line["Maximum detectable"].text == "4.9"
    assert re.fullmatch(r"0\.99\d", line["Agreement of rates"].text)
    assert line["Result"].text == t("sections.dp_claims.status.not_refuted")


@pytest.mark.parametrize(
    ("rows", "verdict", "status"),
    [
        (bound(0.0), None, "not refuted"),
        (bound(0.0, ceiling=0.9), None, "out of reach"),
        (bound(1.7, p=1e-6), None, "refuted"),
        (bound(1.7, p=1e-6), "fail", "refuted"),
        (bound(1.7, p=0.02), "pass", "exceeded"),
        ([], None, "not attacked"),
    ],
)
def test_a_claim_is_refuted_or_not_out_of_reach_or_not_attacked_and_never_proved(make_claim, rows, verdict, status):
    findings = [finding(verdict, system="vae", section="privacy")] if verdict else []
    result, findings = make_claim(ledger(), rows, findings)
    view = ResultView(result, findings)
    (one,) = dp_claims(view)
    assert one.status == status
    (line,) = answer_on_page_one(view)
    assert "Variational autoencoder" in line
    assert not re.search(r"\b(proves|proven|confirmed|verified|holds|safe)\b", line)
    assert (status == "not attacked") == any("no audit attacked" in text for text in untested_claims(view))


def test_a_lower_bound_of_zero_is_no_proof(make_claim):
    texts = [text for text in everything(build_report(*make_claim(ledger(), bound(0.0)))) if "no proof" in text]
    assert texts
    assert "says next to nothing" in t("sections.dp_claims.reading")


def test_every_access_stands_in_the_ledger_and_one_not_covered_makes_it_training_only(make_claim):
    document = build_report(*make_claim(ledger(LABELS), bound(0.2)))
    section = section_of(document, "ledgers")
    texts = [cell.text for block in section.blocks if block.kind == "table" for line in block.rows for cell in line]
    assert {"vocabulary", "training", "labels"} <= set(texts)
    assert {"6.4%", "4.1", "1,500", "public", "not covered"} <= set(texts)
    terms = next(block for block in section.blocks if block.kind == "table")
    line = dict(zip(terms.head, terms.rows[0], strict=True))
    terms_of = {name: line[name].text for name in ("Epsilon", "Delta", "Covers", "Unit", "Adjacency", "Clipping norm")}
    assert terms_of == {"Epsilon": "1", "Delta": "0.00001", "Covers": "training only", "Unit": "patient",
                       "Adjacency": "add or remove one", "Clipping norm": "1"}  # fmt: skip
    assert line["Accountant"].note == "cross-check: 1.04"
    sources = [block.text for block in section.blocks if block.kind == "text" and "noise" in block.text]
    assert any("torch, seeded by the system." in text for text in sources)
    warned = [block.text for block in section.blocks if getattr(block, "style", "") == "warning"]
    assert any("covers the training only. Not covered: labels." in text for text in warned)
    assert any("covers the training only" in line for line in answer(document))


def test_an_epsilon_of_no_noise_is_none(make_claim):
    document = build_report(*make_claim(ledger(epsilon=None)))
    table = next(block for block in section_of(document, "dp-claims").blocks if block.kind == "table")
    assert t("sections.dp_claims.no_epsilon") in [cell.text for cell in table.rows[0]]


def test_a_claim_from_outside_is_marked_as_unverified(make_claim):
    result, findings = make_claim(Ledger(2.0, 1e-6), bound(0.3, claimed=2.0), role="file")
    document = build_report(result, findings)
    assert any("Unverified claim" in line for line in answer(document))
    table = next(block for block in section_of(document, "dp-claims").blocks if block.kind == "table")
    assert table.rows[0][0].note == t("sections.dp_claims.unverified")
    terms = next(block for block in section_of(document, "ledgers").blocks if block.kind == "table")
    assert terms.rows[0][3].text == t("sections.ledger.scope_unknown")


def test_two_notions_of_neighbours_are_explained_only_where_both_occur(make_claim):
    sentence = t("sections.dp_claims.adjacency")
    swap = bound(0.3, claimed=2.0, method="pairs", slice="black box", adjacency="replace one")
    document = build_report(*make_claim(ledger(), swap))
    assert any(sentence in text for text in everything(document))
    table = next(block for block in section_of(document, "dp-claims").blocks if block.kind == "table")
    assert table.rows[0][-3].note == "black box; there the claim is 2"
    assert not any(sentence in text for text in everything(build_report(*make_claim(ledger(), bound(0.3)))))


def test_each_kind_of_attacker_has_a_shape_and_the_strongest_of_each_is_drawn(make_claim):
    rows = [
        *bound(0.2), *bound(0.5, slice="black box, domain from data"), *bound(0.9, slice="white box, domain public"),
        *bound(0.8, method="trainings", slice="black box"),
    ]  # fmt: skip
    view = ResultView(*make_claim(ledger(), rows))
    (one,) = dp_claims(view)
    assert [(audit.attacker, audit.epsilon_lower) for audit in one.strongest_by_attacker] == [
        ("black box", 0.5), ("white box", 0.9), ("many trainings", 0.8),
    ]  # fmt: skip
    assert len(set(MARKERS.values())) == len(MARKERS)
    assert set(MARKERS) == set(look_up("sections.dp_claims.attackers"))
    section = section_of(build_report(*make_claim(ledger(), rows)), "claim-audits")
    audits = next(block for block in section.blocks if block.kind == "table")
    assert len(audits.rows) == 4
    assert len(audits.pdf_rows) == 3


def test_of_several_trainings_the_one_nearest_to_refuting_represents_them(make_claim):
    rows = [one for release, reached in ((0, 0.2), (1, 1.4), (2, 0.9)) for one in bound(reached, release=release)]
    (one,) = dp_claims(ResultView(*make_claim(ledger(), rows)))
    assert one.strongest.epsilon_lower == 1.4
    assert one.strongest.trainings == 3
    assert one.status == "refuted"


def test_what_a_claim_does_not_cover_is_not_judged_by_it(make_claim):
    floor, _ = bound(3.0, slice="black box, domain from data")
    result, findings = make_claim(ledger(), [floor, *bound(0.2)])
    (one,) = dp_claims(ResultView(result, findings))
    assert one.status == "not refuted"
    assert one.strongest.epsilon_lower == 0.2  # 3.0 beside a claim of 1 that is not refuted would read as refuted
    assert [audit.epsilon_lower for audit in one.strongest_by_attacker] == [0.2]
    notes = [line[0].note for block in section_of(build_report(result), "claim-audits").blocks if block.kind == "table"
             for line in block.rows]  # fmt: skip
    assert sum(t("sections.dp_claims.not_judged") in note for note in notes) == 1


def test_without_a_claim_the_audits_of_a_public_domain_represent_the_system(make_claim):
    floors = [
        bound(reached, claimed=None, slice=f"black box, domain {domain}")[0]
        for reached, domain in ((3.3, "from data"), (1.7, "public"))
    ]
    (one,) = dp_claims(ResultView(*make_claim(None, floors)))
    assert one.status == "nothing claimed"
    assert one.strongest.epsilon_lower == 1.7


def test_an_audit_without_a_number_says_why(make_claim):
    floor, excess = bound(0.2)
    lost = Unmeasured(reason="the split was given as files")
    rows = [floor.model_copy(update={"number": lost}), excess.model_copy(update={"number": lost})]
    document = build_report(*make_claim(ledger(), rows))
    assert not document.figures
    table = next(block for block in section_of(document, "dp-claims").blocks if block.kind == "table")
    assert "the split was given as files" in table.rows[0][-3].text


def test_claims_reach_markdown_paper_and_comparisons(make_claim):
    result, findings = make_claim(ledger(), bound(0.4))
    document = build_report(result, findings)
    assert "≥ 0.4" in markdown.render(document)
    assert next(one for one in pdf.template_data(document)["sections"] if one["id"] == "dp-claims")["new_page"]
    stronger, _ = make_claim(ledger(epsilon=3.0), bound(0.9, claimed=3.0))
    rows = {
        line[0].text: line[1:] for line in section_of(build_comparison(result, stronger), "differences").blocks[1].rows
    }
    before, after = rows[t("comparison.fact_dp_claims")]
    assert before.text == "Variational autoencoder: epsilon 1, ≥ 0.4"
    assert after.text == "Variational autoencoder: epsilon 3, ≥ 0.9"


def test_a_claim_exceeds_or_falls_short_in_words(build):
    from synthaudit.reports.text import numbers

    over = bound(1.5)[1].number
    assert numbers.with_interval(over, "excess") == "0.5 above the claim"
    assert numbers.with_interval(bound(0.25)[1].number, "excess") == "0.75 below the claim"
    assert numbers.with_interval(bound(0.25)[0].number) == "at least 0.25"
