"""Every generator of the catalogue keeps the same promises; never edited for a new one."""

import dataclasses
import json
import subprocess
import sys

import numpy as np
import pytest
from pydantic import TypeAdapter

from synthaudit.audit.errors import TrainingError
from synthaudit.audit.protocols import Fitted, Generator
from synthaudit.audit.records import Column, Records, Schema
from synthaudit.audit.records.simulated import Cohort
from synthaudit.audit.workload import Workload
from synthaudit.generators import GENERATORS, checkpoint
from synthaudit.generators.dp.options import Privacy

PRIVATE = {
    name: {"privacy": Privacy(noise_multiplier=1.5, delta=1e-3)}
    for name in ("vae", "medgan", "corgan", "emrwgan", "gan")
}
NEURAL = [name for name, recipe in GENERATORS.items() if hasattr(recipe, "fit_stack")]
SMALL = {
    "epochs": 2,
    "steps": 4,
    "pretrain_epochs": 1,
    "batch_size": 16,
    "pretrain_batch_size": 16,
    "recalibration_batches": 3,
    "gibbs_steps": 2,
    "sample_steps": 5,
}


def small(name, **options):
    """Return a recipe that trains in a blink: epochs are few, the rest is as it is."""
    fields = {field.name for field in dataclasses.fields(GENERATORS[name])}
    return GENERATORS[name](**{key: value for key, value in (SMALL | options).items() if key in fields})


def cohort(patients=60, **options):
    return Cohort(**{"codes": 24, "labs": 2, "demographics": True, "missing": 0.2} | options).draw(patients, seed=3)


def mixed(rows=60, seed=0):
    """Return a table with every kind of column, each with and without missing values."""
    rng = np.random.default_rng(seed)
    schema = Schema(
        (
            Column("sex", "binary"),
            Column("smoker", "binary", missing=True),
            Column("visits", "count"),
            Column("falls", "count", missing=True, high=9),
            Column("age", "continuous", low=18, high=90, integer=True),
            Column("lactate", "continuous", missing=True),
            Column("stage", "ordinal", levels=("I", "II", "III")),
            Column("ward", "categorical", levels=("A", "B", "C", "D"), missing=True),
            Column("site", "categorical", levels=("only",)),
        )
    )

    def holes(values):
        return np.where(rng.random(rows) < 0.2, np.nan, values)

    columns = {
        "sex": rng.integers(0, 2, rows),
        "smoker": holes(rng.integers(0, 2, rows)),
        "visits": rng.poisson(2, rows),
        "falls": holes(rng.integers(0, 6, rows)),
        "age": rng.integers(18, 91, rows),
        "lactate": holes(rng.lognormal(0, 0.5, rows)),
        "stage": rng.integers(0, 3, rows),
        "ward": holes(rng.integers(0, 4, rows)),
        "site": np.zeros(rows),
    }
    return Records.of(schema, columns)


def table(name, rows=60):
    return cohort(rows) if name == "null" else mixed(rows)


def recipe_for(name, **options):
    return small(name, **({"missing": 0.2} if name == "null" else {}), **options)


def obeys(records):
    """Say whether every value is one the schema allows."""
    for column in records.schema.columns:
        values = records.column(column.name).astype(float)
        present = values[~np.isnan(values)]
        allowed = np.ones(len(present), dtype=bool)
        if column.kind == "binary":
            allowed &= np.isin(present, (0, 1))
        if column.kind in ("ordinal", "categorical"):
            allowed &= np.isin(present, np.arange(len(column.levels)))
        if column.kind == "count":
            allowed &= (present >= 0) & (present == np.rint(present))
        if column.integer:
            allowed &= present == np.rint(present)
        if column.low is not None:
            allowed &= (present >= column.low) | ((column.kind == "count") & (present == 0))
        if column.high is not None:
            allowed &= present <= column.high
        if not allowed.all() or (len(present) < len(values) and not column.missing):
            return False
    return True


def same(left, right):
    return left.fingerprint() == right.fingerprint()


def test_the_check_of_the_schema_is_seen_to_fail():
    bad = Records.of(Schema((Column("age", "continuous", low=0, high=9, integer=True),)), {"age": np.array([1.0, 9.5])})
    assert not obeys(bad)


