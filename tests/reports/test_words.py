"""Retired words do not come back to the pages, the README, the policies and the command line's help."""

import re
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from synthaudit.audit.cli import app
from synthaudit.reports.text import i18n

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = ("", *sorted(get_command(app).commands))  # type: ignore[attr-defined]

RETIRED = {
    r"promis(e|es|ed|ing)": "DP claim, claimed epsilon",
    r"strangers?": "holdout patients; non-members where an attack classifies",
    r"likeness|how like": "fidelity",
    r"ceilings?|could show at most|at most to be shown": "maximum detectable epsilon",
    r"epsilon reached|reached epsilon|reached by attack": "empirical lower bound",
    r"members (named|recognised|found)": "true positives",
    r"(named|accused) by mistake|false (alarms?|accusations?)": "false positives",
    r"tries|tried alike": "attempts",
    r"point(s|ed|ing)? at": "singled out",
    r"touch(es|ed)?": "data access",
    r"paid|pays for|paid for": "accounted, corrected",
    r"(somebody|their|vendor)[’']?s? word|word of a vendor": "unverified claim",
    r"limits? (kept|broken)|(kept|broke|broken) a limit": "criteria met, not met",
    r"undecided": "inconclusive",
    r"demands?": "criterion",
    r"risk map": "findings matrix",
    r"recipes?": "training procedure",
    r"useless attacks?": "attacks with no signal",
    r"gives? (nobody|a patient|real rows) away|gives away": "identifies nobody, leaks, publishes",
    r"cried wolf|out of nowhere|by lot|by luck": "false positive, invented, at random, by chance",
    r"one (a|an) (core|row|system|column|attack|method)": "per",
}
"""Phrases that stood on the pages, and what stands there today."""
KEPT = {"the generator's recipe"}  # a value of a result's ``access``, translated on the pages


def retired(text: str) -> list[str]:
    """Return the retired phrases of a text, each with the word to use."""
    for phrase in KEPT:
        text = text.replace(phrase, "")
    return [
        f"'{match.group()}': use {instead}"
        for pattern, instead in RETIRED.items()
        for match in re.finditer(rf"\b({pattern})\b", text, re.IGNORECASE)
    ]


def sentences(words: object) -> list[str]:
    """Return every sentence of a catalogue; its keys are not words."""
    if isinstance(words, dict):
        return [text for value in words.values() for text in sentences(value)]
    return [text for value in words for text in sentences(value)] if isinstance(words, list) else [str(words)]


def test_no_sentence_of_the_report_holds_a_retired_word():
    found = {text: retired(text) for text in sentences(i18n.read("en"))}
    assert {text: words for text, words in found.items() if words} == {}
    assert [text for text in found if re.search(r"\bthis file\b", text)] == []  # a level is called "this release"


@pytest.mark.parametrize("path", ["README.md", *(f"audit/policies/{p.name}" for p in ROOT.glob("audit/policies/*"))])
def test_no_readme_or_policy_holds_a_retired_word(path):
    assert retired((ROOT / path).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", sorted(ROOT.glob("reports/frameworks/*.toml")), ids=lambda path: path.stem)
def test_no_framework_holds_a_retired_word(path):
    assert retired(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("command", COMMANDS)
def test_no_help_text_holds_a_retired_word(command):
    outcome = CliRunner().invoke(app, [command, "--help"] if command else ["--help"])
    assert outcome.exit_code == 0
    assert retired(" ".join(outcome.output.split())) == []


@pytest.mark.parametrize(
    "text", ["A promise was refuted.", "The risk map", "Strangers named by mistake", "limit broken"]
)
def test_a_retired_word_is_seen(text):
    assert retired(text)


def test_every_key_of_the_catalogue_is_used():
    """Orphaned sentences would be translated for nothing."""
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "reports").rglob("*.py"))
    code += "".join(path.read_text(encoding="utf-8") for path in (ROOT / "reports/renderers/templates").iterdir())
    english = i18n.read("en")
    unused = []
    for topic in ("verdict", "appendix", "level_notes", "template"):
        unused += [f"{topic}.{key}" for key in english[topic] if not re.search(rf"\b{key}\b", code)]
    for part in ("sections", "answers"):
        for name, own in english[part].items():
            unused += [f"{part}.{name}.{key}" for key in own if not mentioned(key, code)]
    assert unused == []


def mentioned(key: str, code: str) -> bool:
    """Return whether code holds a key, or the start of one that it completes: ``status_`` for ``status_public``."""
    starts = {key, *(f"{key[:at]}_{{" for at in range(len(key)) if key[at] == "_"), *(key.split("_", 1)[:1])}
    return any(re.search(rf"[._\"]{re.escape(start)}", code) for start in starts)
