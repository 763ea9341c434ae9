"""How like the real table is it? Dots on a diagonal beside the yardstick, every metric in one table, training."""

import re
from dataclasses import replace

from synthaudit.audit.suite.result import Estimated, Row, Series
from synthaudit.reports import numbers
from synthaudit.reports.document import Block, Figure, Section, Table, Task, Text
from synthaudit.reports.figures.canvas import HUES, QUIET, Style, styles
from synthaudit.reports.figures.curves import Line, Panel, curves
from synthaudit.reports.figures.scatter import Cloud, scatter
from synthaudit.reports.i18n import count, grouped, listed, say
from synthaudit.reports.result_view import Evidence, largest, speaking, synthetic_rows

AT = "sections.fidelity"
TELLING = frozenset({
    "pearson", "max_error", "codes_lost", "auc_real", "auc_synthetic", "auc_loss", "total_variation_mean",
    "total_variation_max", "cooccurrence_error", "correlation_agreement", "codes_moved", "rarest_survive",
    "rare_survive", "coverage", "precision", "authenticity", "accuracy_real", "privacy_loss", "copies_real",
    "copies_test", "auc_linear", "auc_trees", "violations", "excess", "cluster_gap", "auroc_trtr_logistic",
    "auroc_tstr_logistic", "auroc_loss_logistic", "auroc_loss_boosting", "overlap", "same_direction",
})  # fmt: skip
"""Measures that the PDF shows; the HTML has all."""


def section(evidence: Evidence) -> Section | None:
    """Return the section, or None where no likeness was measured."""
    if not any(row.section == "fidelity" for row in evidence.result.rows):
        return None
    blocks: list[Block] = [Text(say(f"{AT}.lead"), "lead")]
    clouds = [one for one in evidence.result.series if one.section == "fidelity" and one.name.startswith("points")]
    for method in dict.fromkeys(one.method for one in clouds):
        own = [one for one in clouds if one.method == method]
        draw = lengths if any("codes" in one.values for one in own) else diagonal
        if figure := draw(evidence, method, own):
            blocks.append(figure)
    if table := metrics(evidence):
        blocks.append(table)
    if figure := training(evidence):
        blocks.append(figure)
    return Section("fidelity", say(f"{AT}.title"), tuple(blocks))


def headline(evidence: Evidence, method: str, system: str | None, slice: str) -> tuple[str, Row] | None:
    """Return a metric's first statistic and the row that speaks for it."""
    own = (row.statistic for row in evidence.result.rows if row.section == "fidelity" and row.method == method)
    # A correlation says in one number how near the dots lie to the diagonal; else the metric's own first word.
    for statistic in sorted(dict.fromkeys(own), key=lambda name: "pearson" not in name and "correlation" not in name):
        found = evidence.rows("fidelity", statistic, method=method, slice=slice)
        system = system or next((one.system for one in found), None)
        row = speaking(largest([one for one in found if one.system == system], synthetic_rows))
        if row is not None:
            return statistic, row
    return None


def diagonal(evidence: Evidence, method: str, series: list[Series]) -> Figure | None:
    """Return one panel a system and the yardstick last, one dot a column."""
    clouds, told, table = [], [], []
    for card in evidence.systems:
        if own := biggest([one for one in series if one.system == card.key and not is_yardstick(one)]):
            clouds.append(cloud(evidence, method, own, evidence.title(card.key), "synthetic"))
    if clouds and (ruler := biggest([one for one in series if is_yardstick(one)])):
        clouds.append(cloud(evidence, method, ruler, say(f"{AT}.yardstick"), "yardstick"))
    if not clouds:
        return None
    named = headline(evidence, method, None, "synthetic")
    title = numbers.statistic(named[0], "fidelity") if named else ""
    for one in clouds:
        value = f"{title} {one.subtitle}".strip()
        columns = count(len(one.real), "column")
        told.append(say(f"{AT}.scatter_line", title=one.title, columns=columns, value=value))
        table.append((Task(one.title), Task(grouped(len(one.real))), Task(value)))
    above = say(f"{AT}.scatter_above", statistic=title) if title else ""
    asked = question(evidence, method)
    caption = say(f"{AT}.scatter_caption", method=evidence.method(method), question=asked, above=above)
    id = f"scatter-{re.sub(r'[^a-z0-9]+', '-', method.lower())}"
    svg = scatter(id, clouds[:9], x=say(f"{AT}.scatter_x"), y=say(f"{AT}.scatter_y"))
    head = (say("sections.audited.head_system"), say(f"{AT}.head_columns"), say(f"{AT}.head_metric"))
    behind = Table(f"{id}-table", evidence.method(method), head, tuple(table), numeric=(False, True, False))
    return Figure(id, svg, say(f"{AT}.scatter_alt", lines=" ".join(told)), caption, behind)