@pytest.mark.parametrize("name", GENERATORS)
def test_it_says_what_it_is(name):
    recipe = GENERATORS[name]()
    assert isinstance(recipe, Generator)
    assert recipe.title
    assert recipe.summary.endswith(".")
    assert recipe.source
    assert recipe.kinds
    hash(recipe)


@pytest.mark.parametrize("name", GENERATORS)
def test_its_cost_grows_with_the_table_where_anything_is_trained(name):
    recipe, small, large = GENERATORS[name](), Workload(members=100, columns=10), Workload(members=900, columns=90)
    if name in PRIVATE:
        private = dataclasses.replace(recipe, **PRIVATE[name])
        assert private.cost(small) == pytest.approx(4 * recipe.cost(small))
    trained = name in ("medgan", "medwgan", "medbgan", "corgan", "vae", "emrwgan", "gan", "dbm")
    assert (0 < recipe.cost(small) < recipe.cost(large)) if trained else recipe.cost(large) == 0


@pytest.mark.parametrize("name", GENERATORS)
def test_its_options_travel_through_json(name):
    recipe = recipe_for(name)
    options = json.loads(json.dumps(dataclasses.asdict(recipe)))
    assert TypeAdapter(GENERATORS[name]).validate_python(options) == recipe


def test_the_catalogue_is_listed_without_torch():
    """``synthaudit list`` must start in a blink."""
    code = "import sys, synthaudit.generators; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("name", GENERATORS)
def test_it_fits_every_kind_and_samples_any_size_under_the_schema(name):
    members = table(name)
    fitted = recipe_for(name).fit(members, seed=1)
    assert isinstance(fitted, Fitted)
    for size in (0, 1, 7, 150):
        drawn = fitted.sample(size, seed=5)
        assert len(drawn) == size
        assert drawn.schema == members.schema
        assert obeys(drawn)


@pytest.mark.parametrize("name", GENERATORS)
def test_the_same_seeds_give_the_same_rows_and_others_do_not(name):
    members = table(name)
    first, again = (recipe_for(name).fit(members, seed=1) for _ in range(2))
    assert same(first.sample(80, seed=2), again.sample(80, seed=2))
    assert not same(first.sample(80, seed=2), first.sample(80, seed=3))


@pytest.mark.parametrize("name", NEURAL)
def test_other_training_seeds_give_other_models(name):
    one, two = (recipe_for(name).fit(mixed(), seed=seed) for seed in (1, 2))
    assert not same(one.sample(80, seed=2), two.sample(80, seed=2))


