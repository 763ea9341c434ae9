"""The page on schemas names every key and every letter, and its example is a schema."""

import re
from pathlib import Path

import pytest

from synthaudit.audit.records import read_schema
from synthaudit.audit.records.dates import PARTS
from synthaudit.audit.records.schema import KINDS
from synthaudit.audit.records.schema_file import COLUMN_KEYS, FREE_TEXT, KEYS, ROLE_KEYS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "audit" / "records" / "README.md").read_text(encoding="utf-8")
ROWS = {word for line in PAGE.splitlines() if line.startswith("| `") for word in re.findall(r"`\[?([\w%]+)\]?`", line)}


@pytest.mark.parametrize("key", [*KEYS, *COLUMN_KEYS, *ROLE_KEYS, *KINDS, "date", FREE_TEXT])
def test_every_key_and_kind_is_described(key):
    assert key in ROWS


@pytest.mark.parametrize("letter", PARTS)
def test_every_letter_of_a_format_is_described(letter):
    assert f"%{letter}" in ROWS


def test_the_example_is_a_schema(write):
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    declared = read_schema(write("schema.toml", example))
    assert set(declared.columns) == {"age", "born", "stage", "ward", "hiv", "visits"}
    assert declared.free_text == ("note",)


def test_the_readme_links_the_page():
    assert "(audit/records/README.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
