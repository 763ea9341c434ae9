"""Page one decides: a table by system, a headline in people, banners, the bound that decided, advice by criterion."""

import pytest
from example_results import bound, finding, ledger, row

from synthaudit.audit.statistics import intervals
from synthaudit.audit.suite.result import Estimated, Unmeasured, number_of
from synthaudit.reports.report import build_report
from synthaudit.reports.sections.finding_wording import decided_text
from synthaudit.reports.sections.page_one.closest import closest
from synthaudit.reports.sections.page_one.next_steps import next_steps
from synthaudit.reports.text.i18n import look_up, t
from synthaudit.reports.view.people import NEARLY, VERBATIM
from synthaudit.reports.view.result_view import ResultView


def copies(members, holdout, *, slice=NEARLY, of=(1200, 1200), **more):
    """Return the rows of so many copied patients on either side."""
    fields = {"method": "copies", "slice": slice, **more}
    sides = (("sensitivity", members, of[0]), ("false_positive_rate", holdout, of[1]))
    rows = [row(number=number_of(intervals.binomial(n, all)), statistic=name, **fields) for name, n, all in sides]
    share = members / of[0] - holdout / of[1]
    excess = Estimated(value=share, low=share - 0.01, high=share + 0.01, confidence=0.95, trials=sum(of))
    return (*rows, row(number=excess, statistic="excess", chance=0.0, **fields))


def judged(verdict, decisive, **update):
    """Return a finding that rests on a row."""
    made = finding(verdict, system=decisive.system, section=decisive.section, id=update.pop("id", "X-1"))
    fields = {"rows": (decisive.id,), "statistic": decisive.statistic, "number": decisive.number, **update}
    return made.model_copy(update=fields)


@pytest.fixture
def view_of(build):
    make_result, _ = build

    def make(rows, *findings, systems=("vae",), **changes):
        result = make_result(systems=systems, rows=tuple(rows), series=())
        return ResultView(result.model_copy(update=changes), findings)

    return make


def told(view):
    return build_report(view.result, view.findings)


def cells(view, place=0):
    return [(cell.text, cell.note) for cell in told(view).decision.rows[place]]


def test_one_table_decides_with_people_bounds_and_limits(view_of):
    auc = row(0.76, chance=0.5)
    singled = [
        row(number=number_of(intervals.binomial(count, 2000)), statistic="success", slice=side, method="singling_one",
            section="reidentification", chance=None)
        for side, count in (("members", 134), ("holdout", 81))
    ]  # fmt: skip
    leak = row(0.08, section="attribute", method="donors", statistic="leakage_sensitivity", chance=0.0)
    found = (
        judged("fail", auc, id="MEM-1", threshold=0.55, bound=0.741),
        judged("inconclusive", leak, id="ATT-1", threshold=0.05, bound=0.09),
    )
    view = view_of([*copies(240, 3), auc, *singled, leak], *found)
    title, verdict, copied, single, ranked, inferred, claim = cells(view)
    assert title[0] == "Variational autoencoder"
    assert verdict == ("Criterion not met", "MEM-1; 2 criteria in all")
    assert copied == ("240 of 15,000", "holdout patients: fewer than 10")
    assert single == ("134 of 2,000", "holdout patients: 81")
    assert ranked == ("0.760", "corrected lower bound 0.741; limit: at most 0.550")
    assert inferred == ("8.0%", "upper bound 9.0%; limit: at most 5.0%")
    assert claim[0] == "none made"


def test_what_was_not_looked_for_is_not_tested_and_what_is_suppressed_stays_small(view_of):
    assert [text for text, _ in cells(view_of([row(0.5)]))][2:4] == ["not tested", "not tested"]
    few = Unmeasured(reason="fewer than 10 patients")
    hidden = [one.model_copy(update={"number": few}) for one in copies(4, 2)]
    assert cells(view_of(hidden))[2] == ("fewer than 10 of 15,000", "holdout patients: fewer than 10")


def test_the_headline_counts_people_copied_beyond_the_holdout(view_of):
    made = copies(240, 0)
    view = view_of([*made, *copies(240, 0, slice=VERBATIM)], judged("fail", made[2], id="COPY-1"))
    (line,) = told(view).people
    assert line.startswith("240 of the 15,000 patients who trained Variational autoencoder stand in its table word for")
    assert "but for one value" not in line
    nearly = view_of([*made, *copies(100, 0, slice=VERBATIM)], judged("fail", made[2], id="COPY-1"))
    line = told(nearly).people[0]
    assert "word for word or but for one value, with a record that no other patient comes near;" in line
    assert line.endswith("of 10,000 patients who did not, 0 do.")
    within = view_of(made, judged("pass", made[2], id="COPY-1"))
    assert told(within).people == ()  # no more than the holdout explains: no headline
    auc = row(0.76, chance=0.5)
    (line,) = told(view_of([auc], judged("fail", auc, id="MEM-1"))).people
    assert "76 times in 100" in line


