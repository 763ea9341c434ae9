"""The game's losses by hand, and what its rules promise."""

import numpy as np
import pytest
import torch

from synthaudit.audit.records import Records
from synthaudit.generators.models.corgan import CorGAN
from synthaudit.generators.models.emrwgan import EMRWGAN
from synthaudit.generators.models.gan import GAN
from synthaudit.generators.models.medbgan import MedBGAN
from synthaudit.generators.models.medgan import MedGAN
from synthaudit.generators.models.medwgan import MedWGAN
from synthaudit.generators.training.gan import GanNetwork, generator_loss, paired_critic_losses


def _mean_loss(*given):
    """Return what the critic steps down: the mean of its records' losses, one a model."""
    return paired_critic_losses(*given).mean(dim=1)


class Slope(torch.nn.Module):
    """A critic whose logit is 2 a + b squared."""

    def forward(self, x):
        return (2 * x[..., 0] + x[..., 1] ** 2)[..., None]


@pytest.fixture
def network():
    return GanNetwork(None, 2, torch.nn.Identity(), Slope())


REAL = torch.tensor([[[1.0, 0.0], [0.0, 1.0]]])
FAKE = torch.tensor([[[0.5, 0.5], [0.0, 0.0]]])


def test_cross_entropy_by_hand(network):
    real, fake = torch.tensor([2.0, 1.0]), torch.tensor([1.25, 0.0])
    expected = -(torch.sigmoid(real).log() + (1 - torch.sigmoid(fake)).log()).mean()
    for config in (GAN(), MedBGAN()):
        loss = _mean_loss(network, REAL, FAKE, torch.zeros(1, 2, 1), config)
        torch.testing.assert_close(loss, expected[None])
    torch.testing.assert_close(generator_loss(fake[None], GAN()), -torch.sigmoid(fake).log().mean()[None])


def test_the_boundary_is_the_published_difference_of_logs():
    opinion = torch.tensor([[0.3, -1.2, 2.0]])
    chance = torch.sigmoid(opinion)
    expected = 0.5 * (chance.log() - (1 - chance).log()).square().mean(dim=1)
    torch.testing.assert_close(generator_loss(opinion, MedBGAN()), expected)


def test_the_gradient_penalty_by_hand(network):
    """At x the slope is (2, 2 b): its length minus one, squared, ten times."""
    mix = torch.tensor([[[0.5], [0.25]]])
    b = torch.tensor([0.5 * 0.0 + 0.5 * 0.5, 0.25 * 1.0])
    penalty = 10 * ((4 + 4 * b**2).sqrt() - 1).square().mean()
    distance = torch.tensor([1.25, 0.0]).mean() - torch.tensor([2.0, 1.0]).mean()
    loss = _mean_loss(network, REAL, FAKE, mix, EMRWGAN())
    torch.testing.assert_close(loss, (distance + penalty)[None])
    shared = torch.tensor([[[0.5], [0.5]]])
    one = _mean_loss(network, REAL, FAKE, mix, MedWGAN())
    torch.testing.assert_close(one, _mean_loss(network, REAL, FAKE, shared, EMRWGAN()))
    torch.testing.assert_close(_mean_loss(network, REAL, FAKE, mix, CorGAN()), distance[None])


def codes(rows, columns, seed=0, rate=0.2):
    return Records.binary(
        [f"c{at}" for at in range(columns)], np.random.default_rng(seed).random((rows, columns)) < rate
    )


def test_the_critic_s_weights_are_clipped():
    fitted = CorGAN(steps=2, pretrain_epochs=1, batch_size=20, critic_widths=(8,)).fit(codes(40, 12), seed=1)
    assert max(weight.abs().max() for weight in fitted.network.critic.parameters()) <= 0.01


def test_the_quirk_shows_the_game_the_first_ninth_of_the_members_only():
    """Two tables that differ after the first ninth give the same game; without the quirk they do not."""
    same = codes(90, 12)
    other = Records.binary(same.columns, np.concatenate([same.codes[:10], 1 - same.codes[10:]]))
    for quirk in (True, False):
        recipe = MedGAN(pretrain=False, init_output_bias=False, steps=3, batch_size=5, reference_quirks=quirk)
        one, two = (recipe.fit(members, seed=1) for members in (same, other))
        equal = torch.equal(one.network.critic.first.weight, two.network.critic.first.weight)
        assert equal is quirk
        assert any("first ninth" in note for note in one.training.notes) is quirk


def test_the_statistics_for_sampling_are_those_of_the_final_weights():
    """A short training leaves moving averages far behind; the averages at the end do not depend on the path."""
    settled = (
        MedGAN(steps=3, pretrain_epochs=1, batch_size=64, recalibration_batches=200).fit(codes(64, 12), seed=1).network
    )
    generator = settled.generator
    first = generator.layers[0]
    noise = torch.randn(1, 20_000, 128, generator=torch.Generator().manual_seed(0))
    product = first[0](noise)
    torch.testing.assert_close(first[1].mean, product.mean(dim=1), atol=0.05, rtol=0)
    torch.testing.assert_close(first[1].variance, product.var(dim=1), atol=0.08, rtol=0.05)


def test_pretraining_gives_records_back():
    fitted = MedGAN(steps=1, pretrain_epochs=150, pretrain_batch_size=20).fit(codes(40, 12), seed=1)
    curve = fitted.training.losses["autoencoder"]
    assert curve[-1] < 0.5 * curve[0]
    assert MedGAN(pretrain=False, steps=1).fit(codes(40, 12), seed=1).training.losses.keys() == {"critic", "generator"}


def test_the_plain_gan_learns_which_codes_are_common():
    """Rates .05 and .6 on 400 members; a generator at its first weights would give about .5 everywhere."""
    rates = np.array([0.05, 0.6] * 6)
    table = (np.random.default_rng(0).random((400, 12)) < rates).astype(float)
    members = Records.binary([f"c{at}" for at in range(12)], table)
    drawn = GAN(steps=600, batch_size=100, hidden=(32, 32), latent=16).fit(members, seed=1).sample(2000, seed=1)
    means = drawn.codes.mean(axis=0)
    assert means[1::2].min() > means[::2].max()


def test_a_loss_that_is_not_finite_is_said():
    broken = GAN(steps=60, lr=1e30, batch_size=20).fit(codes(40, 12), seed=1)
    assert "finite" in broken.training.problem