def cloud(evidence: Evidence, method: str, series: Series, title: str, slice: str) -> Cloud:
    """Return one panel: the first pair of a metric's points, real across and synthetic upwards."""
    across, upwards, *_ = series.values.values()
    found = headline(evidence, method, series.system, slice) or headline(evidence, method, None, slice)
    value = numbers.short(found[1].number, numbers.form_of(found[0], "fidelity")) if found else ""
    return Cloud(title, value, across, upwards, yardstick=slice == "yardstick")


def biggest(series: list[Series]) -> Series | None:
    """Return the first release's points at the largest synthetic table."""
    own = [one for one in series if (one.release or 0) == 0 and len(one.values) > 1]
    return max(own, key=lambda one: one.knowledge.synthetic_rows if one.knowledge else 0, default=None)


def is_yardstick(series: Series) -> bool:
    """Return whether a series compares real patients with real patients; its name or id says so."""
    return series.name.endswith("yardstick") or series.id.endswith("yardstick")


def metrics(evidence: Evidence) -> Table | None:
    """Return every measure of every system by metric, beside its yardstick; paper shows the telling ones."""
    keys = dict.fromkeys((row.method, row.statistic) for row in evidence.result.rows if row.section == "fidelity")
    rows: list[tuple[Task, ...]] = []
    groups: list[str] = []
    telling: list[int] = []
    for method, statistic in sorted(keys, key=lambda key: list(dict.fromkeys(m for m, _ in keys)).index(key[0])):
        form = numbers.form_of(statistic, "fidelity")
        cells, every = [], evidence.rows("fidelity", statistic, method=method)
        for card in evidence.systems:
            found = [row for row in every if row.system == card.key and row.slice == "synthetic"]
            row = speaking(largest(found, synthetic_rows))
            cells.append(Task(numbers.short(row.number, form) if row else "–"))
        rulers = [row for row in every if row.slice == "yardstick"]
        ruler = speaking([row for row in rulers if row.system == rulers[0].system])
        cells.append(Task(numbers.short(ruler.number, form) if ruler else "–"))
        if any(cell.text != "–" for cell in cells):
            if statistic in TELLING and any(isinstance(row.number, Estimated) for row in every):
                telling.append(len(rows))
            named = Task(capital(numbers.statistic(statistic, "fidelity")), note=numbers.meaning(statistic, "fidelity"))
            better = say(f"{AT}.better_{'lower' if every[0].worse == 'higher' else 'higher'}")
            rows.append((named, Task("–" if form == "count" else better), *cells))
            groups.append(evidence.method(method))
    if not rows:
        return None
    titles = [evidence.title(card.key) for card in evidence.systems]
    head = (say(f"{AT}.head_metric"), say(f"{AT}.head_better"), *titles, say(f"{AT}.head_yardstick"))
    numeric, widths = (False, False, *(True for _ in head[2:])), (3.6, 0.8, *(1.9 for _ in head[2:]))
    caption = say(f"{AT}.table") + (say(f"{AT}.table_paper") if len(telling) < len(rows) else "")
    return Table("fidelity-table", caption, head, tuple(rows), numeric, widths, tuple(groups), tuple(telling) or None)


