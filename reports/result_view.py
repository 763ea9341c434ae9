"""The result, arranged for telling: which rows belong to one curve, and which of them speaks for it.

Rows are chosen and put in order here; no number is computed.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from synthaudit.audit.suite.result import Estimated, Finding, Result, Row, Series, SystemCard, ThreatModel, Unmeasured
from synthaudit.reports.figures.canvas import Style, styles
from synthaudit.reports.i18n import count, heard, listed, look_up, say

QUOTED = re.compile(r"['‘]([A-Za-z0-9_.-]+)['’]")


@dataclass(frozen=True)
class Point:
    """What was measured at one place of a curve.

    Attributes:
        x: The place.
        row: The row that speaks: the mean over releases where there is one, else the first release.
        releases: Values of the single releases behind it.
    """

    x: float
    row: Row
    releases: tuple[float, ...]

    @property
    def number(self) -> Estimated | Unmeasured:
        """Return the number of the row that speaks."""
        return self.row.number


@dataclass(frozen=True)
class Evidence:
    """A result and what a policy made of it."""

    result: Result
    findings: tuple[Finding, ...]

    @cached_property
    def systems(self) -> tuple[SystemCard, ...]:
        """What is judged: generators and files under test, in the result's order."""
        return tuple(card for card in self.result.systems if card.role != "control")

    @cached_property
    def controls(self) -> tuple[SystemCard, ...]:
        """Systems whose answer is known beforehand; shown, never judged."""
        return tuple(card for card in self.result.systems if card.role == "control")

    @cached_property
    def systems_and_controls(self) -> tuple[SystemCard, ...]:
        """Systems first, then controls."""
        return (*self.systems, *self.controls)

    @cached_property
    def looks(self) -> dict[str, Style]:
        """Each system's colour and marker, the same in every figure."""
        return styles([card.key for card in self.systems], [card.key for card in self.controls])

    @cached_property
    def by_id(self) -> dict[str, Row]:
        """Rows by their label."""
        return {row.id: row for row in self.result.rows}

    @cached_property
    def _usual(self) -> dict[tuple[str, str], tuple[bool, float, int, int, int]]:
        """The condition of each attack that stands for it where a plan varies more than sizes."""
        usual: dict[tuple[str, str], tuple[bool, float, int, int, int]] = {}
        for row in self.result.rows:
            if row.knowledge is not None:
                key, found = (row.section, row.method), condition(row.knowledge)
                usual[key] = min(usual.get(key, found), found)
        return usual

    def usual(self, one: Row | Series) -> bool:
        """Return whether a number was measured under its attack's usual condition, or under none."""
        return one.knowledge is None or self._usual.get((one.section, one.method)) in (None, condition(one.knowledge))

    @cached_property
    def _index(self) -> dict[tuple[str, str], dict[bool, list[Row]]]:
        """Rows by section and statistic, those under their attack's usual condition apart from the others."""
        index: dict[tuple[str, str], dict[bool, list[Row]]] = {}
        for row in self.result.rows:
            index.setdefault((row.section, row.statistic), {}).setdefault(self.usual(row), []).append(row)
        return index

    def rows(self, section: str, statistic: str, **wanted: object) -> list[Row]:
        """Return the rows of a statistic whose fields have the wanted values, each attack under its usual condition."""
        found = self._index.get((section, statistic), {}).get(True, [])
        return [row for row in found if all(getattr(row, name) == value for name, value in wanted.items())]

    def unusual(self, section: str, statistic: str) -> list[Row]:
        """Return the rows of a statistic under other conditions: another population, wrong or other columns known."""
        return self._index.get((section, statistic), {}).get(False, [])

    def statistics(self, section: str) -> list[str]:
        """Return the statistics of a section in the order of the result."""
        return [statistic for found, statistic in self._index if found == section]

    def title(self, key: str) -> str:
        """Return a system's name; a control says that it is one."""
        card = next((card for card in self.result.systems if card.key == key), None)
        if card is None:
            return key
        title = heard(card.title)
        return say("sections.yardstick.control", title=title) if card.role == "control" else title

    def method(self, key: str) -> str:
        """Return a method's title."""
        title = next((card.title for card in self.result.methods if card.key == key), None)
        return heard(title) if title else str(look_up(f"methods.{key}") or key.replace("_", " "))

    def named(self, text: str) -> str:
        """Return a sentence with the titles of attacks and metrics in place of their quoted keys."""
        keys = {card.key for card in self.result.methods} | set(look_up("methods"))
        return QUOTED.sub(lambda key: f"“{self.method(key[1])}”" if key[1] in keys else key[0], text)

    def names(self, titles: Iterable[str]) -> str:
        """Return systems by name, or that it is all of them where they are many."""
        kept = list(dict.fromkeys(titles))
        every = [card.title for card in self.systems]
        if len(kept) > 3 and sorted(kept) == sorted(every):
            return say("all_systems", systems=count(len(kept), "system"))
        return listed(kept)

    def findings_of(self, system: str) -> tuple[Finding, ...]:
        """Return what the policy says of one system."""
        return tuple(finding for finding in self.findings if finding.system == system)

    @cached_property
    def confidence(self) -> float:
        """The confidence of the intervals, that of the first row measured."""
        return next((row.number.confidence for row in self.result.rows if isinstance(row.number, Estimated)), 0.95)


