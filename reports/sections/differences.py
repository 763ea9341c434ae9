"""What differs between two audits besides the risk, and what is the same."""

from synthaudit.audit.suite.result import Result
from synthaudit.reports.document import Block, Section, Table, Task, Text
from synthaudit.reports.i18n import count, grouped, listed, say
from synthaudit.reports.result_view import Evidence
from synthaudit.reports.sections.promises import claimed_text, promises, reached_text

AT = "comparison"


def facts(result: Result) -> dict[str, str]:
    """Return what may differ between two audits."""
    run, split, data = result.run, result.split, result.data
    sides = " / ".join(grouped(getattr(split, side).patients) for side in ("members", "holdout", "reference"))
    systems = [f"{card.title} ({count(card.releases, 'release')})" for card in result.systems]
    return {
        "title": result.title,
        "started": run.started,
        "version": run.versions.get("synthaudit", ""),
        "preset": result.preset,
        "plan": result.plan_sha256,
        "data": ", ".join((count(data.patients, "patient"), count(data.rows, "row"), count(data.columns, "column"))),
        "sides": sides,
        "targets": f"{grouped(split.target_members)} / {grouped(split.target_holdout)}",
        "systems": listed(systems),
        "options": "; ".join(
            f"{card.title}: " + ", ".join(f"{name} = {value}" for name, value in card.options.items())
            for card in result.systems
            if card.options
        ),
        "promises": "; ".join(promised(Evidence(result, ()))),
        "attacks": listed([card.title for card in result.methods if card.section != "fidelity"]),
        "rows": grouped(len(result.rows)),
    }


def promised(evidence: Evidence) -> list[str]:
    """Return each system's privacy promise, and what attacks reached of it."""
    told = []
    for one in promises(evidence):
        best = one.strongest
        reached = say(f"{AT}.not_attacked") if best is None else reached_text(best)
        if one.standing != "nothing claimed" or best is not None:
            told.append(say(f"{AT}.promise", system=one.card.title, claimed=claimed_text(one), reached=reached))
    return told


def differences(before: Result, after: Result) -> Section:
    """Return what differs between the two audits, and what is the same."""
    old, new = facts(before), facts(after)
    rows = tuple(
        (Task(say(f"{AT}.fact_{key}")), Task(old[key] or "–"), Task(new[key] or "–"))
        for key in old
        if old[key] != new[key]
    )
    same = [say(f"{AT}.fact_{key}") for key in old if old[key] == new[key]]
    head = (say("sections.provenance.head_what"), say(f"{AT}.before"), say(f"{AT}.after"))
    blocks: list[Block] = [Text(say(f"{AT}.differs"), "lead")]
    if rows:
        blocks.append(
            Table("differences", say(f"{AT}.differs_table"), head, rows, (False, False, False), (1.4, 3.0, 3.0))
        )
    if same:
        blocks.append(Text(say(f"{AT}.same", names=listed(same)), "note"))
    return Section("differences", say(f"{AT}.differs_title"), tuple(blocks))
