"""A result in which numbers contradict each other, or that two readers would read differently, is refused by name."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from synthaudit.audit.errors import ResultError
from synthaudit.audit.suite.result import Result, read_result
from synthaudit.audit.suite.result.consistency import contradictions

Change = Callable[[dict[str, Any]], None]


def estimate(document: dict[str, Any]) -> dict[str, Any]:
    return next(row for row in document["rows"] if row["number"]["kind"] == "estimate")


def planted(document: dict[str, Any], having: str) -> dict[str, Any]:
    found: dict[str, Any] = next(
        one["values"] for one in document["series"] if one["name"].startswith("planted ") and having in one["values"]
    )
    return found


def changed(finished: tuple[Result, Path], path: Path, change: Change) -> None:
    document = json.loads(finished[0].to_json())
    change(document)
    path.write_text(json.dumps(document))


def test_a_result_as_it_was_written_holds_together(finished: tuple[Result, Path], tmp_path: Path) -> None:
    assert list(contradictions(finished[0])) == []
    changed(finished, tmp_path / "result.json", lambda _: None)
    assert read_result(tmp_path / "result.json") == finished[0]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: estimate(d)["number"].update(low=2.0, value=1.0), "expected low <= value <= high"),
        (lambda d: estimate(d)["number"].update(confidence=1.5), "a confidence between 0 and 1"),
        (lambda d: estimate(d)["number"].update(p_value=-0.1), "a p-value between 0 and 1"),
        (lambda d: estimate(d)["number"].update(trials=-1), "counts of patients and trials"),
        (lambda d: estimate(d).update(members=2**70), "counts of patients and trials"),
        (lambda d: planted(d, "found").pop("members"), "values of members"),
        (lambda d: planted(d, "value").pop("patients"), "values of patients"),
        (lambda d: planted(d, "value")["value"].pop(), "lists of one length"),
        (lambda d: planted(d, "value")["value"].__setitem__(0, -1e9), "low <= value"),
        (lambda d: planted(d, "found")["found"].__setitem__(0, 1e9), "found <= members"),
        (lambda d: planted(d, "found")["members"].__setitem__(0, 0.5), "whole numbers"),
    ],
)
def test_numbers_that_contradict_each_other_are_refused(
    change: Change, said: str, finished: tuple[Result, Path], tmp_path: Path
) -> None:
    changed(finished, tmp_path / "result.json", change)
    with pytest.raises(ResultError, match=said):
        read_result(tmp_path / "result.json")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"seed": 3', '"seed": 3, "seed": 4', "found one twice"),
        ('"chance": 0.5', '"chance": NaN', "found one that is not"),
        ('"chance": 0.5', '"chance": 1e999', "found one that is not"),
        ('"seed": 3', '"seed": ' + "9" * 5000, "at most 400 digits"),
    ],
)
def test_what_two_readers_would_read_differently_is_refused(
    old: str, new: str, said: str, finished: tuple[Result, Path], tmp_path: Path
) -> None:
    text = finished[0].to_json()
    assert old in text
    (tmp_path / "result.json").write_text(text.replace(old, new, 1))
    with pytest.raises(ResultError, match=said):
        read_result(tmp_path / "result.json")
