"""``synthaudit compare``: did risk rise from one result to the next?"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from synthaudit.audit.cli.errors import user_errors

if TYPE_CHECKING:
    from synthaudit.audit.policy import RiskChange

SIGNIFICANCE = 0.05


def compare(
    before: Annotated[Path, typer.Argument(help="The earlier result: a run folder or its result.json.")],
    after: Annotated[Path, typer.Argument(help="The later result.")],
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Show every number, not only those that changed.")] = False,
    out: Annotated[Path | None, typer.Option(help="Folder for compare.html, compare.pdf and compare.md.")] = None,
) -> None:
    """Test whether risk rose from BEFORE to AFTER: exit 0 if it did not show, 1 if it rose, 2 if not comparable."""
    with user_errors():
        from synthaudit.audit.policy import compare_results
        from synthaudit.audit.suite.result import read_result

        results = read_result(before), read_result(after)
        found = compare_results(*results)
        error = SIGNIFICANCE / len(found.changes)
        told = [(change, _verdict(change, error)) for change in found.changes]
        changes = [_plain(change, verdict) for change, verdict in told]
        if out is not None:
            from synthaudit.reports import write_comparison

            write_comparison(*results, out, changes=changes, left_out=found.left_out)
    rose = sum(verdict == "rose" for _, verdict in told)
    if json:
        import json as jsonlib

        print(jsonlib.dumps({"rose": rose, "changes": changes, "left_out": found.left_out}, indent=1))
        raise typer.Exit(1 if rose else 0)
    shown = [(change, verdict) for change, verdict in told if everything or verdict != "not told apart"]
    _table(shown)
    for note in found.left_out:
        print(f"left out: {note}")
    fell = sum(verdict == "fell" for _, verdict in told)
    print(
        f"{len(told)} numbers compared: {rose} rose, {fell} fell, {len(told) - rose - fell} not told apart "
        f"(5 % error over all of them together, each direction)"
    )
    raise typer.Exit(1 if rose else 0)


def _verdict(change: "RiskChange", error: float) -> str:
    low, high = change.bounds(error)
    return "rose" if low > 0 else "fell" if high < 0 else "not told apart"


def _table(told: "list[tuple[RiskChange, str]]") -> None:
    from synthaudit.audit.policy.wording import knowledge_text

    if not told:
        return
    lines = [("system", "number", "before", "after", "rise [95 %]", "verdict")]
    for change, verdict in told:
        low, high = change.interval()
        part = "" if change.slice == "all" else f" {change.slice}"
        lines.append(
            (
                change.system,
                f"{change.method} {change.statistic}{part}{knowledge_text(change.knowledge)}",
                f"{change.before:.4f}",
                f"{change.after:.4f}",
                f"{change.increase:+.4f} [{low:+.4f}, {high:+.4f}]",
                verdict,
            )
        )
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _plain(change: "RiskChange", verdict: str) -> dict[str, Any]:
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
        "verdict": verdict,
    }
