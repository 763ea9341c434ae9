import xml.etree.ElementTree as ElementTree

import pytest
from simulated_audits import a_result

from synthaudit.audit.policy import exporters as outputs
from synthaudit.audit.suite.result import Estimated, Finding, Unmeasured

VERDICTS = ("pass", "fail", "inconclusive", "not measured", "invalid")
NASTY = 'a<b>&"c"|d\x00\x1b[31m::error::x\ny%'


def a_finding(verdict="pass", *, severity="high", system="vae", reason="because"):
    number = Unmeasured(reason=reason)
    if verdict != "not measured":
        number = Estimated(value=0.5, low=0.48, high=0.52, confidence=0.95, trials=4000)
    return Finding(
        id="MEM-1",
        title="Members stay hidden",
        system=system,
        verdict=verdict,
        severity=severity,
        reason=reason,
        section="membership",
        level="release",
        statistic="auc",
        threshold=0.55,
        worse="higher",
        number=number,
        detectable="verbatim copies in 1 %",
        citation="somebody",
    )


EVERY = tuple(a_finding(verdict) for verdict in VERDICTS)


def test_junit_counts_what_it_holds():
    root = ElementTree.fromstring(outputs.junit((*EVERY, a_finding(system="gan"))))
    assert root.tag == "testsuites"
    assert [root.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["6", "4", "0", "0"]
    assert [suite.get("name") for suite in root] == ["vae", "gan"]
    for suite in root:
        cases = suite.findall("testcase")
        assert suite.get("tests") == str(len(cases))
        assert all(case.get("name") and case.get("classname") for case in cases)
        for kind, total in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
            assert suite.get(total) == str(sum(case.find(kind) is not None for case in cases))
    failure = root.find(".//failure")
    assert failure.get("type") == "fail"
    assert failure.get("message") == "fail: because"
    assert "Limit: 0.55. somebody" in failure.text


def test_a_policy_says_which_verdicts_a_build_skips():
    low = a_finding("not measured", severity="low")
    root = ElementTree.fromstring(outputs.junit((*EVERY, low)))
    assert [root.get(name) for name in ("failures", "errors", "skipped")] == ["4", "0", "1"], "low may stay unmeasured"
    root = ElementTree.fromstring(outputs.junit(EVERY, skipped=("inconclusive", "invalid")))
    assert [root.get(name) for name in ("failures", "errors", "skipped")] == ["2", "0", "2"]
    assert {failure.get("type") for failure in root.iter("failure")} == {"fail", "not measured"}


@pytest.mark.parametrize("verdict", VERDICTS[1:])
def test_no_build_turns_green_without_a_conclusion(verdict):
    root = ElementTree.fromstring(outputs.junit((a_finding(verdict),)))
    assert (root.get("failures"), root.find(".//failure").get("type")) == ("1", verdict)


def test_no_name_breaks_the_xml():
    root = ElementTree.fromstring(outputs.junit((a_finding("fail", system=NASTY, reason=NASTY),)))
    assert "\x00" not in root.find(".//failure").get("message")
    assert root[0].get("name").startswith('a<b>&"c"|d')


def test_markdown_has_a_line_a_finding_whatever_the_names():
    text = outputs.markdown((*EVERY, a_finding(system=NASTY)), a_result([]))
    assert text.startswith("## A simulated audit: fail")
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) == 2 + 6
    assert all(row.replace("\\|", "").count("|") == 7 for row in rows)
    assert "<b>" not in text
    assert "verbatim copies in 1 %" in text
    assert "policy, not science" in text


def test_annotations_call_a_failure_an_error_and_a_doubt_a_warning():
    lines = outputs.annotations((*EVERY, a_finding("not measured", severity="low")))
    assert [line.split(" ")[0] for line in lines] == ["::error", "::warning", "::warning", "::error"]
    assert lines[0] == "::error title=MEM-1 fail (vae)::Members stay hidden: because"


def test_no_name_starts_another_command():
    (line,) = outputs.annotations((a_finding("fail", system=NASTY, reason=NASTY),))
    assert "\n" not in line
    assert "%0A" in line
    assert "%25" in line
    assert line.split("::")[1].count(":") == 0  # the title cannot end early


@pytest.mark.parametrize("verdict", VERDICTS)
def test_the_badge_says_the_verdict_and_fetches_nothing(verdict):
    svg = outputs.badge((a_finding(verdict),))
    root = ElementTree.fromstring(svg)
    assert root.get("aria-label") == f"privacy audit: {verdict}"
    assert verdict in [element.text for element in root.iter() if element.text]
    assert svg.count("http") == 1  # the namespace
    assert outputs.COLOURS[verdict] in svg


@pytest.mark.parametrize("colour", outputs.COLOURS.values())
def test_white_text_on_the_badge_can_be_read(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    assert 1.05 / (luminance + 0.05) >= 4.5
