"""Leaks that are proven although they lie within the limit: by hand, in every form of output, and their error rate."""

import json
from dataclasses import replace

import numpy as np
import pytest
from simulated_audits import DISTINCTIVE, a_result, a_row, an_estimate, audit, good_controls
from typer.testing import CliRunner

from synthaudit.audit.cli import app
from synthaudit.audit.policy import (
    exit_code,
    exporters,
    judge,
    make_policy,
    overall_state,
    overall_verdict,
    read_policy,
)
from synthaudit.audit.statistics import differences, intervals
from synthaudit.audit.statistics.exact_test import fisher_p

STATE = "leak proven, within the limit"


def a_policy(*more):
    auc = {"id": "MEM-1", "title": "Hidden", "section": "membership", "statistic": "auc", "threshold": 0.55,
           "citation": "nobody"}  # fmt: skip
    return make_policy({"name": "p", "title": "P", "kind": "policy, not science", "criteria": [auc, *more]})


def auc_row(p_value, value=0.52, **where):
    return a_row("auc", replace(an_estimate(value, 0.015), p_value=p_value), **where)


def judged(*rows, policy=None):
    return judge(a_result([*rows, *good_controls()]), policy or a_policy())


def test_a_significant_leak_within_the_limit_is_said_to_be_proven():
    (finding,) = judged(auc_row(0.002))
    assert (finding.verdict, finding.state, finding.proven) == ("pass", STATE, 0.002)
    proof = "; within the limit, a leak is proven all the same, by auc of 'nearest'"
    assert proof in finding.reason
    assert finding.reason.endswith("(adjusted p 0.002)")
    assert (overall_verdict((finding,)), overall_state((finding,)), exit_code((finding,))) == ("pass", STATE, 0)


def test_the_numbers_of_a_criterion_are_paid_for():
    rows = [auc_row(0.002), *(auc_row(0.9, 0.49, release=release) for release in range(1, 25))]
    (finding,) = judged(*rows)
    assert finding.proven == pytest.approx(0.05)
    assert judged(*rows, auc_row(0.9, 0.49, release=25))[0].proven is None


def test_the_joint_test_counts_twice_with_the_single_ones():
    joint = a_row("max_t_p", replace(an_estimate(0.004, 0.001), p_value=0.004), method="all attacks", chance=None,
                  worse="lower")  # fmt: skip
    rows = [auc_row(0.02), *(auc_row(0.9, 0.49, release=release) for release in range(1, 9))]
    assert judged(*rows)[0].proven is None
    assert judged(*rows, joint)[0].proven == pytest.approx(0.008)


def test_criteria_are_corrected_jointly():
    second = {"id": "MEM-2", "title": "Few", "section": "membership", "statistic": "tpr_at_fpr", "slice": "fpr 0.01",
              "threshold": 0.05, "citation": "nobody"}  # fmt: skip
    low = a_row("tpr_at_fpr", replace(an_estimate(0.012, 0.004), p_value=0.4), part="fpr 0.01", chance=0.01)
    found = judged(auc_row(0.02), low, policy=a_policy(second))
    assert [one.proven for one in found] == [pytest.approx(0.04), None]
    assert judged(auc_row(0.03), low, policy=a_policy(second))[0].proven is None


def test_copies_are_tested_exactly():
    assert fisher_p(12, 0, 2000, 2000) == pytest.approx(0.5**12, rel=0.02)
    assert fisher_p(0, 5, 100, 100) == 1.0
    copies = {"id": "COPY-1", "title": "Copies", "section": "membership", "statistic": "excess", "slice": DISTINCTIVE,
              "methods": ["copies"], "threshold": 0.02, "citation": "nobody"}  # fmt: skip
    sides = intervals.binomial(12, 2000), intervals.binomial(0, 2000)
    where = {"method": "copies", "part": DISTINCTIVE}
    rows = [
        a_row("sensitivity", sides[0], **where),
        a_row("false_positive_rate", sides[1], chance=None, **where),
        a_row("excess", differences.difference(*sides), chance=0.0, **where),
    ]
    policy = make_policy({"name": "p", "title": "P", "kind": "policy, not science", "criteria": [copies]})
    assert judged(*rows, policy=policy)[0].proven == pytest.approx(fisher_p(12, 0, 2000, 2000))


