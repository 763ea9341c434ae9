"""How sure a fixed claim is by how many records the attacker holds, and by how large the synthetic table is."""

from synthaudit.audit.suite.result import Estimated, Row, ThreatModel
from synthaudit.reports import numbers
from synthaudit.reports.document import Figure
from synthaudit.reports.figures.canvas import HUES, Style
from synthaudit.reports.i18n import grouped, say
from synthaudit.reports.result_view import Evidence
from synthaudit.reports.sections.sweep import Axes, Trace, Wording, sweep

AT = "sections.membership"
SIZES = 4  # curves a panel: synthetic sizes, the smallest and the largest among them
PANELS = 4
MARKS = "osD^"


def known_records(evidence: Evidence) -> Figure | None:
    """Return members named beyond strangers over known records, one panel a system, one curve a synthetic size.

    Drawn of the claiming attack's middle rule, where an audit repeated it on fewer targets than all.
    """
    every = [row for row in [*evidence.rows("membership", "excess"), *evidence.unusual("membership", "excess")]
             if row.knowledge is not None and "," not in row.slice and alike(row.knowledge)]  # fmt: skip
    few = [row for row in every if row.knowledge is not None and row.knowledge.targets_per_side]
    if not few:
        return None
    method = few[0].method
    rules = list(dict.fromkeys(row.slice for row in few if row.method == method))
    rule = rules[len(rules) // 2]
    rows = [row for row in every if row.method == method and row.slice == rule and isinstance(row.number, Estimated)]
    axes = []
    for card in evidence.systems_and_controls:
        own = [row for row in rows if row.system == card.key]
        sizes = spread(sorted({row.knowledge.synthetic_rows for row in own if row.knowledge is not None}))
        traces = [
            Trace(
                say(f"{AT}.known_trace", rows=grouped(size)),
                Style(HUES[place % len(HUES)], MARKS[place % len(MARKS)]),
                [row for row in own if row.knowledge is not None and row.knowledge.synthetic_rows == size],
            )
            for place, size in enumerate(sizes)
        ]
        if traces:
            axes.append(Axes(evidence.title(card.key), traces))
    words = Wording(
        caption=lambda level: say(
            f"{AT}.known_caption", method=evidence.method(method), rule=numbers.part(rule), level=level
        ),
        line=f"{AT}.known_line",
        x=say(f"{AT}.known_x"),
        y=say(f"{AT}.known_y"),
        chance=say(f"{AT}.chance"),
        axis=say("sections.audited.head_system"),
    )
    return sweep("known-records", axes[:PANELS], held, words, chance=0.0, releases=1)


def alike(knows: ThreatModel) -> bool:
    """Whether nothing but the number of targets is unusual."""
    return knows.combined_releases == 1 and knows.reference_population == "same population"


def held(row: Row) -> int | None:
    """Return how many records of either side the attacker held."""
    return (row.knowledge.targets_per_side or min(row.members, row.holdout)) if row.knowledge is not None else None


def spread(sizes: list[int]) -> list[int]:
    """Return a few of the sizes, evenly spread, with both ends.

    >>> spread([3, 9, 15, 21, 27, 33, 37])
    [3, 15, 27, 37]
    """
    if len(sizes) <= SIZES:
        return sizes
    return [sizes[round(at * (len(sizes) - 1) / (SIZES - 1))] for at in range(SIZES)]
