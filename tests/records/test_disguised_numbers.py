"""Numbers with something around them are refused, codes and bands are levels, and lists are neither."""

import pyarrow as pa
import pytest

from synthaudit.audit.records.infer import infer_columns
from synthaudit.audit.records.problems import Problems

NUMBERS = [round(30 + 0.7 * at, 1) for at in range(40)]
WHOLE = list(range(20, 60))


def infer(cells):
    problems = Problems()
    columns = infer_columns({"m.csv": pa.table({"x": [str(cell) for cell in cells]})}, ["x"], problems=problems)
    return columns, problems


@pytest.mark.parametrize(
    "form",
    [
        *(
            "{} mm Hg",
            "{}‰",
            "{} Jahre",
            "{} ans",
            "{} лет",
            "{}歳",
            "{} Tage",
            "{} years old",
            "{}/min",
            "{}/µl",
            "{} IE",
        ),
        *(
            "{} mL/min/1.73m2",
            "{} kg/m²",
            "{}x10^9",
            "{}×10⁹",
            "{} 10^3/uL",
            "{} Mio",
            "{}!",
            "{} ↑",
            "{}*",
            "'{}",
            '="{}"',
        ),
        *("~{}", "≈{}", "ca. {}", "HbA1c {}", "{} (H)", "{} fasting", "{} (30.0-60.0)", "{} (12%)", "={}", "&lt;{}"),
        *(
            "{}&nbsp;",
            "b'{}'",
            "Decimal('{}')",
            "<b>{}</b>",
            "{} Â°C",
            "{} zł",
            "{} ₪",
            "R$ {},00",
            "CHF {}.–",
            "{} Kč",
        ),
    ],
)
def test_numbers_with_something_around_them_are_no_levels(form):
    cells = [form.format(number) for number in NUMBERS] * 10
    columns, problems = infer(cells)
    assert not columns
    assert "not plain numbers (400 cells)" in str(problems.errors[0]) or "are not numbers" in str(problems.errors[0])
    assert problems.errors[0].cure
    assert not any(cell in str(problems.errors[0]) for cell in cells)


@pytest.mark.parametrize(
    ("form", "named"),
    [
        ("{0}:{1}", "times of day"),
        ("{0}:{1} PM", "times of day"),
        ("PT{0}M", "times of day"),
        ("{0} days 00:00:00", "times of day"),
        ("{0}+{1}", "two numbers"),
        ("{0}–{1}0", "two numbers"),
        ("1:{0}0", "two numbers"),
        ("{0}.123,{1}.456", "two numbers"),
        ("0x{0}", "hexadecimal"),
        ("{0},10,190", "something else"),
        ("{0} .{1}", "blanks or apostrophes"),
        ("E{0};I{1}", "several values in one cell"),
        ("E{0}|I{1}", "several values in one cell"),
        ("E{0}, I{1}", "several values in one cell"),
        ('{{"v": {0}}}', "lists or JSON"),
        ("['a{0}', 'b']", "lists or JSON"),
    ],
)
def test_what_is_more_than_a_number_is_named(form, named):
    columns, problems = infer([form.format(number, 10 + number * 7 % 50) for number in WHOLE] * 10)
    assert not columns
    assert named in str(problems.errors[0])


@pytest.mark.parametrize(
    "cells",
    [
        [f"{at}-{at + 4}" for at in range(0, 90, 5)] + ["90+"],
        [f"[{at}, {at + 5})" for at in range(0, 90, 5)],
        [f"{at} to {at + 4} years" for at in range(0, 90, 5)],
        [f"E{at}.9" for at in range(10, 50)],
        [f"Ward {at}" for at in range(30)],
        [f"{at}A{at % 7}" for at in range(10, 40)],
        [f"00{at}" for at in range(10, 40)],
        ["10 mg", "20 mg", "40 mg"],
        [f"0DB6{at}ZX" for at in range(10, 40)],
        [f"HP:00012{at}" for at in range(10, 40)],
        ["Smith & Sons; Berlin", "north", "south"],
    ],
)
def test_bands_and_codes_are_levels(cells):
    columns, problems = infer(cells * 12)
    assert not problems.errors
    assert columns[0].kind == "categorical"
    assert len(columns[0].levels) == len(cells)


@pytest.mark.parametrize("cells", [["1E10", "1E50", "2E65"], ["1e5", "2E5", ""]])
def test_a_digit_an_e_and_digits_are_numbers_or_codes(cells):
    columns, problems = infer(cells * 20)
    assert not columns
    assert "holds cells such as 1E5 alone, which are numbers or codes" in str(problems.errors[0])


@pytest.mark.parametrize(
    ("cells", "named"),
    [
        (["never smoked", "never  smoked", "former"], "capitals or blanks alone are read as one (1 of them)"),
        (["M", "\u041c", "F"], "look like another one are read as different (1 of them)"),
        (["café", "cafÃ©", "thé"], "look like another one are read as different (1 of them)"),
        (["n&eacute;e", "née", "x"], "look like another one are read as different (1 of them)"),
    ],
)
def test_levels_that_may_be_one_are_said(cells, named):
    _, problems = infer(cells * 20)
    assert named in str(problems.warnings[0])


def test_marks_of_terminals_and_wide_letters_make_no_level():
    columns, _ = infer(["F\x1b", "\u200fF", "Ｆ", "F\x07", "M"] * 20)
    assert columns[0].levels == ("F", "M")
