"""Contract tests of attacks: they score, guess or attempt, and what they must not look at changes nothing."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from synthaudit.audit.knowledge import GeneratorWeights, Knowledge, Need
from synthaudit.audit.protocols import AttributeAttack, ClaimingAttack, MembershipAttack, ReidentificationAttack
from synthaudit.audit.records import Records
from synthaudit.testing.expectations import checked_instance, expect, inputs_unchanged
from synthaudit.testing.patients import ROWS, knowledge_for, simulated_patients


def check_membership_attack(plugin: Any, *, weights: GeneratorWeights | None = None) -> None:
    """Check that an attack keeps the contract of ``MembershipAttack``.

    It gives one finite float64 per target; the same seed gives the same scores; patient ids and, unless it trains
    shadow models among the targets, the order of the targets and which of them are scored together say nothing.
    ``claims`` gives finite thresholds. Only what ``needs`` names is there to be read.

    Args:
        plugin: The attack's class, or an instance.
        weights: What an attack on weights reads; where left out, simulated signals.

    Raises:
        AssertionError: It does not; says in which way.
    """
    attack: MembershipAttack = checked_instance("membership attack", plugin)
    name = type(attack).__name__
    members, holdout = (simulated_patients(seed=seed) for seed in (1, 2))
    targets = Records.concat([members, holdout.with_patients(np.arange(ROWS) + ROWS)])
    knowledge = knowledge_for(attack.needs, members, seed=3)
    if weights is not None:
        knowledge = replace(knowledge, weights=weights)
    scores = _score(attack, targets, knowledge)
    expect(np.array_equal(scores, _score(attack, targets, knowledge)), f"{name}: expected equal scores for equal seeds")
    renamed = targets.with_patients(targets.patients[::-1] + 10_000)
    expect(
        np.array_equal(scores, _score(attack, renamed, knowledge)),
        f"{name}: expected scores that do not depend on patient ids",
    )
    if Need.TRAINER not in attack.needs:
        order = np.random.default_rng(0).permutation(len(targets))
        for rows, what in ((order, "order of the targets"), (order[:20], "other targets of the batch")):
            expect(
                np.allclose(_score(attack, targets.take(rows), knowledge), scores[rows], atol=1e-6),
                f"{name}: expected scores that do not depend on the {what}: members come first",
            )
    if isinstance(attack, ClaimingAttack):
        rules = attack.claims()
        expect(
            isinstance(rules, Mapping) and all(np.isfinite(limit) for limit in rules.values()),
            f"{name}: expected claims() to map labels to finite thresholds",
        )


def _score(attack: MembershipAttack, targets: Records, knowledge: Knowledge) -> np.ndarray:
    name = f"{type(attack).__name__}.score()"
    with inputs_unchanged(name, targets=targets, synthetic=knowledge.synthetic, reference=knowledge.reference):
        scores = attack.score(targets, knowledge, rng=np.random.default_rng(4))
    expect(isinstance(scores, np.ndarray), f"{name}: expected a numpy array, got {type(scores).__name__}")
    expect(
        scores.shape == (len(targets),), f"{name}: expected one score per target, ({len(targets)},), got {scores.shape}"
    )
    expect(scores.dtype == np.float64, f"{name}: expected float64, got {scores.dtype}")
    expect(bool(np.isfinite(scores).all()), f"{name}: expected finite scores")
    return scores


def check_attribute_attack(plugin: Any) -> None:
    """Check that an attack keeps the contract of ``AttributeAttack``.

    It guesses every cell that is not known, by a value that the column can hold, with a confidence in [0, 1]; the same
    seed gives the same guesses; what stands in blanked cells, and the order of the targets, say nothing.

    Args:
        plugin: The attack's class, or an instance.

    Raises:
        AssertionError: It does not; says in which way.
    """
    attack: AttributeAttack = checked_instance("attribute attack", plugin)
    name = type(attack).__name__
    members = simulated_patients(seed=1)
    knowledge = knowledge_for(attack.needs, members, seed=3)
    known = np.tile(np.arange(len(members.schema)) % 2 == 0, (ROWS, 1))
    blanked = _with_unknown(members, known, code=0, other=np.nan)
    guesses = _guess(attack, blanked, known, knowledge)
    expect(
        np.array_equal(guesses, _guess(attack, blanked, known, knowledge), equal_nan=True),
        f"{name}: expected equal guesses for equal seeds",
    )
    filled = _with_unknown(members, known, code=1, other=0.0)
    expect(
        np.allclose(guesses, _guess(attack, filled, known, knowledge), atol=1e-5, equal_nan=True),
        f"{name}: expected guesses that do not read the cells where 'known' is false",
    )
    order = np.random.default_rng(0).permutation(ROWS)
    expect(
        np.allclose(guesses[:, order], _guess(attack, blanked.take(order), known[order], knowledge), atol=1e-5),
        f"{name}: expected guesses that do not depend on the order of the targets",
    )


def _with_unknown(rows: Records, known: np.ndarray, *, code: int, other: float) -> Records:
    """Return rows with other values where ``known`` is false; an attacker receives code 0 and NaN there."""
    codes = np.where(known[:, rows.schema.codes], rows.codes, code).astype(rows.codes.dtype)
    return Records(rows.schema, codes, np.where(known[:, rows.schema.rest], rows.rest, other), rows.patients)


def _guess(attack: AttributeAttack, targets: Records, known: np.ndarray, knowledge: Knowledge) -> np.ndarray:
    """Return values and confidence of the cells that are not known, shape ``(2, n, p)``, 0 where they are."""
    name = f"{type(attack).__name__}.guess()"
    mask = known.copy()
    with inputs_unchanged(name, targets=targets, synthetic=knowledge.synthetic, reference=knowledge.reference):
        guesses = attack.guess(targets, mask, knowledge, rng=np.random.default_rng(4))
    expect(np.array_equal(mask, known), f"{name}: expected the input 'known' to stay as it was")
    blocks = []
    for part in ("values", "confidence"):
        block = np.asarray(getattr(guesses, part, None))
        expect(block.shape == known.shape, f"{name}: expected {part} of shape {known.shape}, got {block.shape}")
        block = np.where(known, 0.0, block.astype(float))
        expect(bool(np.isfinite(block).all()), f"{name}: expected finite {part} for every cell that is not known")
        blocks.append(block)
    values, confidence = blocks
    expect(bool(((confidence >= 0) & (confidence <= 1)).all()), f"{name}: expected confidence in [0, 1]")
    for at, column in enumerate(targets.schema.columns):
        if column.kind in ("ordinal", "categorical") and not known[:, at].all():
            levels = values[~known[:, at], at]
            expect(
                bool(np.isin(levels, np.arange(len(column.levels))).all()),
                f"{name}: expected positions of levels as guesses of the {column.kind} column '{column.name}'",
            )
    return np.stack([values, confidence])


def check_reidentification_attack(plugin: Any) -> None:
    """Check that an attack keeps the contract of ``ReidentificationAttack``.

    It gives one success per attempt, or the chance of success of one attempt per patient; the same seed gives the same
    attempts; renaming patients changes nothing; it runs on members and on holdout patients.

    Args:
        plugin: The attack's class, or an instance.

    Raises:
        AssertionError: It does not; says in which way.
    """
    attack: ReidentificationAttack = checked_instance("reidentification attack", plugin)
    name = type(attack).__name__
    members, holdout = (simulated_patients(seed=seed) for seed in (1, 2))
    knowledge = knowledge_for(attack.needs, members, seed=3)
    attempts = _attempt(attack, members, knowledge)
    expect(
        np.array_equal(attempts, _attempt(attack, members, knowledge)),
        f"{name}: expected equal attempts for equal seeds",
    )
    expect(
        np.array_equal(attempts, _attempt(attack, members.with_patients(members.patients + 10_000), knowledge)),
        f"{name}: expected attempts that do not depend on patient ids",
    )
    _attempt(attack, holdout, knowledge)


def _attempt(attack: ReidentificationAttack, targets: Records, knowledge: Knowledge) -> np.ndarray:
    name = f"{type(attack).__name__}.attempt()"
    with inputs_unchanged(name, targets=targets, synthetic=knowledge.synthetic, reference=knowledge.reference):
        attempts = attack.attempt(targets, knowledge, rng=np.random.default_rng(4))
    expect(isinstance(attempts, np.ndarray), f"{name}: expected a numpy array, got {type(attempts).__name__}")
    expect(attempts.ndim == 1, f"{name}: expected one success per attempt, shape (attempts,), got {attempts.shape}")
    expect(attempts.dtype in (np.bool_, np.float64), f"{name}: expected bool or float64, got {attempts.dtype}")
    if attempts.dtype == np.float64:
        patients = len(np.unique(targets.patients))
        expect(len(attempts) == patients, f"{name}: expected one chance per patient, {patients}, got {len(attempts)}")
        expect(bool(((attempts >= 0) & (attempts <= 1)).all()), f"{name}: expected chances in [0, 1]")
    return attempts
