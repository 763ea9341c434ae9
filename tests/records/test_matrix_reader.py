import io
import pickle
import subprocess
import sys

import numpy as np
import pytest
from scipy import sparse

from synthaudit.audit.errors import InputError
from synthaudit.audit.records.readers import MatrixFile

SECRET = "77313"


def npy(array):
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def test_a_sparse_matrix_is_read_with_names_and_ids(write, tmp_path):
    dense = np.array([[0, 1, 0], [1, 1, 0]])
    sparse.save_npz(tmp_path / "m.npz", sparse.csr_matrix(dense.astype(float)))
    write("names.txt", "0083\nE045\n250.00\n")
    write("ids.txt", "007\r\n7\r\n")
    loaded = MatrixFile(path="m.npz", names="names.txt", ids="ids.txt").read(tmp_path)
    assert loaded.records.columns == ("0083", "E045", "250.00")
    assert loaded.records.patients.tolist() == ["007", "7"]
    assert loaded.records.codes.tolist() == dense.tolist()
    assert loaded.records.codes.dtype == np.uint8
    assert loaded.records.schema.all_binary
    assert loaded.records.schema.inferred
    assert [name for name, _ in loaded.sources] == ["m.npz", "names.txt", "ids.txt"]


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int64, np.float32])
def test_zeros_and_ones_are_binary_whatever_their_type(dtype, tmp_path):
    np.save(tmp_path / "m.npy", np.eye(3, dtype=dtype))
    np.savez(tmp_path / "m.npz", np.eye(3, dtype=dtype))
    for name in ("m.npy", "m.npz"):
        records = MatrixFile(path=name).read(tmp_path).records
        assert records.codes.tolist() == np.eye(3).tolist()
        assert records.schema.all_binary
        assert records.columns == ("c0001", "c0002", "c0003")


def test_columns_are_told_apart_by_their_numbers(tmp_path):
    values = np.array([[0, 3, -1, 0.5], [1, 300, 2, 2]])
    np.save(tmp_path / "m.npy", values)
    records = MatrixFile(path="m.npy").read(tmp_path).records
    assert [column.kind for column in records.schema.columns] == ["binary", "count", "continuous", "continuous"]
    assert [column.integer for column in records.schema.columns] == [False, False, True, False]
    np.testing.assert_array_equal(records.dense(), values)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("m.npy", npy(np.array([[1, "x"]], dtype=object)), "found objects or a pickle"),
        ("m.npy", pickle.dumps(np.eye(2)), "found objects or a pickle"),
        ("m.npy", b"junk", "found objects or a pickle"),
        ("m.npz", b"junk", "found objects or a pickle"),
        ("m.npz", b"PK\x03\x04junk", "damaged or foreign"),
        ("m.npy", npy(np.eye(3))[:-8], "damaged or foreign"),
        ("m.npy", npy(np.zeros(3)), "expected a table of rows and columns"),
        ("m.npy", npy(np.zeros((0, 3))), "expected a table of rows and columns"),
        ("m.npy", npy(np.array([["a", SECRET]])), "expected numbers"),
        ("m.npy", npy(np.array([[1, 2], [float(SECRET), np.nan]])), "NaN or infinity in 1 rows"),
    ],
)
def test_what_is_no_matrix_is_refused(name, content, message, write, tmp_path, refusal):
    write(name, content)
    assert message in str(refusal(lambda: MatrixFile(path=name).read(tmp_path)))


def test_the_content_counts_rather_than_the_ending(write, tmp_path):
    write("m.npz", npy(np.eye(3)))
    assert MatrixFile(path="m.npz").read(tmp_path).records.schema.all_binary


def test_an_archive_of_several_arrays_is_refused(tmp_path, refusal):
    np.savez(tmp_path / "m.npz", a=np.eye(2), b=np.eye(2))
    assert "expected one array, found 2" in str(refusal(lambda: MatrixFile(path="m.npz").read(tmp_path)))


@pytest.mark.parametrize("option", ["names", "ids"])
def test_names_and_ids_must_fit(option, write, tmp_path, refusal):
    np.save(tmp_path / "m.npy", np.eye(3))
    write("lines.txt", f"{SECRET}\nb\n")
    assert "expected 3 lines" in str(refusal(lambda: MatrixFile(path="m.npy", **{option: "lines.txt"}).read(tmp_path)))
    write("lines.txt", b"\xff\xfe")
    assert "one line per" in str(refusal(lambda: MatrixFile(path="m.npy", **{option: "lines.txt"}).read(tmp_path)))