def test_without_a_test_of_its_own_a_number_is_tested_by_its_bounds():
    leak = {"section": "attribute", "method": "donors", "chance": 0.0}
    criterion = {"id": "ATT-1", "title": "Hidden", "section": "attribute", "statistic": "leakage_sensitivity",
                 "threshold": 0.05, "citation": "nobody", "detectable_leak": "verbatim 0.3"}  # fmt: skip
    policy = make_policy({"name": "p", "title": "P", "kind": "policy, not science", "criteria": [criterion]})
    # 0.03 is 3.08 standard errors of a 95 % interval of half-width 0.0191: p = 0.001 one-sided.
    (found,) = judged(a_row("leakage_sensitivity", an_estimate(0.03, 0.0191), **leak), policy=policy)
    assert found.proven == pytest.approx(0.001, rel=0.1)
    assert judged(a_row("leakage_sensitivity", an_estimate(0.01, 0.0191), **leak), policy=policy)[0].proven is None


def test_an_open_question_says_that_a_leak_is_proven_and_stays_open():
    (finding,) = judged(auc_row(1e-5, 0.54))
    assert (finding.verdict, finding.state, exit_code((finding,))) == ("inconclusive", "inconclusive", 3)
    assert "a leak is proven all the same, by auc of 'nearest'" in finding.reason
    assert "(adjusted p below 0.001)" in finding.reason


def test_what_breaks_the_limit_or_rests_on_a_bad_split_proves_nothing_more():
    assert judged(auc_row(1e-9, 0.62))[0].proven is None


def test_every_form_of_output_says_it(tmp_path):
    found = judged(auc_row(0.002))
    assert f"<system-out>{STATE}: met by" in exporters.junit(found)
    assert 'failures="0"' in exporters.junit(found)
    assert f"| **{STATE}** |" in exporters.markdown(found, a_result([]))
    assert STATE in exporters.badge(found)
    assert exporters.annotations(found)[0].startswith("::warning title=MEM-1 leak proven%2C within the limit (vae)")
    path = tmp_path / "result.json"
    path.write_text(a_result([auc_row(0.002, method="nearest"), *good_controls()]).to_json())
    rules = tmp_path / "p.toml"
    rules.write_text(
        'name = "p"\ntitle = "P"\nkind = "policy, not science"\n[[criteria]]\nid = "MEM-1"\ntitle = "Hidden"\n'
        'section = "membership"\nstatistic = "auc"\nthreshold = 0.55\ncitation = "nobody"\n'
    )
    said = CliRunner().invoke(app, ["gate", str(path), "--policy", str(rules)])
    assert said.exit_code == 0
    assert STATE.upper() in said.stdout
    assert said.stdout.strip().endswith(f"{STATE} (p policy)")
    document = json.loads(CliRunner().invoke(app, ["gate", str(path), "--policy", str(rules), "--json"]).stdout)
    assert (document["verdict"], document["state"], document["exit_code"]) == ("pass", STATE, 0)
    assert document["findings"][0]["state"] == STATE


def test_no_leak_is_seldom_called_proven():
    """200 audits in which nothing leaks: at most 5 % are called proven anywhere, the policy's promise."""
    rules = read_policy()
    proven = sum(
        any(one.proven is not None for one in judge(audit(np.random.default_rng(seed), releases=1), rules))
        for seed in range(200)
    )
    assert proven <= 10


def test_the_proof_names_the_number_that_proves_and_not_the_one_nearest_to_the_limit():
    wide = auc_row(0.4, 0.53, method="wide")
    (finding,) = judged(wide, auc_row(1e-6, 0.515, method="sure"))
    assert "auc of 'wide'" in finding.reason.partition(";")[0]
    assert "proven all the same, by auc of 'sure'" in finding.reason
