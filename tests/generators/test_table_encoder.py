"""What a network sees of a table, and what is drawn from what it says."""

import numpy as np
import pytest
import torch

from synthaudit.audit.records import Column, Records, Schema
from synthaudit.generators.encoding.layout import Layout
from synthaudit.generators.encoding.table_encoder import TableEncoder
from synthaudit.generators.stacking.encoded_dataset import EncodedDataset

SCHEMA = Schema(
    (
        Column("died", "binary"),
        Column("visits", "count"),
        Column("ward", "categorical", levels=("A", "B"), missing=True),
        Column("age", "continuous", low=0, high=120, integer=True),
        Column("lactate", "continuous", missing=True),
        Column("falls", "count", missing=True),
    )
)
RECORDS = Records.of(
    SCHEMA,
    {
        "died": np.array([1, 0, 0]),
        "visits": np.array([0, 1, 300]),
        "ward": np.array([1, np.nan, 0]),
        "age": np.array([20.0, 40.0, 60.0]),
        "lactate": np.array([np.nan, 2.0, 4.0]),
        "falls": np.array([np.nan, 0, 3]),
    },
)


def encoded(records):
    encoder = TableEncoder.of(records)
    data = EncodedDataset(encoder.layout, records, [encoder], "cpu")
    return encoder, data.take(torch.arange(len(records))[None])[0].numpy()


def test_units_by_hand():
    layout = Layout.of(SCHEMA)
    # died 0 | visits 1 any, 2 log | ward 3 4 5 | age 6 | lactate 7 present, 8 | falls 9 10 11 states, 12 log
    assert layout.start.tolist() == [0, 1, 3, 6, 7, 9, 13]
    assert layout.binary.tolist() == [0, 1, 7]
    assert [group.tolist() for group in layout.groups] == [[3, 4, 5], [9, 10, 11]]
    assert layout.numeric.tolist() == [2, 6, 8, 12]
    assert layout.gates.tolist() == [1, -1, 7, 10]


def test_values_by_hand():
    encoder, x = encoded(RECORDS)
    logs = np.log1p([1.0, 300.0])
    np.testing.assert_allclose(x[:, 0], [1, 0, 0])
    np.testing.assert_allclose(x[:, 1], [0, 1, 1])
    np.testing.assert_allclose(x[:, 2], [0, *((logs - logs.mean()) / logs.std())], atol=1e-6)
    np.testing.assert_allclose(x[:, 3:6], [[0, 1, 0], [0, 0, 1], [1, 0, 0]])
    np.testing.assert_allclose(x[:, 6], np.array([-20, 0, 20]) / np.std([20, 40, 60]), rtol=1e-6)
    np.testing.assert_allclose(x[:, 7:9], [[0, 0], [1, -1], [1, 1]])
    np.testing.assert_allclose(x[:, 9:12], [[0, 0, 1], [1, 0, 0], [0, 1, 0]])
    np.testing.assert_allclose(x[:, 12], [0, 0, 0])  # one fall count only: it is its own mean
    assert encoder.low.tolist() == [1, 0, 2, 1]
    assert encoder.high.tolist() == [300, 120, 4, 3]


@pytest.mark.parametrize("sampling", ["bernoulli", "threshold"])
def test_what_is_certain_comes_back_as_it_was(sampling):
    encoder, x = encoded(RECORDS)
    drawn = encoder.decode(x, np.random.default_rng(0), sampling=sampling)
    assert drawn.codes.tolist() == RECORDS.codes.tolist()
    np.testing.assert_allclose(drawn.rest[:, [0, 2, 3]], RECORDS.rest[:, [0, 2, 3]])
    # 20, 40, 60 pass through float32, and stochastic rounding may move a whole number by the rounding error's chance.
    np.testing.assert_allclose(drawn.rest[:, 1], RECORDS.rest[:, 1], atol=1)


def test_a_binary_table_is_not_copied():
    records = Records.binary(["a", "b"], np.eye(2))
    assert Layout.of(records.schema).indicators(records) is records.codes


