"""Private training: no patient moves a sum by more than the clipping norm, every step is paid, mistakes are caught."""

import numpy as np
import pytest
import torch

from synthaudit.audit.errors import TrainingError
from synthaudit.audit.records import Column, Records, Schema
from synthaudit.generators import checkpoint
from synthaudit.generators.dp.accounting import (
    GaussianPhase,
    calibrate_noise_multiplier,
    check_accountants_agree,
    epsilon_of,
)
from synthaudit.generators.dp.options import Privacy
from synthaudit.generators.dp.step import OpacusStep, StackedDPStep
from synthaudit.generators.models.corgan import CorGAN
from synthaudit.generators.models.emrwgan import EMRWGAN
from synthaudit.generators.models.medgan import MedGAN
from synthaudit.generators.models.vae import VAE
from synthaudit.generators.nets.layers import BatchNorm
from synthaudit.generators.stacking.streams import PoissonBatches
from synthaudit.generators.training import gan

N, CLIP = 24, 0.05
WHOLE = {"batch_size": N, "privacy": Privacy(noise_multiplier=1.0, delta=1e-3, num_patients=N, max_grad_norm=CLIP)}
GAME = {**WHOLE, "steps": 1, "critic_steps": 1}
AUTO = {**GAME, "pretrain_batch_size": N, "pretrain_epochs": 1}
RECIPES = {
    "vae": (VAE, {**WHOLE, "epochs": 1}),
    "vae of convolutions": (VAE, {**WHOLE, "epochs": 1, "architecture": "cnn"}),
    "medgan": (MedGAN, AUTO),
    "corgan": (CorGAN, {**AUTO, "architecture": "cnn"}),
    "emrwgan": (EMRWGAN, GAME),
}


def members(rows=N):
    rng = np.random.default_rng(4)
    kinds = [Column(f"c{at}", "binary") for at in range(12)] + [Column("age", "continuous", low=0, high=99)]
    columns = {f"c{at}": rng.integers(0, 2, N) for at in range(12)} | {"age": rng.uniform(0, 99, N)}
    return Records.of(Schema(tuple(kinds)), columns).take(slice(0, rows))


def first_sums(recipe, options, rows, step=OpacusStep, **more):
    """Return each phase's first sum of clipped gradients, before noise, with all randomness coupled by seed."""
    sums = {}

    class Recorded(step):
        def add_noise_and_step(self):
            flat = torch.cat([parameter.grad.flatten() for parameter in self.parameters])
            sums.setdefault(self.phase.name, flat.clone())
            for parameter in self.parameters:
                parameter.grad.zero_()  # the next phase begins at the same weights
            self.accountant.step(noise_multiplier=self.phase.noise_multiplier, sample_rate=self.phase.sample_rate)

    class Watched(recipe):
        def dp_step_class(self, models):
            return Recorded

    Watched(**{**options, "init_output_bias": False, **more}).fit(members(rows), seed=3)
    return sums


@pytest.mark.parametrize("name", RECIPES)
def test_one_patient_moves_each_sum_by_no_more_than_the_clipping_norm(name):
    recipe, options = RECIPES[name]
    whole, less = (first_sums(recipe, options, rows) for rows in (N, N - 1))
    assert whole.keys() == {phase for phase, _, _ in recipe(**options).phases(N)}
    for phase in whole:
        moved = float((whole[phase] - less[phase]).norm())
        assert 0.2 * CLIP < moved <= CLIP * (1 + 1e-4)


def test_a_number_of_made_records_that_follows_the_batch_is_seen_to_fail(monkeypatch):
    real_losses = gan.per_record_critic_losses

    def following(network, real, fake, config):
        return real_losses(network, real, fake[:, : real.shape[1]], config)

    monkeypatch.setattr(gan, "per_record_critic_losses", following)
    # From a critic that is linear in its input, a real and a made record pull different ways.
    whole, less = (first_sums(MedGAN, {**AUTO, "pretrain": False}, rows) for rows in (N, N - 1))
    assert float((whole["critic"] - less["critic"]).norm()) > 1.05 * CLIP


def test_layers_that_mix_records_are_refused_by_name():
    class Normed(VAE):
        def network(self, layout, models):
            network = super().network(layout, models)
            network.encoder.append(BatchNorm(models, 2 * self.latent))
            return network

    with pytest.raises(ValueError, match="BatchNorm"):
        Normed(**{**WHOLE, "epochs": 1}).fit(members(), seed=1)


