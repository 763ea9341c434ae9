"""How like the real table is it? Dots on a diagonal beside the yardstick, every metric in one table, training."""

from dataclasses import replace

from audit.suite.result import Estimated, Row, Series
from reports import numbers
from reports.document import Block, Cell, Figure, Section, Table, Text
from reports.evidence import Evidence, largest, speaking, synthetic_rows
from reports.figures.canvas import Style
from reports.figures.curves import Line, Panel, curves
from reports.figures.scatter import Cloud, scatter
from reports.words import count, say

AT = "sections.fidelity"


def section(evidence: Evidence) -> Section | None:
    """Return the section, or None where no likeness was measured."""
    if not any(row.section == "fidelity" for row in evidence.result.rows):
        return None
    blocks: list[Block] = [Text(say(f"{AT}.lead"), "lead")]
    clouds = [one for one in evidence.result.series if one.section == "fidelity" and one.name == "points"]
    for method in dict.fromkeys(one.method for one in clouds):
        if figure := diagonal(evidence, method, [one for one in clouds if one.method == method]):
            blocks.append(figure)
    if table := metrics(evidence):
        blocks.append(table)
    if figure := training(evidence):
        blocks.append(figure)
    return Section("fidelity", say(f"{AT}.title"), tuple(blocks))


def headline(evidence: Evidence, method: str, subject: str, slice: str) -> tuple[str, Row] | None:
    """Return a metric's first statistic and the row that speaks for it."""
    own = (row.statistic for row in evidence.result.rows if row.section == "fidelity" and row.method == method)
    for statistic in dict.fromkeys(own):
        found = evidence.rows("fidelity", statistic, method=method, subject=subject, slice=slice)
        row = speaking(largest(found, synthetic_rows))
        if row is not None:
            return statistic, row
    return None


def diagonal(evidence: Evidence, method: str, series: list[Series]) -> Figure | None:
    """Return one panel a system and the yardstick last, one dot a column."""
    clouds, told, table = [], [], []
    wanted = [(card.key, "synthetic") for card in evidence.systems] + [
        (card.key, "yardstick") for card in evidence.systems[:1]
    ]
    for key, slice in wanted:
        own = [one for one in series if one.subject == key and is_yardstick(one) == (slice == "yardstick")]
        own = [one for one in own if (one.release or 0) == 0]
        if not own:
            continue
        one = max(own, key=lambda each: each.knowledge.synthetic_rows if each.knowledge else 0)
        names = list(one.values)
        real, synthetic = one.values[names[0]], one.values[names[1]]
        title = evidence.title(key) if slice == "synthetic" else say(f"{AT}.yardstick")
        found = headline(evidence, method, key, slice)
        value = (
            f"{numbers.statistic(found[0])} {numbers.short(found[1].number, numbers.form_of(found[0]))}"
            if found
            else ""
        )
        short = numbers.short(found[1].number, numbers.form_of(found[0])) if found else ""
        clouds.append(Cloud(title, short, real, synthetic, yardstick=slice == "yardstick"))
        told.append(say(f"{AT}.scatter_line", title=title, columns=count(len(real), "column"), value=value))
        table.append((Cell(title), Cell(f"{len(real):,}"), Cell(value)))
    if not clouds:
        return None
    card = next((card for card in evidence.result.methods if card.key == method), None)
    named = headline(evidence, method, wanted[0][0], "synthetic")
    above = say(f"{AT}.scatter_above", statistic=numbers.statistic(named[0])) if named else ""
    question = card.question if card else ""
    caption = say(f"{AT}.scatter_caption", method=evidence.method(method), question=question, above=above)
    id = f"scatter-{list(dict.fromkeys(one.method for one in evidence.result.series)).index(method)}"
    svg = scatter(id, clouds[:9], x=say(f"{AT}.scatter_x"), y=say(f"{AT}.scatter_y"))
    head = (say("sections.audited.head_system"), say("sections.fidelity.head_columns"), say(f"{AT}.head_metric"))
    behind = Table(f"{id}-table", evidence.method(method), head, tuple(table), numeric=(False, True, False))
    return Figure(id, svg, say(f"{AT}.scatter_alt", lines=" ".join(told)), caption, behind)


