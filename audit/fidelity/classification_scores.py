"""F1 and AUC of many models on the same test rows, with every row's influence on their means."""

from dataclasses import dataclass

import numpy as np

from synthaudit.audit.kernels import FUSED, compiled


@dataclass(frozen=True, eq=False)
class ClassificationScores:
    """The scores of K classifiers on n rows.

    A row's influence is by how much the mean over models moves through that row, to first order. The sum of squared
    influences is the variance of the mean over other rows of the same population (the delta method; for the AUC it is
    DeLong's variance, with the models' correlation through shared rows in it).

    Attributes:
        f1: F1 of the class 1 at threshold .5, shape ``(K,)``.
        auc: Area under the ROC curve, ties counting one half, shape ``(K,)``.
        f1_influence: Shape ``(n,)``.
        auc_influence: Shape ``(n,)``.
    """

    f1: np.ndarray
    auc: np.ndarray
    f1_influence: np.ndarray
    auc_influence: np.ndarray


def score_classifiers(logits: np.ndarray, labels: np.ndarray) -> ClassificationScores:
    """Return the scores of logits against 0/1 labels, both of shape ``(n, K)``; every label needs both classes."""
    guesses, truth = logits > 0, labels > 0
    hits = (guesses & truth).sum(axis=0)
    involved = guesses.sum(axis=0) + truth.sum(axis=0)
    f1 = 2 * hits / involved
    # F1 = N / D with N = 2 hits, D = guesses + truth: a row moves it by (dN - F1 dD) / D.
    scale = 1 / (involved * logits.shape[1])
    f1_influence = (guesses & truth) @ (2 * scale) - guesses @ (f1 * scale) - truth @ (f1 * scale)
    order = np.argsort(np.ascontiguousarray(logits.T), axis=1)
    auc, auc_influence = _auc(np.ascontiguousarray(logits.T), np.ascontiguousarray(truth.T), order)
    return ClassificationScores(f1, auc, f1_influence, auc_influence)


@compiled(fastmath=FUSED, error_model="numpy")
def _auc(scores: np.ndarray, truth: np.ndarray, order: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return Mann-Whitney AUCs and the influence of every row on their mean, by one walk along the sorted scores."""
    models, rows = scores.shape
    auc, influence, place = np.empty(models), np.zeros(rows), np.empty(rows)
    for k in range(models):
        positives = truth[k].sum()
        negatives = rows - positives
        positives_below = negatives_below = 0
        total = 0.0
        start = 0
        while start < rows:
            stop, tied = start, 0
            while stop < rows and scores[k, order[k, stop]] == scores[k, order[k, start]]:
                tied += truth[k, order[k, stop]]
                stop += 1
            others = stop - start - tied
            for at in range(start, stop):
                row = order[k, at]
                if truth[k, row]:
                    place[row] = (negatives_below + 0.5 * others) / negatives
                    total += place[row]
                else:
                    place[row] = (positives - positives_below - 0.5 * tied) / positives
            positives_below += tied
            negatives_below += others
            start = stop
        auc[k] = total / positives
        for row in range(rows):
            influence[row] += (place[row] - auc[k]) / ((positives if truth[k, row] else negatives) * models)
    return auc, influence
