"""What tests of the report share: all text of a document, and single rows and findings."""

from audit.suite.finding import Finding
from audit.suite.result import Estimated, Knows, Row, Unmeasured
from reports.document import Table


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
    knows = Knows(access="synthetic rows only", synthetic_rows=rows)
    fields = {"section": "membership", "subject": "vae", "method": "nearest", **more}
    label = f"{statistic}/{release}/{rows}/{sorted(more.items())}"
    return Row(id=label, level=level, release=release, statistic=statistic, knowledge=knows, number=number, **fields)


def finding(result_verdict, *, subject="medgan", section="membership", id="X-1", severity="high"):
    number = Unmeasured(reason="too few patients") if result_verdict == "not measured" else row(0.6).number
    return Finding(
        id=id, title="A demand", subject=subject, verdict=result_verdict, severity=severity, reason="a reason",
        section=section, level="release", statistic="auc", threshold=0.55, worse="higher", number=number,
    )  # fmt: skip
