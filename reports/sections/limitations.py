"""What the audit cannot say: what was not tested, what could not be measured and why, and the limits of any audit."""

import re
from collections import Counter
from collections.abc import Iterator

from synthaudit.audit.suite.result import Unmeasured
from synthaudit.reports.blocks.content import Block, Items, Text
from synthaudit.reports.blocks.document import Section
from synthaudit.reports.sections.page_one import dp_claims
from synthaudit.reports.text import labels, numbers
from synthaudit.reports.text.i18n import capitalize, look_up, pluralize, t
from synthaudit.reports.view.result_view import ResultView

KEY = "sections.limitations"
NUMBER = re.compile(r"(?<![A-Za-z])\d[\d,]*(?:\.\d+)?")
REASONS = 12  # reasons listed; all rows with theirs stand in rows.csv
PAPER = 4  # reasons listed on paper
FAILED = 24  # failed parts listed
SMALL_COUNTS = "value ranges"  # what it does not tell are small counts, and no gaps


def section(view: ResultView) -> Section:
    """Return the section; the limits of any audit stand at its end."""
    blocks: list[Block] = [Text(t(f"{KEY}.lead"), "lead")]
    if outside := (*dp_claims.untested_claims(view), *view.result.untested):
        blocks += [Text(t(f"{KEY}.untested")), Items(outside)]
    if lines := unmeasured_lines(view):
        blocks += [Text(t(f"{KEY}.unmeasured")), Items(lines[:PAPER])]
        if more := lines[PAPER:]:
            blocks.append(Items(more, screen_only=True))
    if view.result.run.failed:
        blocks += [Text(t(f"{KEY}.failed")), Items(view.result.run.failed[:FAILED])]
    blocks.append(Items(tuple(look_up(f"{KEY}.of_any_audit"))))
    return Section("limitations", t(f"{KEY}.title"), tuple(blocks))


def unmeasured(view: ResultView) -> Iterator[tuple[str, str]]:
    """Yield reason and name of every number that was asked for and not measured."""
    for row in view.result.rows:
        if isinstance(row.number, Unmeasured) and row.method != SMALL_COUNTS:
            name = f"{view.method_title(row.method)}, {labels.statistic(row.statistic, row.section)}"
            yield row.number.reason, name
    for finding in view.findings:
        if isinstance(finding.number, Unmeasured) and not finding.rows:
            yield finding.number.reason, f"{finding.title} ({finding.id})"


def unmeasured_lines(view: ResultView) -> tuple[str, ...]:
    """Return one line per reason, the most frequent first; reasons that differ in their numbers only are one."""
    names: dict[str, Counter[str]] = {}
    reasons: dict[str, list[str]] = {}
    for reason, name in unmeasured(view):
        names.setdefault(without_numbers(reason), Counter())[name] += 1
        reasons.setdefault(without_numbers(reason), []).append(reason)
    ranked = sorted(names.items(), key=lambda item: -item[1].total())
    return tuple(reason_line(with_ranges(reasons[key]), counts) for key, counts in ranked[:REASONS])


def without_numbers(reason: str) -> str:
    """Return a reason with a placeholder for each of its numbers."""
    return NUMBER.sub("#", reason.rstrip("."))


def with_ranges(reasons: list[str]) -> str:
    """Return reasons that differ in their numbers only as one, a number that differs as its range."""
    found = [[float(number.replace(",", "")) for number in NUMBER.findall(one)] for one in reasons]
    ranges = [(min(column), max(column)) for column in zip(*found, strict=True)]
    texts = iter(
        numbers.compact(low) if low == high else f"{numbers.compact(low)} {t('to')} {numbers.compact(high)}"
        for low, high in ranges
    )
    return NUMBER.sub(lambda _: next(texts), reasons[0].rstrip("."))


def reason_line(reason: str, counts: Counter[str]) -> str:
    """Return a reason with how many numbers it cost and which, the first few by name."""
    names = list(counts)
    what = "; ".join(names[:3])
    if len(names) > 3:
        what = t(f"{KEY}.unmeasured_more", what=what, count=len(names) - 3)
    count = pluralize(counts.total(), "number")
    return t(f"{KEY}.unmeasured_item", reason=capitalize(reason), count=count, what=what)
