"""The words that a reader needs, each in a sentence or two."""

from synthaudit.reports.blocks.content import Terms
from synthaudit.reports.blocks.document import Section
from synthaudit.reports.text.i18n import look_up, t


def section() -> Section:
    """Return the glossary."""
    terms = Terms(tuple((one["term"], one["meaning"]) for one in look_up("glossary")))
    return Section("glossary", t("sections.glossary.title"), (terms,), screen_only=True)
