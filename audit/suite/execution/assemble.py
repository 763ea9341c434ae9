"""From finished tasks to the one result: rows in the plan's order, means over releases, and what was not tested."""

import os
import platform
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import metadata
from typing import Any

from synthaudit.attacks.attribute import ATTRIBUTE
from synthaudit.attacks.membership import MEMBERSHIP
from synthaudit.attacks.reidentification import REIDENTIFICATION
from synthaudit.audit import __version__
from synthaudit.audit.knowledge import Need
from synthaudit.audit.protocols import AttributeAttack, MembershipAttack, Metric, ReidentificationAttack
from synthaudit.audit.statistics import Estimate, intervals
from synthaudit.audit.suite.context.components import Components
from synthaudit.audit.suite.context.prepare import Prepared
from synthaudit.audit.suite.context.run_folder import TaskResult
from synthaudit.audit.suite.context.task import Task
from synthaudit.audit.suite.plan import options_of
from synthaudit.audit.suite.result import (
    MethodCard,
    Result,
    Row,
    RunCard,
    Section,
    Series,
    SystemCard,
    Unmeasured,
    measurement_of,
    number_of,
)
from synthaudit.audit.suite.tasks.dp.claim import claimed_epsilon_row
from synthaudit.audit.suite.tasks.listing import MECHANISM

ATTACKED = ("membership", "attribute", "reidentification")
AVERAGED = (*ATTACKED, "fidelity")
MAIN = {
    "membership": "auc",
    "attribute": "leakage_f1",
    "reidentification": "residual_risk",
    **dict.fromkeys(MECHANISM, "epsilon_lower"),
}
"""The statistic by which the row of a task that failed goes."""

ALONE = frozenset({"max_t_p"})
"""Statistics whose mean over releases would mean nothing."""

LEAST_RELEASES = 3
"""Independent trainings below which nothing is said about a recipe."""

COLLAPSED = 0.2
"""Share of distinct synthetic rows, relative to the members', below which a generator has collapsed."""

UNTESTED = (
    "Attackers with other knowledge than listed: insiders, other releases of the same patients, linked tables.",
    "Free text, images and dates: only the columns listed were audited.",
)


@dataclass(frozen=True)
class Outcome:
    """How a task ended: with a result, or with a reason."""

    task: Task
    result: TaskResult | None
    reason: str | None = None


def assemble(
    components: Components, prepared: Prepared, outcomes: Iterable[Outcome], run: RunCard, dropped: tuple[str, ...] = ()
) -> Result:
    """Return the result of an audit from its tasks; ``dropped`` says what the plan's budget left out."""
    ended = list(outcomes)
    rows: list[Row] = []
    series: list[Series] = []
    for outcome in ended:
        if outcome.result is not None:
            rows += outcome.result.rows
            series += outcome.result.series
        elif outcome.task.kind != "fit":
            rows.append(_missing(outcome))
    rows += over_releases(rows, components)
    systems = tuple(_system_card(components, prepared, key, ended) for key in components.systems)
    rows += [row for card in systems for row in claimed_epsilon_row(card)]
    return Result(
        title=components.plan.title,
        seed=components.plan.seed,
        preset=components.plan.preset,
        plan=components.plan.canonical(),
        plan_sha256=components.plan.sha256(),
        data=prepared.data,
        split=prepared.split,
        systems=systems,
        methods=_methods(components),
        rows=tuple(rows),
        series=tuple(series),
        untested=(*dropped, *_untested(components)),
        run=run,
    )


def over_releases(rows: Iterable[Row], components: Components) -> list[Row]:
    """Return generator-level rows: the mean of a statistic over independent trainings."""
    if components.plan.sweep.releases < LEAST_RELEASES:
        return []
    groups: dict[tuple[object, ...], list[Row]] = defaultdict(list)
    for row in rows:
        pooled = row.knowledge is not None and row.knowledge.combined_releases > 1
        if row.statistic in ALONE or row.slice.startswith("group: ") or pooled:
            continue
        if row.release is not None and row.section in AVERAGED and row.system in components.recipes:
            groups[row.section, row.system, row.method, row.statistic, row.slice, row.knowledge].append(row)
    means = []
    for group in groups.values():
        first = group[0]
        values = [measured for row in group if isinstance(measured := measurement_of(row.number), Estimate)]
        if not values:
            continue
        bounds = (-1.0, 1.0) if first.chance == 0.0 else (0.0, 1.0)
        measured = intervals.mean_over_releases(values, bounds=bounds if first.section in ATTACKED else None)
        label, _, rest = first.id.partition(f"/{first.system}/{first.release}/")
        means.append(
            first.model_copy(
                update={
                    "id": f"{label}/{first.system}/mean/{rest}",
                    "level": "generator",
                    "release": None,
                    "number": number_of(measured),
                }
            )
        )
    return means


