"""Outcome prediction and feature importance: against scikit-learn, by closed form, and what is left out."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score

from synthaudit.audit.errors import InputError
from synthaudit.audit.fidelity.design_matrix import DesignMatrix
from synthaudit.audit.fidelity.influence import auprc, auroc
from synthaudit.audit.fidelity.learners import boosting
from synthaudit.audit.fidelity.metrics.importance_overlap import ImportanceOverlap, _effects
from synthaudit.audit.fidelity.metrics.outcome_prediction import OutcomePrediction
from synthaudit.audit.records import Column, NumericScale, Records, Schema
from synthaudit.audit.statistics import NotMeasured

NAMES = [f"c{k}" for k in range(10)]
TRUE = (2.0, -2.0, 1.5, 0, 0, 0, 0, 0, 0)
OTHER = (0, 0, 0, 0, 2.0, -2.0, 1.5, 0, 0)


def table(rows, seed, weights=TRUE, patients=None):
    """Return 10 codes; the last is an outcome of about 20 % prevalence that follows from the others by ``weights``."""
    rng = np.random.default_rng(seed)
    codes = rng.random((rows, 9)) < 0.45
    odds = np.exp(codes @ np.array(weights, float) - 2.3)
    return Records.binary(NAMES, np.column_stack([codes, rng.random(rows) < odds / (1 + odds)]), patients)


def read(real, synthetic, test, metric=OutcomePrediction, small_count=10, **options):
    return metric(**options).measure(real, synthetic, test, rng=np.random.default_rng(0), small_count=small_count)


@pytest.mark.parametrize(
    ("ours", "theirs"), [(auroc, roc_auc_score), (auprc, average_precision_score)], ids=["auroc", "auprc"]
)
def test_values_and_pulls_are_those_of_scikit_learn_with_weights(ours, theirs):
    rng = np.random.default_rng(0)
    truth = rng.random(60) < 0.3
    scores = np.round(rng.normal(size=60) + truth, 1)  # with ties
    value, influence = ours(scores, truth)
    assert value == pytest.approx(theirs(truth, scores))
    step = 1e-6
    slopes = [
        (theirs(truth, scores, sample_weight=1 + step * (np.arange(60) == row)) - value) / step for row in range(60)
    ]
    np.testing.assert_allclose(influence, slopes, atol=1e-6)


def test_pulls_cover_the_truth():
    """AUPRC and the paired difference of two fixed models; 400 repeats at 95 %: s.e. .011; at least .915."""
    rng = np.random.default_rng(1)

    def draw(rows):
        truth = rng.random(rows) < 0.2
        signal = rng.normal(size=rows) + 1.2 * truth
        return truth, signal + 0.5 * rng.normal(size=rows), signal + rng.normal(size=rows)

    truth, first, second = draw(400_000)
    expected = auprc(first, truth)[0], auprc(first, truth)[0] - auprc(second, truth)[0]
    hits = np.zeros(2)
    for _ in range(400):
        truth, first, second = draw(500)
        (one, influence), (two, other) = auprc(first, truth), auprc(second, truth)
        for at, (value, moved) in enumerate(((one, influence), (one - two, influence - other))):
            hits[at] += abs(value - expected[at]) <= 1.96 * np.sqrt((moved**2).sum())
    assert (hits / 400).min() >= 0.915


def test_the_linear_model_is_that_of_scikit_learn():
    real, synthetic, test = table(800, 1), table(700, 2), table(600, 3)
    # As many rows of either: all 700 synthetic ones are learnt from.
    reading = read(real, synthetic, test, outcomes=("c9",))
    model = LogisticRegression(C=1.0, tol=1e-9, max_iter=5000).fit(synthetic.codes[:, :9], synthetic.codes[:, 9])
    scores = model.decision_function(test.codes[:, :9])
    assert reading.statistics["auroc_tstr_logistic"].value == pytest.approx(
        roc_auc_score(test.codes[:, 9], scores), abs=1e-3
    )
    precision = average_precision_score(test.codes[:, 9], scores)
    assert reading.statistics["auprc_tstr_logistic"].value == pytest.approx(precision, abs=2e-3)
    assert reading.points["synthetic"] == (pytest.approx(roc_auc_score(test.codes[:, 9], scores), abs=1e-3),)


def test_a_table_of_the_same_population_loses_nothing_and_an_unrelated_one_all():
    real, test = table(3000, 1), table(2000, 3)
    same = read(real, table(3000, 2), test, outcomes=("c9",)).statistics
    apart = read(real, table(3000, 2, weights=OTHER), test, outcomes=("c9",)).statistics
    for learner in ("logistic", "boosting"):
        assert abs(same[f"auroc_loss_{learner}"].value) < 0.02
        assert apart[f"auroc_loss_{learner}"].low > 0.2
        assert apart[f"auprc_loss_{learner}"].low > 0.15
        loss = same[f"auroc_trtr_{learner}"].value - same[f"auroc_tstr_{learner}"].value
        assert same[f"auroc_loss_{learner}"].value == pytest.approx(loss)
        assert same[f"auroc_trts_{learner}"].value > 0.75 > 0.6 > apart[f"auroc_trts_{learner}"].value
        # Pairing pays: the difference of two models is better known than either.
        width = {
            kind: same[f"auroc_{kind}_{learner}"].high - same[f"auroc_{kind}_{learner}"].low
            for kind in ("loss", "tstr")
        }
        assert width["loss"] < 0.7 * width["tstr"]


def test_defaults_are_the_columns_nearest_to_a_fifth_and_are_said():
    statistics = read(table(500, 1), table(500, 2), table(500, 3), count=2).statistics
    rates = table(500, 1).codes.mean(axis=0)
    nearest = [NAMES[at] for at in np.argsort(np.abs(rates - 0.2))[:2]]
    method = statistics["auroc_loss_logistic"].method
    assert f"mean over {', '.join(nearest)} (binary columns nearest to 20 % prevalence)" in method
    assert nearest[0] == "c9"
    assert statistics["outcomes_scored"].value == 2
    assert (
        "mean over c9 (as chosen)"
        in read(table(500, 1), table(500, 2), table(500, 3), outcomes=("c9",), count=2)
        .statistics["auroc_loss_logistic"]
        .method
    )


def test_means_are_over_outcomes():
    tables = table(500, 1), table(500, 2), table(500, 3)
    both = read(*tables, outcomes=("c9", "c0"))
    alone = [read(*tables, outcomes=(name,)).statistics["auroc_tstr_logistic"].value for name in ("c9", "c0")]
    assert both.statistics["auroc_tstr_logistic"].value == pytest.approx(np.mean(alone))
    assert both.points["synthetic"] == pytest.approx(tuple(alone))
    assert {len(series) for series in both.points.values()} == {2}


def test_rare_and_lost_outcomes_are_left_out_and_counted():
    real, synthetic, test = (table(400, seed).codes.copy() for seed in (1, 2, 3))
    real[:, 0] = np.arange(400) < 9
    test[:, 1] = np.arange(400) >= 9
    synthetic[:, 2] = 1
    tables = [Records.binary(NAMES, matrix) for matrix in (real, synthetic, test)]
    statistics = read(*tables, outcomes=("c0", "c1", "c2", "c9")).statistics
    counts = {name: statistics[f"outcomes_{name}"].value for name in ("scored", "hidden", "lost")}
    assert counts == {"scored": 1, "hidden": 2, "lost": 1}


def test_rows_of_one_patient_count_once():
    test = table(300, 3)
    twice = test.take(np.repeat(np.arange(300), 2))
    assert np.array_equal(np.unique(twice.patients), np.arange(300))
    one, two = (
        read(table(500, 1), table(500, 2), t, outcomes=("c9",)).statistics["auroc_loss_logistic"] for t in (test, twice)
    )
    assert (one.value, one.trials) == (pytest.approx(two.value), two.trials)
    assert one.high - one.low == pytest.approx(two.high - two.low)


def test_perfect_models_keep_an_interval():
    sure = np.random.default_rng(5).random((400, 3)) < 0.4
    records = Records.binary("abc", np.column_stack([sure[:, 0], sure[:, 0], sure[:, 1]]))
    statistic = read(records, records, records, outcomes=("a",)).statistics["auroc_tstr_logistic"]
    assert statistic.value == 1
    assert statistic.low < 1


MIXED = Schema((Column("lab", "continuous"), Column("stays", "count"), Column("sick", "binary", missing=True)))


def mixed(rows=40):
    return Records.of(MIXED, {"lab": np.arange(rows) * 1.0, "stays": np.arange(rows), "sick": np.arange(rows) % 2.0})


@pytest.mark.parametrize("metric", [OutcomePrediction, ImportanceOverlap])
@pytest.mark.parametrize(
    ("tables", "reason"),
    [
        ((table(0, 1), table(50, 2), table(50, 3)), "a model needs 20 real patients"),
        ((table(50, 1), table(19, 2), table(50, 3)), "a model needs 20 real patients"),
        ((table(50, 1), table(50, 2), table(0, 3)), "no outcome is had and lacked by 10 real and 10 test"),
        ((table(50, 1), Records.binary(NAMES, np.ones((50, 10))), table(50, 3)), "no outcome varies in the rows"),
        ((mixed(), mixed(), mixed()), "no binary column without missing values"),
        (tuple(Records.binary("a", np.arange(40)[:, None] % 2) for _ in range(3)), "no second column"),
    ],
)
def test_what_cannot_be_measured_says_why(metric, tables, reason):
    statistics = read(*tables, metric=metric).statistics
    assert set(statistics) == set(metric.better)
    assert all(isinstance(s, NotMeasured) and reason in s.reason for s in statistics.values())


@pytest.mark.parametrize("metric", [OutcomePrediction, ImportanceOverlap])
def test_outcomes_that_do_not_fit_the_table_are_refused_by_name(metric):
    for names, words in ((("c10",), "unknown column 'c10'"), (("c9", "c8x"), "unknown column 'c8x'")):
        with pytest.raises(InputError, match=words):
            read(table(50, 1), table(50, 2), table(50, 3), metric=metric, outcomes=names)
    for name in MIXED.names:
        with pytest.raises(InputError, match=f"column '{name}': expected a binary column without missing values"):
            read(mixed(), mixed(), mixed(), metric=metric, outcomes=(name,))


def overlap(synthetic_weights, top=3, **options):
    tables = table(4000, 1), table(4000, 2, weights=synthetic_weights), table(500, 3)
    return read(*tables, metric=ImportanceOverlap, outcomes=("c9",), top=top, **options)


def test_overlap_and_direction_by_construction():
    same, moved, turned = (overlap(w).statistics for w in (TRUE, OTHER, tuple(-w for w in TRUE)))
    assert (same["overlap"].value, same["same_direction"].value) == (1, 1)
    assert moved["overlap"].value == 0
    assert (turned["overlap"].value, turned["same_direction"].value) == (1, 0)
    assert same["overlap"].low < 1  # one feature may change its place
    assert "top 3 of 9 features, 0.33 by chance; mean over c9 (as chosen)" in same["overlap"].method
    assert "top 4 of 9 features" in overlap(TRUE, top=10).statistics["overlap"].method  # at most a half


def test_the_figure_holds_signed_effects_of_features_that_are_not_rare():
    points = overlap(TRUE).points
    assert len(points["real"]) == 9
    np.testing.assert_allclose(points["real"][:3], np.array(TRUE[:3]) * np.sqrt(0.45 * 0.55), atol=0.12)
    rare = [table(400, seed).codes.copy() for seed in (1, 2)]
    rare[0][9:, 3] = 0  # 9 real rows have it
    rare[1][9:, 4] = 0  # 9 rows of the other table, which for the yardstick are patients
    tables = [Records.binary(NAMES, matrix) for matrix in (*rare, rare[0])]
    shown = read(*tables, metric=ImportanceOverlap, outcomes=("c9",)).points
    assert len(shown["real"]) == len(shown["synthetic"]) == 7


def test_one_step_redraws_spread_as_refits_do():
    """200 one-step draws against 200 refits on resampled rows: each s.e. of a standard deviation is 5 %."""
    records = table(1500, 4)
    features = sparse.csr_matrix(records.codes, dtype=np.float32)
    effects = _effects(features, np.array([9]), records, np.random.default_rng(0))
    deviation = records.codes[:, :9].std(axis=0)
    refits, rng = [], np.random.default_rng(1)
    for _ in range(200):
        drawn = rng.integers(1500, size=1500)
        model = LogisticRegression(C=1.0, tol=1e-6).fit(records.codes[drawn, :9], records.codes[drawn, 9])
        refits.append(model.coef_[0] * deviation)
    assert effects.shape == (201, 1, 10)
    assert np.abs(effects[:, 0, 9]).max() == 0  # the outcome is no feature of itself
    np.testing.assert_allclose(effects[0, 0, :9], np.mean(refits, axis=0), atol=0.05)
    np.testing.assert_allclose(effects[1:, 0, :9].std(axis=0), np.std(refits, axis=0), rtol=0.25)


def test_options_are_checked():
    with pytest.raises(ValueError, match="expected count > 0, got 0"):
        OutcomePrediction(count=0)
    with pytest.raises(ValueError, match="expected top > 0, got 0"):
        ImportanceOverlap(top=0)


def test_the_interval_of_overlap_has_the_width_of_other_samples():
    """40 pairs of samples; the s.e. of a standard deviation is then 11 %; the ratio was 0.9 to 1.04 over 60."""
    weights = np.random.default_rng(9).normal(size=20) * 0.6

    def draw(seed):
        rng = np.random.default_rng(seed)
        codes = rng.random((500, 20)) < 0.3
        odds = np.exp(codes @ weights - 0.3 * weights.sum() - 1.4)
        return Records.binary(map(str, range(21)), np.column_stack([codes, rng.random(500) < odds / (1 + odds)]))

    found = [
        read(draw(seed), draw(100 + seed), draw(0), metric=ImportanceOverlap, outcomes=("20",)).statistics["overlap"]
        for seed in range(40)
    ]
    errors = [max(one.value - one.low, one.high - one.value) / 1.96 for one in found]
    assert 0.6 < np.mean(errors) / np.std([one.value for one in found]) < 1.6


def test_trees_are_those_of_all_features():
    """Features too rare to be cut are dropped before fitting; the scores are those of scikit-learn on all of them."""
    rng = np.random.default_rng(6)
    rates = np.array([0.005, 0.02, 0.04, 0.3, 0.5, 0.95, 0.01, 0.2])
    codes = [rng.random((rows, 8)) < rates for rows in (900, 300)]
    labels = [rng.random(len(part)) < 0.1 + 0.5 * part[:, 3] + 0.3 * part[:, 2] for part in codes]
    train, test = (
        Records.binary(map(str, range(9)), np.column_stack([part, label]))
        for part, label in zip(codes, labels, strict=True)
    )
    assert (train.codes.sum(axis=0) < 20).sum() >= 2
    model = HistGradientBoostingClassifier(
        max_iter=60, max_leaf_nodes=15, early_stopping=False, max_bins=32, random_state=3
    ).fit(codes[0].astype(float), labels[0])
    expected = model.decision_function(codes[1].astype(float))
    np.testing.assert_allclose(
        boosting(train, np.array([8]), DesignMatrix.of(test.schema, NumericScale.of(test)), seed=3)(test)[:, 0],
        expected,
        rtol=1e-9,
    )