KINDS = ("random", "frequent", "all but the secret", "demographics")


def condition(knows: ThreatModel) -> tuple[bool, float, int, int, int]:
    """Return what a curve over sizes holds fixed; the least is the usual one: nothing shifted, wrong or left out."""
    kind = KINDS.index(knows.known_choice) if knows.known_choice in KINDS else len(KINDS)
    return (
        knows.reference_population != "same population",
        knows.error_rate,
        kind,
        knows.targets_per_side or 0,
        knows.combined_releases,
    )


def is_general(rows: Iterable[Row]) -> bool:
    """Return whether every number over several releases was measured, so that the recipe can speak for the rows."""
    wholes = [row for row in rows if row.release is None and row.level != "release"]
    return bool(wholes) and all(isinstance(row.number, Estimated) for row in wholes)


def points(
    rows: Iterable[Row], place: Callable[[Row], float | int | None], *, general: bool | None = None
) -> tuple[Point, ...]:
    """Return a curve: at each place the mean over releases if every place has one, else the first release.

    One curve never mixes levels: a mean over trainings and a single file are different statements. ``general``
    settles the level for several curves of one figure.
    """
    rows = list(rows)
    general = is_general(rows) if general is None else general
    wholes: dict[float, Row] = {}
    singles: dict[float, list[Row]] = {}
    for row in rows:
        x = place(row)
        if x is None:
            continue
        if row.release is None:
            wholes[float(x)] = row
        else:
            singles.setdefault(float(x), []).append(row)
    at = sorted({*wholes, *singles})
    curve = []
    for x in at:
        own = singles.get(x, [])
        speaking = wholes[x] if x in wholes and (general or not own) else min(own, key=lambda row: row.release or 0)
        values = tuple(row.number.value for row in own if isinstance(row.number, Estimated))
        curve.append(Point(x, speaking, values if len(own) > 1 else ()))
    return tuple(curve)


def synthetic_rows(row: Row) -> int | None:
    """Return the size of the synthetic table behind a row."""
    return row.knowledge.synthetic_rows if row.knowledge else None


def reference_rows(row: Row) -> int | None:
    """Return how many reference records the attacker held."""
    return row.knowledge.reference_rows if row.knowledge else None


def known_columns(row: Row) -> int | None:
    """Return how many columns the attacker knew."""
    return row.knowledge.known_columns if row.knowledge else None


def largest(rows: Iterable[Row], place: Callable[[Row], int | None]) -> list[Row]:
    """Return the rows at the largest place, such as the largest synthetic table."""
    kept = list(rows)
    most = max((place(row) or 0 for row in kept), default=0)
    return [row for row in kept if (place(row) or 0) == most]


def speaking(rows: Iterable[Row], *, general: bool | None = None) -> Row | None:
    """Return the one row that speaks for rows that differ in their release only."""
    curve = points(rows, lambda _: 0, general=general)
    return curve[0].row if curve else None


def strongest(rows: Iterable[Row]) -> Row | None:
    """Return the highest value among rows of one statistic, one level: means over releases where there are any."""
    kept = [row for row in rows if isinstance(row.number, Estimated)]
    general = [row for row in kept if row.release is None]
    return max(
        general or kept, key=lambda row: row.number.value if isinstance(row.number, Estimated) else 0, default=None
    )


def ends(number: Estimated, ceiling: float | None = None) -> tuple[float, float, float]:
    """Return value and interval for drawing; an open upper end is drawn at ``ceiling``."""
    high = number.high if number.high is not None else (ceiling if ceiling is not None else number.value)
    return number.value, number.low, high
