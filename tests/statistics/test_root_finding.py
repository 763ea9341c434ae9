"""The one bisection: where it stops, in either direction, and its grids."""

import numpy as np
import pytest

from synthaudit.audit.statistics.root_finding import bisect, grid_search


def test_the_two_points_enclose_the_crossing():
    before, behind = bisect(lambda x: x * x >= 2, 0.0, 2.0)
    assert before * before < 2 <= behind * behind
    assert behind - before <= 2 * np.spacing(behind)
    down = bisect(lambda x: x * x <= 2, 2.0, 0.0)
    assert down == pytest.approx((np.sqrt(2), np.sqrt(2)), abs=1e-15)


def test_a_crossing_beyond_the_bracket_is_its_end():
    assert bisect(lambda _: False, 0.0, 1.0)[1] == 1.0
    assert bisect(lambda _: True, 0.0, 1.0)[0] == 0.0


@pytest.mark.parametrize("spacing", [np.linspace, np.geomspace])
def test_grids_enclose_the_same_crossing(spacing):
    before, behind = grid_search(lambda x: x >= 0.3, 1e-6, 1.0, rounds=6, spacing=spacing)
    assert before < 0.3 <= behind
    assert behind - before < 1e-9


def test_grids_that_begin_behind_the_crossing_return_their_start_and_else_their_stop():
    assert grid_search(lambda x: x >= 0.0, 0.5, 1.0, rounds=3) == (0.5, 0.5)
    assert grid_search(lambda x: x > 9.0, 0.5, 1.0, rounds=3)[1] == 1.0
