"""A plan becomes one flat list of cells: each a small computation with a label, a seed and an address of its own."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from synthaudit.audit.knowledge import Need
from synthaudit.audit.suite.context.components import EVERYBODY as EVERYBODY
from synthaudit.audit.suite.context.components import Components as Components
from synthaudit.audit.suite.plan import options_of, rows_of

Kind = Literal[
    "fit",
    "membership",
    "attribute",
    "reidentification",
    "fidelity",
    "yardstick",
    "blind",
    "planted",
    "joint",
    "groups",
    "pairs",
    "canaries",
    "trainings",
]


@dataclass(frozen=True)
class Task:
    """One computation of an audit.

    Attributes:
        kind: What is computed.
        system: Key of the system under test.
        release: Which of its synthetic tables.
        method: Key of the attack or metric.
        synthetic: Rows of the synthetic table.
        reference: Reference records the attacker holds.
        known: Columns the attacker of attributes knows; 0 elsewhere, and where their kind says how many they are.
        columns: Which columns those are.
        noise: Share of the known cells that the attacker has wrong.
        targets: Targets a side; 0 for all of them.
        shifted: Whether the reference is of a shifted population.
        copies: Releases put together, this one and those after it.
        sources: Addresses of the cells whose scores it rests on.
        key: Address of its result: a hash of all that the numbers depend on.
    """

    kind: Kind
    system: str
    release: int = 0
    method: str = ""
    synthetic: int = 0
    reference: int = 0
    known: int = 0
    columns: str = "random"
    noise: float = 0.0
    targets: int = 0
    shifted: bool = False
    copies: int = 1
    sources: tuple[str, ...] = ()
    key: str = ""

    @property
    def label(self) -> str:
        """The cell's name; its seed derives from it, so that adding an attack moves no other number."""
        parts = [self.kind, self.system, str(self.release), self.method]
        parts += [f"m{self.synthetic}", f"r{self.reference}", f"k{self.known}"]
        parts += [self.columns] if self.columns != "random" else []
        parts += [f"noise {self.noise:g}"] if self.noise else []
        parts += [f"t{self.targets}"] if self.targets else []
        parts += [f"{self.copies} releases"] if self.copies > 1 else []
        return "/".join([*parts, "shifted"] if self.shifted else parts)


def seed_of(root: int, *labels: object) -> int:
    """Return a seed below 2**63 that depends on the root seed and the labels only.

    >>> seed_of(0, "fit", "medgan", 0) == seed_of(0, "fit", "medgan", 0) != seed_of(1, "fit", "medgan", 0)
    True
    """
    text = json.dumps([root, *map(str, labels)])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


@dataclass(frozen=True)
class TableSizes:
    """What the list of cells depends on besides the plan.

    Attributes:
        members: Rows of the members.
        holdout: Rows of the holdout.
        reference: Rows of the reference.
        columns: Columns of the table.
        fingerprint: Hash of the content of all sides and given files.
        files: Rows of each synthetic table that was handed in, by key.
        rest: How many of the columns are no codes.
    """

    members: int
    holdout: int
    reference: int
    columns: int
    fingerprint: str
    files: Mapping[str, int]
    rest: int = 0


def list_cells(components: Components, sides: TableSizes) -> tuple[Task, ...]:
    """Return every cell of the plan, trainings first, each addressed by what its numbers depend on."""
    cells = tuple(_addressed(cell, components, sides) for cell in _cells(components, sides))
    return (*cells, *judging(cells, components, sides))


AFTERWARDS = ("joint", "groups", "pairs")
MECHANISM = ("pairs", "canaries", "trainings")
"""Kinds of cells that rest on the scores that others leave; and those that try a claim of differential privacy."""


