"""Convolutions of every width: each column is read, each output written by weights; torch's own, one by one."""

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
CRITIC = ((8, 4),) * 4


def lengths(network, x):
    found = []
    for layer in network:
        x = layer(x)
        if isinstance(layer, Conv):
            found.append(x.shape[-1])
    return found


def test_the_published_lengths_at_1071_columns():
    encoder = conv_networks.convolutional_encoder(1, 1071, (4, 8, 16, 32, 64, 128), published=True)
    decoder = conv_networks.convolutional_decoder(1, 1071, (128, 64, 32, 16, 8, 4), published=True)
    critic = conv_networks.convolutional_critic(1, 1071, (16, 32, 64, 128), published=True)
    maker = conv_networks.convolutional_generator(1, 128, (64, 32, 16, 8, 4))
    with torch.no_grad():
        assert lengths(encoder, torch.zeros(1, 2, 1071)) == [534, 265, 87, 28, 8, 1]
        assert lengths(decoder, torch.zeros(1, 2, 128)) == [5, 21, 87, 265, 535, 1071]
        assert lengths(critic, torch.zeros(1, 2, 1071)) == [267, 66, 16, 3, 1]
        assert lengths(maker, torch.zeros(1, 2, 128)) == [4, 8, 16, 32, 64, 128]


def chain(plan, *, transposed, padding=0):
    """Return the bare convolutions of a plan, one channel each, all weights 1: sums along every path."""
    layers = []
    for at, stage in enumerate(plan):
        ends = {"output_padding": stage.output_padding, "tail": stage.tail}
        ends["padding"] = padding if at < len(plan) - 1 else 0
        layers.append(Conv(1, 1, 1, stage.kernel, stage.stride, **ends, transposed=transposed, bias=False))
        torch.nn.init.ones_(layers[-1].weight)
    return torch.nn.Sequential(*layers).double()


def unreached(width, *, published=False):
    """Return how many columns no path leads from in encoder and critic, and to in the decoder."""
    found = []
    for stages, padding in ((DOWN, 0), (CRITIC, 1)):
        x = torch.ones(1, 1, 1, width, dtype=torch.float64, requires_grad=True)
        down = conv_networks.plan_down(width, stages, padding=padding, published=published)
        end = chain(down, transposed=False, padding=padding)(x)
        assert end.shape[-1] == 1
        (grad,) = torch.autograd.grad(end.sum(), x)
        found.append(int((grad == 0).sum()))
    with torch.no_grad():
        up = conv_networks.plan_up(width, UP, published=published)
        out = chain(up, transposed=True)(torch.ones(1, 1, 1, 1, dtype=torch.float64))
    assert out.shape[-1] == width
    return [*found, int((out == 0).sum())]


@pytest.mark.parametrize("widths", [range(1, 300), range(300, 3001, 23), (581, 930, 1071, 2999)])
def test_every_column_is_read_and_written_by_weights_at_every_width(widths):
    for width in widths:
        assert unreached(width) == [0, 0, 0], width


def test_the_published_rule_leaves_columns_unread_and_others_to_the_bias():
    assert unreached(930, published=True) == [61, 163, 51]
    assert unreached(179, published=True)[2] > 0


@pytest.mark.parametrize(("published", "still"), [(False, 0), (True, 51)])
def test_outputs_move_with_the_code_in_a_whole_decoder(published, still):
    decoder = conv_networks.convolutional_decoder(1, 930, (128, 64, 32, 16, 8, 4), published=published)
    reset_parameters(decoder, [1])
    with torch.no_grad():
        out = decoder.eval()(torch.randn(1, 200, 128))
    assert int((out.std(dim=1) == 0).sum()) == still


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
    ("length", "kernel", "stride", "padding", "tail"),
    [(11, 5, 2, 0, 0), (12, 5, 3, 1, 0), (7, 7, 1, 0, 0), (9, 2, 4, 0, 0), (12, 5, 3, 1, 2)],
)
def test_stacked_convolutions_are_torch_s_one_by_one_with_their_gradients(
    transposed, length, kernel, stride, padding, tail
):
    layer = Conv(2, 3, 4, kernel, stride, padding=padding, tail=tail, transposed=transposed)
    reset_parameters(layer, [1, 2])
    x = torch.rand(2, 3, 6, length, requires_grad=True)
    y = layer(x)
    into = torch.rand(y.shape)
    got = torch.autograd.grad(y, [x, layer.weight, layer.bias], into)
    plain = F.conv_transpose1d if transposed else F.conv1d
    for at in range(2):
        given = x[at].transpose(0, 1)
        given = given if transposed else F.pad(given, (0, tail))
        one = plain(given, layer.weight[at], layer.bias[at], stride, padding).transpose(0, 1)
        one = one[..., : one.shape[-1] - tail] if transposed else one
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
