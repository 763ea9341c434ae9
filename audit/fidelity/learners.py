"""Models of clinical outcomes: learnt from a table, they score the rows of any other."""

from collections.abc import Callable

import numpy as np

from synthaudit.audit.fidelity.design_matrix import DesignMatrix
from synthaudit.audit.records import Records
from synthaudit.audit.statistics import NotMeasured

Scorer = Callable[[Records], np.ndarray]
"""Takes rows and returns log odds of every outcome, shape ``(n, K)``."""

LEAF = 20
"""Rows that a leaf of a tree holds, at least."""

BLOCK = 4_096
"""Rows scored by trees at a time: 30 MB at 930 columns."""


def logistic(train: Records, columns: np.ndarray, design: DesignMatrix) -> Scorer | NotMeasured:
    """Fit a logistic regression (L2, C = 1) per outcome, on all other columns.

    Args:
        train: Rows to learn from.
        columns: The outcomes' positions in the integer block; each varies in ``train``.
        design: How rows become features.
    """
    from synthaudit.audit.fidelity.logistic import fit_columns  # compiled code: loaded only where it runs

    models = fit_columns(design.matrix(train), columns)
    if not models.converged.all():
        return NotMeasured("a logistic regression did not converge")
    return lambda rows: models.logits(design.matrix(rows)).astype(np.float64)


def boosting(train: Records, columns: np.ndarray, design: DesignMatrix, *, seed: int) -> Scorer:
    """Fit 60 gradient-boosted trees of 15 leaves per outcome, on all other columns; arguments as for ``logistic``."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    sparse = design.matrix(train)
    # A feature that is not 0 in fewer rows than a leaf needs cannot be cut: the trees are the same without it.
    used = np.flatnonzero(np.bincount(sparse.indices, minlength=sparse.shape[1]) >= LEAF)
    used = used if len(used) else np.arange(1)
    features, models = sparse[:, used].toarray(), []
    for column in columns:
        model = HistGradientBoostingClassifier(
            max_iter=60,
            max_leaf_nodes=15,
            min_samples_leaf=LEAF,
            early_stopping=False,
            max_bins=32,
            random_state=seed,
        )
        own = np.flatnonzero(used == column)
        values = features[:, own].copy()
        features[:, own] = 0.0  # constant, so no tree cuts there; scoring may leave it as it stands
        models.append(model.fit(features, train.codes[:, column] > 0))
        features[:, own] = values

    def score(rows: Records) -> np.ndarray:
        scores = np.empty((len(rows), len(columns)))
        for start in range(0, len(rows), BLOCK):
            block = design.matrix(rows.take(slice(start, start + BLOCK)))[:, used].toarray()
            for at, model in enumerate(models):
                scores[start : start + BLOCK, at] = model.decision_function(block)
        return scores

    return score
