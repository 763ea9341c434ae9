"""Other packages' attacks, metrics, generators and policies are found by name, checked, listed and audited with."""

import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from synthaudit.attacks.attribute import ATTRIBUTE
from synthaudit.attacks.membership import MEMBERSHIP
from synthaudit.attacks.reidentification import REIDENTIFICATION
from synthaudit.audit.cli import app
from synthaudit.audit.errors import PlanError
from synthaudit.audit.plugins import attack_kind, find
from synthaudit.audit.policy import read_policy
from synthaudit.audit.suite.context.components import Components
from synthaudit.audit.suite.plan import make_plan
from synthaudit.generators import GENERATORS

MODULE = '''
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from synthaudit.audit.knowledge import Need
from synthaudit.audit.protocols import Guesses, MetricResult
from synthaudit.audit.statistics import NotMeasured


class Facts:
    title: ClassVar[str] = "Mine"
    summary: ClassVar[str] = "Something that this package does."
    question: ClassVar[str] = "Does this package do something?"
    source: ClassVar[str] = "this test"
    threat_model: ClassVar[str] = "The attacker holds the synthetic table."
    needs: ClassVar[frozenset] = frozenset({Need.SYNTHETIC})
    presets: ClassVar[frozenset] = frozenset()
    measures_power: ClassVar[frozenset] = frozenset()
    kinds: ClassVar[frozenset] = frozenset({"binary"})
    control: ClassVar[bool] = False
    better: ClassVar[dict] = {"agreement": "higher"}

    def cost(self, work):
        return 0.0


@dataclass(frozen=True)
class Codes(Facts):
    weight: float = 1.0

    def score(self, targets, knowledge, *, rng):
        return self.weight * targets.codes.sum(axis=1).astype(float)


@dataclass(frozen=True)
class Zeros(Facts):
    def guess(self, targets, known, knowledge, *, rng):
        return Guesses(np.zeros(known.shape), np.zeros(known.shape))


@dataclass(frozen=True)
class Nobody(Facts):
    def attempt(self, targets, knowledge, *, rng):
        return np.zeros(5, dtype=bool)


@dataclass(frozen=True)
class Agreement(Facts):
    def measure(self, real, synthetic, test, *, rng, small_count=10):
        return MetricResult({"agreement": NotMeasured("nothing is compared")})


@dataclass(frozen=True)
class Copies(Facts):
    def fit(self, members, *, seed, device="cpu", progress=None):
        raise NotImplementedError


@dataclass(frozen=True)
class Typeless(Facts):
    needs: ClassVar[frozenset] = frozenset({"synthetic"})

    def score(self, targets, knowledge, *, rng):
        return np.zeros(len(targets))


@dataclass(frozen=True)
class Forgetful(Facts):
    def score(self, targets, knowledge):
        return np.zeros(len(targets))


class Options(Facts):
    def score(self, targets, knowledge, *, rng):
        return np.zeros(len(targets))


@dataclass(frozen=True)
class Both(Codes):
    def attempt(self, targets, knowledge, *, rng):
        return np.zeros(5, dtype=bool)


POLICY = """
name = "ours"
title = "Our policy"
kind = "policy, not science"
[[criteria]]
id = "MEM-1"
title = "Nobody is found"
section = "membership"
statistic = "auc"
threshold = 0.6
citation = "our board"
"""
POLICY_FILE = Path(__file__).with_name("ours.toml")
'''

ENTRY_POINTS = """
[synthaudit.generators]
copies = mine.plugins:Copies
[synthaudit.attacks]
codes = mine.plugins:Codes
zeros = mine.plugins:Zeros
nobody = mine.plugins:Nobody
nearest = mine.plugins:Codes
forgetful = mine.plugins:Forgetful
[synthaudit.metrics]
agreement = mine.plugins:Agreement
[synthaudit.policies]
ours = mine.plugins:POLICY
ours-by-file = mine.plugins:POLICY_FILE
no-policy = mine.plugins:Codes
"""

DATA = {"reader": "simulated", "patients": 90, "codes": 12}


def install(site: Path, name: str, entry_points: str) -> None:
    """Write what pip leaves of a package's metadata."""
    folder = site / f"{name.replace('-', '_')}-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (folder / "entry_points.txt").write_text(entry_points)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Install a package with plug-ins of every kind in a folder of its own on the path."""
    package = tmp_path / "mine"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "plugins.py").write_text(MODULE)
    (package / "ours.toml").write_text(MODULE.split('"""')[1].replace('"Our policy"', '"Our policy, by file"'))
    install(tmp_path, "my-plugins", ENTRY_POINTS)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    for name in ("mine", "mine.plugins"):
        sys.modules.pop(name, None)


def components(**tables: object) -> Components:
    return Components(make_plan({"data": DATA, "preset": "quick", "generators": {"republish": {}}, **tables}))


@pytest.mark.usefixtures("site")
def test_a_plan_names_them_by_entry_point_or_by_path() -> None:
    attacks = {"codes": {"weight": 2.0}, "zeros": {}, "guess": {"use": "mine.plugins:Zeros"}, "nobody": {}}
    found = components(
        attacks=attacks, metrics={"agreement": {}}, generators={"copies": {}, "mine": {"use": "mine.plugins:Copies"}}
    )
    assert list(found.membership) == ["codes"]
    assert found.membership["codes"].weight == 2.0
    assert list(found.attribute) == ["zeros", "guess"]
    assert list(found.reidentification) == ["nobody"]
    assert [type(metric).__name__ for metric in found.metrics.values()] == ["Agreement"]
    assert {type(recipe).__name__ for recipe in found.recipes.values()} == {"Copies"}


