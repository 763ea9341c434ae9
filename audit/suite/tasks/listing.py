"""A plan becomes one flat list of tasks: each a small computation with a label, a seed and an address of its own."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Any

from synthaudit.audit.knowledge import Need
from synthaudit.audit.suite.context.components import Components
from synthaudit.audit.suite.context.task import CODE_VERSION, EVERYBODY, TableSizes, Task
from synthaudit.audit.suite.plan import options_of, rows_of


def list_tasks(components: Components, sizes: TableSizes) -> tuple[Task, ...]:
    """Return every task of the plan, trainings first, each addressed by what its numbers depend on."""
    tasks = tuple(with_cache_key(task, components, sizes) for task in _independent(components, sizes))
    return (*tasks, *aggregate_tasks(tasks, components, sizes))


DEPENDENT = ("joint", "groups", "pairs")
MECHANISM = ("pairs", "canaries", "trainings")
"""Kinds of tasks that rest on the scores that others leave; and those that try a claim of differential privacy."""


def aggregate_tasks(tasks: Sequence[Task], components: Components, sizes: TableSizes) -> tuple[Task, ...]:
    """Return the tasks that judge attacks together: on the largest table of each release, all targets."""
    found = []
    for system in components.systems:
        for release in range(components.releases(system)):
            own = [
                task
                for task in tasks
                if (task.kind, task.system, task.release, task.targets) == ("membership", system, release, 0)
                and task.copies == 1
            ]
            if not own:
                continue
            rows = max(task.synthetic for task in own)
            own = [task for task in own if task.synthetic == rows]
            found.append(Task("joint", system, release, synthetic=rows, sources=tuple(task.key for task in own)))
            if release == 0 and components.plan.dp_audit.member_pairs and components.claims(system):
                found.append(Task("pairs", system, release, synthetic=rows, sources=tuple(task.key for task in own)))
            if release == 0 and not components.is_control(system):
                # Last among an attack's tasks: the most reference records of the population itself.
                best = {task.method: task.key for task in own if not task.shifted} or {c.method: c.key for c in own}
                found.append(Task("groups", system, release, synthetic=rows, sources=tuple(best.values())))
    return tuple(with_cache_key(task, components, sizes) for task in found)


def synthetic_sizes(components: Components, sizes: TableSizes, system: str) -> tuple[int, ...]:
    """Return the synthetic sizes at which a system is attacked; a file cannot have more rows than it has."""
    return _distinct(components.plan.sweep.synthetic_rows, sizes.members, sizes.files.get(system))


def fidelity_sizes(components: Components, sizes: TableSizes, system: str) -> tuple[int, ...]:
    """Return the synthetic sizes at which a system's fidelity is measured."""
    return _distinct(components.plan.sweep.fidelity_rows, sizes.members, sizes.files.get(system))


def _distinct(wanted: tuple[Any, ...], members: int, limit: int | None) -> tuple[int, ...]:
    rows = {max(1, rows_of(size, members)) for size in wanted}
    return tuple(sorted({min(size, limit) for size in rows} if limit is not None else rows))


def _independent(components: Components, sizes: TableSizes) -> Iterator[Task]:
    plan = components.plan
    for system in components.recipes:
        most = max(*synthetic_sizes(components, sizes, system), *fidelity_sizes(components, sizes, system))
        for release in range(components.releases(system)):
            yield Task("fit", system, release, synthetic=most)
    if plan.controls.enabled:
        yield Task("blind", EVERYBODY)
    for key in components.metrics:
        yield Task("yardstick", EVERYBODY, method=key)
    for system in components.systems:
        for release in range(components.releases(system)):
            yield from _attack_tasks(components, sizes, system, release)
            for rows in fidelity_sizes(components, sizes, system):
                for key in components.metrics:
                    yield Task("fidelity", system, release, key, rows)
    if plan.controls.enabled:
        for system in components.systems:
            if not components.is_control(system):
                rows = min(synthetic_sizes(components, sizes, system), key=lambda size: abs(size - sizes.members))
                for key in components.power_attacks():
                    yield Task("planted", system, 0, key, rows, _most_reference(components, sizes, key))
    yield from _mechanism_tasks(components, sizes)


def _mechanism_tasks(components: Components, sizes: TableSizes) -> Iterator[Task]:
    """Yield the audits of a claim that train for themselves."""
    plan = components.plan.dp_audit
    for system in components.recipes:
        if components.claims(system):
            if plan.canaries:
                yield Task("canaries", system, synthetic=max(synthetic_sizes(components, sizes, system)))
            if plan.trainings:
                yield Task("trainings", system)


