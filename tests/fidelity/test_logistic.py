"""The batched solver against scikit-learn, and grades against scikit-learn and DeLong."""

import numpy as np
import pytest
from scipy import sparse
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, roc_auc_score

from synthaudit.audit.fidelity.classification_scores import score_classifiers
from synthaudit.audit.fidelity.logistic import fit_columns


def linked_codes(rows, columns, seed):
    """Return codes that hang together through three latent traits, shape ``(rows, columns)``."""
    fixed = np.random.default_rng(5)
    load, level = fixed.normal(0, 1.2, size=(3, columns)), np.linspace(1.0, -3.5, columns)
    rng = np.random.default_rng(seed)
    return (rng.random((rows, columns)) < expit(rng.normal(size=(rows, 3)) @ load + level)).astype(np.uint8)


def gradient_at(features, models, targets):
    """Return the objective's gradient in float64, shape ``(d + 1, K)``."""
    dense, weights = features.toarray().astype(float), models.weights.astype(float)
    residual = expit(dense @ weights + models.intercepts) - dense[:, targets]
    gradient = np.vstack([dense.T @ residual + weights, residual.sum(axis=0)])
    gradient[targets, np.arange(len(targets))] = 0
    return gradient


@pytest.mark.parametrize("columns", [3, 64, 90])  # less than a block, one, more than one
def test_the_solution_is_a_minimum(columns):
    features = sparse.csr_matrix(linked_codes(800, columns, 1), dtype=np.float32)
    targets = np.arange(columns)[::-1]
    models = fit_columns(features, targets)
    assert models.converged.all()
    # The objective is 1-strongly convex in w: a gradient of norm g leaves w within g of the minimum.
    assert np.abs(gradient_at(features, models, targets)).max() < 0.02
    assert (models.weights[targets, np.arange(columns)] == 0).all()


def test_f1_and_auc_are_those_of_a_tight_scikit_learn_fit():
    train, test = linked_codes(3000, 80, 1), linked_codes(1000, 80, 2)
    targets = np.arange(0, 80, 3)
    models = fit_columns(sparse.csr_matrix(train, dtype=np.float32), targets)
    logits = models.logits(sparse.csr_matrix(test, dtype=np.float32))
    ours = score_classifiers(logits, test[:, targets])
    for at, target in enumerate(targets):
        others = np.arange(80) != target
        tight = LogisticRegression(C=1.0, tol=1e-9, max_iter=10_000).fit(train[:, others], train[:, target])
        theirs = tight.decision_function(test[:, others])
        np.testing.assert_allclose(logits[:, at], theirs, atol=5e-3)
        assert ours.f1[at] == pytest.approx(f1_score(test[:, target], theirs > 0), abs=1e-3)
        assert ours.auc[at] == pytest.approx(roc_auc_score(test[:, target], theirs), abs=1e-3)


def test_real_valued_features_of_uneven_scale_are_solved_as_well():
    rng = np.random.default_rng(3)
    codes, lab = linked_codes(1500, 12, 4), rng.normal(2.0, 5.0, size=(1500, 2))
    features = np.hstack([codes, lab]).astype(np.float32)
    models = fit_columns(sparse.csr_matrix(features), np.array([0, 7]))
    tight = LogisticRegression(tol=1e-9, max_iter=10_000).fit(np.delete(features, 7, axis=1), codes[:, 7])
    np.testing.assert_allclose(np.delete(models.weights[:, 1], 7), tight.coef_[0], atol=2e-3)
    assert models.intercepts[1] == pytest.approx(tight.intercept_[0], abs=2e-3)


def test_perfectly_separable_columns_end_at_the_penalised_minimum():
    codes = np.repeat(linked_codes(500, 5, 6), 2, axis=1)  # every column has a twin
    models = fit_columns(sparse.csr_matrix(codes, dtype=np.float32), np.arange(10))
    assert models.converged.all()
    assert (models.weights[1, 0], models.weights[0, 1]) == pytest.approx((models.weights[1, 0],) * 2, abs=1e-3)
    assert models.weights[1, 0] > 3


def test_too_few_rounds_are_said_not_to_have_converged():
    models = fit_columns(sparse.csr_matrix(linked_codes(500, 20, 1), dtype=np.float32), np.arange(20), rounds=2)
    assert not models.converged.all()


def test_every_column_is_the_same_whatever_its_company():
    features = sparse.csr_matrix(linked_codes(600, 70, 1), dtype=np.float32)
    together, alone = fit_columns(features, np.arange(70)), fit_columns(features, np.array([33]))
    np.testing.assert_allclose(together.weights[:, 33], alone.weights[:, 0], atol=1e-5)


def test_grades_by_hand():
    # Scores .8 .4 .6 .7 .9 of positives and .1 .4 .35 .8 of negatives: AUC .8, DeLong variance .0323958333.
    scores = np.array([0.8, 0.4, 0.6, 0.7, 0.9, 0.1, 0.4, 0.35, 0.8])[:, None]
    labels = np.array([1, 1, 1, 1, 1, 0, 0, 0, 0])[:, None]
    graded = score_classifiers(scores - 0.5, labels)
    assert graded.auc[0] == pytest.approx(0.8)
    influence = graded.auc_influence
    assert (influence[:5] ** 2).sum() * 5 / 4 + (influence[5:] ** 2).sum() * 4 / 3 == pytest.approx(0.0323958333)
    assert graded.f1[0] == pytest.approx(2 * 4 / (5 + 5))  # 4 hits, 5 guesses, 5 positives
    # Without the last row, F1 is 8/9; its pull says by how much it drags, to first order.
    assert graded.f1_influence[8] == pytest.approx(-0.8 / 10)
    assert graded.f1_influence.sum() == pytest.approx(0)


def test_pulls_give_the_spread_over_other_test_patients():
    """60 models on 400 rows, 600 repeats: the relative s.e. of a spread is 3 %, so within 15 %."""
    rng = np.random.default_rng(8)
    columns = 60
    weights = rng.normal(0, 0.8, size=(columns, columns))
    seen, claimed = [], []
    for _ in range(600):
        truth = (rng.random((400, columns)) < 0.3).astype(np.float32)
        logits = truth @ weights * 0.3 + truth * 1.2 - 0.8
        graded = score_classifiers(logits.astype(np.float32), truth)
        seen.append((graded.f1.mean(), graded.auc.mean()))
        claimed.append(((graded.f1_influence**2).sum(), (graded.auc_influence**2).sum()))
    np.testing.assert_allclose(np.sqrt(np.mean(claimed, axis=0)), np.std(seen, axis=0), rtol=0.15)
