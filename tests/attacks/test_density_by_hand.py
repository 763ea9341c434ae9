"""Density attacks against the formulas they shorten, written out the long way."""

import numpy as np
import pytest
from scipy.special import logsumexp

from synthaudit.attacks.discretizer import Discretizer
from synthaudit.attacks.kernel import COSTS, Kernel
from synthaudit.attacks.membership.density.chow_liu import chow_liu_tree, count_level_pairs
from synthaudit.attacks.membership.density.density_ratio_classifier import DensityRatioClassifier
from synthaudit.attacks.membership.density.domias_kde import DomiasKDE
from synthaudit.attacks.membership.density.domias_product import DomiasProduct
from synthaudit.attacks.membership.density.domias_tree import DomiasTree
from synthaudit.attacks.membership.density.gen_lra import GenLRA
from synthaudit.attacks.membership.distance.dpi import DPI
from synthaudit.audit.knowledge import Knowledge
from synthaudit.audit.records import Cohort, Column, NumericScale, Records, Schema
from synthaudit.audit.statistics import roc

MIXED = Schema(
    (
        Column("flag", "binary"),
        Column("drugs", "count"),
        Column("lab", "continuous", missing=True),
        Column("ward", "categorical", levels=("a", "b", "c"), missing=True),
    )
)


def codes(matrix):
    return Records.binary([f"c{j}" for j in range(np.shape(matrix)[1])], np.array(matrix))


def ages(*values):
    return Records.of(Schema((Column("age", "continuous", low=0, high=100),)), {"age": np.array(values, float)})


def mixed(rows):
    return Records.of(MIXED, dict(zip(MIXED.names, np.array(rows, float).T, strict=True)))


def score(attack, targets, synthetic, reference):
    return attack.score(targets, Knowledge(synthetic, reference), rng=np.random.default_rng(0))


def test_kernel_sums_over_codes_equal_the_sum_over_all_rows():
    rng = np.random.default_rng(1)
    targets, base = (codes(rng.random((n, 30)) < 0.2) for n in (20, 70))
    kernel = Kernel.fit(base, NumericScale.of(base), rng=rng)
    apart = (targets.codes[:, None, :] != base.codes[None]).sum(axis=2)
    np.testing.assert_allclose(kernel.log_sum(targets, base), logsumexp(-kernel.cost * apart, axis=1))
    index = rng.integers(0, 70, (20, 3))
    expected = -kernel.cost * np.take_along_axis(apart, index, axis=1)
    np.testing.assert_allclose(kernel.log_pairs(targets, base, index), expected)


def test_kernel_sums_over_mixed_columns_equal_the_sum_over_all_rows():
    base = mixed([[1, 0, 1.0, 0], [0, 3, np.nan, 1], [0, 0, 3.0, np.nan]])
    target = mixed([[1, 3, 2.0, 1]])
    kernel = Kernel.fit(base, NumericScale.of(base), rng=np.random.default_rng(0))
    # 5 % and 95 % quantiles: lab 1.1 and 2.9 about a centre of 2, drugs 0 and 2.7; 3.2897 deviations lie between them.
    lab, drugs = (3.2897 / 1.8) ** 2, (np.log(4) / (np.log1p(2.7) / 3.2897)) ** 2
    square, mismatch = np.array([drugs + lab, 0, drugs + lab]), np.array([1, 2, 2])
    expected = logsumexp(-kernel.cost * mismatch - square / (2 * kernel.width**2))
    np.testing.assert_allclose(kernel.log_sum(target, base), [expected], rtol=1e-5)
    pairs = kernel.log_pairs(target, base, np.array([[0, 1, 2]]))
    np.testing.assert_allclose(logsumexp(pairs, axis=1), [expected], rtol=1e-5)


def test_the_kernel_is_sharp_where_rows_repeat_and_blunt_where_they_do_not():
    rng = np.random.default_rng(2)
    scattered = codes(rng.random((200, 40)) < 0.3)
    repeated = scattered.take(np.arange(200) % 50)
    blunt, sharp = (
        Kernel.fit(rows, NumericScale.of(rows), rng=np.random.default_rng(0)).cost for rows in (scattered, repeated)
    )
    assert blunt < 2 < sharp == max(COSTS)


def test_kernel_ratio_is_the_difference_of_two_log_densities():
    rng = np.random.default_rng(3)
    targets, synthetic, reference = (codes(rng.random((n, 25)) < 0.2) for n in (10, 30, 40))
    kernel = Kernel.fit(reference, NumericScale.of(reference), rng=np.random.default_rng(0))
    density = [
        logsumexp(-kernel.cost * (targets.codes[:, None, :] != side.codes[None]).sum(axis=2), axis=1)
        - np.log(len(side))
        for side in (synthetic, reference)
    ]
    np.testing.assert_allclose(score(DomiasKDE(), targets, synthetic, reference), density[0] - density[1])


