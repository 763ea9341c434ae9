"""Who a given table should not know: awake where it holds holdout or reference rows, silent on tables that it may."""

import numpy as np
import pytest

from synthaudit.audit.records import Column, Records, Schema
from synthaudit.audit.statistics import Estimate
from synthaudit.audit.suite.tasks.published_holdout import FoundPatients, find_published

LEVEL = 1e-4


def table(values: np.ndarray) -> Records:
    """Return a table of counts or numbers."""
    kind = "count" if values.dtype.kind == "i" else "continuous"
    schema = Schema(tuple(Column(f"x{at}", kind) for at in range(values.shape[1])))
    return Records.of(schema, {f"x{at}": column for at, column in enumerate(values.T)})


def labs(rows: int, seed: int) -> Records:
    return table(np.random.default_rng([seed, 1]).normal(size=(rows, 6)).round(3))


def coarse(rows: int, seed: int, columns: int = 7) -> Records:
    """Return records of a few levels that go together, so that about half of them are shared."""
    rng = np.random.default_rng([seed, 2])
    severity = rng.normal(size=(rows, 1))
    return table(np.clip(np.round(2 + severity + 0.7 * rng.normal(size=(rows, columns))), 0, 4).astype(int))


def numbered(members: Records, holdout: Records, reference: Records | None = None) -> dict[str, Records]:
    tables = {"members": members, "holdout": holdout} | ({} if reference is None else {"reference": reference})
    starts = np.cumsum([0, *map(len, tables.values())])
    return {
        role: side.with_patients(np.arange(start, start + len(side)))
        for start, (role, side) in zip(starts, tables.items(), strict=False)
    }


def p_of(tables: dict[str, Records], synthetic: Records, role: str, *, given: bool = True) -> float:
    measured, _ = find_published(tables, synthetic, reference_given=given)[role]
    assert isinstance(measured, Estimate)
    assert measured.p_value is not None
    return measured.p_value


def test_chance_by_hand() -> None:
    rows = [[0, 0], [0, 0], [1, 1], [2, 2], [3, 3], [4, 4]]
    sides = numbered(table(np.array(rows[:2])), table(np.array(rows[2:4])), table(np.array(rows[4:])))
    found = FoundPatients.of(sides, table(np.array([[1, 1], [0, 0], [9, 9]])), near=False)
    assert found.alone == {"members": 0, "holdout": 2, "reference": 2}
    assert found.published == {"members": 0, "holdout": 1, "reference": 0}
    assert found.pairs == 1
    # Two patients and three rows make six chances, against fifteen pairs of real patients, one of them equal.
    assert found.expected("holdout") == pytest.approx(6 / 15)
    # One patient and one pair: the patient has probability ratio / (1 + ratio) to be the one found.
    ratio = 2 * 6 / 15
    assert found.beyond_chance("holdout", 2.0) == pytest.approx(1 - (1 - ratio / (1 + ratio)) ** 2)
    assert found.more_than("holdout", "reference") == pytest.approx(1 / 2)


@pytest.mark.parametrize("given", [True, False])
@pytest.mark.parametrize("role", ["holdout", "reference"])
def test_a_table_with_rows_of_a_side_is_named(role: str, given: bool) -> None:
    sides = numbered(labs(1000, 1), labs(800, 2), labs(400, 3))
    for count, rows in ((400, 1600), (30, 2000)):
        fresh, copied = labs(rows, 9), sides[role].take(slice(count))
        assert p_of(sides, Records.concat([fresh, copied]), role, given=given) <= LEVEL
        members = sides["members"].take(slice(count))  # the vendor trained on the whole file
        assert p_of(sides, Records.concat([fresh, copied, members]), role, given=given) <= LEVEL
    assert p_of(sides, Records.concat([labs(1600, 9), sides[role].take(slice(4))]), role, given=given) == 1.0


def test_so_is_one_whose_rows_have_one_value_changed() -> None:
    sides = numbered(labs(1000, 1), labs(800, 2))
    copied = sides["holdout"].take(slice(300))
    moved = Records(copied.schema, copied.codes, copied.rest + np.eye(6)[np.arange(300) % 6], copied.patients)
    assert p_of(sides, Records.concat([labs(700, 9), moved]), "holdout") <= LEVEL


def test_a_coarse_table_made_from_the_holdout_is_named() -> None:
    sides = numbered(coarse(2000, 1), coarse(1500, 2), coarse(700, 3))
    copied = Records.concat([sides["holdout"].take(slice(1000)), coarse(1000, 9)])
    assert p_of(sides, copied, "holdout") <= LEVEL
    assert p_of(numbered(sides["members"], sides["holdout"]), copied, "holdout") <= LEVEL


def test_members_in_the_table_are_no_matter() -> None:
    sides = numbered(labs(1000, 1), labs(800, 2), labs(400, 3))
    for role in ("holdout", "reference"):
        assert p_of(sides, sides["members"], role) == 1.0


@pytest.mark.parametrize("columns", [3, 5, 7, 9])
@pytest.mark.parametrize("given", [True, False])
def test_coarse_tables_that_coincide_by_chance_are_never_named(columns: int, given: bool) -> None:
    """96 tests at 1 in 10,000, on generators unlike the population too: one is named with probability 1 %."""
    for seed in range(4):
        people = coarse(8000, seed, columns)
        sides = numbered(*(people.take(slice(*cut)) for cut in ((0, 1500), (1500, 2500), (2500, 3000))))
        rng = np.random.default_rng(seed)
        members = sides["members"].codes if people.schema.codes else sides["members"].rest
        apart = np.column_stack([rng.choice(column, 6000) for column in members.T])
        tables = (people.take(slice(3000, 4500)), people.take(slice(3000, None)), table(apart.astype(int)))
        for synthetic in tables:
            found = find_published(sides, synthetic, reference_given=given)
            p_values = [one.p_value for one, _ in found.values() if isinstance(one, Estimate)]
            assert min([1.0, *(p for p in p_values if p is not None)]) > LEVEL
