"""All attacks together: how likely useless ones would have looked as good, the search for the best paid for."""

from synthaudit.audit.suite.result import Estimated, Row
from synthaudit.reports import numbers
from synthaudit.reports.document import Text
from synthaudit.reports.i18n import count, listed, say
from synthaudit.reports.result_view import Evidence, largest, speaking, synthetic_rows

AT = "sections.joint"
SURE = 0.05


def together(evidence: Evidence) -> Text | None:
    """Return in a sentence a system whether the best attack beats chance, and which ones do on their own account."""
    every = evidence.rows("membership", "max_t_p")
    told = []
    for card in evidence.systems:
        own = largest([row for row in every if row.system == card.key], synthetic_rows)
        row = speaking([one for one in own if one.slice == "all"])
        if row is None or not isinstance(row.number, Estimated):
            continue
        p = numbers.value(row.number.value, "p")
        if row.number.value > SURE:
            told.append(say(f"{AT}.none", system=card.title, p=p))
            continue
        sure = standing([one for one in own if one.slice == "adjusted" and one.release == row.release])
        attacks = listed([f"“{evidence.method(key)}”" for key in sure[:3]])
        if len(sure) > 3:
            attacks = say(f"{AT}.more", attacks=attacks, more=count(len(sure) - 3, "attack"))
        told.append(say(f"{AT}.beyond", system=card.title, p=p, attacks=attacks or say(f"{AT}.no_single")))
    return Text(" ".join([say(f"{AT}.lead"), *told])) if told else None


def standing(rows: list[Row]) -> list[str]:
    """Return the attacks whose own p-value, the others paid for, is small: the smallest first, each once."""
    sure = [(row.number.value, row.method) for row in rows if isinstance(row.number, Estimated)]
    return list(dict.fromkeys(method for p, method in sorted(sure) if p <= SURE))