@pytest.mark.parametrize("name", NEURAL)
def test_stacked_models_equal_the_same_models_alone(name):
    pool = mixed(90)
    rng = np.random.default_rng(8)
    inclusion = np.array([rng.permutation(90) < count for count in (48, 48, 40, 50)])  # two rhythms among four
    seeds = [11, 12, 13, 14]
    together = recipe_for(name).fit_stack(pool, inclusion, seeds=seeds)
    for row, seed, model in zip(inclusion, seeds, together, strict=True):
        alone = recipe_for(name).fit(pool.take(row), seed=seed)
        for key, weight in alone.network.state_dict().items():
            np.testing.assert_allclose(model.network.state_dict()[key], weight, atol=2e-4, rtol=2e-3, err_msg=key)
        assert model.training.steps == alone.training.steps
        for curve, expected in alone.training.losses.items():
            np.testing.assert_allclose(model.training.losses[curve], expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("name", GENERATORS)
def test_a_saved_model_draws_the_same_rows(name, tmp_path):
    fitted = recipe_for(name).fit(table(name), seed=1)
    checkpoint.save(fitted, tmp_path / "model.safetensors")
    again = checkpoint.load(tmp_path / "model.safetensors")
    assert same(fitted.sample(90, seed=4), again.sample(90, seed=4))
    assert again.training == fitted.training
    assert again.recipe == fitted.recipe
    assert (tmp_path / "model.safetensors").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["model.safetensors"]


@pytest.mark.parametrize("name", GENERATORS)
def test_one_patient_is_enough(name):
    fitted = recipe_for(name).fit(table(name, rows=1), seed=1)
    assert obeys(fitted.sample(20, seed=0))


@pytest.mark.parametrize("name", GENERATORS)
def test_no_patient_is_refused(name):
    if name == "null":
        pytest.skip("it never looks at a member")
    with pytest.raises(TrainingError, match="no member to train on"):
        recipe_for(name).fit(mixed(5).take(slice(0, 0)), seed=1)


@pytest.mark.parametrize("name", [name for name in GENERATORS if name != "null"])
def test_one_column_is_enough(name):
    members = mixed(40)
    for column in ("sex", "age", "ward", "visits"):
        fitted = recipe_for(name).fit(members.select([column]), seed=1)
        assert obeys(fitted.sample(20, seed=0))


@pytest.mark.parametrize("name", [name for name in GENERATORS if name != "null"])
def test_constant_columns_are_enough(name):
    members = mixed(1).take(np.zeros(40, dtype=int))
    drawn = recipe_for(name).fit(members, seed=1).sample(30, seed=0)
    assert obeys(drawn)
    zeros = Records.binary([f"c{at}" for at in range(20)], np.zeros((40, 20)))
    assert obeys(recipe_for(name).fit(zeros, seed=1).sample(30, seed=0))


@pytest.mark.parametrize("name", [name for name in GENERATORS if name != "null"])
def test_two_thousand_columns_fit(name):
    codes = np.random.default_rng(0).random((32, 2000)) < 0.02
    members = Records.binary([f"c{at}" for at in range(2000)], codes)
    drawn = recipe_for(name, epochs=1).fit(members, seed=1).sample(10, seed=0)
    assert drawn.codes.shape == (10, 2000)
    assert drawn.codes.max() <= 1


@pytest.mark.parametrize("name", NEURAL)
def test_sampling_needs_no_record(name):
    """The members are overwritten after the fit; the same rows come out."""
    members = Records.binary([f"c{at}" for at in range(30)], np.random.default_rng(1).random((50, 30)) < 0.3)
    fitted = recipe_for(name).fit(members, seed=1)
    before = fitted.sample(40, seed=0)
    members.codes.flags.writeable = True
    members.codes[:] = 1 - members.codes
    assert same(before, fitted.sample(40, seed=0))


@pytest.mark.parametrize("name", NEURAL)
def test_weights_speak_of_any_target(name):
    members = mixed()
    fitted = recipe_for(name).fit(members, seed=1)
    signals = fitted.signals(mixed(23, seed=9))
    assert signals
    for values in signals.values():
        assert values.shape == (23,)
        assert np.isfinite(values).all()


@pytest.mark.parametrize("name", NEURAL)
def test_progress_is_told_to_the_end(name):
    told = []
    recipe_for(name).fit(mixed(), seed=1, progress=lambda *step: told.append(step))
    phase, done, steps = told[-1]
    assert phase
    assert done == steps


@pytest.mark.parametrize("name", NEURAL)
def test_no_global_random_state_is_touched(name):
    import torch

    torch.manual_seed(0)
    np.random.seed(0)  # noqa: NPY002
    recipe_for(name).fit(mixed(), seed=1).sample(10, seed=1)
    after = torch.rand(1), np.random.rand()  # noqa: NPY002
    torch.manual_seed(0)
    np.random.seed(0)  # noqa: NPY002
    assert after == (torch.rand(1), np.random.rand())  # noqa: NPY002


@pytest.mark.parametrize("name", PRIVATE)
def test_a_private_form_keeps_the_promises(name, tmp_path):
    """Every kind of column, one patient, options through JSON, a saved model, and the same rows for the same seeds."""
    members, recipe = mixed(), recipe_for(name, **PRIVATE[name])
    options = json.loads(json.dumps(dataclasses.asdict(recipe)))
    assert TypeAdapter(GENERATORS[name]).validate_python(options) == recipe
    fitted = recipe.fit(members, seed=1)
    drawn = fitted.sample(90, seed=4)
    assert obeys(drawn)
    assert same(drawn, recipe.fit(members, seed=1).sample(90, seed=4))
    assert fitted.training.ledger.epsilon > 0
    checkpoint.save(fitted, tmp_path / "model.safetensors")
    again = checkpoint.load(tmp_path / "model.safetensors")
    assert same(drawn, again.sample(90, seed=4))
    assert (again.recipe, again.training) == (recipe, fitted.training)
    assert obeys(recipe.fit(mixed(1), seed=1).sample(20, seed=0))
