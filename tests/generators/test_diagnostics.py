"""A collapsed model is said to be one; a sound one is not."""

import numpy as np

from synthaudit.audit.records import Records
from synthaudit.generators.encoding.layout import Layout
from synthaudit.generators.models.gan import GAN
from synthaudit.generators.models.vae import VAE
from synthaudit.generators.training.diagnostics import PROBE, count_unseen_values, diagnose, distinct_rows


def table(codes):
    return Records.binary([f"c{at}" for at in range(codes.shape[1])], codes)


def random_codes(rows=PROBE, columns=20, rate=0.3):
    return (np.random.default_rng(0).random((rows, columns)) < rate).astype(np.uint8)


def test_distinct_rows_are_counted():
    assert distinct_rows(table(np.repeat(np.eye(3), 4, axis=0))) == 3


def test_a_sound_probe_passes():
    assert diagnose(table(random_codes()), finite=True, members=5000) is None


def test_each_problem_is_seen():
    few = table(np.repeat(random_codes(10), PROBE // 10, axis=0))
    assert "mode collapse: only 10 of 1000" in diagnose(few, finite=True, members=5000)
    assert diagnose(few, finite=True, members=10) is None  # ten members have ten rows
    assert "finite number" in diagnose(few, finite=False, members=5000)
    assert "is empty" in diagnose(table(np.zeros((PROBE, 20))), finite=True, members=50)
    assert "30% of the values" in diagnose(table(random_codes()), finite=True, members=5000, unseen=0.3)


def test_common_values_that_are_never_drawn_are_counted():
    codes = random_codes()
    codes[:, :3] = 0
    rates = np.full(20, 0.3)
    rates[0] = 0.001  # rare: its absence says nothing
    assert count_unseen_values(Layout.of(table(codes).schema), table(codes), rates) == (2, 19)


def test_fitted_models_tell():
    members = table(random_codes(400))
    sound = VAE(latent=8, hidden=(32,), epochs=40, batch_size=100).fit(members, seed=1)
    assert sound.training.problem is None
    untrained = GAN(steps=1, batch_size=100).fit(table(random_codes(400, rate=0.02)), seed=1)
    assert untrained.training.losses["critic"]
    broken = VAE(latent=8, hidden=(32,), epochs=40, batch_size=100, lr=1e20).fit(members, seed=1)
    assert broken.training.problem