def test_product_ratio_adds_the_logs_of_two_rates():
    # Column 0: 3 of 4 against 1 of 2; pooled rate (4 + .5) / (6 + 1). Column 1 is nobody's: its level 1 weighs nothing.
    synthetic, reference = codes([[1, 0], [1, 0], [1, 0], [0, 0]]), codes([[1, 0], [0, 0]])
    found = score(DomiasProduct(), codes([[1, 0], [1, 1]]), synthetic, reference)
    one, none = 4.5 / 7, 6.5 / 7
    first = np.log((3 + one) / 5) - np.log((1 + one) / 3)
    second = np.log((4 + none) / 5) - np.log((2 + none) / 3)
    np.testing.assert_allclose(found, [first + second, first])


def test_levels_cut_numbers_and_keep_missing_apart():
    rows = mixed([[1, 0, float(j), j % 3] for j in range(12)] + [[0, 5, np.nan, np.nan]])
    levels = Discretizer.fit(rows.schema, NumericScale.of(rows))
    found = levels.encode(rows)
    np.testing.assert_array_equal(found[:12, 2], np.repeat(np.arange(6), 2))
    assert (found[12] == np.array([0, 1, 6, 3])).all()
    assert levels.sizes.tolist() == [2, 2, 7, 4]


def test_joint_counts_pairs_of_levels():
    rng = np.random.default_rng(4)
    rows = mixed(
        np.column_stack([rng.integers(0, 2, 50), rng.integers(0, 9, 50), rng.random(50), rng.integers(0, 3, 50)])
    )
    levels = Discretizer.fit(rows.schema, NumericScale.of(rows))
    place = levels.offsets[:-1] + levels.encode(rows)
    shown = (place[:, :, None] == np.arange(levels.offsets[-1])).any(axis=1).astype(float)
    np.testing.assert_allclose(count_level_pairs(levels, levels.encode(rows)), shown.T @ shown, atol=1e-9)


def test_the_tree_follows_the_chain_that_made_the_rows():
    rng = np.random.default_rng(5)
    flips = rng.random((4_000, 5)) < [0.5, 0.1, 0.1, 0.1, 0.1]
    chain = np.cumsum(flips, axis=1) % 2  # each column is the one before, flipped one time in ten
    order = np.array([2, 0, 4, 1, 3])
    rows = codes(chain[:, order])
    levels = Discretizer.fit(rows.schema, NumericScale.of(rows))
    parents = chow_liu_tree(levels, count_level_pairs(levels, levels.encode(rows)))
    edges = {frozenset((order[at], order[parent])) for at, parent in enumerate(parents) if parent >= 0}
    assert edges == {frozenset((j, j + 1)) for j in range(4)}


def test_tree_ratio_adds_the_logs_of_two_conditionals():
    synthetic, reference = codes([[1, 1], [1, 1], [0, 0], [0, 1]]), codes([[1, 1], [1, 0], [0, 0], [0, 0]])
    found = score(DomiasTree(), codes([[1, 1]]), synthetic, reference)
    # Root: rates 2/4 against 2/4. Column 1 given 1: both of two, against one of two; pooled (3.5, 1.5) of 5.
    pooled = 3.5 / 5
    np.testing.assert_allclose(found, [np.log((2 + pooled) / 3) - np.log((1 + pooled) / 3)])


@pytest.mark.parametrize("cohort", [Cohort(codes=40), Cohort(codes=8, labs=2, demographics=True)])
def test_the_closed_form_of_the_likelihood_ratio_equals_a_density_refitted_with_the_target(cohort):
    targets, synthetic, reference = (cohort.draw(n, seed=n) for n in (6, 30, 40))
    kernel = Kernel.fit(reference, NumericScale.of(reference), rng=np.random.default_rng(0))
    found = score(GenLRA(k=30), targets, synthetic, reference)  # all rows are near: no ties to break
    before = kernel.log_sum(synthetic, reference) - np.log(40)
    for row in range(6):
        larger = Records.concat([reference, targets.take(slice(row, row + 1))])
        after = kernel.log_sum(synthetic, larger) - np.log(41)
        np.testing.assert_allclose(found[row], (after - before).sum(), rtol=1e-4, atol=1e-5)


def test_neighbour_share_counts_synthetic_rows_among_the_nearest():
    found = score(DPI(k=2), ages(10, 50, 90), ages(11, 12, 60), ages(40, 55, 91))
    np.testing.assert_allclose(found, [1, 0.25, 0.5])  # at 50: 55 is real, 40 and 60 tie; at 90: 91 and 60


