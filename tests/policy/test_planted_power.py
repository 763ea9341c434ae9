"""Power by hand: which planted leaks a criterion's own rule notices, and what follows for "nothing found"."""

import json
from dataclasses import replace

import numpy as np
import pytest
from simulated_audits import DISTINCTIVE, SIZE, a_result, a_row, an_estimate, good_controls
from typer.testing import CliRunner

from synthaudit.audit.cli import app
from synthaudit.audit.policy import exit_code, exporters, judge, make_policy, read_policy, unnoticed
from synthaudit.audit.statistics import intervals
from synthaudit.audit.suite.result import PlantedTrials, Series

REPEATS = 17


def a_policy(detectable="verbatim 0.1", **changes):
    auc = {"id": "MEM-1", "title": "Hidden", "section": "membership", "statistic": "auc", "threshold": 0.55,
           "citation": "nobody", "detectable_leak": detectable, **changes}  # fmt: skip
    return make_policy({"name": "p", "title": "P", "kind": "policy, not science", "criteria": [auc]})


def series_of(trials, system="vae"):
    return Series(
        id=f"{system}/{trials.name}/{trials.method}", section="control", system=system, release=0, method=trials.method,
        name=trials.name, values=trials.as_values(),
    )  # fmt: skip


def estimates(value_at, *, counts=(20, 100, 200), repeats=REPEATS, kind="verbatim", method="nearest", half=0.018):
    """Return trials of an AUC with a 95 % interval of this half-width; ``value_at(repeat, patients)``."""
    places = [(repeat, count) for repeat in range(repeats) for count in (0, *counts)]
    value = tuple(value_at(repeat, count) for repeat, count in places)
    low = tuple(one - half for one in value)
    values = {"value": value, "low": low, "trials": (2.0 * SIZE,) * len(value)}
    return PlantedTrials(kind, "auc", "all", method, tuple(count for _, count in places), values)


def judged(*trials, policy=None, rows=None, system="vae"):
    rows = rows or [a_row("auc", an_estimate(0.5, 0.018))]
    controls = [row for row in good_controls() if row.method != "planted"]
    result = a_result([*rows, *controls], series=tuple(series_of(one, system) for one in trials))
    (finding,) = judge(result, policy or a_policy())
    return finding


def test_the_smallest_leak_is_where_the_rule_itself_fires_in_nearly_all_repeats():
    # Fails where value - 1.645 / 1.96 x .018 (one number, 5 %), roughly, is above .55: from .566.
    finding = judged(estimates(lambda _, count: 0.5 + count / 2000))
    (power,) = finding.power
    assert (power.kind, power.repeats, power.patients) == ("verbatim", 17, (20, 100, 200))
    assert power.detected == (0.0, 0.0, 1.0)
    assert power.low[2] == intervals.binomial(17, 17).low > 0.8
    assert power.smallest == 200
    assert finding.verdict == "pass"
    assert finding.detectable == "200 copied patients"
    assert unnoticed([finding]) == {"vae": "fewer than about 200 copied patients may go unnoticed in this audit"}


def test_the_rule_pays_for_the_numbers_that_the_criterion_looks_at():
    many = [a_row("auc", an_estimate(0.5, 0.018), release=release) for release in range(100)]
    trials = estimates(lambda _, count: 0.5 + 0.07 * (count >= 200))
    assert judged(trials).power[0].smallest == 200
    assert judged(trials, rows=many).power[0].smallest is None  # .57 breaks .55 for one number and not for 100


def test_sixteen_of_seventeen_repeats_are_not_enough_and_a_gap_in_the_ladder_counts():
    assert judged(estimates(lambda repeat, count: 0.6 if count >= 100 and repeat else 0.5)).power[0].smallest is None
    gap = judged(estimates(lambda _, count: 0.6 if count in (20, 200) else 0.5)).power[0]
    assert gap.smallest == 200


