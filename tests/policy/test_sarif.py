"""SARIF: what a code host requires, every state seen, and nothing but a failure has a level."""

import json

import pytest
from simulated_audits import a_result
from test_exporters import EVERY, NASTY, a_finding

from synthaudit.audit.policy import read_policy
from synthaudit.audit.policy.sarif import sarif


def run_of(*findings, file="result.json"):
    document = json.loads(sarif(findings, a_result([]), read_policy(), file=file))
    assert document["version"] == "2.1.0"
    (run,) = document["runs"]
    return run


def test_each_criterion_is_a_rule_and_each_finding_a_result():
    run = run_of(*EVERY, a_finding(system="gan"))
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["MEM-1"]
    assert len(run["results"]) == 6
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        place = result["locations"][0]["physicalLocation"]
        assert run["artifacts"][place["artifactLocation"]["index"]]["location"]["uri"] == "result.json"
    prints = [tuple(result["partialFingerprints"].values()) for result in run["results"]]
    assert len(set(prints)) == 2, "one for each system"


@pytest.mark.parametrize(
    ("verdict", "severity", "kind", "level"),
    [
        ("pass", "high", "pass", "none"),
        ("fail", "low", "fail", "error"),
        ("invalid", "high", "fail", "error"),
        ("inconclusive", "high", "fail", "warning"),
        ("not measured", "high", "fail", "warning"),
        ("not measured", "low", "open", "none"),
    ],
)
def test_what_is_open_is_seen_and_what_is_met_is_listed(verdict, severity, kind, level):
    (result,) = run_of(a_finding(verdict, severity=severity))["results"]
    assert (result["kind"], result["level"]) == (kind, level)
    assert verdict in result["message"]["text"]


def test_a_leak_within_the_limit_is_a_warning():
    (result,) = run_of(a_finding().model_copy(update={"proven": 0.001}))["results"]
    assert (result["level"], result["properties"]["state"]) == ("warning", "leak proven, within the limit")


def test_it_names_the_digest_of_the_result_and_survives_any_name():
    run = run_of(a_finding("fail", system=NASTY, reason=NASTY), file="audit.json")
    assert run["artifacts"][0] == {"location": {"uri": "audit.json"}, "hashes": {"sha-256": a_result([]).sha256()}}
    assert NASTY in run["results"][0]["message"]["text"]
