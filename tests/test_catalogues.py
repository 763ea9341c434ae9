"""One contract for whatever stands in a catalogue: it introduces itself, and its options are its fields."""

import dataclasses
import json

import pytest

from synthaudit.attacks.attribute import ATTRIBUTE
from synthaudit.attacks.membership import MEMBERSHIP
from synthaudit.attacks.reidentification import REIDENTIFICATION
from synthaudit.audit.errors import PlanError
from synthaudit.audit.fidelity import METRICS
from synthaudit.audit.knowledge import Need
from synthaudit.audit.protocols import AttributeAttack, Generator, MembershipAttack, Metric, ReidentificationAttack
from synthaudit.audit.records import KINDS
from synthaudit.audit.records.readers import READERS
from synthaudit.audit.suite.plan import ComponentPlan, build_component, options_of
from synthaudit.generators import GENERATORS

THINGS = [
    *(pytest.param("generator", GENERATORS, Generator, name, id=f"generator-{name}") for name in GENERATORS),
    *(pytest.param("attack", MEMBERSHIP, MembershipAttack, name, id=f"membership-{name}") for name in MEMBERSHIP),
    *(pytest.param("attack", ATTRIBUTE, AttributeAttack, name, id=f"attribute-{name}") for name in ATTRIBUTE),
    *(
        pytest.param("attack", REIDENTIFICATION, ReidentificationAttack, name, id=f"reidentification-{name}")
        for name in REIDENTIFICATION
    ),
    *(pytest.param("metric", METRICS, Metric, name, id=f"metric-{name}") for name in METRICS),
]


@pytest.mark.parametrize(("what", "catalogue", "protocol", "name"), THINGS)
def test_it_fits_its_protocol_and_introduces_itself(what: str, catalogue: dict, protocol: type, name: str) -> None:
    kind = catalogue[name]
    thing = build_component(what, catalogue, name, ComponentPlan()) if name != "external" else None
    if thing is not None:
        assert isinstance(thing, protocol)
    assert kind.title
    assert kind.source
    assert (kind.__doc__ or "").strip()
    said = kind.summary if what == "generator" else kind.question
    assert 20 <= len(said) <= 250, "one sentence that a privacy officer understands"
    assert "\n" not in said
    if what == "attack":
        assert kind.needs <= set(Need)
        assert said.endswith("?")
    if what == "generator":
        assert kind.kinds <= set(KINDS)
    if what == "metric":
        assert set(kind.better.values()) <= {"higher", "lower"}


@pytest.mark.parametrize(("what", "catalogue", "protocol", "name"), THINGS)
def test_it_is_a_frozen_value_whose_options_are_plain(what: str, catalogue: dict, protocol: type, name: str) -> None:
    kind = catalogue[name]
    assert dataclasses.is_dataclass(kind)
    assert kind.__dataclass_params__.frozen
    thing = build_component(what, catalogue, name, ComponentPlan())
    json.dumps(options_of(thing))
    for field in dataclasses.fields(kind):
        assert field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING


@pytest.mark.parametrize(("what", "catalogue", "protocol", "name"), THINGS)
def test_a_mistyped_option_is_refused_by_name(what: str, catalogue: dict, protocol: type, name: str) -> None:
    with pytest.raises(PlanError, match="unknown option 'no_such_option'"):
        build_component(what, catalogue, name, ComponentPlan(no_such_option=1))


def test_a_mistyped_name_gets_a_suggestion() -> None:
    with pytest.raises(PlanError, match=r"unknown generator 'medgam'; did you mean 'medgan'\?"):
        build_component("generator", GENERATORS, "medgam", ComponentPlan())


@pytest.mark.parametrize("name", READERS)
def test_a_reader_introduces_itself(name: str) -> None:
    assert READERS[name].title
    assert READERS[name].summary
