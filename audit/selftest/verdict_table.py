"""A self-test on a page: which leaks were caught, by which criteria, and which verdicts are wrong."""

from collections.abc import Iterable, Sequence
from typing import Any

from synthaudit.audit.selftest.verdicts import ENOUGH, CaseVerdict

HEADER = ("case", "truth", "verdict", "", "criteria that failed")


def as_lines(verdicts: Sequence[CaseVerdict]) -> list[str]:
    """Return the table as lines of text, then what is wrong and what was skipped, each in a sentence."""
    rows = [HEADER, *(_cells(verdict) for verdict in verdicts if verdict.audited is not None)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(HEADER))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    for verdict in verdicts:
        if not verdict.right and verdict.audited is not None:
            lines.append(f"WRONG {verdict.name}: {verdict.sentence}; expected {_either(verdict.expected)}")
    for verdict in verdicts:
        if verdict.skipped:
            lines.append(f"skipped {verdict.name}: {verdict.skipped}")
    return [*lines, summary(verdicts)]


def as_markdown(verdicts: Sequence[CaseVerdict]) -> str:
    """Return the table as Markdown."""
    lines = ["| case | what it is | truth | verdict | right | criteria that failed |", "|---|---|---|---|---|---|"]
    for verdict in verdicts:
        name, truth, said, right, caught = _cells(verdict)
        lines.append(f"| {name} | {verdict.sentence} | {truth} | {said} | {right} | {caught} |")
    return "\n".join([*lines, "", summary(verdicts), ""])


def as_values(verdicts: Sequence[CaseVerdict]) -> list[dict[str, Any]]:
    """Return the table as plain values, with the reason of every finding."""
    return [
        {
            "case": verdict.name,
            "sentence": verdict.sentence,
            "truth": verdict.truth,
            "strength": verdict.strength,
            "expected": list(verdict.expected),
            "verdict": verdict.audited.verdict if verdict.audited is not None else None,
            "right": verdict.right,
            "skipped": verdict.skipped,
            "reason": verdict.audited.reason if verdict.audited is not None else "",
            "seconds": round(verdict.audited.seconds, 2) if verdict.audited is not None else 0.0,
            "findings": [
                {"id": finding.id, "verdict": finding.verdict, "reason": finding.reason}
                for finding in (verdict.audited.findings if verdict.audited is not None else ())
            ],
        }
        for verdict in verdicts
    ]


def summary(verdicts: Sequence[CaseVerdict]) -> str:
    """Return how many verdicts are right, in a sentence."""
    audited = [verdict for verdict in verdicts if verdict.audited is not None]
    leaks = [verdict for verdict in audited if "pass" not in verdict.expected and verdict.truth == "leak"]
    honest = [verdict for verdict in audited if verdict.truth == "no leak"]
    wrong = sum(not verdict.right for verdict in audited)
    fewest = min((verdict.members for verdict in audited), default=ENOUGH)
    skipped = f"{len(verdicts) - len(audited)} cases skipped"
    few = f"; {fewest:,} members are few, so leaks may be left open" if fewest < ENOUGH else ""
    return (
        f"{len(audited) - wrong} of {len(audited)} verdicts are right: {_count(leaks, 'fail')} of {len(leaks)} leaks "
        f"beyond a limit fail and {_count(leaks, 'pass')} pass; of {len(honest)} tables without a leak "
        f"{_count(honest, 'pass')} pass and {_count(honest, 'fail')} fail; {skipped}{few}"
    )


def _count(verdicts: Iterable[CaseVerdict], verdict: str) -> int:
    return sum(one.audited is not None and one.audited.verdict == verdict for one in verdicts)


def _cells(verdict: CaseVerdict) -> tuple[str, str, str, str, str]:
    truth = verdict.strength or verdict.truth
    if verdict.audited is None:
        return verdict.name, truth, "skipped", "", verdict.skipped
    right = "right" if verdict.right else "WRONG"
    return verdict.name, truth, verdict.audited.verdict, right, ", ".join(verdict.audited.criteria("fail"))


def _either(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
