"""Privacy guarantees: promise, attack, reach and likeness on one page, then every audit and every ledger."""

import math

from synthaudit.audit.suite.result import Estimated, Guarantee
from synthaudit.reports import numbers
from synthaudit.reports.document import Block, Figure, Section, Table, Task, Text
from synthaudit.reports.figures.promised import Attempt, promised
from synthaudit.reports.i18n import heard, look_up, say
from synthaudit.reports.result_view import Evidence, largest, speaking, synthetic_rows
from synthaudit.reports.sections import ledgers
from synthaudit.reports.sections.fidelity import likeness
from synthaudit.reports.sections.promises import Promise, Trial, claimed_text, promises, reached_text, trial_title

AT = "sections.privacy"
USES = ("auroc_loss_boosting", "auroc_loss_logistic", "auc_loss", "f1_loss", "f1_correlation")
"""What stands for use beside likeness, the first that was measured."""


def section(evidence: Evidence) -> Section | None:
    """Return all that was claimed and measured of guarantees, or None where nothing was."""
    found = promises(evidence)
    if not found:
        return None
    glance: list[Block] = [at_a_glance(evidence, found)]
    if figure := drawn(evidence, found):
        glance.insert(0, figure)
    notes = [say(f"{AT}.reading")]
    if len(adjacencies(found)) > 1:
        notes.append(say(f"{AT}.adjacency"))
    glance.append(Text(" ".join(notes)))
    inner = []
    if told := ledgers.blocks(evidence):
        inner.append(Section("ledgers", say("sections.ledger.title"), told))
    if table := every(evidence, found):
        leaks = metadata(evidence, found)
        told = (Text(say(f"{AT}.trials_lead")), table, *([Text(leaks)] if leaks else []))
        inner.append(Section("trials", say(f"{AT}.trials"), told))
    # Use, promise, attack and reach stand on one page.
    return Section(
        "privacy", say(f"{AT}.title"), (Text(say(f"{AT}.threat"), "lead"), *glance), tuple(inner), afresh=True
    )


def adjacencies(found: tuple[Promise, ...]) -> set[str]:
    """Return the notions of neighbouring tables that claims and audits speak of."""
    kinds = {one.card.ledger.adjacency for one in found if one.card.ledger is not None}
    return kinds | {
        trial.floor.guarantee.adjacency for one in found for trial in one.trials if trial.floor.guarantee is not None
    }


def at_a_glance(evidence: Evidence, found: tuple[Promise, ...]) -> Table:
    """Return one line a system: how useful, what was promised, what was reached, what could have been."""
    measures = uses(evidence)
    rows = []
    for one in found:
        ledger, best = one.card.ledger, one.strongest
        claim = Task(claimed_text(one), note=under(one))
        if best is None:
            reasons = [reached_text(trial) for trial in one.trials]
            reached = Task(reasons[0] if reasons else say(f"{AT}.not_attacked"))
        else:
            reached = Task(reached_text(best), note=against(one, best))
        reach = Task("–" if one.reach is None else numbers.plain(one.reach))
        says = Task(say(f"{AT}.standing.{one.standing.replace(' ', '_')}"))
        name = Task(one.card.title, note="" if one.verified or ledger is None else say(f"{AT}.their_word"))
        rows.append((name, *(likely(evidence, one.card.key, *measure) for measure in measures), claim, reached, reach,
                     says))  # fmt: skip
    titles = [numbers.statistic(statistic, "fidelity") for _, statistic in measures]
    head = (look_up(f"{AT}.head")[0], *(title[:1].upper() + title[1:] for title in titles), *look_up(f"{AT}.head")[1:])
    numeric = (False, *(True for _ in measures), True, True, True, False)
    widths = (1.6, *(1.45 for _ in measures), 1.75, 1.3, 0.9, 2.9)
    return Table("promises-table", say(f"{AT}.table"), head, tuple(rows), numeric, widths)


def against(one: Promise, best: Trial) -> str:
    """Return what kind of attacker it was, and the promise in its terms where that is another number."""
    seen = str(look_up(f"{AT}.shapes.{best.shape}"))
    promised = one.card.ledger.epsilon if one.card.ledger is not None else None
    if best.claimed is None or promised is None or math.isclose(best.claimed, promised, rel_tol=1e-6):
        return seen
    return say(f"{AT}.held_against", seen=seen, promised=numbers.plain(best.claimed))


def under(one: Promise) -> str:
    """Return delta and scope of a claim."""
    ledger = one.card.ledger
    if ledger is None:
        return ""
    return say(f"{AT}.under", delta=numbers.plain(ledger.delta), scope=ledgers.scope(one.card, ledger))


def uses(evidence: Evidence) -> list[tuple[str, str]]:
    """Return method and statistic of what says how useful a table is: likeness, and what learning from it costs."""
    found = dict.fromkeys((row.method, row.statistic) for row in evidence.result.rows if row.section == "fidelity")
    first = likeness(evidence)
    second = next((key for name in USES for key in found if key[1] == name and key != first), None)
    return [key for key in (first, second) if key is not None]


