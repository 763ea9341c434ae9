"""ROC curves of the strongest membership attacks, on logarithmic axes where small error rates can be seen."""

from synthaudit.audit.suite.result import Series
from synthaudit.reports.blocks.content import Figure, Table, TableCell
from synthaudit.reports.figures.roc import PlottedRoc, plot_roc
from synthaudit.reports.text import numbers
from synthaudit.reports.text.i18n import t
from synthaudit.reports.view.result_view import ResultView

KEY = "sections.membership"
PANELS = 3


def roc_figure(view: ResultView, methods: list[str]) -> Figure | None:
    """Return ROC curves of the first attacks at the largest table, first release of each system."""
    panels, sentences, table = [], [], []
    for method in methods[:PANELS]:
        name, curves = view.method_title(method), []
        for series in _largest_curves(view, method):
            title, fpr, tpr = view.system_title(series.system), series.values["fpr"], series.values["tpr"]
            curves.append(PlottedRoc(title, view.styles[series.system], fpr, tpr))
            if not fpr:
                continue
            rate, near = min(zip(fpr, tpr, strict=True), key=lambda pair: abs(pair[0] - 0.01))
            texts = numbers.value(rate, "share"), numbers.value(near, "share")
            sentences.append(t(f"{KEY}.roc_line", system=f"{name}, {title}", tpr=texts[1], fpr=texts[0]))
            table.append(tuple(TableCell(text) for text in (name, title, *texts)))
        if curves:
            panels.append((name, curves))
    if not panels:
        return None
    x, y = t(f"{KEY}.roc_x"), t(f"{KEY}.roc_y")
    svg = plot_roc("roc", panels, x=x, y=y, chance=t(f"{KEY}.chance"))
    head = (t(f"{KEY}.head_attack"), t("sections.dataset.head_system"), x, y)
    data = Table("roc-table", t(f"{KEY}.roc_y"), head, tuple(table), numeric=(False, False, True, True))
    return Figure("roc", svg, t(f"{KEY}.roc_alt", lines=" ".join(sentences)), t(f"{KEY}.roc_caption"), data)


def _largest_curves(view: ResultView, method: str) -> list[Series]:
    """Return an attack's curves at the largest synthetic table with the most reference records."""
    curves = [
        ((one.knowledge.synthetic_rows, one.knowledge.reference_rows), one)
        for one in view.result.series
        if one.name == "roc" and one.method == method and one.knowledge and one.release in (None, 0)
        and one.system in view.styles and view.is_default_condition(one)
    ]  # fmt: skip
    largest = max((sizes for sizes, _ in curves), default=None)
    return [one for sizes, one in curves if sizes == largest]
