"""A plan becomes one flat list of cells: each a small computation with a label, a seed and an address of its own."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from attacks.attribute import ATTRIBUTE
from attacks.membership import MEMBERSHIP
from attacks.reidentification import REIDENTIFICATION
from audit.errors import PlanError, unknown_name
from audit.fidelity import METRICS
from audit.knowledge import Need
from audit.suite.plan import Choice, Plan, build, construct, options_of, rows_of
from generators import find

Kind = Literal[
    "fit", "membership", "attribute", "reidentification", "fidelity", "yardstick", "blind", "planted", "joint", "groups"
]

EVERYBODY = "data"
"""The subject of cells that concern the real patients only."""


@dataclass(frozen=True)
class Cell:
    """One computation of an audit.

    Attributes:
        kind: What is computed.
        subject: Key of the system under test.
        release: Which of its synthetic tables.
        method: Key of the attack or metric.
        synthetic: Rows of the synthetic table.
        reference: Reference records the attacker holds.
        known: Columns the attacker of attributes knows; 0 elsewhere, and where their kind says how many they are.
        columns: Which columns those are.
        noise: Share of the known cells that the attacker has wrong.
        targets: Targets a side; 0 for all of them.
        shifted: Whether the reference is of a shifted population.
        sources: Addresses of the cells whose scores it rests on.
        key: Address of its result: a hash of all that the numbers depend on.
    """

    kind: Kind
    subject: str
    release: int = 0
    method: str = ""
    synthetic: int = 0
    reference: int = 0
    known: int = 0
    columns: str = "random"
    noise: float = 0.0
    targets: int = 0
    shifted: bool = False
    sources: tuple[str, ...] = ()
    key: str = ""

    @property
    def label(self) -> str:
        """The cell's name; its seed derives from it, so that adding an attack moves no other number."""
        parts = [self.kind, self.subject, str(self.release), self.method]
        parts += [f"m{self.synthetic}", f"r{self.reference}", f"k{self.known}"]
        parts += [self.columns] if self.columns != "random" else []
        parts += [f"noise {self.noise:g}"] if self.noise else []
        parts += [f"t{self.targets}"] if self.targets else []
        return "/".join([*parts, "shifted"] if self.shifted else parts)


def seed_of(root: int, *labels: object) -> int:
    """Return a seed below 2**63 that depends on the root seed and the labels only.

    >>> seed_of(0, "fit", "medgan", 0) == seed_of(0, "fit", "medgan", 0) != seed_of(1, "fit", "medgan", 0)
    True
    """
    text = json.dumps([root, *map(str, labels)])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


@dataclass(frozen=True)
class Sides:
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


class Bench:
    """The plan's names looked up in the catalogues: recipes, attacks and metrics with their options set.

    Raises:
        PlanError: If a name or an option is not known.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.recipes = {key: _recipe(key, choice) for key, choice in plan.generators.items()}
        self.membership: dict[str, Any] = {}
        self.attribute: dict[str, Any] = {}
        self.reidentification: dict[str, Any] = {}
        rooms = ((MEMBERSHIP, self.membership), (ATTRIBUTE, self.attribute), (REIDENTIFICATION, self.reidentification))
        for key, choice in plan.attacks.items():
            name = choice.use or key
            for catalogue, room in rooms:
                if name in catalogue:
                    room[key] = build("attack", catalogue, key, choice)
                    break
            else:
                known = [known for catalogue, _ in rooms for known in catalogue]
                raise PlanError(f"[attacks.{key}]: {unknown_name('attack', name, known)}")
        self.metrics = {key: build("metric", METRICS, key, choice) for key, choice in plan.metrics.items()}
        twice = sorted(set(plan.attacks) & set(plan.metrics))
        if twice:
            raise PlanError(f"[metrics.{twice[0]}]: expected another name, an attack is called '{twice[0]}' too")
        both = sorted(set(plan.generators) & set(plan.synthetic))
        if both:
            raise PlanError(f"[synthetic.{both[0]}]: expected another name, a generator is called '{both[0]}' too")
        if not plan.generators and not plan.synthetic:
            raise PlanError("expected at least one [generators.NAME] or [synthetic.NAME] to audit")
        if "all but the secret" in plan.sweep.known_kind and plan.secrets.text is None:
            raise PlanError("[secrets]: expected 'columns' or 'rarest', since 'all but the secret' is to be known")
        if EVERYBODY in {*plan.generators, *plan.synthetic}:
            raise PlanError(f"expected another name than '{EVERYBODY}', which stands for the real patients")
        for name in plan.controls.attacks:
            if name not in self.membership:
                raise PlanError(f"[controls]: {unknown_name('membership attack', name, self.membership)}")

    @property
    def things(self) -> dict[str, Any]:
        """Every attack and metric by its key; no two share one."""
        return {**self.membership, **self.attribute, **self.reidentification, **self.metrics}

    def is_control(self, key: str) -> bool:
        """Whether a generator is one whose leak is known beforehand."""
        return bool(getattr(type(self.recipes[key]), "control", False)) if key in self.recipes else False

    @property
    def subjects(self) -> tuple[str, ...]:
        """Keys of the systems under test, in the plan's order."""
        return (*self.plan.generators, *self.plan.synthetic)

    def releases(self, subject: str) -> int:
        """How many synthetic tables of a system are audited."""
        return self.plan.sweep.releases if subject in self.recipes else 1

    def power_attacks(self) -> tuple[str, ...]:
        """Membership attacks whose power the planted leaks measure; those that read no synthetic row have none."""
        planted = (key for key, attack in self.membership.items() if not attack.needs & {Need.TRAINER, Need.WEIGHTS})
        return self.plan.controls.attacks or tuple(planted)


