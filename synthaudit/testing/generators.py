"""Contract test of generators."""

import random
from typing import Any

import numpy as np

from synthaudit.audit.errors import TrainingError
from synthaudit.audit.knowledge import GeneratorWeights
from synthaudit.audit.protocols import Fitted, Generator, PrivateGenerator, StackedGenerator, Training
from synthaudit.audit.records import Records
from synthaudit.testing.expectations import checked_instance, expect, inputs_unchanged
from synthaudit.testing.patients import ROWS, simulated_patients


def check_generator(plugin: Any, *, members: Records | None = None) -> None:
    """Check that a recipe keeps the contract of ``Generator``, and what it fits that of ``Fitted``.

    It samples as many rows as it is asked for, under the members' schema, by values that the columns can hold; the same
    seeds give the same rows and another seed gives others; no global random state is touched; a table without rows is
    refused. Where it has them, ``fit_stack`` gives one model per seed, ``signals`` one number per target, and
    ``privacy`` a ledger.

    Args:
        plugin: The generator's class, or an instance; short trainings do.
        members: What to train on, at least two rows; where left out, simulated patients with columns of its ``kinds``.

    Raises:
        AssertionError: It does not; says in which way.
    """
    recipe: Generator = checked_instance("generator", plugin)
    name = type(recipe).__name__
    table = simulated_patients(seed=1, kinds=recipe.kinds) if members is None else members
    state = random.getstate(), np.random.get_state()[1].tolist()  # type: ignore[index]  # noqa: NPY002
    fitted = _fit(recipe, table)
    rows = _sample(fitted, name, table, ROWS, seed=3)
    expect(
        state == (random.getstate(), np.random.get_state()[1].tolist()),  # type: ignore[index]  # noqa: NPY002
        f"{name}: expected the global random states of random and numpy to stay as they were",
    )
    _sample(fitted, name, table, 0, seed=3)
    _sample(fitted, name, table, 2 * len(table), seed=3)
    expect(
        _same_values(rows, _sample(_fit(recipe, table), name, table, ROWS, seed=3)),
        f"{name}: expected equal rows for equal seeds of training and sampling",
    )
    expect(
        not _same_values(rows, _sample(fitted, name, table, ROWS, seed=4)),
        f"{name}: expected other rows for another seed of sample()",
    )
    _check_refusal(recipe, table)
    if isinstance(fitted, GeneratorWeights):
        for key, signal in fitted.signals(table).items():
            expect(
                np.shape(signal) == (len(table),),
                f"{name}: expected signal '{key}' to be one number per target, ({len(table)},), got {np.shape(signal)}",
            )
    if isinstance(recipe, StackedGenerator):
        inclusion = np.random.default_rng(0).random((2, len(table))) < 0.7
        models = recipe.fit_stack(table, inclusion, seeds=(5, 6))
        expect(len(models) == 2, f"{name}.fit_stack(): expected one model per seed, 2, got {len(models)}")
        for model in models:
            _sample(model, name, table, 10, seed=3)


def _fit(recipe: Generator, members: Records) -> Fitted:
    name = f"{type(recipe).__name__}.fit()"
    with inputs_unchanged(name, members=members):
        fitted = recipe.fit(members, seed=2, device="cpu", progress=lambda phase, done, total: None)
    expect(
        isinstance(getattr(fitted, "training", None), Training) and callable(getattr(fitted, "sample", None)),
        f"{name}: expected what it returns to have sample() and training, a synthaudit.audit.protocols.Training",
    )
    if isinstance(recipe, PrivateGenerator) and recipe.privacy is not None:
        expect(fitted.training.ledger is not None, f"{name}: expected a ledger of a training with privacy")
    return fitted


def _sample(fitted: Fitted, name: str, members: Records, size: int, *, seed: int) -> Records:
    name = f"{name}: sample({size})"
    with inputs_unchanged(name, members=members):
        rows = fitted.sample(size, seed=seed)
    expect(isinstance(rows, Records), f"{name}: expected Records, got {type(rows).__name__}")
    expect(rows.schema == members.schema, f"{name}: expected rows under the members' schema")
    expect(len(rows) == size, f"{name}: expected {size} rows, got {len(rows)}")
    for column in members.schema.columns:
        values = rows.column(column.name).astype(float)
        expect(
            column.missing or not np.isnan(values).any(), f"{name}: expected no missing value in column '{column.name}'"
        )
        present = values[~np.isnan(values)]
        limit = {"binary": 2, "ordinal": len(column.levels), "categorical": len(column.levels)}.get(column.kind)
        whole = column.kind != "continuous" or column.integer
        fine = bool(np.isfinite(present).all()) and (not whole or bool((present == np.rint(present)).all()))
        if limit is not None:
            fine = fine and bool(((present >= 0) & (present < limit)).all())
        expect(fine, f"{name}: expected values that the {column.kind} column '{column.name}' can hold")
    return rows


def _same_values(left: Records, right: Records) -> bool:
    return np.array_equal(left.dense(), right.dense(), equal_nan=True)


def _check_refusal(recipe: Generator, members: Records) -> None:
    """Check that a table without rows is refused by the error that a run reports as a failed training."""
    if recipe.control:
        return  # a control of the audit may look at nothing
    sentence = f"{type(recipe).__name__}.fit(): expected TrainingError for a table without rows"
    try:
        recipe.fit(members.take(slice(0, 0)), seed=2)
    except TrainingError:
        return
    except Exception as error:
        raise AssertionError(f"{sentence}, got {type(error).__name__}") from error
    raise AssertionError(f"{sentence}, got a model")
