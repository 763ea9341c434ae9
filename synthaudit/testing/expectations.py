"""What every plug-in is held to, whatever its kind: it introduces itself, its options are typed, its inputs stay."""

import contextlib
import dataclasses
import json
import math
from collections.abc import Iterator
from typing import Any

from synthaudit.audit.errors import PlanError
from synthaudit.audit.plugins import Kind, check
from synthaudit.audit.records import Records
from synthaudit.audit.suite.plan import construct, options_of
from synthaudit.audit.workload import Workload

WORK = Workload(targets=2000, members=10_000, synthetic=10_000, reference=10_000, columns=500, known=16)
"""An audit of ordinary size, for which a cost is asked."""


class _WrongType:
    """A value that no option is typed to take."""


def expect(condition: bool, sentence: str) -> None:
    """Raise ``AssertionError`` with the sentence unless the condition holds."""
    if not condition:
        raise AssertionError(sentence)


def checked_instance(kind: Kind, plugin: Any) -> Any:
    """Return an instance of a plug-in whose class fits its protocol and whose options are plain and typed.

    Args:
        kind: What it is meant to be.
        plugin: The class, or an instance of it.
    """
    plugin_class: Any = plugin if isinstance(plugin, type) else type(plugin)
    name = plugin_class.__name__
    try:
        check(kind, plugin_class, name)
    except PlanError as error:
        raise AssertionError(str(error)) from None
    expect(plugin_class.__dataclass_params__.frozen, f"{name}: expected a frozen dataclass: @dataclass(frozen=True)")
    expect(bool((plugin_class.__doc__ or "").strip()), f"{name}: expected a docstring")
    if kind != "generator":
        expect("?" in plugin_class.question, f"{name}: expected a question, with a question mark")
    if isinstance(plugin, type):
        try:
            plugin = plugin_class()
        except TypeError as error:
            raise AssertionError(f"{name}: expected a default for every option, or an instance ({error})") from None
    _check_options(plugin, name)
    cost = plugin.cost(WORK)
    expect(
        isinstance(cost, (int, float)) and math.isfinite(cost) and cost >= 0,
        f"{name}: expected cost() to be seconds, a finite number of at least 0, got {cost!r}",
    )
    return plugin


def _check_options(plugin: Any, name: str) -> None:
    """Check that options fit into a plan and that a plan's mistakes in them are refused."""
    try:
        json.dumps(options_of(plugin))
    except (TypeError, ValueError) as error:
        raise AssertionError(f"{name}: expected options that a plan in TOML can hold ({error})") from None
    options = {field.name: getattr(plugin, field.name) for field in dataclasses.fields(plugin) if field.init}
    for option in options:
        try:
            construct(type(plugin), {**options, option: _WrongType()}, where=name)
        except PlanError:
            continue
        raise AssertionError(f"{name}: expected the option '{option}' to be typed: a value of any type is accepted")


@contextlib.contextmanager
def inputs_unchanged(name: str, **tables: Records | None) -> Iterator[None]:
    """Check that no table given to a plug-in is another afterwards, and name the method where a call fails."""
    before = {key: table.fingerprint() for key, table in tables.items() if table is not None}
    try:
        yield
    except Exception as error:
        raise AssertionError(f"{name} failed on a small simulated table ({type(error).__name__}: {error})") from error
    for key, table in tables.items():
        if table is not None:
            expect(table.fingerprint() == before[key], f"{name}: expected the input '{key}' to stay as it was")
