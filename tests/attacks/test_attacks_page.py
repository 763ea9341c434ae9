"""The page about the attacks: its rooms exist, its example is an attack, and what is left out has a reason."""

import re
from pathlib import Path

import numpy as np

from synthaudit.audit.knowledge import Knowledge
from synthaudit.audit.protocols import MembershipAttack
from synthaudit.audit.records import Records

ATTACKS = Path(__file__).resolve().parents[2] / "attacks"
PAGE = (ATTACKS / "README.md").read_text(encoding="utf-8")


def table(text: str) -> list[list[str]]:
    """Return the cells of the body of the first table in a text."""
    rows = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def test_the_rooms_on_the_page_are_those_with_attacks():
    on_page = {row[0].strip("`") for row in table(PAGE.partition("## A new attack")[0])}
    files = (path for path in ATTACKS.rglob("*.py") if "title: ClassVar" in path.read_text(encoding="utf-8"))
    assert on_page == {str(path.parent.relative_to(ATTACKS)) for path in files}
    for module in re.findall(r"`(\w+\.py)`", PAGE.partition("## A new attack")[0]):
        assert (ATTACKS / module).exists()


def test_the_example_on_the_page_is_an_attack():
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.S)
    scope: dict[str, object] = {"__name__": __name__}
    exec(code, scope)
    attack = scope["FarthestOfNearest"](k=2)  # type: ignore[operator]
    assert isinstance(attack, MembershipAttack)
    rows = Records.binary(["a", "b", "c"], np.array([[0, 0, 0], [0, 0, 1], [1, 1, 1]]))
    scores = attack.score(rows.take(slice(0, 1)), Knowledge(rows), rng=np.random.default_rng(0))
    np.testing.assert_array_equal(scores, [-1.0])


def test_what_is_left_out_has_a_reason():
    left_out = table(PAGE.partition("## Left out")[2])
    assert left_out
    assert all(len(row) == 2 and all(row) for row in left_out)
