"""Names that few patients have: coded behind one door, and as they were in the tables that are written."""

import json

import numpy as np
import pytest

from synthaudit.audit.errors import InputError
from synthaudit.audit.fidelity.clinical_rule import Rule
from synthaudit.audit.records import Column, Records, Schema, from_frame, load_records, save_records, to_frame
from synthaudit.audit.records.levels import UNSEEN
from synthaudit.audit.records.rare_names import count_having, hide_rare_names, under_columns
from synthaudit.audit.records.readers.loaded_records import LoadedRecords

SCHEMA = Schema(
    (
        Column("ward", "categorical", levels=("north", "south", "zebra")),
        Column("hiv", "binary"),
        Column("visits", "count"),
        Column("age", "continuous", missing=True),
    )
)


def side(patients: list[int], ward: list[float], hiv: list[int], schema: Schema = SCHEMA) -> Records:
    """Return rows of two patients or more."""
    rows = len(patients)
    columns = {"ward": np.array(ward), "hiv": np.array(hiv), "visits": np.ones(rows), "age": np.full(rows, np.nan)}
    return Records.of(schema, columns, np.array(patients))


def test_patients_are_counted_and_not_rows() -> None:
    records = side([1, 1, 1, 2, 3], [2, 2, 2, 0, np.nan], [1, 1, 0, 0, 1])
    counts = {name: having.tolist() for name, having in count_having(records).items()}
    assert counts == {"ward": [1, 0, 1], "hiv": [2], "visits": [3], "age": [0]}
    empty = {name: having.tolist() for name, having in count_having(records.take(slice(0, 0))).items()}
    assert empty == {"ward": [0, 0, 0], "hiv": [0], "visits": [0], "age": [0]}


def test_what_fewer_patients_of_all_sides_have_is_coded_from_the_limit_on_it_is_shown() -> None:
    members, holdout = side([1, 2, 3], [0, 0, 2], [1, 1, 0]), side([4, 5, 6], [1, 0, 2], [0, 0, 0])
    columns = hide_rare_names([members, holdout], small_count=3)
    assert [column.name for column in columns] == ["ward", "rare code 1", "visits", "age"]
    assert columns[0].levels == ("north", "rare level 1 of ward", "rare level 2 of ward")
    columns = hide_rare_names([members, holdout], small_count=2)
    assert [column.name for column in columns] == ["ward", "hiv", "visits", "age"]
    assert columns[0].levels == ("north", "rare level 1 of ward", "zebra")


def test_public_names_and_the_level_of_unseen_cells_stay() -> None:
    schema = Schema(
        (
            Column("ward", "categorical", levels=("north", "zebra", UNSEEN)),
            Column("hiv", "binary", public_names=True),
            *SCHEMA.columns[2:],
        )
    )
    records = side([1, 2], [0, 1], [1, 0], schema)
    columns = hide_rare_names([records], small_count=5)
    assert columns[0].levels == ("rare level 1 of ward", "rare level 2 of ward", UNSEEN)
    assert columns[1].name == "hiv"
    assert hide_rare_names([records], small_count=5, public=("ward",))[0].levels == ("north", "zebra", UNSEEN)


def test_a_code_is_no_name_that_is_there_already() -> None:
    schema = Schema((Column("rare code 1", "binary"), Column("b", "binary")))
    records = Records.of(schema, {"rare code 1": np.ones(3), "b": np.zeros(3)})
    assert [column.name for column in hide_rare_names([records], small_count=3)] == ["rare code 1", "rare code 2"]


def hidden() -> Records:
    records = side([1, 2, 3], [0, 0, 2], [1, 0, 0])
    return under_columns(records, hide_rare_names([records], small_count=2))


def test_tables_are_written_and_read_with_the_names_that_they_had(tmp_path) -> None:
    frame = to_frame(hidden())
    assert list(frame) == ["ward", "hiv", "visits", "age"]
    assert frame["ward"].tolist() == ["north", "north", "zebra"]
    assert (from_frame(frame, hidden().schema).codes == hidden().codes).all()
    save_records(hidden(), tmp_path / "t.npz")
    assert load_records(tmp_path / "t.npz").schema == hidden().schema


def test_neither_messages_nor_hashes_nor_reprs_hold_the_names() -> None:
    shown = hidden().schema
    other = side(
        [1, 2, 3],
        [0, 0, 2],
        [1, 0, 0],
        Schema((Column("ward", "categorical", levels=("north", "south", "x")), *SCHEMA.columns[1:])),
    )
    assert shown.fingerprint() == Schema(hide_rare_names([other], small_count=2)).fingerprint()
    assert "zebra" not in repr(shown)
    assert "hiv" not in repr(shown)
    with pytest.raises(InputError, match="rare code 1") as caught:
        from_frame(to_frame(hidden()).drop(columns="hiv"), shown)
    assert "hiv" not in str(caught.value)
    warning = InputError("looks odd", column="hiv")
    loaded = LoadedRecords(hidden(), warnings=(warning,))
    assert loaded.published_notes(2, shown.hidden_names) == ("warning: column 'rare code 1': looks odd",)


def test_a_column_is_found_by_either_name_and_a_rule_is_written_with_codes() -> None:
    records = hidden()
    assert records.column("hiv").tolist() == records.column("rare code 1").tolist() == [1, 0, 0]
    rule = Rule.parse("hiv and visits >= 1 implies ward = zebra")
    assert rule.broken(records).tolist() == [True, False, False]
    text = "'rare code 1' and 'visits' >= '1' implies 'ward' = 'rare level 2 of ward'"
    assert rule.shown(records.schema) == text
    assert Rule.parse(text).broken(records).tolist() == [True, False, False]


def test_a_schema_without_hidden_names_is_stored_as_before() -> None:
    assert "originals" not in SCHEMA.to_json()
    assert "public_names" not in SCHEMA.to_json()
    assert json.loads(hidden().schema.to_json())["columns"][1]["originals"] == [["rare code 1", "hiv"]]