def test_options_that_mix_records_are_refused_by_name():
    privacy = Privacy(epsilon=3.0, delta=1e-5)
    for wrong in ("average", "discrimination"):
        with pytest.raises(ValueError, match="set minibatch_mode = 'none'"):
            MedGAN(minibatch_mode=wrong, privacy=privacy)
    assert MedGAN(privacy=privacy).effective_minibatch_mode == "none"
    with pytest.raises(ValueError, match="reference_quirks"):
        CorGAN(reference_quirks=True, privacy=privacy)
    with pytest.raises(ValueError, match="leave labels out"):
        EMRWGAN(labels=("sex",), privacy=privacy)


def test_an_autoencoder_that_is_not_paid_for_is_refused():
    class Unpaid(MedGAN):
        def dp_step_class(self, models):
            class Silent(OpacusStep):
                def add_noise_and_step(self):
                    if self.phase.name == "autoencoder":
                        self.optimiser.step()
                    else:
                        super().add_noise_and_step()

            return Silent

    with pytest.raises(TrainingError, match="not covered"):
        Unpaid(**AUTO).fit(members(), seed=1)


def test_batches_of_fixed_size_are_refused():
    class Fixed(VAE):
        def dp_step_class(self, models):
            class Shuffled(OpacusStep):
                def take(self):
                    self.weight = torch.ones(1, 4)
                    return torch.arange(4)[None]

            return Shuffled

    with pytest.raises(TrainingError, match="no Poisson sample"):
        Fixed(**{**WHOLE, "epochs": 1}).fit(members(), seed=1)


def test_accumulators_that_are_not_cleared_are_refused_by_opacus():
    class Kept(VAE):
        def dp_step_class(self, models):
            class Uncleared(OpacusStep):
                def __init__(self, *args, **named):
                    super().__init__(*args, **named)
                    self.dp_optimiser.zero_grad = lambda set_to_none=False: None

            return Uncleared

    with pytest.raises(ValueError, match="cleared"):
        Kept(**{**WHOLE, "epochs": 2}).fit(members(), seed=1)


def noise_of(step, divide=1.0):
    """Return the spread of what a step adds to its sum, over noise x clip / size, from about 80,000 weights."""
    found = []

    class Measured(step):
        @property
        def noise_multiplier(self):
            return super().noise_multiplier / divide

        def add_noise_and_step(self):
            before = torch.cat([p.grad.flatten() for p in self.parameters]).clone()
            for group in self.optimiser.param_groups:
                group["lr"] = 0.0
            super().add_noise_and_step()
            after = torch.cat([p.grad.flatten() for p in self.parameters])
            found.append(
                float((after - before / self.size).std())
                * self.size
                / (self.phase.noise_multiplier * self.max_grad_norm)
            )

    class Watched(VAE):
        def dp_step_class(self, models):
            return Measured

    inclusion = np.ones((1 if step is OpacusStep else 2, N), dtype=bool)
    Watched(**{**WHOLE, "epochs": 1}).fit_stack(members(), inclusion, seeds=range(len(inclusion)))
    return found[0]


@pytest.mark.parametrize("step", [OpacusStep, StackedDPStep])
def test_the_noise_added_is_the_noise_paid_for(step):
    assert abs(noise_of(step) - 1) < 0.02  # 80,000 numbers: standard error 0.0025
    assert noise_of(step, divide=N) < 0.1  # divided by the batch twice: seen


@pytest.mark.parametrize("name", ["vae", "medgan", "emrwgan"])
def test_models_side_by_side_equal_those_that_opacus_trains_alone(name):
    recipe, options = RECIPES[name]
    made = recipe(**{**options, "batch_size": 8})
    inclusion = np.ones((2, N), dtype=bool)
    inclusion[1, -1] = False
    together = made.fit_stack(members(), inclusion, seeds=[5, 6])
    for row, seed, model in zip(inclusion, (5, 6), together, strict=True):
        alone = made.fit(members().take(row), seed=seed)
        for key, weight in alone.network.state_dict().items():
            np.testing.assert_allclose(model.network.state_dict()[key], weight, atol=2e-4, err_msg=key)
        assert model.training.ledger == alone.training.ledger


def test_clipped_sums_by_closed_forms_equal_opacus():
    for name in ("vae", "medgan", "emrwgan"):
        recipe, options = RECIPES[name]
        one, other = (first_sums(recipe, options, N, step) for step in (OpacusStep, StackedDPStep))
        for phase in one:
            np.testing.assert_allclose(one[phase], other[phase], atol=1e-6)


