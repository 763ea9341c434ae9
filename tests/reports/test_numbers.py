"""Numbers and what attackers held, in words: written once, in one way."""

import pytest

from synthaudit.audit.suite.result import Estimated, ThreatModel
from synthaudit.reports.text import numbers, threat_model


@pytest.mark.parametrize(
    ("number", "form", "text"),
    [
        (0.0312, "share", "3.1%"),
        (0.0004, "share", "0.04%"),
        (-0.012, "share", "−1.2%"),
        (0.0, "share", "0.0%"),
        (1.0, "share", "100.0%"),
        (0.57349, "ratio", "0.573"),
        (1234567.0, "number", "1,234,567"),
        (0.00004, "number", "0.00004"),
    ],
)
def test_numbers_are_written_one_way(number, form, text):
    assert numbers.value(number, form) == text


def test_an_open_interval_says_so():
    number = Estimated(value=2.0, low=1.0, high=None, confidence=0.95, trials=9)
    assert numbers.with_interval(number, "ratio") == "2.000 (1.000 to no upper limit)"


FILE = {"access": "synthetic rows only", "synthetic_rows": 2000}


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({}, "2,000 synthetic rows"),
        ({"reference_rows": 500}, "2,000 synthetic rows, 500 reference records"),
        (
            {"reference_rows": 500, "reference_population": "shifted"},
            "2,000 synthetic rows, 500 reference records of a shifted population",
        ),
        (
            {"known_columns": 16, "known_choice": "random"},
            "2,000 synthetic rows, 16 columns of the patient chosen at random",
        ),
        (
            {"known_columns": 16, "known_choice": "random", "error_rate": 0.1},
            "2,000 synthetic rows, 16 columns of the patient chosen at random, 10% of them wrong",
        ),
        (
            {"known_columns": 3, "known_choice": "demographics"},
            "2,000 synthetic rows, the patient’s 3 columns that are no codes",
        ),
        ({"known_columns": 4, "known_choice": None}, "2,000 synthetic rows, 4 columns of the patient"),
        (
            {"access": "synthetic rows and the generator's recipe"},
            "2,000 synthetic rows, the generator’s training procedure",
        ),
        (
            {"access": "synthetic rows and the generator's recipe and the generator's weights"},
            "2,000 synthetic rows, the generator’s training procedure, the generator’s weights",
        ),
        ({"combined_releases": 3}, "2,000 synthetic rows of each of 3 trainings"),
        (
            {"access": "synthetic rows and the generator's recipe", "shadow_models": 64, "shadow_rows": 1000},
            "2,000 synthetic rows, the generator’s training procedure, 64 shadow models trained on 1,000 records each",
        ),
        ({"fresh_rows": 9000}, "2,000 synthetic rows, 9,000 more rows sampled from the generator"),
        ({"access": "a diary"}, "2,000 synthetic rows, a diary"),
        ({"secret": "HIV"}, "2,000 synthetic rows; asked for HIV"),
        (
            {"target_choice": "vulnerable", "targets_per_side": 100},
            "2,000 synthetic rows; targets: the patients least like any other; 100 targets per side",
        ),
        ({"target_choice": "rare", "prior": 0.01},
         "2,000 synthetic rows; targets: the patients with the rarest values; "
         "members are 1% of the people in question"),
    ],
)  # fmt: skip
def test_what_an_attacker_held_is_spelled_out_where_it_is_not_the_usual(more, text):
    assert threat_model.describe_threat_model(ThreatModel(**{**FILE, **more})) == text


@pytest.mark.parametrize(("value", "text"), [(0.0312, "0.031"), (0.0002, "below 0.001"), (1.0, "1")])
def test_a_p_value_needs_two_digits(value, text):
    assert numbers.value(value, "p") == text