def _wrong(format, part, value):
    matrix = sparse.random(20, 8, density=0.4, random_state=1).asformat(format)
    matrix.data[:] = 1
    arrays = {"data": matrix.data, "format": np.array(format.encode()), "shape": np.array(matrix.shape)}
    names = {"coo": ("row", "col"), "dia": ("offsets",)}.get(format, ("indices", "indptr"))
    arrays |= {name: np.array(getattr(matrix, name)) for name in names}
    if part == "shape":
        arrays["shape"] = np.array(value)
    else:
        arrays[part][1] = value
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


@pytest.mark.parametrize("value", [-1, 8, 10**6, 2**31 - 1])
@pytest.mark.parametrize(
    ("format", "part"),
    [("csr", "indices"), ("csr", "indptr"), ("csc", "indptr"), ("bsr", "indices"), ("coo", "col"), ("coo", "row")],
)
def test_wrong_indices_of_a_sparse_matrix_are_refused_before_they_are_followed(format, part, value, tmp_path):
    if (format, part, value) in {("csc", "indptr", 8), ("csr", "indptr", 8), ("coo", "row", 8)}:
        value = 10**4
    (tmp_path / "m.npz").write_bytes(_wrong(format, part, value))
    with pytest.raises(InputError, match=r"lie outside its shape|damaged or foreign"):
        MatrixFile(path="m.npz").read(tmp_path)


@pytest.mark.parametrize("shape", [(10**9, 10**6), (20, 10**12), (2**40, 8)])
def test_a_shape_that_no_memory_holds_is_refused(shape, tmp_path):
    (tmp_path / "m.npz").write_bytes(_wrong("coo", "shape", shape))
    with pytest.raises(InputError, match="expected at most 8 GiB"):
        MatrixFile(path="m.npz").read(tmp_path)


def test_an_archive_that_unpacks_to_more_than_fits_is_refused_unpacked(tmp_path, monkeypatch):
    np.savez_compressed(tmp_path / "m.npz", np.zeros((2000, 1000), dtype=np.uint8))
    assert (tmp_path / "m.npz").stat().st_size < 10**4
    monkeypatch.setattr("synthaudit.audit.records.readers.matrix.MOST_BYTES", 10**6)
    with pytest.raises(InputError, match="expected at most"):
        MatrixFile(path="m.npz").read(tmp_path)


MUTATE = """
import io, sys
import numpy as np
from pathlib import Path
from synthaudit.audit.errors import InputError
from synthaudit.audit.records.readers import MatrixFile
folder, rng, refused = Path(sys.argv[1]), np.random.default_rng(0), 0
for name in ("csr.npz", "coo.npz", "bsr.npz", "dense.npz", "dense.npy"):
    whole = np.frombuffer((folder / name).read_bytes(), dtype=np.uint8)
    for _ in range(100):
        bad = whole.copy()
        at = rng.integers(len(bad), size=rng.integers(1, 6))
        bad[at] = rng.integers(256, size=len(at))
        kept = rng.integers(1, len(bad) + 1) if rng.random() < 0.2 else None
        (folder / ("bad" + name[-4:])).write_bytes(bad[:kept].tobytes())
        try:
            MatrixFile(path="bad" + name[-4:]).read(folder)
        except InputError:
            refused += 1
print(refused)
"""


def test_five_hundred_damaged_files_neither_crash_nor_end_in_a_traceback(tmp_path):
    matrix = sparse.random(30, 8, density=0.3, random_state=1)
    matrix.data[:] = 1
    for format in ("csr", "coo", "bsr"):
        sparse.save_npz(tmp_path / f"{format}.npz", matrix.asformat(format), compressed=False)
    np.savez(tmp_path / "dense.npz", matrix.toarray())
    np.save(tmp_path / "dense.npy", matrix.toarray())
    ended = subprocess.run([sys.executable, "-c", MUTATE, str(tmp_path)], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr[-2000:]
    assert int(ended.stdout) > 100
