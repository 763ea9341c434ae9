"""The page of the catalogue names every attack, and none that is not there."""

import re
from pathlib import Path

from synthaudit.attacks.attribute import ATTRIBUTE
from synthaudit.attacks.membership import MEMBERSHIP
from synthaudit.attacks.reidentification import REIDENTIFICATION

PAGE = Path(__file__).resolve().parents[2] / "attacks" / "README.md"


def test_every_attack_has_a_paper_on_the_page_and_every_name_on_it_is_an_attack() -> None:
    here, _, left_out = PAGE.read_text(encoding="utf-8").partition("Left out:")
    rows = [line.split("|")[2] for line in here.splitlines() if line.startswith("| ")][1:]
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    known = {*MEMBERSHIP, *ATTRIBUTE, *REIDENTIFICATION}
    assert named == known
    reasons = [line.split("|")[2].strip() for line in left_out.splitlines() if line.startswith("| ")][1:]
    assert len(reasons) >= 5
    assert all(reasons)
