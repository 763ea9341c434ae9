"""Latent clusters, by hand where the clusters are plain to see."""

import numpy as np
import pytest

from synthaudit.audit.fidelity.metrics.latent_clusters import LatentClusters, most_varied, principal
from synthaudit.audit.records import Column, Records, Schema
from synthaudit.audit.statistics import NotMeasured


def kinds(*counts, repeat=1):
    """Return ``counts[k]`` patients of kind k, who have the codes 4k to 4k + 3 and no others."""
    which = np.repeat(np.arange(len(counts)), counts)
    codes = np.repeat(which[:, None] == np.arange(len(counts)), 4, axis=1)
    rows = np.repeat(np.arange(len(codes)), repeat)
    return Records.binary([f"c{k}" for k in range(codes.shape[1])], codes[rows], rows)


def read(real, synthetic, **options):
    return LatentClusters(**options).measure(real, synthetic, real, rng=np.random.default_rng(0)).statistics


def test_three_kinds_by_hand():
    statistics = read(kinds(50, 30, 20), kinds(20, 30, 50))
    squares = [(50 / 70 - 0.5) ** 2, (0.5 / 60) ** 2, (20 / 70 - 0.5) ** 2]
    assert statistics["log_cluster"].value == pytest.approx(np.log2(np.mean(squares)))
    assert statistics["cluster_gap"].value == pytest.approx(0.3)
    assert statistics["cluster_gap"].low > 0.1
    assert statistics["cluster_gap"].trials == 100


def test_rows_of_one_patient_count_once():
    once, often = (read(kinds(50, 30, 20, repeat=times), kinds(20, 30, 50)) for times in (1, 7))
    assert {name: s.value for name, s in once.items()} == {name: s.value for name, s in often.items()}


def test_sides_of_unlike_size_are_drawn_alike():
    assert read(kinds(100, 60, 40), kinds(50, 30, 20), clusters=3)["cluster_gap"].trials == 100
    assert read(kinds(100, 60, 40), kinds(50, 30, 20), rows=60)["cluster_gap"].trials == 60


def test_a_copy_is_perfect_to_half_a_row():
    statistics = read(kinds(50, 30, 20), kinds(50, 30, 20))
    assert statistics["cluster_gap"].value == 0
    floor = np.mean([(0.5 / whole) ** 2 for whole in (100, 60, 40)])
    assert statistics["log_cluster"].value == pytest.approx(np.log2(floor))
    assert statistics["log_cluster"].high > statistics["log_cluster"].value


def test_a_lost_kind_is_the_whole_of_its_share():
    statistics = read(kinds(40, 40, 40), kinds(60, 60, 0))
    assert statistics["cluster_gap"].value == pytest.approx(1 / 3)


def mixture(rows, seed, shift=0.0):
    rng = np.random.default_rng(seed)
    which = rng.choice(3, p=[0.5 - shift, 0.3, 0.2 + shift], size=rows)
    rates = np.where(np.arange(12) // 4 == which[:, None], 0.8, 0.05)
    return Records.binary([f"c{k}" for k in range(12)], rng.random((rows, 12)) < rates)


def test_the_interval_has_the_width_of_other_samples():
    """60 pairs of samples; the s.e. of a standard deviation is then 9 %."""
    seen, errors = [], []
    for seed in range(60):
        estimate = read(mixture(300, 100 + seed), mixture(300, 500 + seed, shift=0.2))["cluster_gap"]
        seen.append(estimate.value)
        errors.append((estimate.high - estimate.low) / 2 / 1.96)
    assert abs(np.mean(seen) - 0.2) < 0.03
    assert 0.7 < np.mean(errors) / np.std(seen) < 1.4


def test_principal_components_are_those_of_numpy():
    from scipy import sparse

    rng = np.random.default_rng(1)
    dense = (rng.random((80, 6)) < [0.5, 0.4, 0.3, 0.2, 0.1, 0.05]).astype(np.float32)
    power, axes = np.linalg.eigh(np.cov(dense.T, bias=True))
    latent = principal(sparse.csr_matrix(dense), 0.8)
    share = np.cumsum(power[::-1]) / power.sum()
    assert latent.shape[1] == 1 + np.argmax(share >= 0.8)
    np.testing.assert_allclose(latent.var(axis=0), power[::-1][: latent.shape[1]], rtol=1e-5)
    np.testing.assert_allclose(np.abs(latent[:, 0]), np.abs((dense - dense.mean(0)) @ axes[:, -1]), atol=1e-5)
    assert most_varied(sparse.csr_matrix(dense), 2).tolist() == [0, 1]


@pytest.mark.parametrize(
    ("tables", "reason"),
    [
        ((kinds(10, 9), kinds(10, 10)), "3 clusters need 20 real patients and 20 synthetic rows"),
        ((kinds(0, 0), kinds(10, 10)), "3 clusters need 20"),
        ((kinds(20, 20), kinds(20, 20)), "fewer than 3 different rows"),
        ((kinds(40), kinds(40)), "fewer than 3 different rows"),
    ],
)
def test_what_cannot_be_clustered_says_why(tables, reason):
    statistics = read(*tables)
    assert set(statistics) == set(LatentClusters.better)
    assert all(isinstance(s, NotMeasured) and reason in s.reason for s in statistics.values())


def test_numbers_of_any_scale_count_alike():
    rng = np.random.default_rng(2)

    def table(scale):
        schema = Schema((Column("lab", "continuous"), Column("other", "continuous")))
        values = rng.permutation(np.repeat([0.0, 1.0, 5.0], [50, 30, 20]))
        return Records.of(schema, {"lab": values * scale, "other": np.zeros(100)})

    assert read(table(1e-6), table(1e-6))["cluster_gap"].value == 0
    assert read(table(1e6), table(1e6))["cluster_gap"].value == 0


def test_options_are_checked():
    with pytest.raises(ValueError, match="expected clusters > 0, got 0"):
        LatentClusters(clusters=1)
    with pytest.raises(ValueError, match="expected variance in"):
        LatentClusters(variance=1.0)
