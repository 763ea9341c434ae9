"""Convolutions reach every width exactly: nothing stretched, nothing cropped."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from synthaudit.audit.records import Column, Schema
from synthaudit.generators.encoding.layout import Layout
from synthaudit.generators.models.corgan import unit_order
from synthaudit.generators.nets import conv_networks, convolution
from synthaudit.generators.nets.convolution import Conv, ConvBatchNorm
from synthaudit.generators.nets.unfold import overlap, windows
from synthaudit.generators.training.network import reset_parameters

DOWN, UP = ((5, 2), (5, 2), (5, 3), (5, 3), (5, 3)), ((5, 4), (7, 4), (7, 3), (7, 2), (3, 2))


def lengths(network, x):
    found = []
    for layer in network:
        x = layer(x)
        if isinstance(layer, Conv):
            found.append(x.shape[-1])
    return found


def test_the_published_lengths_at_1071_columns():
    encoder = conv_networks.convolutional_encoder(1, 1071, (4, 8, 16, 32, 64, 128))
    decoder = conv_networks.convolutional_decoder(1, 1071, (128, 64, 32, 16, 8, 4))
    critic = conv_networks.convolutional_critic(1, 1071, (16, 32, 64, 128))
    maker = conv_networks.convolutional_generator(1, 128, (64, 32, 16, 8, 4))
    with torch.no_grad():
        assert lengths(encoder, torch.zeros(1, 2, 1071)) == [534, 265, 87, 28, 8, 1]
        assert lengths(decoder, torch.zeros(1, 2, 128)) == [5, 21, 87, 265, 535, 1071]
        assert lengths(critic, torch.zeros(1, 2, 1071)) == [267, 66, 16, 3, 1]
        assert lengths(maker, torch.zeros(1, 2, 128)) == [4, 8, 16, 32, 64, 128]
    assert all(stage.output_padding == 0 for stage in conv_networks.plan_up(1071, UP))


@pytest.mark.parametrize("width", [*range(1, 60), 178, 581, 930, 1071, 2000])
def test_every_width_is_met_exactly(width):
    length = 1
    for stage in conv_networks.plan_up(width, UP):
        assert 0 <= stage.output_padding < stage.stride
        length = (length - 1) * stage.stride + stage.kernel + stage.output_padding
    assert length == width
    for stage in conv_networks.plan_down(width, DOWN):
        length = (length - stage.kernel) // stage.stride + 1
    assert length == 1


@pytest.mark.parametrize("width", [1, 2, 7, 100])
def test_networks_of_every_width_run(width):
    x = torch.rand(2, 3, width)
    assert conv_networks.convolutional_encoder(2, width, (4, 8, 16, 32, 64, 128))(x).shape == (2, 3, 128)
    assert conv_networks.convolutional_decoder(2, width, (128, 64, 32, 16, 8, 4))(torch.rand(2, 3, 128)).shape == (
        2,
        3,
        width,
    )
    assert conv_networks.convolutional_critic(2, width, (16, 32, 64, 128))(x).shape == (2, 3, 1)


@pytest.mark.parametrize("latent", [3, 4, 100])
def test_a_latent_that_cannot_be_doubled_to_is_refused(latent):
    with pytest.raises(ValueError, match=r"expected latent of 8, 16, 32"):
        conv_networks.convolutional_generator(1, latent, (64, 32, 16, 8, 4))


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize(
    ("length", "kernel", "stride", "padding"), [(11, 5, 2, 0), (12, 5, 3, 1), (7, 7, 1, 0), (9, 2, 4, 0)]
)
def test_stacked_convolutions_are_torch_s_one_by_one_with_their_gradients(transposed, length, kernel, stride, padding):
    layer = Conv(2, 3, 4, kernel, stride, padding=padding, transposed=transposed)
    reset_parameters(layer, [1, 2])
    x = torch.rand(2, 3, 6, length, requires_grad=True)
    y = layer(x)
    into = torch.rand(y.shape)
    got = torch.autograd.grad(y, [x, layer.weight, layer.bias], into)
    plain = F.conv_transpose1d if transposed else F.conv1d
    for at in range(2):
        one = plain(x[at].transpose(0, 1), layer.weight[at], layer.bias[at], stride, padding).transpose(0, 1)
        torch.testing.assert_close(y[at], one)
        expected = torch.autograd.grad(one, [x, layer.weight, layer.bias], into[at])
        for mine, theirs in zip(got, expected, strict=True):
            torch.testing.assert_close(mine[at], theirs[at])


def test_windows_and_their_overlap_have_each_other_as_derivative():
    x = torch.rand(2, 3, 4, 11, dtype=torch.float64, requires_grad=True)
    cut = torch.rand(2, 9, 4, 5, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: windows(x, 3, 2), x)
    assert torch.autograd.gradgradcheck(lambda x: windows(x, 3, 2).square(), x)
    assert torch.autograd.gradcheck(lambda cut: overlap(cut, 3, 2, 12), cut)
    torch.testing.assert_close((windows(x, 3, 2) * cut).sum(), (x * overlap(cut, 3, 2, 11)).sum())


def test_norm_is_torch_s_for_each_model():
    x = torch.rand(2, 3, 6, 11)
    both = ConvBatchNorm(2, 3)(x)
    for at in range(2):
        torch.testing.assert_close(both[at], torch.nn.BatchNorm1d(3)(x[at].transpose(0, 1)).transpose(0, 1))


def test_columns_change_places_and_go_back():
    schema = Schema((Column("b", "binary"), Column("c", "categorical", levels=("x", "y")), Column("a", "binary")))
    layout = Layout.of(schema)
    assert unit_order(layout, "given") is None
    order = unit_order(layout, "sorted")
    assert order.tolist() == [3, 0, 1, 2]
    assert sorted(unit_order(layout, "shuffled")) == [0, 1, 2, 3]
    x = torch.rand(2, 5, 4)
    moved = convolution.ToChannels(order)(x)
    torch.testing.assert_close(moved[1, 0], x[1][:, order])
    torch.testing.assert_close(convolution.FlattenChannels(order)(moved), x)
    np.testing.assert_array_equal(convolution.ToChannels()(x)[:, 0], x)
