"""What tests of the report share: all text of a document, and single rows and findings."""

from synthaudit.audit.ledger import DataAccess, Ledger
from synthaudit.audit.suite.result import Estimated, Finding, Guarantee, Row, ThreatModel, Unmeasured
from synthaudit.reports.blocks.content import Table

VOCABULARY = DataAccess("vocabulary", "public", reason="the national code list")
TRAINING = DataAccess("training", "accounted", "subsampled Gaussian", 0.064, 4.1, 1.0, 1500, 1.0)
LABELS = DataAccess("labels", "not covered", reason="their balance was read off the members")


def everything(document):
    """Return all text of a document."""
    texts = [document.headline, document.title, document.subtitle]
    texts += [text for system in document.systems for text in (system.title, system.sentence, *system.reasons)]
    texts += [text for answer in document.answers for text in (answer.question, *answer.lines)]
    for section in document.sections:
        for each in (section, *section.sections):
            texts.append(each.title)
            for block in each.blocks:
                texts += [getattr(block, name, "") for name in ("text", "caption", "alt")]
                texts += list(getattr(block, "items", ()))
                texts += [part for pair in getattr(block, "pairs", ()) for part in pair]
                tables = [block] if isinstance(block, Table) else [getattr(block, "table", None)]
                texts += [cell.text for table in tables if table for row in table.rows for cell in row]
    return texts


def row(value=0.5, *, release=0, level="release", rows=100, statistic="auc", number=None, **more):
    number = number or Estimated(value=value, low=value - 0.01, high=value + 0.01, confidence=0.95, trials=9)
    knows = ThreatModel(access="synthetic rows only", synthetic_rows=rows)
    fields = {"section": "membership", "system": "vae", "method": "nearest", **more}
    label = f"{statistic}/{release}/{rows}/{sorted(more.items())}"
    return Row(id=label, level=level, release=release, statistic=statistic, knowledge=knows, number=number, **fields)


def finding(result_verdict, *, system="medgan", section="membership", id="X-1", severity="high"):
    number = Unmeasured(reason="too few patients") if result_verdict == "not measured" else row(0.6).number
    return Finding(
        id=id, title="A demand", system=system, verdict=result_verdict, severity=severity, reason="a reason",
        section=section, level="release", statistic="auc", threshold=0.55, worse="higher", number=number,
    )  # fmt: skip


def ledger(*more, epsilon=1.0):
    return Ledger(
        epsilon, 1e-5, (VOCABULARY, TRAINING, *more), "PRV (opacus 1.6)", 1.04, randomness="torch, seeded by the system"
    )


def bound(reached, *, claimed=1.0, ceiling=4.9, method="canaries", slice="black box, domain public", p=0.7, **more):
    """Return the rows of one audit: the floor, and what it exceeds the promise by."""
    given = Guarantee(delta=1e-5, adjacency=more.pop("adjacency", "add or remove one"), claimed=claimed)
    fields = {"section": "privacy", "level": "mechanism", "release": None, "method": method, "slice": slice,
              "guarantee": given, **more}  # fmt: skip

    def number(value, top, p_value=None):
        return Estimated(value=value, low=value, high=None, confidence=0.95, trials=400, ceiling=top, p_value=p_value)

    rows = [row(number=number(reached, ceiling), statistic="epsilon_lower", **fields)]
    if claimed is not None:
        over = number(reached - claimed, ceiling - claimed, p)
        rows.append(row(number=over, statistic="claim_excess", **fields))
    return rows
