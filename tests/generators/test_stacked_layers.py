"""Stacked layers against torch's own, one model at a time, and against sums done by hand."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from synthaudit.audit.records import Column, Records, Schema
from synthaudit.generators.encoding.layout import Layout
from synthaudit.generators.encoding.table_encoder import TableEncoder
from synthaudit.generators.nets.critics import PerceptronCritic
from synthaudit.generators.nets.heads import Head
from synthaudit.generators.nets.layers import BatchNorm, LayerNorm, Linear, begin, clip_gradients
from synthaudit.generators.stacking.encoded_dataset import EncodedDataset


def test_linear_is_one_linear_map_a_model():
    layer = Linear(3, 5, 2)
    begin(layer, [1, 2, 3])
    x = torch.randn(3, 7, 5)
    for at in range(3):
        np.testing.assert_allclose(layer(x)[at].detach(), F.linear(x[at], layer.weight[at].T).detach(), atol=1e-6)


def test_first_weights_depend_on_the_model_s_own_seed_alone():
    stack, alone = nn.Sequential(Linear(3, 5, 2), Linear(3, 2, 4)), nn.Sequential(Linear(1, 5, 2), Linear(1, 2, 4))
    begin(stack, [4, 5, 6])
    begin(alone, [5])
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
    critic = PerceptronCritic(1, (3, 4, 2, 1), minibatch="average")
    begin(critic, [1])
    x = torch.rand(1, 5, 3)
    weight = torch.cat([critic.first.weight[0], critic.average.weight[0]])
    joined = torch.cat([x[0], x[0].mean(dim=0).expand(5, 3)], dim=1)
    hidden = torch.relu(joined @ weight + critic.first.bias[0])
    hidden = torch.relu(hidden @ critic.rest[1].weight[0] + critic.rest[1].bias[0])
    torch.testing.assert_close(critic(x)[0], hidden @ critic.last.weight[0] + critic.last.bias[0])


def test_minibatch_discrimination_by_hand():
    critic = PerceptronCritic(1, (3, 4, 1), minibatch="discrimination")
    begin(critic, [1])
    features = torch.rand(1, 3, 4)
    kernels = (features[0] @ critic.crowd.weight[0]).view(3, 16, 8)
    for i in range(3):
        near = sum(torch.exp(-(kernels[i] - kernels[j]).abs().sum(dim=1)) for j in range(3) if j != i)
        torch.testing.assert_close(critic.crowd(features)[0, i], near)


def test_gradients_are_clipped_for_each_model_by_itself():
    a, b = nn.Parameter(torch.zeros(2, 2)), nn.Parameter(torch.zeros(2, 1, 1))
    a.grad, b.grad = torch.tensor([[3.0, 0.0], [0.3, 0.0]]), torch.tensor([[[4.0]], [[0.4]]])
    clip_gradients([a, b], 1.0)  # norms 5 and 0.5
    torch.testing.assert_close(a.grad, torch.tensor([[0.6, 0.0], [0.3, 0.0]]))
    torch.testing.assert_close(b.grad.flatten(), torch.tensor([0.8, 0.4]))


def test_the_loss_of_a_binary_table_is_cross_entropy_and_so_is_its_gradient():
    head = Head(Layout.of(Schema.binary(["a", "b"])))
    raw = torch.tensor([[[0.3, -2.0], [40.0, -40.0]]], requires_grad=True)
    x = torch.tensor([[[1.0, 0.0], [0.0, 1.0]]])
    expected = F.binary_cross_entropy_with_logits(raw, x, reduction="none").sum(dim=-1)
    torch.testing.assert_close(head.miss(raw, x), expected)
    weights = torch.tensor([[1.0, 0.5]])
    (mine,) = torch.autograd.grad((head.miss(raw, x, value=False) * weights).sum(), raw)
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
    loss = Head(layout).miss(raw, x, noise=torch.full((1, 1, 1), 0.3))[0]
    torch.testing.assert_close(loss, share + present + number)


def test_a_critic_is_shown_shares_that_sum_to_one_and_gated_numbers():
    schema = Schema((Column("ward", "categorical", levels=("A", "B")), Column("falls", "count")))
    raw = torch.tensor([[[0.0, 0.0, 0.0, 3.0]]])  # two levels, any fall at all, how many
    head = Head(Layout.of(schema))
    torch.testing.assert_close(head.shown(raw), torch.tensor([[[0.5, 0.5, 0.5, 1.5]]]))
    torch.testing.assert_close(head.probabilities(raw), torch.tensor([[[0.5, 0.5, 0.5, 3.0]]]))
