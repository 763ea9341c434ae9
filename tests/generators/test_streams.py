"""Random numbers keyed by model and step: the same for a model whoever trains beside it."""

import numpy as np
import pytest
import torch

from synthaudit.generators.stacking.streams import CounterRng, ShuffledBatches


def test_a_model_draws_the_same_in_any_company():
    alone, together = CounterRng([7], "noise", "cpu"), CounterRng([3, 7, 5], "noise", "cpu")
    for step in (0, 1, 1000):
        assert torch.equal(alone.normal(step, 5, 3)[0], together.normal(step, 5, 3)[1])
        assert torch.equal(alone.uniform(step, 5, 3)[0], together.uniform(step, 5, 3)[1])


def test_steps_purposes_and_seeds_differ():
    first = CounterRng([7], "noise", "cpu").bits(0, 100)
    for other in (CounterRng([7], "noise", "cpu").bits(1, 100), CounterRng([7], "mix", "cpu").bits(0, 100)):
        assert not torch.isin(first, other).any()
    assert not torch.isin(first, CounterRng([8], "noise", "cpu").bits(0, 100)).any()


def test_the_bits_are_splitmix64():
    """The first outputs of SplitMix64 from state 0, as in Vigna's reference program."""
    stream = CounterRng([0], "any", "cpu")
    stream._keys.zero_()
    expected = [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]
    assert [int(word) % 2**64 for word in stream.bits(0, 4)[0, 1:]] == expected


def test_normals_and_uniforms_have_their_moments():
    """A million numbers: the tolerances are five standard errors."""
    normal = CounterRng([1], "noise", "cpu").normal(0, 1000, 1000).double()
    assert abs(normal.mean()) < 0.005
    assert abs(normal.var() - 1) < 0.0075
    assert abs((normal**4).mean() - 3) < 0.05
    assert abs(torch.corrcoef(torch.stack([normal.flatten()[:-1], normal.flatten()[1:]]))[0, 1]) < 0.005
    uniform = CounterRng([1], "noise", "cpu").uniform(0, 1000, 1000).double()
    assert uniform.min() >= 0
    assert uniform.max() < 1
    assert abs(uniform.mean() - 0.5) < 0.0015


def test_a_pass_shows_every_member_at_most_once_and_only_members():
    members = torch.tensor([[2, 5, 9, 11, 12], [1, 3, 4, 8, 0]])
    batches = ShuffledBatches(members, [5, 4], 2, [1, 2], "batches")
    orders = []
    for _ in range(50):
        shown = torch.cat([batches.take() for _ in range(batches.per_pass)], dim=1).numpy()
        for row, own in zip(shown, ({2, 5, 9, 11, 12}, {1, 3, 4, 8}), strict=True):
            assert len(set(row)) == 4
            assert set(row) <= own
        orders.append(tuple(shown[0]))
    assert len(set(orders)) > 20
    assert {row for order in orders for row in order} == {2, 5, 9, 11, 12}


def test_models_with_other_numbers_of_batches_are_refused():
    with pytest.raises(ValueError, match="equally many batches"):
        ShuffledBatches(torch.zeros((2, 6), dtype=torch.int64), [6, 3], 2, [1, 2], "batches")


def test_orders_are_uniform():
    """6 orders of 3 members over 6,000 passes: chi-square with 5 degrees above 25.7 happens once in 10,000 tries."""
    batches = ShuffledBatches(torch.arange(3)[None], [3], 3, [4], "batches")
    orders = [tuple(batches.take()[0].tolist()) for _ in range(6000)]
    counts = np.unique(orders, axis=0, return_counts=True)[1]
    assert len(counts) == 6
    assert ((counts - 1000) ** 2 / 1000).sum() < 25.7
