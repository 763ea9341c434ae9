"""``synthaudit compare``: did risk rise from one result to the next?"""

import json as jsonlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from synthaudit.audit.policy import Direction, RiskChange
    from synthaudit.audit.suite.result import Result


def compare(
    before: Annotated[Path, typer.Argument(help="The earlier result: a run folder or its result.json.")],
    after: Annotated[Path, typer.Argument(help="The later result.")],
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Show every number, not only those that changed.")] = False,
    out: Annotated[Path | None, typer.Option(help="Folder for compare.html, compare.pdf and compare.md.")] = None,
) -> None:
    """Test whether risk rose from BEFORE to AFTER: exit 0 if it did not show, 1 if it rose, 2 if not comparable."""
    from synthaudit.audit.policy import compare_results, told_changes
    from synthaudit.audit.suite.result import read_result

    results = read_result(before), read_result(after)
    comparison = compare_results(*results)
    directions = [comparison.direction(change) for change in comparison.changes]
    pairs = zip(told_changes(comparison, *results), directions, strict=True)
    judged = [(change, direction) for change, direction in pairs if change is not None]
    changes = [_values(change, direction) for change, direction in judged]
    if out is not None:
        from synthaudit.reports import write_comparison

        write_comparison(*results, out, changes=changes, left_out=comparison.left_out)
    rose, fell = directions.count("rose"), directions.count("fell")
    if json:
        print(jsonlib.dumps({"rose": rose, "changes": changes, "left_out": comparison.left_out}, indent=1))
        raise typer.Exit(1 if rose else 0)
    _print_table([one for one in changes if everything or one["verdict"] != "not told apart"], results[1])
    if len(judged) < len(directions):
        print(f"not shown: {len(directions) - len(judged)} numbers of too few patients")
    for note in comparison.left_out:
        print(f"left out: {note}")
    print(
        f"{len(directions)} numbers compared, one for each question: {rose} rose, {fell} fell, "
        f"{len(directions) - rose - fell} not told apart (5 % error over all of them together, each direction)"
    )
    raise typer.Exit(1 if rose else 0)


def _print_table(changes: list[dict[str, Any]], result: "Result") -> None:
    """Print the changes in the words of the report."""
    if not changes:
        return
    from synthaudit.reports.sections.compared_numbers import before_after_and_rise, compared_number_title
    from synthaudit.reports.text.threat_model import describe_threat_model
    from synthaudit.reports.view.comparison import ComparedNumber
    from synthaudit.reports.view.result_view import ResultView

    view = ResultView(result, ())
    lines = [("system", "number", "attacker holds", "before", "after", "rise (95 %)", "verdict")]
    for one in map(ComparedNumber.of, changes):
        holds = describe_threat_model(one.knowledge)
        numbers = before_after_and_rise(view, one)
        lines.append((view.system_title(one.system), compared_number_title(view, one), holds, *numbers, one.verdict))
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _values(change: "RiskChange", direction: "Direction") -> dict[str, Any]:
    from synthaudit.audit.policy import increase_p_value

    low, high = change.interval()
    return {
        "system": change.system,
        "method": change.method,
        "statistic": change.statistic,
        "slice": change.slice,
        "knowledge": change.knowledge.model_dump() if change.knowledge else None,
        "before": change.before,
        "after": change.after,
        "rise": change.increase,
        "low": low,
        "high": high,
        "p_value": increase_p_value(change.bounds),
        "test": change.test,
        "verdict": direction,
    }
