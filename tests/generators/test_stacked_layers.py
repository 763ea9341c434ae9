"""Stacked layers against torch's own, one model at a time, and against sums done by hand."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from synthaudit.audit.records import Column, Records, Schema
from synthaudit.generators.encoding.layout import Layout
from synthaudit.generators.encoding.table_encoder import TableEncoder
from synthaudit.generators.nets.convolution import Conv, ConvBatchNorm, ConvGroupNorm
from synthaudit.generators.nets.critics import MinibatchDiscrimination, PerceptronCritic
from synthaudit.generators.nets.heads import Head
from synthaudit.generators.nets.layers import BatchNorm, Bias, LayerNorm, Linear, LogScale, SparseLinear
from synthaudit.generators.stacking.encoded_dataset import EncodedDataset
from synthaudit.generators.training.network import reset_parameters


def test_linear_is_one_linear_map_a_model():
    layer = Linear(3, 5, 2)
    reset_parameters(layer, [1, 2, 3])
    x = torch.randn(3, 7, 5)
    for at in range(3):
        np.testing.assert_allclose(layer(x)[at].detach(), F.linear(x[at], layer.weight[at].T).detach(), atol=1e-6)


def test_first_weights_depend_on_the_model_s_own_seed_alone():
    stack, alone = nn.Sequential(Linear(3, 5, 2), Linear(3, 2, 4)), nn.Sequential(Linear(1, 5, 2), Linear(1, 2, 4))
    reset_parameters(stack, [4, 5, 6])
    reset_parameters(alone, [5])
    for wide, single in zip(stack, alone, strict=True):
        assert torch.equal(wide.weight[1], single.weight[0])
        assert not torch.equal(wide.weight[0], single.weight[0])


def test_batch_norm_is_torch_s_for_each_model_in_training_and_after():
    stack, plain = BatchNorm(2, 4), [nn.BatchNorm1d(4, eps=1e-3, momentum=0.01) for _ in range(2)]
    for _ in range(3):
        x = torch.randn(2, 6, 4) * 3 + 1
        out = stack(x)
        for at, norm in enumerate(plain):
            torch.testing.assert_close(out[at], norm(x[at]))
    stack.eval()
    for at, norm in enumerate(plain):
        torch.testing.assert_close(stack.mean[at], norm.running_mean)
        torch.testing.assert_close(stack.variance[at], norm.running_var)
        torch.testing.assert_close(stack(x)[at], norm.eval()(x[at]))


def test_layer_norm_is_torch_s():
    x = torch.randn(2, 6, 4)
    torch.testing.assert_close(LayerNorm(2, 4)(x), nn.LayerNorm(4)(x))


def test_the_batch_average_is_the_published_concatenation():
    """First layer on [x, mean of x] (Choi et al., 2017, section 3.4), written out."""
    critic = PerceptronCritic(1, (3, 4, 2, 1), minibatch_mode="average")
    reset_parameters(critic, [1])
    x = torch.rand(1, 5, 3)
    weight = torch.cat([critic.first.weight[0], critic.average.weight[0]])
    joined = torch.cat([x[0], x[0].mean(dim=0).expand(5, 3)], dim=1)
    hidden = torch.relu(joined @ weight + critic.first.bias[0])
    hidden = torch.relu(hidden @ critic.rest[1].weight[0] + critic.rest[1].bias[0])
    torch.testing.assert_close(critic(x)[0], hidden @ critic.last.weight[0] + critic.last.bias[0])


def test_minibatch_discrimination_by_hand():
    critic = PerceptronCritic(1, (3, 4, 1), minibatch_mode="discrimination")
    reset_parameters(critic, [1])
    features = torch.rand(1, 3, 4)
    kernels = (features[0] @ critic.discrimination.weight[0]).view(3, 16, 8)
    for i in range(3):
        near = sum(torch.exp(-(kernels[i] - kernels[j]).abs().sum(dim=1)) for j in range(3) if j != i)
        torch.testing.assert_close(critic.discrimination(features)[0, i], near)


PER_RECORD = {
    "linear": (Linear(2, 3, 4), (2, 5, 3)),
    "sparse linear": (SparseLinear(2, 3, 4), (2, 5, 3)),
    "bias": (Bias(2, 3), (2, 5, 3)),
    "layer norm": (LayerNorm(2, 3), (2, 5, 3)),
    "log scale": (LogScale(2, 3), (2, 5, 3)),
    "convolution": (Conv(2, 3, 4, 2, 2, padding=1), (2, 3, 5, 6)),
    "convolution with a tail": (Conv(2, 3, 4, 3, 2, padding=1, tail=1), (2, 3, 5, 6)),
    "transposed convolution with a tail": (Conv(2, 3, 4, 3, 2, tail=1, transposed=True), (2, 3, 5, 6)),
    "transposed convolution": (Conv(2, 3, 4, 3, 2, transposed=True), (2, 3, 5, 6)),
    "group norm": (ConvGroupNorm(2, 3), (2, 3, 5, 6)),
}


@pytest.mark.parametrize("name", PER_RECORD)
def test_gradients_of_single_records_are_autograd_s(name):
    layer, shape = PER_RECORD[name]
    assert layer.per_record
    reset_parameters(layer, [1, 2])
    x, records = torch.randn(shape, generator=torch.Generator().manual_seed(0)), shape[1 if len(shape) == 3 else 2]
    out = layer(x)
    grad = torch.randn(out.shape, generator=torch.Generator().manual_seed(1))
    norms = layer.squared_norms(x, grad)
    own = {parameter: [] for parameter in norms}
    for at in range(records):
        alone = torch.zeros_like(grad)
        dim = 1 if grad.dim() == 3 else 2
        alone.narrow(dim, at, 1).copy_(grad.narrow(dim, at, 1))
        for parameter, value in zip(
            norms, torch.autograd.grad(out, list(norms), alone, retain_graph=True), strict=True
        ):
            own[parameter].append(value)
    layer.write_weighted_grads(x, out, grad)
    for parameter, grads in layer.per_sample_grads(x, grad).items():
        for at, value in enumerate(own[parameter]):
            torch.testing.assert_close(grads[:, at].view_as(value), value, atol=1e-5, rtol=1e-4)
            torch.testing.assert_close(
                norms[parameter][:, at], value.flatten(1).square().sum(dim=1), rtol=1e-4, atol=1e-5
            )
        torch.testing.assert_close(parameter.grad, sum(own[parameter]), atol=1e-5, rtol=1e-4)


def test_layers_that_mix_records_have_no_gradient_of_single_ones():
    for layer in (BatchNorm(1, 3), ConvBatchNorm(1, 3), MinibatchDiscrimination(1, 3)):
        assert not layer.per_record
        with pytest.raises(ValueError, match=type(layer).__name__):
            layer.squared_norms(torch.ones(1, 2, 3), torch.ones(1, 2, 3))


def test_the_loss_of_a_binary_table_is_cross_entropy_and_so_is_its_gradient():
    head = Head(Layout.of(Schema.binary(["a", "b"])))
    raw = torch.tensor([[[0.3, -2.0], [40.0, -40.0]]], requires_grad=True)
    x = torch.tensor([[[1.0, 0.0], [0.0, 1.0]]])
    expected = F.binary_cross_entropy_with_logits(raw, x, reduction="none").sum(dim=-1)
    torch.testing.assert_close(head.nll(raw, x), expected)
    weights = torch.tensor([[1.0, 0.5]])
    (mine,) = torch.autograd.grad((head.nll(raw, x, value=False) * weights).sum(), raw)
    (theirs,) = torch.autograd.grad((expected * weights).sum(), raw)
    torch.testing.assert_close(mine, theirs)


def test_the_loss_of_a_mixed_table_by_hand():
    schema = Schema((Column("ward", "categorical", levels=("A", "B", "C")), Column("lab", "continuous", missing=True)))
    records = Records.of(schema, {"ward": np.array([2, 0, 1]), "lab": np.array([1.0, np.nan, 3.0])})
    layout = Layout.of(schema)
    encoding = TableEncoder.of(records)
    x = EncodedDataset(layout, records, [encoding], "cpu").take(torch.arange(3)[None])
    raw = torch.randn(1, 3, 5)
    share = -torch.log_softmax(raw[0, :, :3], dim=1)[[0, 1, 2], [2, 0, 1]]
    present = F.binary_cross_entropy_with_logits(raw[0, :, 3], torch.tensor([1.0, 0.0, 1.0]), reduction="none")
    off = raw[0, :, 4] - torch.tensor([-1.0, 0.0, 1.0])
    number = torch.tensor([1.0, 0.0, 1.0]) * (0.5 * (off / np.exp(0.3)) ** 2 + 0.3)
    loss = Head(layout).nll(raw, x, log_scale=torch.full((1, 1, 1), 0.3))[0]
    torch.testing.assert_close(loss, share + present + number)


def test_a_critic_is_shown_shares_that_sum_to_one_and_gated_numbers():
    schema = Schema((Column("ward", "categorical", levels=("A", "B")), Column("falls", "count")))
    raw = torch.tensor([[[0.0, 0.0, 0.0, 3.0]]])  # two levels, any fall at all, how many
    head = Head(Layout.of(schema))
    torch.testing.assert_close(head.soft_output(raw), torch.tensor([[[0.5, 0.5, 0.5, 1.5]]]))
    torch.testing.assert_close(head.probabilities(raw), torch.tensor([[[0.5, 0.5, 0.5, 3.0]]]))
