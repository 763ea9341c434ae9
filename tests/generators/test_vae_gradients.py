"""Gradients written out by hand are autograd's, for every kind of column, entry and width of stack."""

import numpy as np
import pytest
import torch

from synthaudit.audit.records import Column, Records, Schema
from synthaudit.generators.encoding.layout import Layout
from synthaudit.generators.encoding.table_encoder import TableEncoder
from synthaudit.generators.models.vae import VAE
from synthaudit.generators.nets import batched_matmul, sparse_linear
from synthaudit.generators.stacking.ensemble_data import EnsembleData
from synthaudit.generators.training.network import reset_parameters
from synthaudit.generators.training.vae_gradients import VAEGradients

RNG = np.random.default_rng(5)
ROWS = 60
CODES = Records.binary([f"c{at}" for at in range(40)], RNG.random((ROWS, 40)) < 0.05)
DENSE = Records.binary([f"c{at}" for at in range(40)], RNG.random((ROWS, 40)) < 0.5)
COUNTS = Records.of(
    Schema((Column("falls", "count"), Column("stays", "count", missing=True))),
    {"falls": RNG.poisson(0.5, ROWS), "stays": np.where(RNG.random(ROWS) < 0.2, np.nan, RNG.poisson(2.0, ROWS))},
)
NUMBERS = Records.of(
    Schema((Column("lab", "continuous", missing=True), Column("age", "continuous"), Column("flat", "continuous"))),
    {
        "lab": np.where(RNG.random(ROWS) < 0.2, np.nan, RNG.normal(5, 2, ROWS)),
        "age": RNG.normal(60, 9, ROWS),
        "flat": np.ones(ROWS),
    },
)
LEVELS = Records.of(
    Schema(
        (Column("ward", "categorical", levels=("A", "B", "C"), missing=True), Column("ill", "binary", missing=True))
    ),
    {"ward": RNG.integers(0, 3, ROWS), "ill": np.where(RNG.random(ROWS) < 0.3, np.nan, RNG.integers(0, 2, ROWS))},
)
TABLES = {"codes": CODES, "dense": DENSE, "counts": COUNTS, "numbers": NUMBERS, "levels": LEVELS}


def both(table, stack, hidden):
    """Return loss and gradients by hand and by autograd, of one batch."""
    layout = Layout.of(table.schema)
    inclusion = np.ones((stack, len(table)), dtype=bool)
    work = EnsembleData(layout, table, inclusion, [TableEncoder.of(table)] * stack, range(stack))
    network = VAE(latent=6, hidden=hidden).network(layout, stack)
    reset_parameters(network, work.seeds)
    x = work.records(work.batches(20, "batches").take())
    noise = work.stream("noise").normal(0, 20, 6)
    loss = network.loss(x, noise).mean(dim=1)
    loss.sum().backward()
    theirs = {name: parameter.grad.clone() for name, parameter in network.named_parameters()}
    network.zero_grad(set_to_none=True)
    gradients = VAEGradients.of(network.encoder, network.decoder, network.head, network.log_scale)
    for _ in range(2):  # the second time writes over what the first left
        mine = gradients.write(x, noise)
    silent = {name: parameter.grad.clone() for name, parameter in network.named_parameters()}
    gradients.write(x, noise, value=False)
    assert all(torch.equal(silent[name], parameter.grad) for name, parameter in network.named_parameters())
    return mine, loss.detach(), silent, theirs


@pytest.mark.parametrize("small", [0, 1 << 40], ids=["a product a model", "batched"])
@pytest.mark.parametrize("hidden", [(9,), (9, 7)], ids=["one hidden layer", "two"])
@pytest.mark.parametrize("stack", [1, 8])
@pytest.mark.parametrize("table", TABLES)
def test_gradients_are_autograd_s(table, stack, hidden, small, monkeypatch):
    monkeypatch.setattr(batched_matmul, "SMALL", small)
    mine, loss, filled, expected = both(TABLES[table], stack, hidden)
    torch.testing.assert_close(mine, loss, rtol=1e-5, atol=1e-5)
    assert filled.keys() == expected.keys()
    for name, gradient in expected.items():
        assert (filled[name] - gradient).norm() <= 1e-5 * gradient.norm(), name


def test_the_sparse_entry_is_taken_by_codes_and_not_by_dense_records(monkeypatch):
    taken = []
    monkeypatch.setattr(sparse_linear, "weight_grad", lambda *_: taken.append(1))
    both(DENSE, 1, (9,))
    assert not taken
    both(CODES, 1, (9,))
    assert taken


def test_a_wrong_slope_would_be_seen(monkeypatch):
    """The comparison can fail: another gradient of the entry is noticed."""
    monkeypatch.setattr(sparse_linear, "weight_grad", lambda x, slope, grad: grad.fill(0.01))
    _, _, filled, expected = both(CODES, 1, (9,))
    name = "encoder.0.weight"
    assert (filled[name] - expected[name]).norm() > 1e-5 * expected[name].norm()


def test_convolutions_are_left_to_autograd():
    network = VAE(architecture="cnn", latent=4, hidden=(5,)).network(Layout.of(CODES.schema), 1)
    assert VAEGradients.of(network.encoder, network.decoder, network.head, network.log_scale) is None


@pytest.mark.parametrize("shape", [(1, 7, 5, 6), (3, 100, 90, 80)])
def test_products_are_products_whichever_library_multiplies(shape):
    stack, n, m, p = shape
    a, b = torch.randn(stack, m, n).transpose(1, 2), torch.randn(stack, m, p)
    found = batched_matmul.batched_matmul(a, b, torch.empty(stack, n, p))
    torch.testing.assert_close(found, torch.einsum("knm,kmp->knp", a, b), rtol=1e-5, atol=1e-4)