def test_a_report_on_copies_names_them_before_any_group(view_of):
    """201 of 1,000 members stand in the table: that no group stands out must not be the first thing said."""
    groups = [row(0.6, slice=f"group: {name}", chance=0.5) for name in ("women", "men")]
    view = view_of([*copies(201, 0, of=(1000, 1000)), row(0.6, chance=0.5), *groups])
    answer = next(one for one in told(view).answers if one.question == t("answers.whom.question"))
    assert "201 of 15,000 members (1.3%) stand in the synthetic table" in answer.lines[0]
    assert "restricted folder lists these members" in answer.lines[0]
    assert "an AUC had to be 0.020 higher to stand out" in answer.lines[1]


@pytest.mark.parametrize(
    ("verdict", "worse", "text"),
    [
        ("fail", "higher", "0.760, corrected lower bound 0.741"),
        ("pass", "higher", "0.760, upper bound 0.741"),
        ("inconclusive", "higher", "0.760, upper bound 0.741"),
        ("fail", "lower", "0.760, corrected upper bound 0.741"),
        ("pass", "lower", "0.760, lower bound 0.741"),
    ],
)
def test_the_bound_that_decided_is_printed(verdict, worse, text):
    update = {"number": row(0.76).number, "bound": 0.741, "worse": worse}
    assert decided_text(finding(verdict).model_copy(update=update)) == text


def test_the_legend_says_which_bound_decides_and_what_is_corrected():
    legend = t("sections.findings_matrix.legend")
    assert (
        "every number that counts meets its limit, its upper bound (one-sided, 95%) included; no correction" in legend
    )
    assert "one number breaks the limit, its lower bound included, after correction for all numbers" in legend
    assert "met if every number that counts meets its limit, which needs no correction" in look_up(
        "answers.sure.sample"
    )


def test_copies_are_personal_data_and_fewer_rows_are_no_remedy(view_of):
    made = copies(240, 0)
    (line,) = next_steps(view_of(made, judged("fail", made[2], id="COPY-1")))
    assert "these are personal data. Stop: quarantine" in line
    assert "data protection officer" in line
    proven = judged("pass", made[2], id="COPY-1").model_copy(update={"proven": 0.001})
    assert next_steps(view_of(made, proven)) == [line]  # within the limit, and personal data all the same
    both = (judged("fail", made[2], id="COPY-1"), finding("fail", system="vae", id="MEM-1"))
    assert next_steps(view_of(made, *both)) == [line]  # nothing else may be read as enough
    assert "publish fewer rows" not in " ".join(str(one) for one in told(view_of(made, *both)).answers)


@pytest.mark.parametrize(
    ("section", "id", "words"),
    [
        ("membership", "MEM-1", "Train with differential privacy"),
        ("attribute", "ATT-1", "columns that are guessed too well"),
        ("reidentification", "SIN-1", "rare or unique"),
        ("reidentification", "LINK-1", "data sets of others"),
        ("reidentification", "KEY-1", "these are personal data"),
        ("fidelity", "FID-1", "train longer"),
        ("privacy", "DP-1", "under its claim"),
    ],
)
def test_advice_goes_by_what_was_not_met(view_of, section, id, words):
    (line,) = next_steps(view_of([], finding("fail", system="vae", section=section, id=id)))
    assert words in line


def test_a_number_beyond_the_limit_is_never_accepted_in_writing(view_of):
    auc = row(0.76, chance=0.5)
    (beyond,) = next_steps(view_of([auc], judged("inconclusive", auc, threshold=0.55)))
    assert "treat it as a leak" in beyond
    (within,) = next_steps(view_of([auc], judged("inconclusive", auc, threshold=0.8)))
    assert "hold back" in within
    assert "in writing" not in beyond + within


@pytest.mark.parametrize("number", [1, 2, 4])
def test_every_system_has_its_closest_attack(view_of, number):
    keys = ("medgan", "vae", "null", "republished")[:number]
    rows = [row(0.5 + place / 10, system=key, chance=0.5) for place, key in enumerate(keys)]
    view = view_of(rows, systems=("medgan", "vae"))
    cards = tuple(view.result.systems[0].model_copy(update={"key": key, "title": key}) for key in keys)
    lines = closest(ResultView(view.result.model_copy(update={"systems": cards}), ()))
    assert sorted(line.partition(":")[0] for line in lines) == sorted(keys)


