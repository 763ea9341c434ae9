"""Convolutions reach every width exactly: nothing stretched, nothing cropped."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from audit.records import Column, Schema
from generators import convolution
from generators.convolution import Conv, ConvNorm, plan_down, plan_up
from generators.corgan import unit_order
from generators.layout import Layout
from generators.stacked import begin

DOWN, UP = ((5, 2), (5, 2), (5, 3), (5, 3), (5, 3)), ((5, 4), (7, 4), (7, 3), (7, 2), (3, 2))


def lengths(network, x):
    found = []
    for layer in network:
        x = layer(x)
        if isinstance(layer, Conv):
            found.append(x.shape[-1])
    return found


def test_the_published_lengths_at_1071_columns():
    encoder = convolution.encoder(1, 1071, (4, 8, 16, 32, 64, 128))
    decoder = convolution.decoder(1, 1071, (128, 64, 32, 16, 8, 4))
    critic = convolution.critic(1, 1071, (16, 32, 64, 128))
    maker = convolution.generator(1, 128, (64, 32, 16, 8, 4))
    with torch.no_grad():
        assert lengths(encoder, torch.zeros(1, 2, 1071)) == [534, 265, 87, 28, 8, 1]
        assert lengths(decoder, torch.zeros(1, 2, 128)) == [5, 21, 87, 265, 535, 1071]
        assert lengths(critic, torch.zeros(1, 2, 1071)) == [267, 66, 16, 3, 1]
        assert lengths(maker, torch.zeros(1, 2, 128)) == [4, 8, 16, 32, 64, 128]
    assert all(stage.extra == 0 for stage in plan_up(1071, UP))


@pytest.mark.parametrize("width", [*range(1, 60), 178, 581, 930, 1071, 2000])
def test_every_width_is_met_exactly(width):
    length = 1
    for stage in plan_up(width, UP):
        assert 0 <= stage.extra < stage.stride
        length = (length - 1) * stage.stride + stage.kernel + stage.extra
    assert length == width
    for stage in plan_down(width, DOWN):
        length = (length - stage.kernel) // stage.stride + 1
    assert length == 1


@pytest.mark.parametrize("width", [1, 2, 7, 100])
def test_networks_of_every_width_run(width):
    x = torch.rand(2, 3, width)
    assert convolution.encoder(2, width, (4, 8, 16, 32, 64, 128))(x).shape == (2, 3, 128)
    assert convolution.decoder(2, width, (128, 64, 32, 16, 8, 4))(torch.rand(2, 3, 128)).shape == (2, 3, width)
    assert convolution.critic(2, width, (16, 32, 64, 128))(x).shape == (2, 3, 1)


@pytest.mark.parametrize("latent", [3, 4, 100])
def test_a_latent_that_cannot_be_doubled_to_is_refused(latent):
    with pytest.raises(ValueError, match=r"expected latent of 8, 16, 32"):
        convolution.generator(1, latent, (64, 32, 16, 8, 4))


@pytest.mark.parametrize("transposed", [False, True])
def test_groups_are_separate_networks(transposed):
    layer = Conv(2, 3, 4, 5, 2, transposed=transposed)
    begin(layer, [1, 2])
    x = torch.rand(6, 2 * 3, 11)
    plain = F.conv_transpose1d if transposed else F.conv1d
    for at in range(2):
        alone = plain(x[:, 3 * at : 3 * at + 3], layer.weight[at], layer.bias[at], 2)
        torch.testing.assert_close(layer(x)[:, 4 * at : 4 * at + 4], alone)


def test_norm_is_torch_s_for_each_model():
    x = torch.rand(6, 2 * 3, 11)
    both = ConvNorm(2, 3)(x)
    for at in range(2):
        torch.testing.assert_close(both[:, 3 * at : 3 * at + 3], torch.nn.BatchNorm1d(3)(x[:, 3 * at : 3 * at + 3]))


def test_columns_change_places_and_go_back():
    schema = Schema((Column("b", "binary"), Column("c", "categorical", levels=("x", "y")), Column("a", "binary")))
    layout = Layout.of(schema)
    assert unit_order(layout, "given") is None
    order = unit_order(layout, "sorted")
    assert order.tolist() == [3, 0, 1, 2]
    assert sorted(unit_order(layout, "shuffled")) == [0, 1, 2, 3]
    x = torch.rand(2, 5, 4)
    moved = convolution.Fold(order)(x)
    torch.testing.assert_close(moved[:, 1], x[1][:, order])
    torch.testing.assert_close(convolution.Unfold(2, order)(moved), x)
    np.testing.assert_array_equal(convolution.Fold()(x).transpose(0, 1), x)
