"""What the audit cannot say, what its words mean, where its numbers come from."""

import json
import re
from collections import Counter

from synthaudit.audit.suite.result import Unmeasured
from synthaudit.reports import numbers
from synthaudit.reports.document import Block, Items, Section, Table, Task, Terms, Text
from synthaudit.reports.i18n import count, grouped, look_up, say
from synthaudit.reports.result_view import Evidence
from synthaudit.reports.sections import page_one_promises

NUMBER = re.compile(r"(?<![A-Za-z])\d[\d,]*(?:\.\d+)?")
KINDS = 12  # reasons listed; all rows with theirs stand in rows.csv


def limits(evidence: Evidence) -> Section:
    """Return what was not tested, what could not be measured and why, and the limits of any audit."""
    at, result = "sections.limits", evidence.result
    blocks: list[Block] = [Text(say(f"{at}.lead"), "lead")]
    if outside := (*page_one_promises.untested(evidence), *result.untested):
        blocks += [Text(say(f"{at}.untested")), Items(outside)]
    reasons: dict[str, Counter[str]] = {}
    said: dict[str, list[str]] = {}
    for row in result.rows:
        if isinstance(row.number, Unmeasured):
            what = f"{evidence.method(row.method)}, {numbers.statistic(row.statistic, row.section)}"
            reasons.setdefault(alike(row.number.reason), Counter())[what] += 1
            said.setdefault(alike(row.number.reason), []).append(row.number.reason)
    for finding in evidence.findings:
        if isinstance(finding.number, Unmeasured) and not finding.rows:
            what = f"{finding.title} ({finding.id})"
            reasons.setdefault(alike(finding.number.reason), Counter())[what] += 1
            said.setdefault(alike(finding.number.reason), []).append(finding.number.reason)
    if reasons:
        ranked = sorted(reasons.items(), key=lambda item: -item[1].total())
        blocks += [
            Text(say(f"{at}.unmeasured")),
            Items(tuple(unmeasured(spanned(said[kind]), whats) for kind, whats in ranked[:KINDS])),
        ]
    if result.run.failed:
        blocks += [Text(say(f"{at}.failed")), Items(result.run.failed[:24])]
    blocks.append(Items(tuple(look_up(f"{at}.standing"))))
    return Section("limits", say(f"{at}.title"), tuple(blocks))


def alike(reason: str) -> str:
    """Return a reason without its numbers, so that reasons that differ in them alone are told once."""
    return NUMBER.sub("#", reason.rstrip("."))


def spanned(reasons: list[str]) -> str:
    """Return reasons that differ in their numbers alone as one, a number that differs as its range."""
    found = [[float(number.replace(",", "")) for number in NUMBER.findall(one)] for one in reasons]
    ranges = [(min(column), max(column)) for column in zip(*found, strict=True)]
    told = iter(numbers.plain(low) if low == high else f"{numbers.plain(low)} {say('to')} {numbers.plain(high)}"
                for low, high in ranges)  # fmt: skip
    return NUMBER.sub(lambda _: next(told), reasons[0].rstrip("."))


def unmeasured(reason: str, whats: "Counter[str]") -> str:
    """Return a reason with how many numbers it cost and which, the first few by name."""
    at, names = "sections.limits", list(whats)
    what = "; ".join(names[:3])
    if len(names) > 3:
        what = say(f"{at}.unmeasured_more", what=what, count=len(names) - 3)
    return say(
        f"{at}.unmeasured_item",
        reason=f"{reason[:1].upper()}{reason[1:]}",
        count=count(whats.total(), "number"),
        what=what,
    )


def glossary() -> Section:
    """Return the words a reader needs."""
    return Section(
        "glossary",
        say("sections.glossary.title"),
        (Terms(tuple((one["term"], one["meaning"]) for one in look_up("glossary"))),),
    )


def provenance(evidence: Evidence) -> Section:
    """Return what is needed to repeat the audit."""
    at, result = "sections.provenance", evidence.result
    run = result.run
    facts = [
        ("started", run.started),
        ("duration", numbers.seconds(run.seconds)),
        ("seed", str(result.seed)),
        ("plan", result.plan_sha256),
        ("schema", result.data.schema_sha256),
        ("cells", grouped(run.tasks)),
        ("hardware", run.hardware),
        ("workers", f"{run.workers}, {run.device}"),
        ("versions", ", ".join(f"{name} {version}" for name, version in run.versions.items())),
    ]
    rows = [(Task(say(f"{at}.{key}")), Task(text)) for key, text in facts if text]
    rows += [(Task(say(f"{at}.source", name=one.name)), Task(one.sha256)) for one in result.data.sources[:40]]
    titles = (say(f"{at}.head_what"), say(f"{at}.head_value"))
    origin = Table("origin", say(f"{at}.caption"), titles, tuple(rows), (False, False), (1.6, 4.0))
    cards = tuple(
        (
            Task(card.title),
            Task(card.question),
            Task(card.source),
            Task(
                ", ".join(f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in card.options.items())
                or "–"
            ),
        )
        for card in result.methods
    )
    head = tuple(say(f"{at}.head_{name}") for name in ("method", "question", "source", "options"))
    methods = Table("methods", say(f"{at}.methods"), head, cards, (False,) * 4, (2.0, 3.0, 2.0, 1.6))
    blocks: tuple[Block, ...] = (Text(say(f"{at}.lead"), "lead"), origin, *((methods,) if cards else ()))
    return Section("provenance", say(f"{at}.title"), blocks)
