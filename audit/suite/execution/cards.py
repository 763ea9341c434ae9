"""What a result says of its systems, methods and run."""

import os
import platform
from collections.abc import Iterable
from importlib import metadata

from synthaudit.audit import __version__
from synthaudit.audit.suite.context.components import Components
from synthaudit.audit.suite.context.prepare import Prepared
from synthaudit.audit.suite.execution.schedule import Outcome
from synthaudit.audit.suite.plan import options_of
from synthaudit.audit.suite.result import MethodCard, RunCard, SystemCard
from synthaudit.audit.suite.tasks import TASKS
from synthaudit.audit.suite.tasks.task_kind import TaskStage

COLLAPSED = 0.2
"""Share of distinct synthetic rows, relative to the members', below which a generator has collapsed."""


def system_card(components: Components, prepared: Prepared, key: str, outcomes: list[Outcome]) -> SystemCard:
    fits = [o for o in outcomes if TASKS[o.task.kind].stage is TaskStage.TRAINING and o.task.system == key]
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
            rows=prepared.sizes.files[key],
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


def method_cards(components: Components) -> tuple[MethodCard, ...]:
    """Return a card of every attack and metric."""
    cards = []
    for section, key, method in components.by_section:
        use = {**components.plan.attacks, **components.plan.metrics}[key].use
        cards.append(
            MethodCard(
                key=key,
                section=section,
                title=method.title if use in (None, key) else f"{method.title} ({key})",
                question=method.question,
                source=method.source,
                needs=tuple(sorted(need.value for need in components.needs(key))),
                options=options_of(method),
            )
        )
    return tuple(cards)


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