def test_the_ledger_says_what_was_paid_and_nothing_of_losses():
    fitted = MedGAN(**AUTO).fit(members(), seed=1)
    ledger = fitted.training.ledger
    assert [access.phase for access in ledger.accesses if access.status == "accounted"] == [
        "first biases",
        "autoencoder",
        "critic",
    ]
    assert ledger.scope == "end to end"
    assert ledger.epsilon <= ledger.epsilon_cross_check
    assert set(fitted.training.losses) == {"generator"}
    alone = [access.epsilon for access in ledger.accesses if access.status == "accounted"]
    assert max(alone) < ledger.epsilon < sum(alone)
    undeclared = VAE(
        batch_size=N, epochs=1, privacy=Privacy(noise_multiplier=1.0, delta=1e-3, domain="data", tuned=True)
    )
    open_ = undeclared.fit(members(), seed=1).training.ledger
    assert open_.scope == "training only"
    phases = {access.phase for access in open_.not_covered}
    assert phases == {"columns and levels", "scale of numbers", "row count", "options"}


def test_no_noise_promises_nothing():
    made = VAE(batch_size=N, epochs=1, privacy=Privacy(noise_multiplier=0.0, delta=1e-3, num_patients=N))
    assert made.fit(members(), seed=1).training.ledger.epsilon is None
    with pytest.raises(ValueError, match="either epsilon or noise_multiplier"):
        Privacy(epsilon=1.0, noise_multiplier=0.0, delta=1e-5)
    with pytest.raises(ValueError, match="with delta"):
        Privacy(epsilon=1.0)
    with pytest.raises(TrainingError, match="smaller delta"):
        VAE(privacy=Privacy(epsilon=1.0, delta=0.1, num_patients=N)).fit(members(), seed=1)


@pytest.mark.parametrize(
    ("rate", "noise", "steps", "tight", "loose"),
    [
        (0.04, 1.5, 2250, 6.7688, 7.3293),
        (0.01, 1.0, 1000, 1.8282, 2.1014),
        (256 / 41000, 1.1, 10000, 3.0305, 3.3011),
        (1.0, 1.0, 1, 4.3772, 4.7285),
        (1.0, 5.0, 50, 6.5730, 7.0774),
    ],
)
def test_epsilon_is_the_published_one(rate, noise, steps, tight, loose):
    """PRV bounds the exact value (PLD, by dp-accounting) from above by 0.0115; finer orders lower Renyi a little."""
    found, other = epsilon_of([GaussianPhase("steps", noise, rate, steps)], 1e-5)
    assert tight <= found <= tight + 0.0115
    assert loose - 0.05 <= other <= loose + 1e-3


def test_noise_is_found_over_both_phases_and_accountants_must_agree():
    shares = (GaussianPhase("autoencoder", 1.0, 0.01, 500), GaussianPhase("critic", 1.0, 0.025, 800))
    noise = calibrate_noise_multiplier(3.0, 1e-5, shares)
    spent = epsilon_of([GaussianPhase(s.name, noise, s.sample_rate, s.steps) for s in shares], 1e-5)[0]
    assert 0.97 * 3.0 <= spent <= 3.0
    with pytest.raises(TrainingError, match="contradict"):
        check_accountants_agree(3.1, 3.0)


def test_batches_are_drawn_by_coins_and_may_be_empty():
    rows = torch.arange(400)[None]
    draws = PoissonBatches(rows, [400], 0.25, [1], "test")
    sizes = np.array([float(draws.take()[1].sum()) for _ in range(400)])
    assert abs(sizes.mean() - 100) < 2  # standard error 0.43
    assert 55 < sizes.var() < 100  # 400 x 0.25 x 0.75 = 75, standard error 5.3; a fixed size has 0
    empty = PoissonBatches(rows[:, :2], [2], 2**-20, [1], "test")
    chosen, weight = empty.take()
    assert chosen.shape == weight.shape == (1, 1)
    assert float(weight.sum()) == 0
    sparse = VAE(batch_size=1, epochs=1, privacy=Privacy(noise_multiplier=1.0, delta=1e-3, num_patients=N))
    assert sparse.fit(members(1), seed=0).training.problem is None  # almost all batches are empty


def test_a_private_model_is_saved_with_its_ledger(tmp_path):
    fitted = VAE(**{**WHOLE, "epochs": 1}).fit(members(), seed=1)
    checkpoint.save(fitted, tmp_path / "model.safetensors")
    again = checkpoint.load(tmp_path / "model.safetensors")
    assert again.recipe == fitted.recipe
    assert again.training == fitted.training
