import pickle

import pytest

from synthaudit.audit.errors import InputError
from synthaudit.audit.records.problems import InputErrors, Problems


def date(column, row=None):
    return InputError("looks like a date", file="m.csv", column=column, row=row, cure="Drop it.")


def test_nothing_is_raised_without_a_problem():
    problems = Problems()
    with problems.collect():
        pass
    problems.raise_any()


def test_one_problem_is_raised_as_it_is():
    problems = Problems()
    with problems.collect():
        raise date("born")
    with pytest.raises(InputError) as caught:
        problems.raise_any()
    assert caught.value is problems.errors[0]


def test_several_are_one_list_with_the_worst_first():
    problems = Problems()
    for problem in (date("born", row=7), date("born"), InputError("no such file", file="h.csv")):
        with problems.collect():
            raise problem
    with pytest.raises(InputErrors) as caught:
        problems.raise_any()
    assert str(caught.value).splitlines() == [
        "3 problems",
        "  1. h.csv: no such file",
        "  2. m.csv, columns 'born', 'born' (row 7): looks like a date. Drop it.",
    ]
    assert (caught.value.file, caught.value.column) == ("h.csv", None)


def test_lists_join_and_long_ones_are_cut():
    inner, outer = Problems(), Problems()
    inner.errors = [InputError(f"problem {at}") for at in range(30)]
    with outer.collect():
        inner.raise_any()
    assert len(outer.errors) == 30
    assert str(InputErrors(outer.errors)).splitlines()[-1] == "     and 5 more"
    many = InputErrors([date(f"c{at}") for at in range(10)])
    assert str(many).splitlines()[1].endswith("'c7' and 2 more: looks like a date. Drop it.")


def test_a_list_survives_the_way_between_processes():
    several = InputErrors([date("born"), InputError("no such file", file="h.csv")])
    back = pickle.loads(pickle.dumps(several))
    assert str(back) == str(several)
    assert [one.column for one in back.problems] == ["born", None]
