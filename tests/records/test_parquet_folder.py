"""A folder of Parquet files is one table: parts in order, splits kept apart, and a digest that covers all of it."""

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from synthaudit.audit.errors import InputError
from synthaudit.audit.records.readers import TableFile, read_together
from synthaudit.audit.records.text import read_text


def put(folder, name, **columns):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(pa.table(columns), path, compression="none", use_dictionary=False, write_statistics=False)


def test_parts_are_one_table(tmp_path):
    put(tmp_path / "t", "year=2019/part-1.parquet", x=[3], s=["c"])
    put(tmp_path / "t", "part-0.parquet", x=[1, 2], s=["a", None])
    put(tmp_path / "t", "year=2020/part-2.parquet", s=["d"], x=pa.array([4.5]))
    put(tmp_path / "t", "_temporary/part-9.parquet", x=[9], s=["no"])
    (tmp_path / "t" / "_SUCCESS").touch()
    assert read_text(tmp_path / "t").to_pydict() == {"x": ["1", "2", "3", "4.5"], "s": ["a", None, "c", "d"]}
    assert read_text(tmp_path / "t", ["S"]).to_pydict() == {"s": ["a", None, "c", "d"]}


def test_a_folder_stands_wherever_a_file_does(tmp_path):
    for side, start in (("members", 0), ("holdout", 5)):
        for part in range(2):
            put(tmp_path / side, f"data/train-0000{part}-of-00002.parquet", x=[start + 0.5 + part, start / 7])
    (tmp_path / "members" / "dataset_info.json").write_text("{}")
    loaded = TableFile(path="members").read(tmp_path)
    assert loaded.records.column("x").tolist() == [0.5, 0, 1.5, 0]
    assert loaded.sources[0][0] == "members"
    assert len(loaded.sources[0][1]) == 64
    read = read_together({side: tmp_path / side for side in ("members", "holdout")})
    assert read["members"].sources != read["holdout"].sources


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (["train-0.parquet", "test-0.parquet"], "found the splits test, train"),
        (["readme.txt"], "found a folder without any"),
    ],
)
def test_what_is_not_one_table_is_refused(tmp_path, refusal, files, said):
    for name in files:
        put(tmp_path / "t", name, x=[1])
    assert said in str(refusal(lambda: read_text(tmp_path / "t")))


def test_parts_of_other_columns_are_refused(tmp_path, refusal):
    put(tmp_path / "t", "a.parquet", x=[1])
    put(tmp_path / "t", "b.parquet", y=[1])
    assert "expected the columns of the folder's other files" in str(refusal(lambda: read_text(tmp_path / "t")))
    (tmp_path / "t" / "b.parquet").write_bytes(b"PAR1")
    assert "found a damaged one" in str(refusal(lambda: read_text(tmp_path / "t")))


def test_bytes_that_are_no_text_are_a_damaged_file(tmp_path):
    put(tmp_path / "t", "part-0.parquet", x=["a", "abcdefgh", "c"])
    path = tmp_path / "t" / "part-0.parquet"
    path.write_bytes(path.read_bytes().replace(b"abcdefgh", b"abc\xcfefgh"))
    with pytest.raises(InputError, match="found a damaged one"):
        read_text(tmp_path / "t")


def test_a_name_that_is_no_text_is_a_damaged_file(tmp_path):
    for folder in (tmp_path / "t", tmp_path):
        put(folder, "part-0.parquet", abcdefgh=["a", "b"])
        path = folder / "part-0.parquet"
        path.write_bytes(path.read_bytes().replace(b"abcdefgh", b"abc\xcfefgh"))
        with pytest.raises(InputError, match="found a damaged one"):
            read_text(path.parent if folder.name == "t" else path)