def _recipe(key: str, choice: Choice) -> Any:
    """Return a generator of the catalogue, or of the user's own as ``package.module:Class``, with its options set."""
    where = f"[generators.{key}]"
    try:
        kind = find(choice.use or key)
    except PlanError as error:
        raise PlanError(f"{where}: {error}") from None
    return construct(kind, choice.options, where=where)


def list_cells(bench: Bench, sides: Sides) -> tuple[Cell, ...]:
    """Return every cell of the plan, trainings first, each addressed by what its numbers depend on."""
    cells = tuple(_addressed(cell, bench, sides) for cell in _cells(bench, sides))
    return (*cells, *judging(cells, bench, sides))


AFTERWARDS = ("joint", "groups")
"""Kinds of cells that rest on the scores that others leave."""


def judging(cells: Sequence[Cell], bench: Bench, sides: Sides) -> tuple[Cell, ...]:
    """Return the cells that judge attacks together: on the largest table of each release, all targets."""
    found = []
    for subject in bench.subjects:
        for release in range(bench.releases(subject)):
            own = [
                cell
                for cell in cells
                if (cell.kind, cell.subject, cell.release, cell.targets) == ("membership", subject, release, 0)
            ]
            if not own:
                continue
            rows = max(cell.synthetic for cell in own)
            own = [cell for cell in own if cell.synthetic == rows]
            found.append(Cell("joint", subject, release, synthetic=rows, sources=tuple(cell.key for cell in own)))
            if release == 0 and not bench.is_control(subject):
                # Last among an attack's cells: the most reference records of the population itself.
                best = {cell.method: cell.key for cell in own if not cell.shifted} or {c.method: c.key for c in own}
                found.append(Cell("groups", subject, release, synthetic=rows, sources=tuple(best.values())))
    return tuple(_addressed(cell, bench, sides) for cell in found)


def sizes(bench: Bench, sides: Sides, subject: str) -> tuple[int, ...]:
    """Return the synthetic sizes at which a system is attacked; a file cannot have more rows than it has."""
    return _distinct(bench.plan.sweep.synthetic, sides.members, sides.files.get(subject))


def fidelity_sizes(bench: Bench, sides: Sides, subject: str) -> tuple[int, ...]:
    """Return the synthetic sizes at which a system's fidelity is measured."""
    return _distinct(bench.plan.sweep.fidelity, sides.members, sides.files.get(subject))


def _distinct(wanted: tuple[Any, ...], members: int, limit: int | None) -> tuple[int, ...]:
    rows = {max(1, rows_of(size, members)) for size in wanted}
    return tuple(sorted({min(size, limit) for size in rows} if limit is not None else rows))


def _cells(bench: Bench, sides: Sides) -> Iterator[Cell]:
    plan = bench.plan
    for subject in bench.recipes:
        most = max(*sizes(bench, sides, subject), *fidelity_sizes(bench, sides, subject))
        for release in range(bench.releases(subject)):
            yield Cell("fit", subject, release, synthetic=most)
    if plan.controls.enabled:
        yield Cell("blind", EVERYBODY)
    for key in bench.metrics:
        yield Cell("yardstick", EVERYBODY, method=key)
    for subject in bench.subjects:
        for release in range(bench.releases(subject)):
            yield from _attack_cells(bench, sides, subject, release)
            for rows in fidelity_sizes(bench, sides, subject):
                for key in bench.metrics:
                    yield Cell("fidelity", subject, release, key, rows)
    if plan.controls.enabled:
        for subject in bench.subjects:
            if not bench.is_control(subject):
                rows = min(sizes(bench, sides, subject), key=lambda size: abs(size - sides.members))
                for key in bench.power_attacks():
                    yield Cell("planted", subject, 0, key, rows, _most_reference(bench, sides, key))


