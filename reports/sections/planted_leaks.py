"""Leaks planted on purpose: how many members it takes for a criterion to notice, as its own rule judged them."""

from collections.abc import Iterator
from dataclasses import replace

from synthaudit.audit.suite.result import Estimated, Finding, PlantedPower, Row, fewest_noticed, most_planted
from synthaudit.reports.blocks.content import Block, Table, TableCell, Text
from synthaudit.reports.figures.style import HUES, MARKERS, Style
from synthaudit.reports.sections.sweep_figure import CurveRows, PanelRows, SweepText, sweep_figure
from synthaudit.reports.text import numbers
from synthaudit.reports.text.i18n import capitalize, look_up, pluralize, t
from synthaudit.reports.view.result_view import ResultView
from synthaudit.reports.view.verdicts import judged_systems

KEY = "sections.planted_leaks"
PANELS = 6
REQUIRED = 0.8  # the dotted line of the figure


def planted_leaks(view: ResultView) -> list[Block]:
    """Return what was planted, how it was judged, and what was noticed; empty where nothing was planted."""
    if not any(finding.power for finding in view.findings):
        return []
    blocks: list[Block] = [Text(t(f"{KEY}.lead"))]
    curves = [(finding, power) for finding in view.findings for power in finding.power]
    text = SweepText(
        caption=lambda _: t(f"{KEY}.caption"),
        line=f"{KEY}.line",
        x=t(f"{KEY}.x"),
        y=t(f"{KEY}.y"),
        chance=t("sections.controls.positive_chance"),
        panel=t("sections.controls.head_leak"),
    )
    figure = sweep_figure(
        "detection", _panels(view, curves), _patients, text, chance=REQUIRED, releases=0, limits=(-0.03, 1.05)
    )
    if figure:
        blocks.append(replace(figure, screen_only=True))
    blocks.append(_table(view, curves))
    return blocks


def unnoticed_sentences(view: ResultView) -> list[str]:
    """Return, for each system, how few copied patients may go unnoticed; empty where nothing was planted.

    A system that fails, and criteria by which it leaks before anything is planted, say nothing about smaller leaks.
    """
    lines: dict[str, list[str]] = {}
    for card, _ in judged_systems(view):
        findings = [one for one in view.findings_of(card.key) if one.power]
        if not findings:
            continue
        failed = any(one.verdict == "fail" for one in view.findings_of(card.key))
        powers = [power for one in findings if not failed and one.proven is None for power in one.power]
        fewest, most = fewest_noticed(powers), most_planted(powers)
        if fewest is not None:
            line = t(f"{KEY}.unnoticed", patients=pluralize(fewest, "copied_patient"))
        elif most is not None:
            line = t(f"{KEY}.all_unnoticed", patients=pluralize(most, "copied_patient"))
        else:
            line = t(f"{KEY}.leaks_itself")
        lines.setdefault(line, []).append(card.title)
    if len(lines) == 1:
        return list(lines)
    return [t(f"{KEY}.in_systems", line=line, systems=view.join_titles(titles)) for line, titles in lines.items()]


def _kind_title(kind: str) -> str:
    return capitalize(str(look_up(f"planted.{kind}") or kind))


def _patients(row: Row) -> float | None:
    return float(row.slice.rpartition(" ")[2])


def _panels(view: ResultView, curves: list[tuple[Finding, PlantedPower]]) -> list[PanelRows]:
    """Return a panel per kind of leak and system, with a curve per criterion."""
    panels: dict[str, list[CurveRows]] = {}
    ids = list(dict.fromkeys(finding.id for finding, _ in curves))
    for finding, power in curves:
        title = (
            f"{_kind_title(power.kind)}, {t('sections.controls.planted_in', system=view.system_title(finding.system))}"
        )
        place = ids.index(finding.id)
        style = Style(HUES[place % len(HUES)], MARKERS[place % len(MARKERS)])
        panels.setdefault(title, []).append(CurveRows(finding.id, style, list(_rows(finding, power))))
    return [PanelRows(title, rows) for title, rows in panels.items()][:PANELS]


def _rows(finding: Finding, power: PlantedPower) -> Iterator[Row]:
    """Yield the points of one curve in the form that figures take."""
    for patients, value, low, high in zip(power.patients, power.detected, power.low, power.high, strict=True):
        yield Row(
            id=f"{finding.system}/{finding.id}/{power.kind}/{patients}",
            section="control",
            level="release",
            system=finding.system,
            release=0,
            method=finding.id,
            statistic="detection_rate",
            slice=f"{power.kind} {patients}",
            number=Estimated(value=value, low=low, high=high, confidence=0.95, trials=power.repeats),
        )


def _most_powerful(curves: list[tuple[Finding, PlantedPower]], labels: list[tuple[str, str]]) -> list[int]:
    """Return the places of the criteria that need the fewest members of some kind of leak, by system."""
    best: dict[tuple[str, str], tuple[int, tuple[str, str]]] = {}
    for finding, power in curves:
        if power.smallest is not None:
            key, own = (finding.system, power.kind), (power.smallest, (finding.id, finding.system))
            best[key] = min(best.get(key, own), own)
    chosen = {label for _, label in best.values()}
    return [at for at, label in enumerate(labels) if label in chosen]


def _table(view: ResultView, curves: list[tuple[Finding, PlantedPower]]) -> Table:
    """Return the fewest members that each criterion surely notices, a column per kind of leak."""
    kinds = list(dict.fromkeys(power.kind for _, power in curves))
    texts: dict[tuple[str, str], dict[str, str]] = {}
    for finding, power in curves:
        count = "" if power.smallest is None else numbers.compact(power.smallest)
        text = count or t(f"{KEY}.more_than", patients=numbers.compact(power.patients[-1])) if power.patients else ""
        texts.setdefault((finding.id, finding.system), {})[power.kind] = text
    many = len({system for _, system in texts}) > 1
    paper = _most_powerful(curves, list(texts))
    rows = [
        (
            TableCell(f"{id}, {view.system_title(system)}" if many else id),
            *(TableCell(own.get(kind) or t(f"{KEY}.not_planted")) for kind in kinds),
        )
        for (id, system), own in texts.items()
    ]
    head = (t("sections.findings_matrix.head_criterion"), *map(_kind_title, kinds))
    numeric = (False, *(True for _ in kinds))
    widths, note = (1.6, *(1.2 for _ in kinds)), t(f"{KEY}.paper") if len(paper) < len(rows) else ""
    return Table("smallest", t(f"{KEY}.table"), head, tuple(rows), numeric, widths, (), tuple(paper), note)