@pytest.mark.parametrize("model", ["auto", "trees", "forest", "boosting", "logistic"])
def test_each_classifier_tells_the_two_sides_apart(model):
    rng = np.random.default_rng(6)
    synthetic, reference = (codes(rng.random((300, 10)) < rate) for rate in (0.6, 0.2))
    found = score(DensityRatioClassifier(model=model), codes([[1] * 10, [0] * 10]), synthetic, reference)
    assert found[0] > 2
    assert found[1] < -2


def test_trees_add_the_log_odds_of_the_forest_and_of_boosting():
    rng = np.random.default_rng(7)
    targets, synthetic, reference = (codes(rng.random((n, 8)) < rate) for n, rate in ((9, 0.5), (90, 0.6), (70, 0.4)))
    both, *parts = (
        score(DensityRatioClassifier(model=model, rounds=20, forest_size=20), targets, synthetic, reference)
        for model in ("trees", "forest", "boosting")
    )
    np.testing.assert_allclose(both, parts[0] + parts[1])


def test_a_forest_that_agrees_has_finite_odds():
    synthetic, reference = codes([[1, 1]] * 20), codes([[0, 0]] * 20)
    found = score(DensityRatioClassifier(model="forest"), codes([[1, 1], [0, 0]]), synthetic, reference)
    np.testing.assert_allclose(found, [np.log(100.5 / 0.5), -np.log(100.5 / 0.5)])


def numbers(rows):
    schema = Schema(tuple(Column(f"x{j}", "continuous") for j in range(rows.shape[1])))
    return Records.of(schema, dict(zip(schema.names, rows.T, strict=True)))


def test_regression_is_taken_only_where_it_tells_left_out_rows_apart_better():
    rng = np.random.default_rng(8)
    # A small shift of every column is a regression's; the sign of a product of two is a tree's.
    shifted, plain = rng.normal(0.15, 1, (500, 30)), rng.normal(0, 1, (500, 30))
    product = rng.normal(0, 1, (2_000, 30))
    side = (product[:, 0] > 0) ^ (product[:, 1] > 0)
    for synthetic, reference, best in ((shifted, plain, "logistic"), (product[side], product[~side], "trees")):
        targets, *tables = (numbers(rows) for rows in (synthetic[:50], synthetic, reference))
        chosen, named = (score(DensityRatioClassifier(model=model), targets, *tables) for model in ("auto", best))
        np.testing.assert_allclose(chosen, named)  # trained on all rows, as if it had been named


def test_a_forest_remembers_rows_that_boosting_smooths_away():
    rng = np.random.default_rng(9)
    members, holdout, reference, others = (rng.normal(size=(n, 8)) for n in (300, 300, 600, 300))
    noisy = members + 0.2 * rng.normal(size=members.shape)
    targets, synthetic, real = (
        numbers(np.concatenate(part)) for part in ((members, holdout), (noisy, others), (reference,))
    )
    found = {}
    for model in ("forest", "boosting", "trees"):
        scores = score(DensityRatioClassifier(model=model), targets, synthetic, real)
        found[model] = roc.auc(scores[:300], scores[300:])
    assert found["forest"].low > 0.8
    assert found["forest"].low > found["boosting"].high
    assert found["trees"].low > found["boosting"].value


def test_wide_tables_are_learned_from_fewer_rows(monkeypatch):
    from synthaudit.attacks.membership.density import density_ratio_classifier as module

    rng = np.random.default_rng(10)
    synthetic, reference = (codes(rng.random((400, 10)) < rate) for rate in (0.6, 0.2))
    monkeypatch.setattr(module, "CELLS", 10 * 200)  # 200 of the 800 rows
    found = score(DensityRatioClassifier(model="trees"), codes([[1] * 10, [0] * 10]), synthetic, reference)
    assert found[0] > 2
    assert found[1] < -2


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: DomiasProduct(pseudocount=0), "expected pseudocount > 0"),
        (lambda: DomiasTree(pseudocount=-1), "expected pseudocount > 0"),
        (lambda: GenLRA(k=0), "expected k > 0"),
        (lambda: DPI(k=0), "expected k > 0"),
        (lambda: DensityRatioClassifier(folds=1), "expected folds >= 2"),
        (lambda: DensityRatioClassifier(rounds=0), "expected rounds > 0"),
        (lambda: DensityRatioClassifier(model="network"), "expected model to be one of"),
    ],
)
def test_options_that_make_no_sense_are_refused(build, message):
    with pytest.raises(ValueError, match=message):
        build()
