"""Privacy audits of synthetic health data: the public face.

    sides = synthaudit.split("patients.csv", "sides", id="mrn")  # the maker of synthetic data gets sides["members"]
    result = synthaudit.run("plan.toml", "audit-report")     # attack, measure; finished work in the folder is reused
    findings = synthaudit.gate(result, "strict")             # judge by a policy
    synthaudit.report(result, "audit-report")                # report.html, report.pdf, findings.md, rows.csv, ...

Each function calls one function inside, which loads what it needs: ``import synthaudit`` itself loads nothing heavy.
What a user can mend is raised as ``synthaudit.AuditError``; its text says what was expected and what to do.
"""

from synthaudit.audit import __version__ as __version__

TYPE_CHECKING = False
# typing itself is not imported: ``python -m synthaudit`` runs this with the working directory still first on the path,
# where every module that is not loaded yet can be a user's file of that name.

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from synthaudit.audit.errors import AuditError as AuditError
    from synthaudit.audit.policy import Comparison as Comparison
    from synthaudit.audit.policy import Policy as Policy
    from synthaudit.audit.suite.plan import Plan as Plan
    from synthaudit.audit.suite.result import Result as Result
    from synthaudit.audit.suite.result.finding import Finding as Finding

_CLASSES = {
    "AuditError": "synthaudit.audit.errors",
    "Comparison": "synthaudit.audit.policy",
    "Finding": "synthaudit.audit.suite.result.finding",
    "Plan": "synthaudit.audit.suite.plan",
    "Policy": "synthaudit.audit.policy",
    "Result": "synthaudit.audit.suite.result",
}
"""Where the classes lie that functions here take, return and raise."""

__all__ = [*_CLASSES, "__version__", "compare", "gate", "load", "report", "run", "split"]


def __getattr__(name: str) -> object:
    if name not in _CLASSES:
        raise AttributeError(f"module 'synthaudit' has no attribute '{name}'")
    import importlib

    return getattr(importlib.import_module(_CLASSES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def run(
    plan: "Plan | Path | str",
    out: "Path | str",
    *,
    base: "Path | str | None" = None,
    workers: int = 1,
    scheduler: str | None = None,
    scheduler_keys: "Path | str | None" = None,
    device: str = "auto",
    on_progress: "Callable[[str, int, int], None] | None" = None,
) -> "Result":
    """Audit what a plan says, leave everything in the folder ``out``, and return the result.

    No number depends on ``workers``, ``scheduler`` or the order in which tasks end.

    Args:
        plan: A plan, or a file of one in TOML.
        out: The run folder; what is finished there is not computed again.
        base: Folder from which the plan's relative paths start: the plan file's own, or else the working directory,
            where left out.
        workers: Processes that compute. With more than one, a script must guard its call by
            ``if __name__ == "__main__":``.
        scheduler: Address of a dask scheduler (``tls://``), instead of processes here; needs the extra ``cluster``.
        scheduler_keys: Folder of its ``ca.pem`` and of this side's ``cert.pem`` and ``key.pem``; dask's own
            configuration where left out.
        device: ``auto``, ``cpu`` or ``cuda``.
        on_progress: Called after each task with (what was finished, tasks done, tasks in all).

    Raises:
        AuditError: The plan, a table or the folder is not what it should be.
    """
    from pathlib import Path

    from synthaudit.audit.policy import with_findings
    from synthaudit.audit.suite.execution.run import run as run_plan
    from synthaudit.audit.suite.execution.schedule import ExecutionOptions
    from synthaudit.audit.suite.plan import Plan, read_plan

    keys = Path(scheduler_keys) if scheduler_keys is not None else None
    options = ExecutionOptions(workers=workers, scheduler=scheduler, device=device, scheduler_keys=keys)
    if not isinstance(plan, Plan):
        base, plan = base or Path(plan).parent, read_plan(Path(plan))
    folder = Path(base or ".")
    return run_plan(plan, Path(out), base=folder, options=options, on_progress=on_progress, judge=with_findings)


def split(
    table: "Path | str",
    out: "Path | str",
    *,
    id: str | None = None,
    members: float = 0.4,
    holdout: float = 0.4,
    reference: float = 0.2,
    seed: int = 0,
) -> "dict[str, Path]":
    """Write members, holdout and reference of a table, by patient and cells as they stand, into the folder ``out``.

    Args:
        table: A CSV, TSV, Parquet or Excel file.
        out: The folder; nothing there is overwritten.
        id: The column that says whose row it is; every row is a patient where left out.
        members: Patients to train on: a share of them all, or a whole number.
        holdout: The control group.
        reference: Patients whom the attacker knows.
        seed: Seed of the draw, as in a plan with this split.

    Returns:
        The file of each side. Give away the members' alone.

    Raises:
        AuditError: The table cannot be read, or the folder holds a split already.
    """
    from pathlib import Path

    from synthaudit.audit.records.split_table import split_table
    from synthaudit.audit.suite.context.task import seed_of

    shares = {"members": members, "holdout": holdout, "reference": reference}
    sides = split_table(Path(table), Path(out), id=id, shares=shares, seed=seed_of(seed, "split") % 2**32)
    return {role: side.file for role, side in sides.items()}


def load(path: "Path | str") -> "Result":
    """Return the result in a run folder or a ``result.json``.

    Raises:
        AuditError: There is none, it is not a result, or its version is not known.
    """
    from pathlib import Path

    from synthaudit.audit.suite.result import read_result

    return read_result(Path(path))


def gate(result: "Result", policy: "Policy | Path | str" = "default") -> "tuple[Finding, ...]":
    """Judge a result: one finding per criterion of the policy and system under test. Controls are not judged.

    Args:
        result: What an audit found.
        policy: A policy, a shipped or installed one's name (``synthaudit list policies``), or a TOML file.

    Raises:
        AuditError: There is no such policy, it is not valid, or it disagrees with the result about what harm is.
    """
    from synthaudit.audit.policy import Policy, publishable_findings, read_policy

    return publishable_findings(result, policy if isinstance(policy, Policy) else read_policy(policy))


def compare(before: "Result", after: "Result") -> "Comparison":
    """Compare every risk that two results of the same patients hold: how much each rose, with its interval.

    Raises:
        AuditError: Data, split or version differ, or nothing in common is left; the text says what differs.
    """
    from synthaudit.audit.policy import compare_results

    return compare_results(before, after)


def report(
    result: "Result",
    out: "Path | str",
    *,
    policy: "Policy | Path | str" = "default",
    formats: "Sequence[str]" = ("html", "pdf", "md", "csv"),
    language: str = "en",
) -> "tuple[Path, ...]":
    """Write the pages of a result, as a policy judges it, into the folder ``out``; return the files.

    Args:
        result: What an audit found. No patient data is needed.
        out: Where to write; made if it does not exist.
        policy: As for ``gate``.
        formats: Among ``html``, ``pdf``, ``summary``, ``md``, ``csv``, ``parquet``, ``svg`` and ``png``.
        language: Language of the pages.

    Raises:
        AuditError: The policy is not valid, or the folder cannot be written.
        ValueError: A format or the language is not known.
    """
    from pathlib import Path

    from synthaudit.reports import write

    return write(result, gate(result, policy), Path(out), formats=formats, language=language)
