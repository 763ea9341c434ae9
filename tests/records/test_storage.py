import io
import os

import numpy as np
import pytest

from synthaudit.audit.records import Cohort, Column, Records, Schema, load_records, save_records


@pytest.mark.parametrize(
    "records",
    [
        Cohort(patients=20, codes=13).draw(seed=0),
        Cohort(patients=20, codes=9, labs=2, demographics=True, missing=0.3).draw(seed=0),
        Cohort(patients=5, codes=3).draw(seed=0).with_patients(np.array(["0083", "E045", "ü", "", "250.00"])),
        Records.of(Schema((Column("visits", "count"),)), {"visits": np.array([0, 300, 2])}),
        Records.of(Schema((Column("x", "continuous", missing=True),)), {"x": np.array([np.nan, 1e-300])}),
    ],
    ids=["binary", "mixed", "text ids", "counts", "no codes"],
)
def test_records_come_back_as_they_were(records, tmp_path):
    save_records(records, tmp_path / "r.npz")
    back = load_records(tmp_path / "r.npz")
    assert back.schema == records.schema
    assert back.fingerprint() == records.fingerprint()


def test_only_the_owner_may_read_and_nothing_else_is_left(tmp_path):
    path = tmp_path / "r.npz"
    save_records(Cohort(patients=5, codes=3).draw(seed=0), path)
    assert path.stat().st_mode & 0o777 == 0o600
    save_records(Cohort(patients=6, codes=3).draw(seed=0), path, mode=0o640)
    assert os.listdir(tmp_path) == ["r.npz"]
    assert len(load_records(path)) == 6


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "r.npz"
    save_records(Cohort(patients=5, codes=3).draw(seed=0), path)

    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(Exception, match="No space left"):
        save_records(Cohort(patients=6, codes=3).draw(seed=0), path)
    assert os.listdir(tmp_path) == ["r.npz"]
    assert len(load_records(path)) == 5


def test_the_same_records_give_the_same_bytes(tmp_path):
    for name in ("a.npz", "b.npz"):
        save_records(Cohort(patients=30, codes=9, labs=1).draw(seed=2), tmp_path / name)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def _npz(**blocks):
    stream = io.BytesIO()
    np.savez(stream, **blocks)
    return stream.getvalue()


def _pickled():
    stream = io.BytesIO()
    np.savez(stream, format=np.array([{}], dtype=object))
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "damaged or foreign"),
        (b"not a zip", "damaged or foreign"),
        (b"PK\x03\x04junk", "damaged or foreign"),
        (_npz(x=np.zeros(3)), "damaged or foreign"),
        (_pickled(), "damaged or foreign"),
        (_npz(format=np.array("synthaudit records 999")), "another version"),
        (_npz(format=np.array("synthaudit records 1"), schema=np.array("[]")), "damaged or foreign"),
    ],
)
def test_a_foreign_file_is_refused(content, message, write, refusal):
    path = write("r.npz", content)
    assert message in str(refusal(lambda: load_records(path)))


def test_a_truncated_file_is_refused(tmp_path, refusal):
    path = tmp_path / "r.npz"
    save_records(Cohort(patients=50, codes=30).draw(seed=0), path)
    path.write_bytes(path.read_bytes()[:-40])
    assert "damaged" in str(refusal(lambda: load_records(path)))


def test_a_missing_file_and_a_missing_folder_are_said(tmp_path, refusal):
    assert "no such file" in str(refusal(lambda: load_records(tmp_path / "r.npz")))
    records = Cohort(patients=5, codes=3).draw(seed=0)
    assert "could not be written" in str(refusal(lambda: save_records(records, tmp_path / "none" / "r.npz")))
