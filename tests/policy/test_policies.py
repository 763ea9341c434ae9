import pytest

from synthaudit.audit.errors import PlanError
from synthaudit.audit.policy import SHIPPED, make_policy, read_policy

CRITERION = {
    "id": "A",
    "title": "t",
    "section": "membership",
    "statistic": "auc",
    "threshold": 0.55,
    "severity": "high",
    "citation": "c",
}
POLICY = {"name": "p", "title": "P", "kind": "policy, not science", "criteria": [CRITERION]}


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_policy_says_what_it_is_and_where_each_limit_comes_from(name):
    policy = read_policy(name)
    assert policy.name == name
    assert policy.kind == "policy, not science"
    assert policy.require_power
    assert all(len(criterion.citation) > 20 for criterion in policy.criteria)
    assert sum(policy.error_share(criterion) for criterion in policy.criteria) == pytest.approx(0.05)


def test_a_mistyped_name_gets_the_nearest_one():
    with pytest.raises(PlanError, match="unknown policy 'defualt'; did you mean 'default'"):
        read_policy("defualt")


def test_a_file_that_is_not_there_is_named_without_its_folder(tmp_path):
    with pytest.raises(PlanError, match=r"^mine.toml: expected a policy, could not open it"):
        read_policy(tmp_path / "mine.toml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"name = [", "mine.toml: expected TOML"),
        (b"\xff\xfe\x00", "expected a policy in UTF-8 text"),
        (b"name = 'p'\ntitle = 'P'\nkind = 'policy, not science'\n", "mine.toml: criteria: Field required"),
    ],
)
def test_a_broken_file_says_how(tmp_path, text, message):
    file = tmp_path / "mine.toml"
    file.write_bytes(text)
    with pytest.raises(PlanError, match=message):
        read_policy(file)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"treshold": 1.0}, "criterion A.treshold: unknown key 'treshold'; did you mean 'threshold'"),
        ({"severity": "hihg"}, "criterion A.severity: Input should be 'high', 'medium' or 'low'"),
        ({"section": "members"}, "criterion A.section"),
        ({"threshold": "0.5"}, "criterion A.threshold: Input should be a valid number"),
        ({"threshold": float("inf")}, "criterion A.threshold"),
        ({"statistic": 3}, "criterion A.statistic"),
        ({"citation": ""}, "criterion A.citation"),
        ({"weight": 0}, "criterion A.weight"),
        ({"detectable_leak": "verbatim 2"}, "expected one such as 'verbatim 0.01', got 'verbatim 2'"),
        ({"statistic": "relative_f1"}, "expected sampling_fraction with the statistic relative_f1"),
        ({"sampling_fraction": 0.1}, "expected sampling_fraction with the statistic relative_f1"),
        ({"planted": "verbatim 0.1"}, "criterion A: planted: this option is now called 'detectable_leak'"),
        ({"statistic": ["relative_f1", "auc"], "sampling_fraction": 0.1}, "expected relative_f1 to stand alone"),
    ],
)
def test_a_criterion_that_is_not_one_is_refused_by_name(change, message):
    with pytest.raises(PlanError, match=message):
        make_policy({**POLICY, "criteria": [{**CRITERION, **change}]})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"requirepower": False}, "requirepower: unknown key 'requirepower'; did you mean 'require_power'"),
        ({"kind": "science"}, "kind: Input should be 'policy, not science'"),
        ({"significance": 1.5}, "significance"),
        ({"criteria": []}, "criteria"),
        ({"criteria": [CRITERION, CRITERION]}, "expected each id once, found 'A' again"),
        ({"criteria": ["auc"]}, "criterion 1"),
    ],
)
def test_a_policy_that_is_not_one_is_refused_by_name(change, message):
    with pytest.raises(PlanError, match=message):
        make_policy({**POLICY, **change})


def test_the_weights_share_the_error():
    policy = make_policy({**POLICY, "criteria": [CRITERION, {**CRITERION, "id": "B", "weight": 3.0}]})
    assert [policy.error_share(criterion) for criterion in policy.criteria] == pytest.approx([0.0125, 0.0375])