def test_draw_samples_and_does_not_round():
    """20,000 draws: a rate's standard error is at most .0035, so .02 fails by chance less than once in 10,000."""
    rates = np.array([0.13, 0.27, 0.50, 0.68, 0.90, 0.21])
    encoder = TableEncoder.of(Records.binary([f"c{at}" for at in range(6)], np.zeros((3, 6))))
    outputs = np.tile(rates, (20_000, 1)).astype(np.float32)
    drawn = encoder.decode(outputs, np.random.default_rng(0)).codes.mean(axis=0)
    np.testing.assert_allclose(drawn, rates, atol=0.02)
    rounded = encoder.decode(outputs, np.random.default_rng(0), sampling="threshold").codes.mean(axis=0)
    assert rounded.tolist() == [0, 0, 1, 1, 1, 0]


def test_certainty_and_impossibility_are_kept():
    encoder = TableEncoder.of(Records.binary(["never", "always"], np.zeros((1, 2))))
    outputs = np.tile(np.array([0.0, 1.0], dtype=np.float32), (50_000, 1))
    assert encoder.decode(outputs, np.random.default_rng(0)).codes.mean(axis=0).tolist() == [0, 1]
    assert encoder.decode(outputs, np.random.default_rng(0), sampling="threshold").codes.mean(axis=0).tolist() == [
        0,
        1,
    ]


def test_levels_and_whole_numbers_are_drawn_with_their_chance():
    """20,000 draws; the tolerances are above four standard errors."""
    schema = Schema(
        (
            Column("ward", "categorical", levels=("A", "B", "C")),
            Column("age", "continuous", integer=True, low=0, high=9),
        )
    )
    records = Records.of(schema, {"ward": np.array([0, 1, 2, 0]), "age": np.array([2.0, 4.0, 2.0, 4.0])})
    encoder = TableEncoder.of(records)
    outputs = np.tile(np.array([0.2, 0.5, 0.3, 0.25], dtype=np.float32), (20_000, 1))  # age 3 + 0.25 x 1 = 3.25
    drawn = encoder.decode(outputs, np.random.default_rng(1))
    shares = np.bincount(drawn.rest[:, 0].astype(int), minlength=3) / 20_000
    np.testing.assert_allclose(shares, [0.2, 0.5, 0.3], atol=0.015)
    assert set(drawn.rest[:, 1]) == {3.0, 4.0}
    assert drawn.rest[:, 1].mean() == pytest.approx(3.25, abs=0.015)
    assert set(encoder.decode(outputs, np.random.default_rng(1), sampling="threshold").rest[:, 1]) == {3.0}
    noisy = encoder.decode(outputs, np.random.default_rng(1), numeric_std=np.array([1.0])).rest[:, 1]
    assert noisy.std() > 0.9
    assert noisy.min() >= 0
    assert noisy.max() <= 9


def test_the_mean_of_a_rare_count_survives():
    """The hurdle: one patient in ten has 1 to 3 of the code, and 50,000 draws show that mean within 3 %."""
    rng = np.random.default_rng(2)
    counts = np.where(rng.random(4000) < 0.1, rng.integers(1, 4, 4000), 0)
    records = Records.of(Schema((Column("code", "count"),)), {"code": counts})
    encoder, x = encoded(records)
    outputs = np.tile([x[:, 0].mean(), 0.0], (50_000, 1)).astype(np.float32)  # any, and the mean level
    drawn = encoder.decode(outputs, rng, numeric_std=np.array([1.0])).codes.mean()
    assert drawn == pytest.approx(counts.mean(), rel=0.05)


def test_public_scaling_reads_no_value():
    schema = Schema((Column("age", "continuous", low=0, high=120), Column("falls", "count", high=9)))
    few = Records.of(schema, {"age": np.array([50.0]), "falls": np.array([2])})
    many = Records.of(schema, {"age": np.arange(100.0), "falls": np.arange(100) % 9})
    one, two = (TableEncoder.of(records, scaling="public") for records in (few, many))
    for name in ("centre", "spread", "low", "high"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))
    assert not one.bounds_from_data
    open_ended = Schema((Column("age", "continuous"),))
    with pytest.raises(ValueError, match="expected public low and high for column 'age'"):
        TableEncoder.of(Records.of(open_ended, {"age": np.array([1.0])}), scaling="public")
    assert TableEncoder.of(Records.of(open_ended, {"age": np.array([1.0])})).bounds_from_data == ("age",)