@pytest.mark.parametrize("kind", ["near", "cells", "attribute"])
def test_a_criterion_may_ask_for_another_kind_of_leak(kind):
    policy = a_policy(f"{kind} 0.1")
    seen = estimates(lambda _, count: 0.5 + count / 2000, kind=kind)
    assert judged(seen, policy=policy).verdict == "pass"
    missing = judged(estimates(lambda _, count: 0.5 + count / 2000), policy=policy)
    assert missing.verdict == "inconclusive"
    assert f"no {kind} leak was planted for what this criterion looks at" in missing.reason


def test_a_leak_that_was_missed_or_that_is_stronger_than_asked_makes_nothing_found_inconclusive():
    missed = judged(estimates(lambda _, count: 0.5))
    assert (missed.verdict, exit_code((missed,))) == ("inconclusive", 3)
    assert "a planted verbatim leak of 200 members made this criterion's own rule fire in 0% of 17" in missed.reason
    strong = judged(estimates(lambda _, count: 0.5 + count / 1900), policy=a_policy("verbatim 0.05"))
    assert (strong.verdict, strong.power[0].smallest) == ("inconclusive", 200)
    weak = judged(estimates(lambda _, count: 0.6 if count else 0.5, counts=(400,)))
    assert "no verbatim leak as weak as 10.00% of the members was planted" in weak.reason


def test_a_leak_that_stays_within_the_limit_is_not_missed_by_an_attack_that_sees_it():
    """Where many share a record, copies of a tenth move the AUC a little and leave it within the limit."""
    shared = judged(estimates(lambda _, count: 0.5 + 0.04 * count / 200), policy=a_policy("verbatim 0.1"))
    assert (shared.power[0].smallest, shared.power[0].responds, shared.power[0].beyond) == (None, True, (0, 0, 0))
    assert shared.verdict == "pass"
    beyond = judged(estimates(lambda _, count: 0.5 + 0.06 * count / 200), policy=a_policy("verbatim 0.1"))
    assert (beyond.power[0].smallest, beyond.power[0].beyond[-1], beyond.verdict) == (None, 1.0, "inconclusive")
    blind = judged(estimates(lambda repeat, _: 0.5 + 0.001 * repeat), policy=a_policy("verbatim 0.1"))
    assert (blind.power[0].responds, blind.verdict) == (False, "inconclusive")


def test_a_proven_leak_says_nothing_of_smaller_ones():
    trials = estimates(lambda _, count: 0.5 + count / 2000)
    leaking = replace(an_estimate(0.525, 0.01), p_value=1e-6)
    finding = judged(trials, rows=[a_row("auc", leaking)])
    assert finding.proven is not None
    assert unnoticed([finding]) == {}


def test_an_attack_that_fires_anyway_has_noticed_nothing():
    """Detected without planting: the share is not the leak's doing, however often the rule fires."""
    always = judged(estimates(lambda _, count: 0.9))
    assert always.power[0].detected == (0.0, 0.0, 0.0)
    assert always.verdict == "inconclusive"
    draws = np.random.default_rng(0).random((REPEATS, 4)) < 0.5
    coin = judged(estimates(lambda repeat, count: 0.9 if draws[repeat, (0, 20, 100, 200).index(count)] else 0.5))
    assert max(coin.power[0].detected) < 0.8
    assert coin.power[0].smallest is None


def test_what_one_attack_misses_another_may_notice_in_the_same_repeat():
    first = estimates(lambda repeat, count: 0.6 if count >= 100 and repeat % 2 else 0.5)
    second = estimates(lambda repeat, count: 0.6 if count >= 100 and not repeat % 2 else 0.5, method="calibrated")
    assert judged(first).power[0].smallest is None
    assert judged(first, second).power[0].smallest == 100


def test_leaks_planted_in_another_system_count_where_the_own_table_has_none():
    trials = estimates(lambda _, count: 0.5 + count / 2000)
    assert judged(trials, system="medgan").verdict == "pass"
    weak = estimates(lambda _, count: 0.5)
    controls = [row for row in good_controls() if row.method != "planted"]
    result = a_result(
        [a_row("auc", an_estimate(0.5, 0.018)), *controls],
        series=(series_of(trials, "medgan"), series_of(weak, "vae")),
    )
    assert judge(result, a_policy())[0].verdict == "inconclusive"


