"""Roles that a schema declares reach the plan, and through it the attacks; the plan's own come first."""

import numpy as np
import pytest

from synthaudit.audit.records import Column, Records, Schema
from synthaudit.audit.records.readers import TableFile
from synthaudit.audit.suite.context.quasi_identifiers import quasi_identifiers
from synthaudit.audit.suite.context.schema_roles import with_schema_roles
from synthaudit.audit.suite.plan import make_plan
from synthaudit.generators.dp.options import Privacy
from synthaudit.generators.dp.unaccounted import unaccounted_accesses

SCHEMA = """
[columns]
age = {kind = "continuous", quasi_identifier = true}
site = {kind = "binary", public = true}
hiv = {kind = "binary", secret = true}
"""


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ({}, (("hiv",), ("age",), ("site",))),
        ({"columns": ["age"], "quasi_identifiers": ["site"]}, (("age",), ("site",), ("site",))),
    ],
)
def test_the_plan_says_what_the_schema_says_unless_it_says_itself(tmp_path, own, expected):
    (tmp_path / "s.toml").write_text(SCHEMA)
    plan = make_plan({"data": {"path": "t.csv", "schema": "s.toml"}, "secrets": own, "generators": {"marginal": {}}})
    secrets = with_schema_roles(plan, tmp_path).secrets
    assert (secrets.columns, secrets.quasi_identifiers, secrets.public) == expected


def test_public_columns_are_known_besides_those_by_name():
    columns = tuple(Column(name, "continuous") for name in ("age", "ward", "lab"))
    real = Records.of(Schema(columns), {name: np.zeros(3) for name in ("age", "ward", "lab")})
    assert quasi_identifiers(real, ()).tolist() == [True, False, False]
    assert quasi_identifiers(real, (), ("ward",)).tolist() == [True, True, False]
    assert quasi_identifiers(real, ("lab",), ("ward",)).tolist() == [False, True, True]


@pytest.mark.parametrize(("confirmed", "covered"), [("false", "not covered"), ("true", "public")])
def test_no_claim_rests_on_a_schema_that_nobody_confirmed(tmp_path, confirmed, covered):
    (tmp_path / "t.csv").write_text("age,sex\n" + "".join(f"{at},{'FM'[at % 2]}\n" for at in range(40, 90)))
    columns = 'age = {kind = "continuous", low = 0, high = 120}\nsex = {kind = "categorical", levels = ["F", "M"]}\n'
    (tmp_path / "s.toml").write_text(f"confirmed = {confirmed}\n[columns]\n{columns}")
    schema = TableFile(path="t.csv", schema="s.toml").read(tmp_path).records.schema
    accesses = unaccounted_accesses(Privacy(epsilon=1.0, delta=1e-5, num_patients=50), schema, one_row_each=True)
    assert {access.phase: access.status for access in accesses}["columns and levels"] == covered
