"""Attribute inference by machine learning: models, trained on synthetic rows, of each unknown column."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from synthaudit.attacks.attacker_scale import plausible_rows, subsample
from synthaudit.attacks.attribute.linear_reconstruction import LinearReconstruction
from synthaudit.attacks.feature_encoder import FeatureEncoder
from synthaudit.audit.errors import check_choice, check_positive
from synthaudit.audit.knowledge import Knowledge, Need
from synthaudit.audit.protocols import Guesses
from synthaudit.audit.records import Records
from synthaudit.audit.workload import Workload


@dataclass(frozen=True)
class MLInference:
    """One model per unknown column, a secret, trained on synthetic rows to predict it from the known columns.

    After Stadler et al., 2022. Guess: the likeliest value, or the expected number. Confidence: the model's probability
    of the guess; for numbers, the share of variance explained on synthetic rows left out of training. Targets of whom
    the same columns are known share their models. Where secrets are more than ``max_secrets``, or sets of known columns
    more than ``max_patterns``, ``LinearReconstruction`` guesses: it serves all at once.

    Attributes:
        model: Gradient ``boosting``, or ``logistic`` regression (for numbers, ridge regression).
        max_secrets: How many secrets are modelled one by one, at most.
        max_patterns: How many different sets of known columns are, at most.
        max_rows: Synthetic rows that a model is trained on, at most, drawn at random.
    """

    title: ClassVar[str] = "Machine learning inference"
    question: ClassVar[str] = "Can a model trained on the synthetic table predict what is not known of a patient?"
    source: ClassVar[str] = "Stadler et al., USENIX Security 2022"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.SYNTHETIC})
    threat_model: ClassVar[str] = (
        "The attacker holds the synthetic table and some columns of each target, and trains a model on the table "
        "for each of the rest."
    )
    presets: ClassVar[frozenset[str]] = frozenset({"thorough"})

    model: Literal["boosting", "logistic"] = "boosting"
    max_secrets: int = 32
    max_patterns: int = 8
    max_rows: int = 20_000

    def __post_init__(self) -> None:
        check_choice(("boosting", "logistic"), model=self.model)
        check_positive(max_secrets=self.max_secrets, max_patterns=self.max_patterns, max_rows=self.max_rows)

    def guess(self, targets: Records, known: np.ndarray, knowledge: Knowledge, *, rng: np.random.Generator) -> Guesses:
        """Guess every cell where ``known`` (shape ``(n, p)``) is false, from models of the synthetic rows."""
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

        linear = LinearReconstruction().guess(targets, known, knowledge, rng=rng)
        patterns, which = np.unique(known, axis=0, return_inverse=True)
        if len(patterns) > self.max_patterns:
            return linear
        values, confidence = linear.values.astype(np.float64), linear.confidence
        rows = subsample(plausible_rows(knowledge), self.max_rows, rng)
        left_out = rng.permutation(len(rows)) % 5 == 0
        # One thread: sums in one order whatever the machine, and no spinning where tasks already fill the cores.
        with threadpool_limits(limits=1):
            for at, pattern in enumerate(patterns):  # over sets of known columns, eight at most
                secrets = np.flatnonzero(~pattern)
                if not pattern.any() or len(secrets) > self.max_secrets:
                    continue
                names = [targets.columns[place] for place in np.flatnonzero(pattern)]
                encoder = FeatureEncoder.fit(rows.schema.select(names), knowledge.units)
                sharing = np.flatnonzero(which == at)
                train = encoder.dense(rows.select(names))
                known_part = encoder.dense(targets.take(sharing).select(names))
                for secret in secrets:  # over secrets, `max_secrets` at most
                    answer = self._learn(rows, int(secret), train, left_out, known_part)
                    if answer is not None:
                        values[sharing, secret], confidence[sharing, secret] = answer
        return Guesses(values, confidence)

    def cost(self, work: Workload) -> float:
        """Return seconds on one core."""
        return work.inference_seconds

    def _learn(
        self, rows: Records, secret: int, train: np.ndarray, left_out: np.ndarray, known_part: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray] | None:
        """Return guesses and confidence for one secret, each of shape ``(b,)``; None if there is nothing to learn."""
        column = rows.schema.columns[secret]
        answers = rows.column(column.name).astype(np.float64)
        given = ~np.isnan(answers)
        if len(np.unique(answers[given])) < 2 or given.sum() < 10:
            return None
        if column.kind in ("binary", "categorical", "ordinal"):
            model = self._classifier().fit(train[given], answers[given])
            chance = model.predict_proba(known_part)
            return model.classes_[chance.argmax(axis=1)], chance.max(axis=1)
        trained = given & ~left_out
        if not trained.any() or not (given & left_out).any():
            return None
        model = self._regressor().fit(train[trained], answers[trained])
        rest = answers[given & left_out]
        missed = np.mean((model.predict(train[given & left_out]) - rest) ** 2)
        explained = max(1.0 - missed / rest.var(), 0.0) if rest.var() > 0 else 0.0
        guess = np.clip(model.predict(known_part), answers[given].min(), answers[given].max())
        whole = column.integer or column.kind == "count"
        return np.rint(guess) if whole else guess, np.full(len(known_part), explained)

    def _classifier(self) -> Any:
        if self.model == "boosting":
            from sklearn.ensemble import HistGradientBoostingClassifier

            return HistGradientBoostingClassifier(max_iter=60, early_stopping=False, random_state=0)
        from sklearn.linear_model import LogisticRegression

        return LogisticRegression(max_iter=500)

    def _regressor(self) -> Any:
        if self.model == "boosting":
            from sklearn.ensemble import HistGradientBoostingRegressor

            return HistGradientBoostingRegressor(max_iter=60, early_stopping=False, random_state=0)
        from sklearn.linear_model import Ridge

        return Ridge()