def copies_of(found_at, counts=(5, 10, 20, 40)):
    places = [(repeat, count) for repeat in range(REPEATS) for count in (0, *counts)]
    n = len(places)
    values = {
        "found": tuple(float(found_at(count)) for _, count in places),
        "members": (float(SIZE),) * n,
        "matched": (0.0,) * n,
        "holdout": (float(SIZE),) * n,
    }
    return PlantedTrials("verbatim", "excess", DISTINCTIVE, "copies", tuple(count for _, count in places), values)


def test_copies_are_judged_from_their_counts_as_the_gate_judges_them():
    copy = {"id": "COPY-1", "title": "Copies", "section": "membership", "statistic": "excess", "slice": DISTINCTIVE,
            "methods": ["copies"], "threshold": 0.003, "citation": "nobody",
            "detectable_leak": "verbatim 0.02"}  # fmt: skip
    policy = make_policy({"name": "p", "title": "P", "kind": "policy, not science", "criteria": [copy]})
    none = [a_row("excess", an_estimate(0.0, 0.001), method="copies", part=DISTINCTIVE, chance=0.0)]
    finding = judged(copies_of(lambda count: count), policy=policy, rows=none)
    # 10 of 2,000 are half a percent: their corrected bound lies below the limit of .3; that of 20 above it.
    assert finding.power[0].detected == (0.0, 0.0, 1.0, 1.0)
    assert finding.verdict == "pass"
    assert unnoticed([finding]) == {"vae": "fewer than about 20 copied patients may go unnoticed in this audit"}
    missed = judged(copies_of(lambda count: 0), policy=policy, rows=none)
    assert unnoticed([missed]) == {"vae": "even 40 copied patients may go unnoticed in this audit"}


def test_every_form_of_output_says_how_many_may_go_unnoticed(tmp_path):
    trials = estimates(lambda _, count: 0.5 + count / 2000)
    controls = [row for row in good_controls() if row.method != "planted"]
    result = a_result([a_row("auc", an_estimate(0.5, 0.018)), *controls], series=(series_of(trials),))
    said = "fewer than about 200 copied patients may go unnoticed in this audit"
    assert f"vae: {said}." in exporters.markdown(judge(result, a_policy()), result)
    path, rules = tmp_path / "result.json", tmp_path / "p.toml"
    path.write_text(result.to_json())
    rules.write_text(
        'name = "p"\ntitle = "P"\nkind = "policy, not science"\n[[criteria]]\nid = "MEM-1"\ntitle = "Hidden"\n'
        'section = "membership"\nstatistic = "auc"\nthreshold = 0.55\ncitation = "nobody"\n'
        'detectable_leak = "verbatim 0.1"\n'
    )
    printed = CliRunner().invoke(app, ["gate", str(path), "--policy", str(rules)])
    assert f"vae: {said}" in printed.stdout
    document = json.loads(CliRunner().invoke(app, ["gate", str(path), "--policy", str(rules), "--json"]).stdout)
    assert document["unnoticed"] == {"vae": said}
    assert document["findings"][0]["power"][0]["smallest"] == 200


def test_the_shipped_policies_ask_for_leaks_that_are_planted():
    for name in ("default", "strict", "research", "eu-anonymisation", "el-emam-membership"):
        for criterion in read_policy(name).criteria:
            assert criterion.required_leak[0] in ("verbatim", "attribute", "key")


def test_a_table_that_has_nothing_of_a_kind_to_leak_needs_no_power_against_it():
    nothing = estimates(lambda _, count: 0.5, counts=(), kind="key")
    assert judged(nothing, policy=a_policy("key 0.02")).verdict == "pass"
    assert judged(nothing, policy=a_policy("verbatim 0.02")).verdict == "inconclusive"


def test_series_come_back_as_they_were():
    trials = estimates(lambda _, count: 0.5 + count / 2000, counts=(20,), repeats=2)
    back = PlantedTrials.of(series_of(trials))
    assert (back.kind, back.statistic, back.slice, back.method) == ("verbatim", "auc", "all", "nearest")
    assert list(back.repeats()) == [{0: 0, 20: 1}, {0: 2, 20: 3}]
    assert back.patients == (0, 20, 0, 20)
