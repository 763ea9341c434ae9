"""EMR-WGAN by class: labels are drawn as often as members have them, and choose the normalisation."""

import numpy as np
import pytest
import torch

from synthaudit.audit.errors import TrainingError
from synthaudit.audit.records import Column, Records, Schema
from synthaudit.generators.encoding.layout import Layout
from synthaudit.generators.models.emrwgan import EMRWGAN
from synthaudit.generators.nets.conditional import LabelClasses
from synthaudit.generators.training.network import reset_parameters

SCHEMA = Schema(
    (Column("sex", "binary"), Column("band", "ordinal", levels=("0-17", "18-64", "65+")), Column("250", "binary"))
)


def members(rows=300):
    rng = np.random.default_rng(0)
    sex, band = rng.random(rows) < 0.3, rng.choice(3, rows, p=[0.1, 0.3, 0.6])
    return Records.of(SCHEMA, {"sex": sex, "band": band, "250": rng.random(rows) < 0.5})


def test_a_record_is_of_one_class_and_its_pattern_is_of_the_same():
    classes = LabelClasses(Layout.of(SCHEMA), ("sex", "band"))
    assert classes.count == 6
    x = torch.tensor([[[1.0, 0, 0, 1, 0], [0, 1, 0, 0, 1]]])  # sex 1, band 65+; sex 0, band 0-17
    assert classes.shares(x)[0].argmax(dim=1).tolist() == [5, 0]
    assert torch.equal(classes.shares(x).sum(dim=-1), torch.ones(1, 2))
    shown = torch.sigmoid(classes.patterns[None])
    assert classes.shares(shown)[0].argmax(dim=1).tolist() == list(range(6))


def test_labels_are_drawn_as_often_as_members_have_them():
    """4,000 rows: a share's standard error is at most .008; the tolerance is four of them."""
    pool = members()
    fitted = EMRWGAN(labels=("sex", "band"), steps=2, batch_size=50).fit(pool, seed=1)
    drawn = fitted.sample(4000, seed=1)
    for sex in (0, 1):
        for band in range(3):
            real, made = (
                np.mean((table.column("sex") == sex) & (table.column("band") == band)) for table in (pool, drawn)
            )
            assert made == pytest.approx(real, abs=0.032)
    assert any("conditional on sex, band" in note for note in fitted.training.notes)


def test_stacked_conditional_models_equal_each_alone():
    pool = members(120)
    inclusion = np.arange(120) < np.array([[60], [60]])
    inclusion[1] = ~inclusion[0]
    recipe = EMRWGAN(labels=("sex",), steps=4, batch_size=20)
    both = recipe.fit_stack(pool, inclusion, seeds=[1, 2])
    for row, seed, model in zip(inclusion, [1, 2], both, strict=True):
        alone = recipe.fit(pool.take(row), seed=seed).network.state_dict()
        for name, weight in model.network.state_dict().items():
            torch.testing.assert_close(weight, alone[name], atol=2e-4, rtol=2e-3)


def test_no_record_reaches_another_s_gradient_in_the_critic():
    """Layer normalisation only: the logit of a record does not depend on its batch."""
    critic = EMRWGAN(steps=1).network(Layout.of(SCHEMA), 1).critic
    reset_parameters(critic, [0])
    x = torch.rand(1, 6, 5)
    torch.testing.assert_close(critic(x)[:, :1], critic(x[:, :1]))


@pytest.mark.parametrize(
    ("labels", "match"),
    [
        (("bed",), "conditional on bed: no such column"),
        (("age",), "'age' is a number"),
        (("ward",), "at most 64 classes"),
    ],
)
def test_labels_that_make_no_classes_are_refused(labels, match):
    schema = Schema((Column("age", "continuous"), Column("ward", "categorical", levels=tuple(map(str, range(65))))))
    pool = Records.of(schema, {"age": np.arange(4.0), "ward": np.arange(4.0)})
    with pytest.raises(TrainingError, match=match):
        EMRWGAN(labels=labels, steps=1).fit(pool, seed=1)