def lengths(evidence: Evidence, method: str, series: list[Series]) -> Figure | None:
    """Return how many codes patients have, real beside synthetic, one panel a system."""
    panels, told, table = [], [], []
    looks = {"real": Style(QUIET, "s", (0, (4, 2))), "synthetic": Style(HUES[0], "o")}
    for card in evidence.systems:
        own = biggest([one for one in series if one.system == card.key and not is_yardstick(one)])
        if own is None or not {"codes", *looks} <= own.values.keys():
            continue
        title, codes, lines, most = evidence.title(card.key), own.values["codes"], [], {}
        for name, look in looks.items():
            shares = own.values[name]
            lines.append(Line(say(f"{AT}.lengths_{name}"), look, codes, shares, shares, shares))
            most[name] = numbers.plain(max(zip(shares, codes, strict=True))[1])
        for code, real, made in zip(codes, own.values["real"], own.values["synthetic"], strict=True):
            texts = (numbers.plain(code), numbers.value(real, "share"), numbers.value(made, "share"))
            table.append(tuple(Task(text) for text in (title, *texts)))
        panels.append(Panel(title, tuple(lines)))
        told.append(say(f"{AT}.lengths_line", system=title, **most))
    if not panels:
        return None
    x, y = say(f"{AT}.lengths_x"), say(f"{AT}.lengths_y")
    svg = curves("record-length", panels[:8], x=x, y=y, chance="", share=True, log=False)
    caption = say(f"{AT}.lengths_caption", method=evidence.method(method), question=question(evidence, method))
    head = (
        say("sections.audited.head_system"), x, say(f"{AT}.lengths_real"), say(f"{AT}.lengths_synthetic")
    )  # fmt: skip
    behind = Table("record-length-table", y, head, tuple(table), (False, True, True, True))
    return Figure("record-length", svg, " ".join(told), caption, behind)


def question(evidence: Evidence, method: str) -> str:
    """Return what a metric asks."""
    return next((one.question for one in evidence.result.methods if one.key == method), "")


def capital(text: str) -> str:
    """Return a text with a capital at its start."""
    return text[:1].upper() + text[1:]


def training(evidence: Evidence) -> Figure | None:
    """Return the losses of each system's first training, each on its own scale."""
    panels, table = [], []
    every = dict.fromkeys(name for card in evidence.systems for name in losses(evidence, card.key))
    looks = styles(list(every), [])
    for card in evidence.systems:
        title, lines = evidence.title(card.key), []
        for name, values in losses(evidence, card.key).items():
            steps = tuple(place / max(len(values) - 1, 1) for place in range(len(values)))
            top = max((abs(number) for number in values), default=0.0) or 1.0
            scaled = tuple(number / top for number in values)
            lines.append(Line(name, plain(looks[name]), steps, scaled, scaled, scaled))
            table.append(
                tuple(Task(text) for text in (title, name, numbers.plain(values[0]), numbers.plain(values[-1])))
            )
        if lines:
            panels.append(Panel(title, tuple(lines)))
    if not panels:
        return None
    x, y = say(f"{AT}.training_x"), say(f"{AT}.training_y")
    svg = curves("training", panels[:6], x=x, y=y, chance="", log=False)
    head = (say("sections.audited.head_system"), y, say(f"{AT}.training_first"), say(f"{AT}.training_last"))
    behind = Table("training-table", y, head, tuple(table), numeric=(False, False, True, True))
    alt = say(f"{AT}.training_alt", systems=listed([panel.title for panel in panels]))
    return Figure("training", svg, alt, say(f"{AT}.training_caption"), behind)


def losses(evidence: Evidence, system: str) -> dict[str, tuple[float, ...]]:
    """Return the loss curves of a system's first training by name."""
    found: dict[str, tuple[float, ...]] = {}
    for one in evidence.result.series:
        if one.system == system and (one.release or 0) == 0 and one.name.startswith(("loss", "training")):
            own = one.name.removeprefix("loss").strip()
            found |= {(own or name).replace("_", " "): values for name, values in one.values.items() if values}
    return found


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
