"""From finished tasks to the one result: rows in the plan's order, and those of tasks that failed."""

from collections.abc import Iterable

from synthaudit.audit.suite.context.components import Components
from synthaudit.audit.suite.context.prepare import Prepared
from synthaudit.audit.suite.execution.cards import method_cards, system_card
from synthaudit.audit.suite.execution.over_releases import mean_rows
from synthaudit.audit.suite.execution.schedule import Outcome
from synthaudit.audit.suite.execution.untested import list_untested
from synthaudit.audit.suite.result import Result, Row, RunCard, Series, Unmeasured
from synthaudit.audit.suite.tasks import TASKS
from synthaudit.audit.suite.tasks.dp.claim import claimed_epsilon_row


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
        else:
            rows += missing_rows(outcome)
    rows += mean_rows(rows, components)
    systems = tuple(system_card(components, prepared, key, ended) for key in components.systems)
    rows += [row for card in systems for row in claimed_epsilon_row(card)]
    return Result(
        title=components.plan.title,
        seed=components.plan.seed,
        preset=components.plan.preset,
        plan=components.plan.published(),
        plan_sha256=components.plan.sha256(),
        data=prepared.data,
        split=prepared.split,
        systems=systems,
        methods=method_cards(components),
        rows=tuple(rows),
        series=tuple(series),
        untested=(*dropped, *list_untested(components)),
        run=run,
    )


def missing_rows(outcome: Outcome) -> list[Row]:
    """Return the row of a task that could not be computed: not measured, because; none where it would not be missed."""
    task, kind = outcome.task, TASKS[outcome.task.kind]
    if kind.statistic is None:
        return []
    row = Row(
        id=f"{task.label}/missing",
        section=kind.section,
        level=kind.level,
        system=task.system,
        release=task.release,
        method=task.method or task.kind,
        statistic=kind.statistic,
        number=Unmeasured(reason=outcome.reason or "the task was not run"),
    )
    return [row]