@pytest.mark.usefixtures("site")
def test_the_catalogue_comes_first() -> None:
    assert find("attack", "nearest", MEMBERSHIP) is MEMBERSHIP["nearest"]


def test_no_attack_of_the_catalogue_is_of_two_kinds() -> None:
    for kind, catalogue in (
        ("membership", MEMBERSHIP),
        ("attribute", ATTRIBUTE),
        ("reidentification", REIDENTIFICATION),
    ):
        assert {attack_kind(attack) for attack in catalogue.values()} == {kind}


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(
    ("tables", "match"),
    [
        ({"attacks": {"cods": {}}}, r"\[attacks.cods\]: unknown attack 'cods'; did you mean 'codes'\?"),
        ({"attacks": {"codes": {"wait": 1}}}, r"\[attacks.codes\]: unknown option 'wait'; did you mean 'weight'\?"),
        ({"attacks": {"x": {"use": "mine.plugins:Cods"}}}, r"module mine.plugins has no Cods"),
        ({"attacks": {"x": {"use": "mine.plugin:Codes"}}}, r"cannot be imported \(ModuleNotFoundError\)"),
        ({"attacks": {"x": {"use": "mine.plugins:POLICY"}}}, r"is not an attack: expected a class, got str"),
        ({"attacks": {"x": {"use": "mine.plugins:Agreement"}}}, r"expected one of the methods score, guess, attempt"),
        ({"attacks": {"x": {"use": "mine.plugins:Both"}}}, r"expected one of the methods .* got 2 of them"),
        ({"attacks": {"x": {"use": "mine.plugins:Typeless"}}}, r"needs: unknown value 'synthetic'"),
        ({"attacks": {"x": {"use": "mine.plugins:Forgetful"}}}, r"score: expected the parameter rng"),
        ({"attacks": {"x": {"use": "mine.plugins:Options"}}}, r"expected a dataclass, whose fields are its options"),
        ({"metrics": {"x": {"use": "mine.plugins:Codes"}}}, r"is not a metric: .* it lacks measure"),
        ({"generators": {"x": {"use": "mine.plugins:Codes"}}}, r"is not a generator: .* it lacks fit"),
        ({"generators": {"x": {"use": "generators.external:Program"}}}, "Write synthaudit.generators.external:Program"),
    ],
)
def test_what_does_not_fit_is_refused_by_what_it_lacks(tables: dict[str, object], match: str) -> None:
    with pytest.raises(PlanError, match=match):
        components(**tables)


def test_two_packages_that_offer_one_name_are_told_apart(site: Path) -> None:
    install(site, "other-plugins", "[synthaudit.attacks]\ncodes = mine.plugins:Zeros\n")
    with pytest.raises(
        PlanError, match=r"mine.plugins:Codes \(of my-plugins\), mine.plugins:Zeros \(of other-plugins\)"
    ):
        components(attacks={"codes": {}})


@pytest.mark.usefixtures("site")
def test_policies_come_as_text_or_as_a_file() -> None:
    assert read_policy("ours").title == "Our policy"
    assert read_policy("ours-by-file").title == "Our policy, by file"
    with pytest.raises(PlanError, match=r"policy 'no-policy' of my-plugins: expected TOML text or a pathlib.Path"):
        read_policy("no-policy")
    with pytest.raises(PlanError, match="did you mean 'ours'"):
        read_policy("our")


@pytest.mark.usefixtures("site")
def test_list_shows_them_with_their_package() -> None:
    listed = CliRunner().invoke(app, ["list"])
    assert listed.exit_code == 0, listed.output
    text = " ".join(listed.output.split())
    assert "codes: Mine Does this package do something? from the package: my-plugins threat model: The attacker" in text
    assert "- weight = 1.0" in text
    assert "Hidden by synthaudit's own 'nearest'; in a plan, write use = \"mine.plugins:Codes\"." in text
    assert "Cannot be used: 'mine.plugins:Forgetful': score: expected the parameter rng" in text
    assert "ours: Our policy" in text
    assert text.count("from the package: my-plugins") == ENTRY_POINTS.count("mine.")


def test_an_audit_runs_with_an_attack_of_another_package(site: Path) -> None:
    from synthaudit import run

    plan = make_plan(
        {
            "data": DATA,
            "preset": "quick",
            "split": {"members": 30, "holdout": 30, "reference": 30},
            "sweep": {"synthetic_rows": ["1x"]},
            "controls": {"enabled": False},
            "generators": {"republish": {}},
            "attacks": {"codes": {}},
            "metrics": {"agreement": {}},
        }
    )
    result = run(plan, site / "out")
    assert result.run.failed == ()
    assert {row.method for row in result.rows} >= {"codes", "agreement"}


def test_generators_are_looked_up_in_the_catalogue_alone_where_nothing_is_installed() -> None:
    assert find("generator", "null", GENERATORS) is GENERATORS["null"]
    with pytest.raises(PlanError, match=r"unknown generator 'nul'; did you mean 'null'\?"):
        find("generator", "nul", GENERATORS)