def judging(cells: Sequence[Task], components: Components, sides: TableSizes) -> tuple[Task, ...]:
    """Return the cells that judge attacks together: on the largest table of each release, all targets."""
    found = []
    for system in components.systems:
        for release in range(components.releases(system)):
            own = [
                cell
                for cell in cells
                if (cell.kind, cell.system, cell.release, cell.targets) == ("membership", system, release, 0)
                and cell.copies == 1
            ]
            if not own:
                continue
            rows = max(cell.synthetic for cell in own)
            own = [cell for cell in own if cell.synthetic == rows]
            found.append(Task("joint", system, release, synthetic=rows, sources=tuple(cell.key for cell in own)))
            if release == 0 and components.plan.dp_audit.member_pairs and components.claims(system):
                found.append(Task("pairs", system, release, synthetic=rows, sources=tuple(cell.key for cell in own)))
            if release == 0 and not components.is_control(system):
                # Last among an attack's cells: the most reference records of the population itself.
                best = {cell.method: cell.key for cell in own if not cell.shifted} or {c.method: c.key for c in own}
                found.append(Task("groups", system, release, synthetic=rows, sources=tuple(best.values())))
    return tuple(_addressed(cell, components, sides) for cell in found)


def sizes(components: Components, sides: TableSizes, system: str) -> tuple[int, ...]:
    """Return the synthetic sizes at which a system is attacked; a file cannot have more rows than it has."""
    return _distinct(components.plan.sweep.synthetic_rows, sides.members, sides.files.get(system))


def fidelity_sizes(components: Components, sides: TableSizes, system: str) -> tuple[int, ...]:
    """Return the synthetic sizes at which a system's fidelity is measured."""
    return _distinct(components.plan.sweep.fidelity_rows, sides.members, sides.files.get(system))


def _distinct(wanted: tuple[Any, ...], members: int, limit: int | None) -> tuple[int, ...]:
    rows = {max(1, rows_of(size, members)) for size in wanted}
    return tuple(sorted({min(size, limit) for size in rows} if limit is not None else rows))


def _cells(components: Components, sides: TableSizes) -> Iterator[Task]:
    plan = components.plan
    for system in components.recipes:
        most = max(*sizes(components, sides, system), *fidelity_sizes(components, sides, system))
        for release in range(components.releases(system)):
            yield Task("fit", system, release, synthetic=most)
    if plan.controls.enabled:
        yield Task("blind", EVERYBODY)
    for key in components.metrics:
        yield Task("yardstick", EVERYBODY, method=key)
    for system in components.systems:
        for release in range(components.releases(system)):
            yield from _attack_cells(components, sides, system, release)
            for rows in fidelity_sizes(components, sides, system):
                for key in components.metrics:
                    yield Task("fidelity", system, release, key, rows)
    if plan.controls.enabled:
        for system in components.systems:
            if not components.is_control(system):
                rows = min(sizes(components, sides, system), key=lambda size: abs(size - sides.members))
                for key in components.power_attacks():
                    yield Task("planted", system, 0, key, rows, _most_reference(components, sides, key))
    yield from _mechanism_cells(components, sides)


def _mechanism_cells(components: Components, sides: TableSizes) -> Iterator[Task]:
    """Yield the audits of a claim that train for themselves."""
    plan = components.plan.dp_audit
    for system in components.recipes:
        if components.claims(system):
            if plan.canaries:
                yield Task("canaries", system, synthetic=max(sizes(components, sides, system)))
            if plan.trainings:
                yield Task("trainings", system)


def _attack_cells(components: Components, sides: TableSizes, system: str, release: int) -> Iterator[Task]:
    for rows in sizes(components, sides, system):
        for key, attack in components.membership.items():
            for reference, shifted in _held(components, sides, attack):
                for targets in (0, *_fewer(components, sides)):
                    yield Task("membership", system, release, key, rows, reference, targets=targets, shifted=shifted)
            if release == 0 and system in components.recipes and attack.needs <= {Need.SYNTHETIC, Need.REFERENCE}:
                most = _references(components, sides, attack)[-1]
                for copies in sorted(set(components.plan.sweep.combined_releases) - {1}):
                    yield Task("membership", system, 0, key, rows, most, copies=copies)
        for key in components.attribute:
            for columns, known in _knowns(components, sides):
                for noise in sorted(set(components.plan.sweep.error_rate)):
                    yield Task(
                        "attribute", system, release, key, rows, sides.reference, known, columns=columns, noise=noise
                    )
        for key, attack in components.reidentification.items():
            held = sides.reference if Need.REFERENCE in attack.needs else 0
            yield Task("reidentification", system, release, key, rows, held)