def _missing(outcome: Outcome) -> Row:
    """Return the row of a task that could not be computed: not measured, because."""
    task = outcome.task
    sections: Mapping[str, Section] = {
        "membership": "membership",
        "attribute": "attribute",
        "reidentification": "reidentification",
        "fidelity": "fidelity",
        "yardstick": "fidelity",
        "joint": "membership",
        "groups": "membership",
        **dict.fromkeys(MECHANISM, "privacy"),  # type: ignore[dict-item]
    }
    return Row(
        id=f"{task.label}/missing",
        section=sections.get(task.kind, "control"),
        level="mechanism" if task.kind in MECHANISM else "release",
        system=task.system,
        release=task.release,
        method=task.method or task.kind,
        statistic=MAIN.get(task.kind, "missing"),
        number=Unmeasured(reason=outcome.reason or "the task was not run"),
    )


def _system_card(components: Components, prepared: Prepared, key: str, outcomes: list[Outcome]) -> SystemCard:
    fits = [o for o in outcomes if o.task.kind == "fit" and o.task.system == key]
    cards = [o.result.training for o in fits if o.result is not None and o.result.training is not None]
    problems = [o.reason for o in fits if o.reason] + [card.problem for card in cards if card.problem]
    for card in cards:
        if card.problem is None and card.distinct < COLLAPSED * prepared.distinct:
            problems.append(
                f"collapsed: {card.distinct:.0%} of its rows are distinct, {prepared.distinct:.0%} of the members'"
            )
    if key not in components.recipes:
        file = components.plan.synthetic[key]
        return SystemCard(
            key=key,
            title=file.title or key,
            summary="A synthetic table as it was handed in; how it was made is not known to the audit.",
            source="",
            role="file",
            options={},
            releases=1,
            seconds=0.0,
            notes=prepared.file_notes.get(key, ()),
            ledger=file.claim.ledger if file.claim is not None else None,
        )
    recipe = components.recipes[key]
    return SystemCard(
        key=key,
        title=recipe.title if key == (components.plan.generators[key].use or key) else f"{recipe.title} ({key})",
        summary=recipe.summary,
        source=recipe.source,
        role="control" if components.is_control(key) else "system",
        options=options_of(recipe),
        releases=components.releases(key),
        seconds=round(sum(card.seconds for card in cards), 3),
        steps=max((card.steps for card in cards), default=0),
        problems=tuple(dict.fromkeys(problems)),
        notes=tuple(dict.fromkeys(note for card in cards for note in card.notes)),
        ledger=next((card.ledger for card in cards if card.ledger is not None), None),
    )


def _methods(components: Components) -> tuple[MethodCard, ...]:
    def card(
        key: str, section: Section, thing: MembershipAttack | AttributeAttack | ReidentificationAttack | Metric
    ) -> MethodCard:
        needs = tuple(sorted(need.value for need in getattr(thing, "needs", ())))
        use = {**components.plan.attacks, **components.plan.metrics}[key].use
        return MethodCard(
            key=key,
            section=section,
            title=thing.title if use in (None, key) else f"{thing.title} ({key})",
            question=thing.question,
            source=thing.source,
            needs=needs,
            options=options_of(thing),
        )

    return (
        *(card(key, "membership", attack) for key, attack in components.membership.items()),
        *(card(key, "attribute", attack) for key, attack in components.attribute.items()),
        *(card(key, "reidentification", attack) for key, attack in components.reidentification.items()),
        *(card(key, "fidelity", metric) for key, metric in components.metrics.items()),
    )


def _untested(components: Components) -> tuple[str, ...]:
    """Return what this audit did not look at, so that nobody takes silence for safety."""
    used = {type(thing) for thing in components.methods.values()}
    known: dict[str, type[Any]] = {**MEMBERSHIP, **ATTRIBUTE, **REIDENTIFICATION}
    skipped = [f"“{kind.title}”" for kind in known.values() if kind not in used]
    notes = [f"Attacks that synthaudit knows but this plan left out: {', '.join(skipped)}."] if skipped else []
    if components.recipes and components.plan.sweep.releases < LEAST_RELEASES:
        notes.append(
            f"The recipes as such: {components.plan.sweep.releases} trainings of each say how these files leak, and "
            f"{LEAST_RELEASES} are the least from which to say how the next one will."
        )
    if not components.plan.controls.enabled:
        notes.append("The audit's own controls were switched off, so 'no leak' cannot be concluded.")
    if any(components.claims(key) for key in components.recipes) and not components.plan.dp_audit.trainings:
        notes.append("Promises of differential privacy by many trainings, which see more of a leak than one training.")
    held = {need for attack in components.membership.values() for need in attack.needs}
    if Need.TRAINER not in held:
        notes.append("Attackers who train copies of the generator (shadow models).")
    if Need.WEIGHTS not in held:
        notes.append("Attackers who hold the generator's weights.")
    return (*UNTESTED, *notes)


def run_card(*, started: str, seconds: float, tasks: int, failed: Iterable[str], workers: int, device: str) -> RunCard:
    """Return where and how the audit ran."""
    packages = ("numpy", "scipy", "pandas", "scikit-learn", "torch", "numba", "opacus", "pydantic", "typst")
    versions = {"synthaudit": __version__, "python": platform.python_version()}
    for package in packages:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return RunCard(
        started=started,
        seconds=round(seconds, 1),
        tasks=tasks,
        failed=tuple(failed),
        workers=workers,
        device=device,
        hardware=f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}",
        versions=versions,
    )
