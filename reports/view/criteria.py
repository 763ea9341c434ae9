"""What a criterion is about, by the attack that its number is of: advice and headlines differ by it."""

from typing import Literal

from synthaudit.audit.suite.result import Finding
from synthaudit.reports.view.result_view import ResultView

CriterionKind = Literal[
    "copies", "values", "membership", "attribute", "singling_out", "linkability", "dp_claim", "fidelity", "control"
]
KINDS: tuple[CriterionKind, ...] = (
    "copies", "values", "membership", "singling_out", "linkability", "attribute", "dp_claim", "fidelity", "control",
)  # fmt: skip
"""The gravest first."""


def criterion_kind(view: ResultView, finding: Finding) -> CriterionKind:
    """Return what a finding is about; a criterion of copies without a number is known by its id."""
    row = view.by_id.get(finding.rows[0]) if finding.rows else None
    method = row.method if row is not None else ""
    if finding.section == "membership":
        return "copies" if method == "copies" or finding.id.startswith("COPY-") else "membership"
    if finding.section == "reidentification":
        if finding.id.startswith("KEY-") or (method == "unique_values" and not finding.id.startswith("SIN-")):
            return "values"
        return "linkability" if method == "linking" or finding.id.startswith("LINK-") else "singling_out"
    kinds: dict[str, CriterionKind] = {"attribute": "attribute", "privacy": "dp_claim", "fidelity": "fidelity"}
    return kinds.get(finding.section, "control")
