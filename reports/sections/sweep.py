"""A figure of curves, its words and its table, from groups of rows that differ in one thing the attacker holds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from synthaudit.audit.suite.result import Estimated, Row
from synthaudit.reports import numbers
from synthaudit.reports.document import Figure, Table, Task
from synthaudit.reports.figures.canvas import Style
from synthaudit.reports.figures.curves import Line, Panel, curves
from synthaudit.reports.i18n import say
from synthaudit.reports.result_view import Point, ends, is_general, points


@dataclass(frozen=True)
class Trace:
    """Rows of one curve and who they are about."""

    label: str
    style: Style
    rows: Sequence[Row]


@dataclass(frozen=True)
class Axes:
    """One panel before it is drawn."""

    title: str
    traces: Sequence[Trace]


@dataclass(frozen=True)
class Wording:
    """The words of one figure; ``line`` is a catalogue key that tells one curve in a sentence."""

    caption: Callable[[str], str]
    line: str
    x: str
    y: str
    chance: str
    axis: str


def level_note(general: bool, releases: int) -> str:
    """Return what lines and bands are."""
    return say("level_notes.generator", releases=releases) if general else say("level_notes.release")


def sweep(
    id: str,
    axes: Sequence[Axes],
    place: Callable[[Row], float | int | None],
    words: Wording,
    *,
    chance: float | None,
    releases: int,
    log: bool = True,
    limits: tuple[float | None, float | None] = (None, None),
    x_share: bool = False,
) -> Figure | None:
    """Return the figure, or None where fewer than two places were measured."""
    x_form: numbers.Form = "share" if x_share else "plain"
    rows = [row for one in axes for trace in one.traces for row in trace.rows]
    if len({place(row) for row in rows if isinstance(row.number, Estimated) and place(row) is not None}) < 2:
        return None
    general, form = is_general(rows), numbers.form_of(rows[0].statistic)
    drawn = [
        (one, [(trace, points(trace.rows, place, general=general)) for trace in one.traces]) for one in axes
    ]  # fmt: skip
    panels = [
        Panel(one.title, tuple(line for trace, curve in traces if (line := line_of(trace, curve, form))), chance)
        for one, traces in drawn
    ]
    svg = curves(
        id,
        panels,
        x=words.x,
        y=words.y,
        chance=words.chance,
        share=form == "share",
        x_share=x_share,
        log=log,
        limits=limits,
    )
    told = [tell(words.line, trace.label, curve, form, x_form) for _, traces in drawn for trace, curve in traces]
    # Panels say the same kind of thing of the same systems: name the panel once where there are several.
    if len(drawn) > 1:
        told = [
            f"{one.title}: " + " ".join(filter(None, (tell(words.line, t.label, c, form, x_form) for t, c in traces)))
            for one, traces in drawn
        ]
    table = Table(
        id=f"{id}-table",
        caption=words.axis,
        head=(*((words.axis,) if len(drawn) > 1 else ()), say("sections.audited.head_system"), words.x, words.y),
        rows=tuple(
            tuple(
                Task(text)
                for text in (
                    *((one.title,) if len(drawn) > 1 else ()), trace.label, numbers.value(point.x, x_form),
                    numbers.text(point.number, form),
                )
            )
            for one, traces in drawn for trace, curve in traces for point in curve
        ),
        numeric=(*((False,) if len(drawn) > 1 else ()), False, True, True),
    )  # fmt: skip
    return Figure(id, svg, " ".join(filter(None, told)), words.caption(level_note(general, releases)), table)


def line_of(trace: Trace, curve: Sequence[Point], form: numbers.Form) -> Line | None:
    """Return what is drawn of a curve: the places that were measured."""
    kept = [(point, point.number) for point in curve if isinstance(point.number, Estimated)]
    if not kept:
        return None
    triples = [ends(number) for _, number in kept]
    return Line(
        label=trace.label,
        style=trace.style,
        x=tuple(point.x for point, _ in kept),
        y=tuple(one[0] for one in triples),
        low=tuple(one[1] for one in triples),
        high=tuple(one[2] for one in triples),
        dots=tuple(point.releases for point, _ in kept) if not trace.style.control else (),
        tips=tuple(f"{trace.label}, {numbers.plain(point.x)}: {numbers.text(number, form)}" for point, number in kept),
    )


def tell(key: str, label: str, curve: Sequence[Point], form: numbers.Form, x_form: numbers.Form) -> str:
    """Return a curve in one sentence: where it starts and where it ends."""
    kept = [(point.x, point.number) for point in curve if isinstance(point.number, Estimated)]
    if not kept:
        return ""
    (x_first, first), (x_last, last) = kept[0], kept[-1]
    return say(
        key,
        system=label,
        attack=label,
        first=numbers.value(first.value, form),
        last=numbers.value(last.value, form),
        x_first=numbers.value(x_first, x_form),
        x_last=numbers.value(x_last, x_form),
    )
