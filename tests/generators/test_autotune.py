"""The width of a stack is measured on the recipe itself, and a trial trains a few steps and foresees the rest."""

import numpy as np
import pytest

from synthaudit.audit.records.simulated import Cohort
from synthaudit.generators.models.corgan import CorGAN
from synthaudit.generators.models.vae import VAE
from synthaudit.generators.training import autotune
from synthaudit.generators.training.autotune import TimedRun, best_stack_width, seconds_per_model

MEMBERS = Cohort(codes=20).draw(60, seed=1)


@pytest.fixture
def clock(monkeypatch):
    """Make a step last as long as its width says, in seconds, on a clock of its own."""
    state = {"now": 0.0, "cost": lambda _: 1.0}

    def now(run):
        state["now"] += state["cost"](run.models) / 2  # read twice a step, at its beginning and its end
        return state["now"]

    monkeypatch.setattr(TimedRun, "_now", now)
    return state


def test_a_trial_foresees_all_steps_of_all_phases(clock):
    clock["cost"] = lambda _: 2.0  # a step is one second
    recipe = CorGAN(pretrain_epochs=3, pretrain_batch_size=20, steps=500, batch_size=20, critic_steps=1)
    assert seconds_per_model(recipe, MEMBERS, widths=(1,))[1] == pytest.approx(9 + 500)
    assert seconds_per_model(VAE(epochs=40, batch_size=30), MEMBERS, widths=(1,))[1] == pytest.approx(80)


def test_the_soonest_width_is_chosen_and_hopeless_ones_are_not_tried(clock, monkeypatch):
    tried = []
    network = VAE.network
    monkeypatch.setattr(
        VAE, "network", lambda self, layout, models: tried.append(models) or network(self, layout, models)
    )
    recipe = VAE(epochs=2, batch_size=30)
    clock["cost"] = lambda models: {1: 1.0, 4: 2.0, 16: 40.0}.get(models, 1e9)
    assert best_stack_width(recipe, MEMBERS, 64, widths=(1, 4, 16, 64)) == 4
    assert tried == [1, 4, 16]


def test_no_more_models_side_by_side_than_there_are():
    assert best_stack_width(VAE(), MEMBERS, 1) == 1
    assert best_stack_width(VAE(epochs=2, batch_size=30), MEMBERS, 3, widths=(1, 4, 16)) in (1, 3)


def test_a_real_trial_takes_a_few_steps_only():
    recipe = VAE(epochs=100_000, batch_size=30)
    found = seconds_per_model(recipe, MEMBERS, widths=(1, 2))
    assert found.keys() <= {1, 2}
    assert all(np.isfinite(value) and value > 0 for value in found.values())
    assert autotune.WARM_UP + autotune.TIMED < 10
