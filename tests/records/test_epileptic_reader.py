"""A small file as UCI publishes it: the id column has no name, X1 to X178, y."""

import numpy as np
import pytest

from synthaudit.audit.records import split
from synthaudit.audit.records.readers import EpilepticSeizures

SECRET = "77313"


def uci(recordings=6, chunks=23):
    """Return the text of a file and its samples, shape ``(rows, 178)``, rows shuffled as in the original."""
    rng = np.random.default_rng(0)
    rows = [(chunk + 1, recording) for recording in range(1, recordings + 1) for chunk in range(chunks)]
    rows = [rows[at] for at in rng.permutation(len(rows))]
    samples = rng.integers(-1_885, 2_048, (len(rows), 178))
    lines = ['"",' + ",".join(f'"X{at}"' for at in range(1, 179)) + ',"y"']
    for (chunk, recording), values in zip(rows, samples, strict=True):
        lines.append(f'"X{chunk}.V1.{recording}",' + ",".join(map(str, values)) + f",{recording % 5 + 1}")
    return "\n".join(lines) + "\n", samples, rows


def test_chunks_of_a_recording_belong_together(write, tmp_path):
    text, samples, rows = uci()
    write("data.csv", text)
    loaded = EpilepticSeizures(path="data.csv").read(tmp_path)
    records = loaded.records
    assert len(records.schema) == 179
    np.testing.assert_array_equal(records.rest, samples)
    assert records.patients.tolist() == [f"V1.{recording}" for _, recording in rows]
    assert records.column("seizure").tolist() == [int(recording % 5 == 0) for _, recording in rows]
    assert loaded.notes == ("138 rows of 6 recordings, kept together",)
    parts = split(records, members=3, holdout=3, seed=0)
    assert len(parts.members) == len(parts.holdout) == 69


def test_the_five_classes_can_be_kept(write, tmp_path):
    text, _, rows = uci()
    write("data.csv", text)
    records = EpilepticSeizures(path="data.csv", seizure=False).read(tmp_path).records
    assert records.schema["y"].levels == ("1", "2", "3", "4", "5")
    assert records.column("y").tolist() == [recording % 5 for _, recording in rows]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"X178"', '"Z178"', "not in the header: 'X178'"),
        ("X1.V1.3", SECRET, "expected ids such as X21.V1.791 in the first column (1 rows"),
        ('"y"', '"label"', "not in the header: 'y'"),
    ],
)
def test_a_table_of_another_form_is_refused(old, new, message, write, tmp_path, refusal):
    text, _, _ = uci()
    assert old in text
    write("data.csv", text.replace(old, new, 1))
    assert message in str(refusal(lambda: EpilepticSeizures(path="data.csv").read(tmp_path)))


def test_a_class_beyond_five_and_a_text_sample_are_refused(write, tmp_path, refusal):
    text, samples, _ = uci()
    header, first, rest = text.split("\n", 2)
    write("data.csv", "\n".join([header, first[: first.rindex(",")] + ",6", rest]))
    problem = refusal(lambda: EpilepticSeizures(path="data.csv").read(tmp_path))
    assert (problem.column, problem.row) == ("y", 2)
    write("data.csv", "\n".join([header, first.replace(f",{samples[0, 0]},", f",x{SECRET},", 1), rest]))
    problem = refusal(lambda: EpilepticSeizures(path="data.csv").read(tmp_path))
    assert (problem.column, problem.row) == ("X1", 2)