def _attack_tasks(components: Components, sizes: TableSizes, system: str, release: int) -> Iterator[Task]:
    for rows in synthetic_sizes(components, sizes, system):
        for key, attack in components.membership.items():
            for reference, shifted in _held(components, sizes, attack):
                for targets in (0, *_fewer(components, sizes)):
                    yield Task("membership", system, release, key, rows, reference, targets=targets, shifted=shifted)
            if release == 0 and system in components.recipes and attack.needs <= {Need.SYNTHETIC, Need.REFERENCE}:
                most = _references(components, sizes, attack)[-1]
                for copies in sorted(set(components.plan.sweep.combined_releases) - {1}):
                    yield Task("membership", system, 0, key, rows, most, copies=copies)
        for key in components.attribute:
            for columns, known in _knowns(components, sizes):
                for noise in sorted(set(components.plan.sweep.error_rate)):
                    yield Task(
                        "attribute", system, release, key, rows, sizes.reference, known, columns=columns, noise=noise
                    )
        for key, attack in components.reidentification.items():
            held = sizes.reference if Need.REFERENCE in attack.needs else 0
            yield Task("reidentification", system, release, key, rows, held)


def _held(components: Components, sizes: TableSizes, attack: Any) -> Iterator[tuple[int, bool]]:
    """Yield how many reference records the attacker holds, and whether they are of a shifted population."""
    counts = _references(components, sizes, attack)
    populations = (
        components.plan.sweep.reference_population if Need.TRAINER not in attack.needs and any(counts) else ("same",)
    )
    if "same" in populations:
        yield from ((count, False) for count in counts)
    if "shifted" in populations:
        yield from ((count, True) for count in sorted({min(count, sizes.reference // 2) for count in counts} - {0}))


def _fewer(components: Components, sizes: TableSizes) -> tuple[int, ...]:
    """Return the numbers of targets a side, besides all, at which attacks are repeated."""
    most = min(components.plan.targets.members, components.plan.targets.holdout, sizes.members, sizes.holdout)
    wanted = {rows_of(size, sizes.members) for size in components.plan.sweep.targets_per_side}
    return tuple(sorted(targets for targets in wanted if targets < most))


def _references(components: Components, sizes: TableSizes, attack: Any) -> tuple[int, ...]:
    """Return how many reference records the attacker holds; one entry where the attack uses none.

    Who trains shadow models trains them on all the records there are: another number would be another ensemble. Who
    samples the generator compares with all of them.
    """
    if attack.needs & {Need.TRAINER, Need.SAMPLER}:
        return (sizes.reference,)
    if Need.REFERENCE not in attack.needs or not sizes.reference:
        return (0,)
    held = {min(rows_of(size, sizes.members), sizes.reference) for size in components.plan.sweep.reference_rows}
    return tuple(sorted(held - {0})) or (0,)


def _most_reference(components: Components, sizes: TableSizes, key: str) -> int:
    return max(_references(components, sizes, components.membership[key]))


def _knowns(components: Components, sizes: TableSizes) -> Iterator[tuple[str, int]]:
    """Yield which columns an attacker of attributes knows, and how many of them, so that something is left to guess."""
    known = sorted({known for known in components.plan.sweep.known_columns if 0 < known < sizes.columns})
    for columns in dict.fromkeys(components.plan.sweep.known_choice):
        if columns == "random":
            yield from ((columns, count) for count in known or ([sizes.columns // 2] if sizes.columns > 1 else []))
        elif columns == "frequent":
            yield from ((columns, count) for count in sorted({min(n, sizes.columns - sizes.rest) for n in known}))
        else:
            yield columns, 0


def with_cache_key(task: Task, components: Components, sizes: TableSizes) -> Task:
    """Return the task with its address."""
    plan = components.plan
    methods = {
        "recipe": components.recipes.get(task.system),
        "method": components.methods.get(task.method),
    }
    depends: dict[str, Any] = {
        "label": task.label,
        "seed": plan.seed,
        "small_count": plan.small_count,
        "targets": plan.targets.model_dump(),
        "secrets": plan.secrets.model_dump(mode="json") if task.kind == "attribute" else None,
        "sides": sizes.fingerprint,
        "things": {name: [type(thing).__name__, options_of(thing)] for name, thing in methods.items()},
        "controls": plan.controls.model_dump(mode="json") if task.kind in ("planted", "blind") else None,
        "sampled": max(
            (*synthetic_sizes(components, sizes, task.system), *fidelity_sizes(components, sizes, task.system)),
            default=0,
        )
        if task.system in components.recipes
        else None,
        "fresh": components.fresh_sample_factor if task.kind == "fit" else None,
        "sources": task.sources,
        "code": CODE_VERSION,
    }
    if task.kind in MECHANISM:
        file = plan.synthetic.get(task.system)
        claim = file.claim if file is not None else None
        depends["dp_audit"] = plan.dp_audit.model_dump(mode="json")
        depends["claim"] = claim.model_dump(mode="json") if claim is not None else None
        attacks = components.canary_attacks.items()
        depends["attacks"] = {name: [type(attack).__name__, options_of(attack)] for name, attack in attacks}
    key = hashlib.sha256(json.dumps(depends, sort_keys=True).encode()).hexdigest()[:32]
    return Task(**{**task.__dict__, "key": key})