def is_yardstick(series: Series) -> bool:
    """Return whether a series compares real patients with real patients; its id says so."""
    return "yardstick" in series.id.split("/") or series.id.endswith("yardstick")


def metrics(evidence: Evidence) -> Table | None:
    """Return every metric of every system, with its yardstick in the last column."""
    keys = dict.fromkeys((row.method, row.statistic) for row in evidence.result.rows if row.section == "fidelity")
    rows = []
    for method, statistic in keys:
        form = numbers.form_of(statistic)
        cells = []
        for card in evidence.systems:
            found = evidence.rows("fidelity", statistic, method=method, subject=card.key, slice="synthetic")
            row = speaking(largest(found, synthetic_rows))
            cells.append(Cell(numbers.short(row.number, form) if row else "–"))
        rulers = evidence.rows("fidelity", statistic, method=method, slice="yardstick")
        ruler = speaking([row for row in rulers if row.subject == rulers[0].subject])
        cells.append(Cell(numbers.short(ruler.number, form) if ruler else "–"))
        if any(cell.text != "–" for cell in cells):
            rows.append((Cell(f"{evidence.method(method)}: {numbers.statistic(statistic)}"), *cells))
    if not rows:
        return None
    titles = [evidence.title(card.key) for card in evidence.systems]
    head = (say(f"{AT}.head_metric"), *titles, say(f"{AT}.head_yardstick"))
    numeric = (False, *(True for _ in head[1:]))
    return Table("fidelity-table", say(f"{AT}.table"), head, tuple(rows), numeric, (3.0, *(2.0 for _ in head[1:])))


def training(evidence: Evidence) -> Figure | None:
    """Return the losses of each system, each on its own scale."""
    panels, table, told = [], [], []
    for card in evidence.systems:
        one = next(
            (s for s in evidence.result.series if s.subject == card.key and s.name in ("training", "losses")), None
        )
        if one is None:
            continue
        lines = []
        for (name, values), style in zip(one.values.items(), evidence.looks.values(), strict=False):
            steps = tuple(place / max(len(values) - 1, 1) for place in range(len(values)))
            top = max((abs(number) for number in values), default=0.0) or 1.0
            scaled = tuple(number / top for number in values)
            label = name.replace("_", " ")
            lines.append(Line(label, plain(style), steps, scaled, scaled, scaled))
            if values:
                table.append(
                    tuple(
                        Cell(text)
                        for text in (
                            evidence.title(card.key),
                            label,
                            numbers.plain(values[0]),
                            numbers.plain(values[-1]),
                        )
                    )
                )
        panels.append(Panel(evidence.title(card.key), tuple(lines)))
        told.append(evidence.title(card.key))
    if not panels:
        return None
    x, y = say(f"{AT}.training_x"), say(f"{AT}.training_y")
    svg = curves("training", panels[:6], x=x, y=y, chance="", log=False)
    head = (say("sections.audited.head_system"), y, say(f"{AT}.training_first"), say(f"{AT}.training_last"))
    behind = Table("training-table", y, head, tuple(table), numeric=(False, False, True, True))
    return Figure(
        "training", svg, say(f"{AT}.training_alt", systems=", ".join(told)), say(f"{AT}.training_caption"), behind
    )


def plain(style: Style) -> Style:
    """Return a style without marks, for curves of many steps."""
    return replace(style, marker="", control=False)


def likeness(evidence: Evidence) -> tuple[str, str] | None:
    """Return method and statistic that stand for likeness as a whole: the correlation of column means if measured."""
    found = dict.fromkeys(
        (row.method, row.statistic)
        for row in evidence.result.rows
        if row.section == "fidelity" and row.slice == "synthetic" and isinstance(row.number, Estimated)
    )
    first = ("dimension_probability", "pearson")
    return first if first in found else next(iter(found), None)
