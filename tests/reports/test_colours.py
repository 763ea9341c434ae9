"""Colours: contrast in both themes, and no colour of a figure that cannot turn dark."""

import re

import pytest

from synthaudit.reports.renderers import html


def luminance(colour):
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_text_and_marks_keep_their_contrast(theme):
    blocks = re.findall(r":root \{(.*?)\n\s*\}", html.read_template("report.css"), re.DOTALL)
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", blocks[theme]))
    for ground in ("paper", "ground"):
        for ink in ("ink", "quiet", "link", "pass", "fail", "open", "none", "invalid"):
            assert contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)
    for tone in ("pass", "fail", "open", "none", "invalid"):
        assert contrast(colours[tone], colours[f"{tone}-tint"]) >= 4.5, tone
    marks = [name for name in colours if name.startswith("c-") and name not in ("c-d7dae0", "c-ffffff")]
    assert len(marks) >= 12
    for mark in marks:
        assert contrast(colours[mark], colours["paper"]) >= 3, mark


def test_every_colour_of_a_figure_can_turn_dark(document):
    style = html.read_template("report.css")
    for figure in document.figures:
        for colour in set(re.findall(r"#([0-9a-f]{6})\b", figure.svg)):
            assert style.count(f"--c-{colour}:") == 2, (figure.id, colour)