def _attack_cells(bench: Bench, sides: Sides, subject: str, release: int) -> Iterator[Cell]:
    for rows in sizes(bench, sides, subject):
        for key, attack in bench.membership.items():
            for reference, shifted in _held(bench, sides, attack):
                for targets in (0, *_fewer(bench, sides)):
                    yield Cell("membership", subject, release, key, rows, reference, targets=targets, shifted=shifted)
        for key in bench.attribute:
            for columns, known in _knowns(bench, sides):
                for noise in sorted(set(bench.plan.sweep.noise)):
                    yield Cell(
                        "attribute", subject, release, key, rows, sides.reference, known, columns=columns, noise=noise
                    )
        for key, attack in bench.reidentification.items():
            held = sides.reference if Need.REFERENCE in attack.needs else 0
            yield Cell("reidentification", subject, release, key, rows, held)


def _held(bench: Bench, sides: Sides, attack: Any) -> Iterator[tuple[int, bool]]:
    """Yield how many reference records the attacker holds, and whether they are of a shifted population."""
    counts = _references(bench, sides, attack)
    populations = bench.plan.sweep.population if Need.TRAINER not in attack.needs and any(counts) else ("same",)
    if "same" in populations:
        yield from ((count, False) for count in counts)
    if "shifted" in populations:
        yield from ((count, True) for count in sorted({min(count, sides.reference // 2) for count in counts} - {0}))


def _fewer(bench: Bench, sides: Sides) -> tuple[int, ...]:
    """Return the numbers of targets a side, besides all, at which attacks are repeated."""
    most = min(bench.plan.targets.members, bench.plan.targets.holdout, sides.members, sides.holdout)
    wanted = {rows_of(size, sides.members) for size in bench.plan.sweep.targets}
    return tuple(sorted(targets for targets in wanted if targets < most))


def _references(bench: Bench, sides: Sides, attack: Any) -> tuple[int, ...]:
    """Return how many reference records the attacker holds; one entry where the attack uses none.

    Who trains shadow models trains them on all the records there are: another number would be another ensemble.
    """
    if Need.TRAINER in attack.needs:
        return (sides.reference,)
    if Need.REFERENCE not in attack.needs or not sides.reference:
        return (0,)
    held = {min(rows_of(size, sides.members), sides.reference) for size in bench.plan.sweep.reference}
    return tuple(sorted(held - {0})) or (0,)


def _most_reference(bench: Bench, sides: Sides, key: str) -> int:
    return max(_references(bench, sides, bench.membership[key]))


def _knowns(bench: Bench, sides: Sides) -> Iterator[tuple[str, int]]:
    """Yield which columns an attacker of attributes knows, and how many of them, so that something is left to guess."""
    known = sorted({known for known in bench.plan.sweep.known if 0 < known < sides.columns})
    for columns in dict.fromkeys(bench.plan.sweep.known_kind):
        if columns == "random":
            yield from ((columns, count) for count in known or ([sides.columns // 2] if sides.columns > 1 else []))
        elif columns == "frequent":
            yield from ((columns, count) for count in sorted({min(n, sides.columns - sides.rest) for n in known}))
        else:
            yield columns, 0


def _addressed(cell: Cell, bench: Bench, sides: Sides) -> Cell:
    """Return the cell with its address."""
    plan = bench.plan
    things = {
        "recipe": bench.recipes.get(cell.subject),
        "method": bench.things.get(cell.method),
    }
    depends = {
        "label": cell.label,
        "seed": plan.seed,
        "small_count": plan.small_count,
        "targets": plan.targets.model_dump(),
        "secrets": plan.secrets.model_dump(mode="json") if cell.kind == "attribute" else None,
        "sides": sides.fingerprint,
        "things": {name: [type(thing).__name__, options_of(thing)] for name, thing in things.items()},
        "controls": plan.controls.model_dump(mode="json") if cell.kind in ("planted", "blind") else None,
        "sampled": max((*sizes(bench, sides, cell.subject), *fidelity_sizes(bench, sides, cell.subject)), default=0)
        if cell.subject in bench.recipes
        else None,
        "sources": cell.sources,
        "code": CODE_VERSION,
    }
    key = hashlib.sha256(json.dumps(depends, sort_keys=True).encode()).hexdigest()[:32]
    return Cell(**{**cell.__dict__, "key": key})


CODE_VERSION = 5
"""Raised whenever a change of code changes a number, so that stored cells are not mistaken for new ones."""
