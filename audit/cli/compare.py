"""``synthaudit compare``: did risk rise from one result to the next?"""

import json as jsonlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from synthaudit.audit.policy import Direction, RiskChange


def compare(
    before: Annotated[Path, typer.Argument(help="The earlier result: a run folder or its result.json.")],
    after: Annotated[Path, typer.Argument(help="The later result.")],
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Show every number, not only those that changed.")] = False,
    out: Annotated[Path | None, typer.Option(help="Folder for compare.html, compare.pdf and compare.md.")] = None,
) -> None:
    """Test whether risk rose from BEFORE to AFTER: exit 0 if it did not show, 1 if it rose, 2 if not comparable."""
    from synthaudit.audit.policy import compare_results
    from synthaudit.audit.suite.result import read_result

    results = read_result(before), read_result(after)
    comparison = compare_results(*results)
    directions = [comparison.direction(change) for change in comparison.changes]
    judged = list(zip(comparison.changes, directions, strict=True))
    changes = [_values(change, direction) for change, direction in judged]
    if out is not None:
        from synthaudit.reports import write_comparison

        write_comparison(*results, out, changes=changes, left_out=comparison.left_out)
    rose, fell = directions.count("rose"), directions.count("fell")
    if json:
        print(jsonlib.dumps({"rose": rose, "changes": changes, "left_out": comparison.left_out}, indent=1))
        raise typer.Exit(1 if rose else 0)
    _print_table([(change, direction) for change, direction in judged if everything or direction != "not told apart"])
    for note in comparison.left_out:
        print(f"left out: {note}")
    print(
        f"{len(judged)} numbers compared: {rose} rose, {fell} fell, {len(judged) - rose - fell} not told apart "
        f"(5 % error over all of them together, each direction)"
    )
    raise typer.Exit(1 if rose else 0)


def _print_table(judged: "list[tuple[RiskChange, Direction]]") -> None:
    from synthaudit.audit.policy.wording import knowledge_text

    if not judged:
        return
    lines = [("system", "number", "before", "after", "rise [95 %]", "verdict")]
    for change, direction in judged:
        low, high = change.interval()
        part = "" if change.slice == "all" else f" {change.slice}"
        lines.append(
            (
                change.system,
                f"{change.method} {change.statistic}{part}{knowledge_text(change.knowledge)}",
                f"{change.before:.4f}",
                f"{change.after:.4f}",
                f"{change.increase:+.4f} [{low:+.4f}, {high:+.4f}]",
                direction,
            )
        )
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
