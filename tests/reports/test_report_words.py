"""The catalogue of sentences: complete, and all that a translation needs to be."""

import pytest

from reports.sections import verdict
from reports.words import catalogue, count, say


def test_every_verdict_and_noun_has_its_words():
    words = catalogue()
    for name in verdict.GRAVEST:
        assert {"label", "short", "headline", "sentence"} <= set(words["verdicts"][name])
        assert name in words["symbols"]
        assert name in words["answers"]["todo"]
    assert len(set(words["symbols"].values())) == len(words["symbols"])  # shape alone tells verdicts apart
    assert count(1, "patient") == "1 patient"
    with pytest.raises(KeyError, match=r"no sentence 'nothing\.here'"):
        say("nothing.here")
