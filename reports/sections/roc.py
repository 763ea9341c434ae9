"""Members recognised against strangers named by mistake: where the few who stand out can be seen."""

from synthaudit.audit.suite.result import Series
from synthaudit.reports import numbers
from synthaudit.reports.document import Figure, Table, Task
from synthaudit.reports.figures.roc import Curve, roc
from synthaudit.reports.i18n import say
from synthaudit.reports.result_view import Evidence

AT = "sections.membership"


def receiver(evidence: Evidence, methods: list[str]) -> Figure | None:
    """Return ROC curves of the strongest attacks at the largest table, first release of each system."""
    panels, told, table = [], [], []
    for method in methods[:3]:
        name, drawn = evidence.method(method), []
        for one in at_the_end(evidence, method):
            title, fpr, tpr = evidence.title(one.system), one.values["fpr"], one.values["tpr"]
            drawn.append(Curve(title, evidence.looks[one.system], fpr, tpr))
            near = min(range(len(fpr)), key=lambda place, fpr=fpr: abs(fpr[place] - 0.01), default=None)  # type: ignore[misc]
            if near is not None:
                caught, mistaken = numbers.value(tpr[near], "share"), numbers.value(fpr[near], "share")
                told.append(say(f"{AT}.roc_line", system=f"{name}, {title}", tpr=caught, fpr=mistaken))
                table.append(tuple(Task(text) for text in (name, title, mistaken, caught)))
        if drawn:
            panels.append((name, drawn))
    if not panels:
        return None
    x, y = say(f"{AT}.roc_x"), say(f"{AT}.roc_y")
    svg = roc("roc", panels, x=x, y=y, chance=say(f"{AT}.chance"))
    head = (say(f"{AT}.head_attack"), say("sections.audited.head_system"), x, y)
    behind = Table("roc-table", say(f"{AT}.roc_y"), head, tuple(table), numeric=(False, False, True, True))
    return Figure("roc", svg, say(f"{AT}.roc_alt", lines=" ".join(told)), say(f"{AT}.roc_caption"), behind)


def at_the_end(evidence: Evidence, method: str) -> list[Series]:
    """Return an attack's curves at the largest synthetic table with the most reference records."""
    found = [
        (one.knowledge.synthetic_rows, one.knowledge.reference_rows, one)
        for one in evidence.result.series
        if one.name == "roc" and one.method == method and one.knowledge and one.release in (None, 0)
        and one.system in evidence.looks and evidence.usual(one)
    ]  # fmt: skip
    top = max((held[:2] for held in found), default=None)
    return [one for *held, one in found if tuple(held) == top]
