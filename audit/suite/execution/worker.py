"""A worker computes one task: it reads the run folder, and leaves one file behind."""

import time

from synthaudit.audit.files import files_written, work_folder
from synthaudit.audit.suite.context.audit_context import read_context
from synthaudit.audit.suite.context.task import Task
from synthaudit.audit.suite.execution.attempts import attempt
from synthaudit.audit.suite.tasks import TASKS


def run_task(task: Task, folder: str) -> None:
    """Compute a task unless it is finished, and write its result."""
    context = read_context(folder)
    if context.folder.has(task.key):
        return
    started = time.perf_counter()
    folder_of_run, limit = context.folder, context.plan.limit_minutes
    with work_folder(folder_of_run.work), files_written() as left, attempt(folder_of_run, task, minutes=limit):
        result = TASKS[task.kind].run(task, context)
        seconds = round(time.perf_counter() - started, 3)
        finished = result.model_copy(update={"seconds": seconds})
        folder_of_run.write_task(finished, left=left, small_count=context.plan.small_count)