def likely(evidence: Evidence, system: str, method: str, statistic: str) -> Task:
    """Return a system's likeness at its largest table."""
    rows = evidence.rows("fidelity", statistic, method=method, system=system, slice="synthetic")
    row = speaking(largest(rows, synthetic_rows))
    if row is None or not isinstance(row.number, Estimated):
        return Task("–")
    form = numbers.form_of(statistic, "fidelity")
    return Task(numbers.value(row.number.value, form), note=numbers.interval(row.number, form))


def drawn(evidence: Evidence, found: tuple[Promise, ...]) -> Figure | None:
    """Return claims, floors and ceilings of epsilon on one axis, or None where nothing was attacked."""
    attempts, told, table = [], [], []
    for one in found:
        for trial in one.shown:
            name, texts = trial_title(evidence, trial), {
                "claimed": "–" if trial.claimed is None else numbers.plain(trial.claimed),
                "reached": numbers.plain(trial.reached or 0.0),
                "ceiling": "–" if trial.ceiling is None else numbers.plain(trial.ceiling),
            }  # fmt: skip
            tip = say(f"{AT}.line", system=one.card.title, audit=name, **texts)
            shape = str(look_up(f"{AT}.shapes.{trial.shape}"))
            attempts.append(
                Attempt(one.card.title, name, trial.shape, shape, trial.claimed, trial.reached or 0.0, trial.ceiling,
                        trial.exceeds, tip)
            )  # fmt: skip
            told.append(tip)
            table.append(tuple(Task(text) for text in (one.card.title, name, *texts.values())))
    if not attempts:
        return None
    svg = promised(
        "epsilon", attempts, x=say(f"{AT}.epsilon"), claim=say(f"{AT}.claim"), ceiling=say(f"{AT}.ceiling"),
        beyond=say(f"{AT}.beyond", claimed="{claimed}"),
    )  # fmt: skip
    head = (look_up(f"{AT}.head")[0], *(say(f"{AT}.{key}") for key in ("audit", "claim", "floor", "ceiling")))
    caption = say(f"{AT}.epsilon_caption")
    behind = Table("epsilon-table", caption, head, tuple(table), (False, False, True, True, True))
    return Figure("epsilon", svg, " ".join(told), caption, behind)


def every(evidence: Evidence, found: tuple[Promise, ...]) -> Table | None:
    """Return every audit with the claim in its own adjacency."""
    rows: list[tuple[Task, ...]] = []
    groups: list[str] = []
    paper: list[int] = []
    for one in found:
        for trial in one.trials:
            bound = trial.floor.guarantee
            paper += [len(rows)] if trial in one.shown else []
            p = trial.excess.number.p_value if trial.excess and isinstance(trial.excess.number, Estimated) else None
            mu = trial.more.get("mu_lower")
            rows.append((
                Task(trial_title(evidence, trial), note=held(bound, covered=trial.covered)),
                Task("–" if trial.claimed is None else numbers.plain(trial.claimed)),
                Task(reached_text(trial), note=confidence(trial.floor.number)),
                Task("–" if trial.ceiling is None else numbers.plain(trial.ceiling)),
                Task("–" if mu is None or not isinstance(mu.number, Estimated) else numbers.plain(mu.number.low)),
                Task("–" if p is None else numbers.value(p, "p")),
            ))  # fmt: skip
            groups.append(one.card.title)
    if not rows:
        return None
    numeric, widths = (False, True, True, True, True, True), (4.4, 0.9, 1.2, 0.8, 0.8, 1.3)
    caption = say(f"{AT}.trials_table") + (say(f"{AT}.trials_paper") if len(paper) < len(rows) else "")
    head = tuple(look_up(f"{AT}.trials_head"))
    return Table("trials-table", caption, head, tuple(rows), numeric, widths, tuple(groups), tuple(paper))


def held(bound: Guarantee | None, *, covered: bool) -> str:
    """Return in which terms a promise is held against an audit, and what else the number rests on."""
    if bound is None:
        return ""
    told = [say(f"{AT}.held", adjacency=heard(bound.adjacency), delta=numbers.plain(bound.delta))]
    if bound.group > 1:
        told.append(say(f"{AT}.group", group=bound.group, unit=heard(bound.unit)))
    if not covered:
        told.append(say(f"{AT}.not_judged"))
    return "; ".join([*told, *([heard(bound.note)] if bound.note else [])])


def confidence(number: object) -> str:
    """Return the confidence of a floor and the guesses or trainings behind it."""
    if not isinstance(number, Estimated):
        return ""
    sure = numbers.percent(number.confidence)
    return say(f"{AT}.confidence", confidence=sure, trials=numbers.plain(number.trials))


def metadata(evidence: Evidence, found: tuple[Promise, ...]) -> str:
    """Return what it costs to take the vocabulary and the bounds from the data instead of a public schema."""
    told = []
    for one in found:
        row = next(iter(evidence.rows("privacy", "metadata_leak", system=one.card.key)), None)
        if row is not None and isinstance(row.number, Estimated):
            told.append(f"{one.card.title} {numbers.text(row.number, 'ratio')}")
    return say(f"{AT}.metadata", numbers="; ".join(told)) if told else ""
