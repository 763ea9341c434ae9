"""A result and its findings with titles, styles and an index of rows, as the sections read them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from synthaudit.audit.suite.result import Estimated, Finding, Result, Row, Series, SystemCard, ThreatModel
from synthaudit.reports.figures.style import Style, assign_styles
from synthaudit.reports.text.i18n import join_list, look_up, pluralize, t, translate

QUOTED = re.compile(r"['‘]([A-Za-z0-9_.-]+)['’]")
KINDS = ("random", "frequent", "all but the secret", "demographics")


@dataclass(frozen=True, order=True)
class AttackCondition:
    """What a curve over sizes holds fixed; the least is an attack's default: nothing shifted, wrong or left out.

    Attributes:
        shifted: Whether the reference records come from another population.
        error_rate: Share of the known cells that are wrong.
        known_choice: Place in ``KINDS`` of how the known columns were chosen.
        targets_per_side: Targets per side where fewer than all were attacked; else 0.
        combined_releases: Independently trained tables that were attacked together.
    """

    shifted: bool
    error_rate: float
    known_choice: int
    targets_per_side: int
    combined_releases: int


def condition_of(knows: ThreatModel) -> AttackCondition:
    """Return the condition under which an attacker with this knowledge was measured."""
    kind = KINDS.index(knows.known_choice) if knows.known_choice in KINDS else len(KINDS)
    return AttackCondition(
        shifted=knows.reference_population != "same population",
        error_rate=knows.error_rate,
        known_choice=kind,
        targets_per_side=knows.targets_per_side or 0,
        combined_releases=knows.combined_releases,
    )


@dataclass(frozen=True)
class ResultView:
    """A result and the findings of a policy on it."""

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
    def styles(self) -> dict[str, Style]:
        """Each system's colour and marker, the same in every figure."""
        return assign_styles([card.key for card in self.systems], [card.key for card in self.controls])

    @cached_property
    def by_id(self) -> dict[str, Row]:
        """Rows by their label."""
        return {row.id: row for row in self.result.rows}

    @cached_property
    def _default_conditions(self) -> dict[tuple[str, str], AttackCondition]:
        """The least condition of each attack, by section and method."""
        least: dict[tuple[str, str], AttackCondition] = {}
        for row in self.result.rows:
            if row.knowledge is not None:
                key, condition = (row.section, row.method), condition_of(row.knowledge)
                least[key] = min(least.get(key, condition), condition)
        return least

    def is_default_condition(self, one: Row | Series) -> bool:
        """Return whether a number was measured under its attack's default condition, or under none."""
        if one.knowledge is None:
            return True
        return self._default_conditions.get((one.section, one.method)) in (None, condition_of(one.knowledge))

    @cached_property
    def _index(self) -> dict[tuple[str, str], dict[bool, list[Row]]]:
        """Rows by section and statistic, those under their attack's default condition apart from the others."""
        index: dict[tuple[str, str], dict[bool, list[Row]]] = {}
        for row in self.result.rows:
            by_condition = index.setdefault((row.section, row.statistic), {})
            by_condition.setdefault(self.is_default_condition(row), []).append(row)
        return index

    def rows(self, section: str, statistic: str, **fields: object) -> list[Row]:
        """Return a statistic's rows whose fields have these values, each attack under its default condition."""
        rows = self._index.get((section, statistic), {}).get(True, [])
        return [row for row in rows if all(getattr(row, name) == value for name, value in fields.items())]

    def rows_under_other_conditions(self, section: str, statistic: str) -> list[Row]:
        """Return a statistic's rows under other conditions: another population, wrong or other columns known."""
        return self._index.get((section, statistic), {}).get(False, [])

    def statistics(self, section: str) -> list[str]:
        """Return the statistics of a section in the order of the result."""
        return [statistic for of, statistic in self._index if of == section]

    def system_title(self, key: str) -> str:
        """Return a system's title; a control says that it is one."""
        card = next((card for card in self.result.systems if card.key == key), None)
        if card is None:
            return key
        title = translate(card.title)
        return t("sections.yardstick.control", title=title) if card.role == "control" else title

    def method_title(self, key: str) -> str:
        """Return the title of an attack, metric or control."""
        title = next((card.title for card in self.result.methods if card.key == key), None)
        return translate(title) if title else str(look_up(f"methods.{key}") or key.replace("_", " "))

    def with_titles(self, text: str) -> str:
        """Return a sentence with the titles of attacks and metrics in place of their quoted keys."""
        keys = {card.key for card in self.result.methods} | set(look_up("methods"))
        return QUOTED.sub(lambda key: f"“{self.method_title(key[1])}”" if key[1] in keys else key[0], text)

    def join_titles(self, titles: Iterable[str]) -> str:
        """Return systems' titles as running text, or that it is all of them where they are many."""
        titles = list(dict.fromkeys(titles))
        if len(titles) > 3 and sorted(titles) == sorted(card.title for card in self.systems):
            return t("all_systems", systems=pluralize(len(titles), "system"))
        return join_list(titles)

    def findings_of(self, system: str) -> tuple[Finding, ...]:
        """Return the policy's findings on one system."""
        return tuple(finding for finding in self.findings if finding.system == system)

    @cached_property
    def confidence(self) -> float:
        """The confidence of the intervals, that of the first row measured."""
        return next((row.number.confidence for row in self.result.rows if isinstance(row.number, Estimated)), 0.95)