def test_banners_say_what_a_reader_must_know_first(view_of, build):
    view = view_of([row(0.5)])
    split = view.result.split
    everybody = split.model_copy(update={"target_members": 15000, "target_holdout": 10000})

    def labels(**changes):
        return [one.label for one in told(view_of([row(0.5)], split=everybody, **changes)).banners]

    assert labels() == []
    assert labels(preset="quick") == ["QUICK"]
    invented = view.result.data.model_copy(update={"reader": "simulated"})
    assert labels(data=invented) == ["SIMULATED"]
    assert [one.label for one in told(view).banners] == ["NOT ALL ROWS"]
    nobody = everybody.model_copy(update={"reference": split.reference.model_copy(update={"patients": 0})})
    assert [one.label for one in told(view_of([row(0.5)], split=nobody)).banners] == ["NO REFERENCE"]
    assert labels(plan={"data": {"members": "m.csv", "holdout": "h.csv"}}) == ["REFERENCE FROM THE HOLDOUT"]
    assert labels(plan={"data": {"members": "m.csv", "holdout": "h.csv", "reference": "r.csv"}}) == []
    file = view.result.systems[0].model_copy(update={"role": "file", "rows": 500})
    attacked = view_of([row(0.5, rows=100)], split=everybody, systems=("vae",)).result
    (part,) = build_report(attacked.model_copy(update={"systems": (file,)})).banners
    assert (part.label, part.text.split(" of ")[0]) == ("NOT ALL ROWS", "100")


def test_a_maximum_of_another_adjacency_says_nothing_about_the_claim(view_of):
    """4.48 belongs to replace-one, the claim to add-or-remove, where the audit could show 4.27 at most."""
    rows = (
        *bound(0.1, claimed=3.0, ceiling=4.27),
        *bound(0.2, claimed=6.0, ceiling=4.48, adjacency="replace one", method="pairs"),
    )
    outside = bound(2.5, claimed=3.0, slice="white box, domain from data")[:1]
    view = view_of([*rows, *outside, claim_row()])
    card = view.result.systems[0].model_copy(update={"ledger": ledger(epsilon=3.0)})
    document = told(ResultView(view.result.model_copy(update={"systems": (card,)}), ()))
    section = next(one for one in document.sections if one.id == "dp-claims")
    table = next(block for block in section.blocks if getattr(block, "id", "") == "dp-claims-table")
    assert table.rows[0][-2].text == "4.27"
    answer = next(one for one in document.answers if one.question == t("answers.dp_claims.question"))
    assert "4.27" in answer.lines[0]
    assert "4.48" not in answer.lines[0]
    audits = next(one for one in section.sections if one.id == "claim-audits").blocks[1]
    shown = [audits.rows[place][0].note for place in audits.pdf_rows]
    assert any("replace one" in note for note in shown)
    assert any(
        "epsilon 2.5; no epsilon accounts for that part" in getattr(block, "text", "") for block in section.blocks
    )


def claim_row():
    number = Estimated(value=3.0, low=3.0, high=3.0, confidence=0.95, trials=1)
    return row(number=number, statistic="epsilon_claimed", section="privacy", level="mechanism", method="claim",
               release=None)  # fmt: skip


def test_each_number_stands_beside_the_same_attack_on_the_controls(view_of):
    """0.78 of the way from guessing (0.5) to what the same attack makes of the members' own rows (0.9): 0.812."""
    values = {"vae": 0.812, "medgan": 0.49, "republish": 0.9, "null": 0.505}
    rows = [row(value, system=key, chance=0.5) for key, value in values.items()]
    rows += [row(0.99, system="republish", method="other", chance=0.5)]  # another attack's control says nothing
    view = view_of(rows, systems=("vae", "medgan"))
    control = view.result.systems[0].model_copy(update={"role": "control"})
    cards = (*view.result.systems, *(control.model_copy(update={"key": key}) for key in ("republish", "null")))
    document = build_report(view.result.model_copy(update={"systems": cards}))
    table = next(
        block for one in document.all_sections for block in one.blocks if getattr(block, "id", "") == "attack-gain"
    )
    shown = {line[0].text: [cell.text for cell in line[1:]] for line in table.rows}
    assert shown["Variational autoencoder"][2].startswith("0.900")
    assert shown["Variational autoencoder"][3].startswith("0.505")
    assert shown["Variational autoencoder"][4] == "78% (74% to 83%)"
    assert shown["medGAN"][4] == "0% (0% to 0%)"
    line = next(one for answer in document.answers for one in answer.lines if "possible" in one or "could gain" in one)
    assert "78% of what this attack could gain (74% to 83%, as far as either interval reaches)" in line
    assert "on the members’ own records it reaches 0.900" in line


def test_an_attack_that_cannot_tell_even_the_rows_themselves_has_no_share(view_of):
    rows = [row(value, system=key, chance=0.5) for key, value in {"vae": 0.503, "republish": 0.505}.items()]
    view = view_of(rows)
    control = view.result.systems[0].model_copy(update={"role": "control", "key": "republish"})
    document = build_report(view.result.model_copy(update={"systems": (*view.result.systems, control)}))
    table = next(
        block for one in document.all_sections for block in one.blocks if getattr(block, "id", "") == "attack-gain"
    )
    assert table.rows[0][-1].text == "–"