def _held(components: Components, sides: TableSizes, attack: Any) -> Iterator[tuple[int, bool]]:
    """Yield how many reference records the attacker holds, and whether they are of a shifted population."""
    counts = _references(components, sides, attack)
    populations = (
        components.plan.sweep.reference_population if Need.TRAINER not in attack.needs and any(counts) else ("same",)
    )
    if "same" in populations:
        yield from ((count, False) for count in counts)
    if "shifted" in populations:
        yield from ((count, True) for count in sorted({min(count, sides.reference // 2) for count in counts} - {0}))


def _fewer(components: Components, sides: TableSizes) -> tuple[int, ...]:
    """Return the numbers of targets a side, besides all, at which attacks are repeated."""
    most = min(components.plan.targets.members, components.plan.targets.holdout, sides.members, sides.holdout)
    wanted = {rows_of(size, sides.members) for size in components.plan.sweep.targets_per_side}
    return tuple(sorted(targets for targets in wanted if targets < most))


def _references(components: Components, sides: TableSizes, attack: Any) -> tuple[int, ...]:
    """Return how many reference records the attacker holds; one entry where the attack uses none.

    Who trains shadow models trains them on all the records there are: another number would be another ensemble. Who
    samples the generator compares with all of them.
    """
    if attack.needs & {Need.TRAINER, Need.SAMPLER}:
        return (sides.reference,)
    if Need.REFERENCE not in attack.needs or not sides.reference:
        return (0,)
    held = {min(rows_of(size, sides.members), sides.reference) for size in components.plan.sweep.reference_rows}
    return tuple(sorted(held - {0})) or (0,)


def _most_reference(components: Components, sides: TableSizes, key: str) -> int:
    return max(_references(components, sides, components.membership[key]))


def _knowns(components: Components, sides: TableSizes) -> Iterator[tuple[str, int]]:
    """Yield which columns an attacker of attributes knows, and how many of them, so that something is left to guess."""
    known = sorted({known for known in components.plan.sweep.known_columns if 0 < known < sides.columns})
    for columns in dict.fromkeys(components.plan.sweep.known_choice):
        if columns == "random":
            yield from ((columns, count) for count in known or ([sides.columns // 2] if sides.columns > 1 else []))
        elif columns == "frequent":
            yield from ((columns, count) for count in sorted({min(n, sides.columns - sides.rest) for n in known}))
        else:
            yield columns, 0


def _addressed(cell: Task, components: Components, sides: TableSizes) -> Task:
    """Return the cell with its address."""
    plan = components.plan
    things = {
        "recipe": components.recipes.get(cell.system),
        "method": components.things.get(cell.method),
    }
    depends: dict[str, Any] = {
        "label": cell.label,
        "seed": plan.seed,
        "small_count": plan.small_count,
        "targets": plan.targets.model_dump(),
        "secrets": plan.secrets.model_dump(mode="json") if cell.kind == "attribute" else None,
        "sides": sides.fingerprint,
        "things": {name: [type(thing).__name__, options_of(thing)] for name, thing in things.items()},
        "controls": plan.controls.model_dump(mode="json") if cell.kind in ("planted", "blind") else None,
        "sampled": max(
            (*sizes(components, sides, cell.system), *fidelity_sizes(components, sides, cell.system)), default=0
        )
        if cell.system in components.recipes
        else None,
        "fresh": components.fresh if cell.kind == "fit" else None,
        "sources": cell.sources,
        "code": CODE_VERSION,
    }
    if cell.kind in MECHANISM:
        file = plan.synthetic.get(cell.system)
        claim = file.claim if file is not None else None
        depends["dp_audit"] = plan.dp_audit.model_dump(mode="json")
        depends["claim"] = claim.model_dump(mode="json") if claim is not None else None
        attacks = components.canary_attacks.items()
        depends["attacks"] = {name: [type(attack).__name__, options_of(attack)] for name, attack in attacks}
    key = hashlib.sha256(json.dumps(depends, sort_keys=True).encode()).hexdigest()[:32]
    return Task(**{**cell.__dict__, "key": key})


CODE_VERSION = 8
"""Raised whenever a change of code changes a number, so that stored cells are not mistaken for new ones."""
