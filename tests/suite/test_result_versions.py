"""Results of version 1 are read by everything that reads results, with every number as it was."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from synthaudit.audit.cli import app
from synthaudit.audit.errors import ResultError
from synthaudit.audit.suite.result import VERSION, read_result
from synthaudit.audit.suite.result.upgrade import upgrade_v1

OLD = Path(__file__).parent / "data" / "result_v1.json"
"""A trimmed audit of a simulated cohort, as version 1 wrote it: a private VAE and a control."""


@pytest.fixture
def raw() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(OLD.read_text(encoding="utf-8"))
    return content


@pytest.fixture
def new(tmp_path: Path) -> Path:
    """Return the same result as this version writes it."""
    path = tmp_path / "result.json"
    path.write_text(read_result(OLD).to_json(), encoding="utf-8")
    return path


def called(*arguments: object) -> Any:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_every_number_is_as_it_was(raw: dict[str, Any]) -> None:
    result = read_result(OLD)
    assert result.version == VERSION == 2
    assert [row.number.model_dump() for row in result.rows] == [row["number"] for row in raw["rows"]]
    assert [row.id for row in result.rows] == [row["id"] for row in raw["rows"]]
    assert [row.system for row in result.rows] == [row["subject"] for row in raw["rows"]]
    assert [dict(series.values) for series in result.series] == [
        {name: tuple(values) for name, values in series["values"].items()} for series in raw["series"]
    ]


def test_attacks_stand_under_their_new_names(raw: dict[str, Any]) -> None:
    raw["plan"]["attacks"]["density_product"] = {"use": None, "prior": 0.5}
    raw["plan"]["attacks"]["share"] = {"use": "nearest"}  # a name of the user's own
    raw["plan"]["controls"]["attacks"] = ["density_product"]
    raw["methods"][0] |= {"key": "density_product", "options": {"prior": 0.5}}
    raw["rows"][0] |= {"method": "density_product"}
    raw["rows"][1] |= {"method": "planted", "slice": "density_product: verbatim"}
    raw["rows"][2] |= {"method": "share"}
    upgraded = upgrade_v1(raw)
    assert upgraded["methods"][0]["key"] == "domias_product"
    assert upgraded["methods"][0]["options"] == {"pseudocount": 0.5}
    assert upgraded["plan"]["attacks"]["domias_product"] == {"use": None, "pseudocount": 0.5}
    assert upgraded["plan"]["attacks"]["share"] == {"use": "nearest"}
    assert upgraded["plan"]["controls"]["attacks"] == ["domias_product"]
    assert [upgraded["rows"][at]["method"] for at in (0, 2)] == ["domias_product", "share"]
    assert upgraded["rows"][1]["slice"] == "domias_product: verbatim"


def test_what_was_known_and_paid_stands_under_its_new_names(raw: dict[str, Any]) -> None:
    (row,) = [row for row in raw["rows"] if row["statistic"] == "leakage_f1" and row["knowledge"]["known_columns"] == 2]
    row["knowledge"] |= {"noise": 0.25, "copies": 3, "targets": 40, "reference_kind": "shifted"}
    upgraded = upgrade_v1(raw)
    knows = next(new["knowledge"] for new in upgraded["rows"] if new["id"] == row["id"])
    assert (knows["error_rate"], knows["combined_releases"], knows["targets_per_side"]) == (0.25, 3, 40)
    assert (knows["reference_population"], knows["known_choice"]) == ("shifted", "random")
    accesses = upgraded["systems"][0]["ledger"]["accesses"]
    assert [access["noise_multiplier"] for access in accesses] == [
        touch["noise"] for touch in raw["subjects"][0]["ledger"]["touches"]
    ]
    assert {access["status"] for access in accesses} == {"public", "not covered", "accounted"}
    privacy = upgraded["systems"][0]["options"]["privacy"]
    assert (privacy["noise_multiplier"], privacy["num_patients"]) == (1.1, 250)
    assert upgraded["plan"]["generators"]["vae"]["privacy"]["num_patients"] == 250
    assert upgraded["run"]["tasks"] == raw["run"]["cells"]
    assert upgraded["plan"]["dp_audit"]["unique_code_canaries"] == raw["plan"]["mechanism"]["own_columns"]


def test_gate_judges_an_old_result_as_the_new_one(new: Path) -> None:
    old_gate, new_gate = called("gate", OLD), called("gate", new)
    assert old_gate.exit_code == new_gate.exit_code in (0, 1, 3)
    assert "vae" in old_gate.stdout
    assert old_gate.stdout == new_gate.stdout


def test_compare_holds_an_old_result_against_a_new_one(new: Path) -> None:
    compared = called("compare", OLD, new)
    assert compared.exit_code == 0, compared.output
    assert "0 rose, 0 fell" in compared.stdout
    assert not compared.stdout.startswith("0 numbers")


def test_report_writes_the_pages_of_an_old_result(tmp_path: Path) -> None:
    written = called("report", OLD, "--out", tmp_path / "pages", "--format", "html", "--format", "csv")
    assert written.exit_code == 0, written.output
    page = (tmp_path / "pages" / "report.html").read_text(encoding="utf-8")
    assert "An audit of version 1" in page
    assert "error_rate" in (tmp_path / "pages" / "rows.csv").read_text(encoding="utf-8").splitlines()[0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 3}, "expected result version 1 or 2, found 3"),
        ({"rows": None}, "expected a result of version 1, found one that is damaged"),
        ({"extra": 1}, "extra"),
    ],
)
def test_what_is_no_result_of_version_1_is_refused(
    tmp_path: Path, raw: dict[str, Any], change: dict[str, Any], message: str
) -> None:
    path = tmp_path / "result.json"
    path.write_text(json.dumps({**raw, **change}), encoding="utf-8")
    with pytest.raises(ResultError, match=message):
        read_result(path)
