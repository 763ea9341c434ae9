"""What to leave out where time is short: variants first, the main question last, controls never; and it is said."""

from collections import Counter
from collections.abc import Mapping, Sequence

from synthaudit.audit.suite.context.components import Components
from synthaudit.audit.suite.context.task import TableSizes, Task
from synthaudit.audit.suite.execution.cost import estimate
from synthaudit.audit.suite.tasks import TASKS
from synthaudit.audit.suite.tasks.listing import DEPENDENT, aggregate_tasks
from synthaudit.audit.suite.tasks.task_kind import DropReason, MostKnowledge

WORDS: Mapping[DropReason, str] = {
    DropReason.VARIANT: (
        "variants of knowledge: noise, shifted references, other kinds of columns, fewer targets, several releases"
    ),
    DropReason.LESS_KNOWLEDGE: "attackers who know less than the best informed",
    DropReason.OTHER_SIZE: "synthetic sizes other than that of the members",
    DropReason.SHADOW_MODELS: "attacks with shadow models",
    DropReason.MANY_TRAININGS: "audits of a privacy claim by many trainings",
    DropReason.LATER_RELEASE: "releases beyond the first",
}


def within_budget(
    tasks: Sequence[Task], components: Components, sizes: TableSizes
) -> tuple[tuple[Task, ...], tuple[str, ...]]:
    """Return the tasks that fit into the plan's minutes by the estimate of their cost, and what was left out.

    Trainings of first releases, controls, yardsticks, and the best informed attacks on a synthetic table of about the
    members' size always stay. What stays has the key it would have without a budget, so no number moves.
    """
    minutes = components.plan.max_minutes
    if minutes is None or _minutes(tasks, components, sizes) <= minutes:
        return tuple(tasks), ()
    most = MostKnowledge.of(tasks)
    chosen = [task for task in tasks if task.kind not in DEPENDENT]
    ranked = {task: TASKS[task.kind].rank(task, components, sizes, most) for task in chosen}
    ranks = {task: rank for task, rank in ranked.items() if rank is not None}
    fitting: tuple[Task, ...] = tuple(tasks)
    dropped: Counter[DropReason] = Counter()
    for rank in sorted(set(ranks.values())):
        dropped[rank.reason] += sum(1 for task in chosen if ranks.get(task) == rank)
        chosen = [task for task in chosen if ranks.get(task) != rank]
        fitting = (*chosen, *aggregate_tasks(chosen, components, sizes))
        if _minutes(fitting, components, sizes) <= minutes:
            break
    notes = [f"To stay within {minutes:g} minutes, {count} tasks of {WORDS[why]}." for why, count in dropped.items()]
    left = _minutes(fitting, components, sizes)
    if left > minutes:
        notes.append(f"Nothing more could be left out; the rest takes about {left:.1f} minutes, beyond {minutes:g}.")
    return fitting, tuple(notes)


def _minutes(tasks: Sequence[Task], components: Components, sizes: TableSizes) -> float:
    return estimate(tasks, components, sizes)["total"]
