"""Matplotlib's SVG made fit for a page: ids of its own, marks with tooltips, a third of the size."""

import re
from collections.abc import Sequence
from html import escape
from typing import Final

FINE: Final = re.compile(r"(\d\.\d\d)\d+")  # a hundredth of a pixel is enough
USE: Final = r"<use [^>]*?(?:/>|><title>[^<]*</title></use>)"
MARKS: Final = re.compile(rf'<g(?: clip-path="[^"]*")?>\s*(?:{USE}\s*){{2,}}</g>')
STYLE: Final = re.compile(r' style="[^"]*"')


def clean(svg: str, id: str, tooltips: dict[str, Sequence[str]]) -> str:
    """Return the SVG element alone, with its ids made unique and its marks made readable to a pointer."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg, flags=re.DOTALL)
    for name, texts in tooltips.items():
        start = svg.find(f'id="{name}"')
        if start >= 0:
            remaining = iter(texts)
            svg = (
                svg[:start]
                + re.sub(
                    r"<use ([^>]*?)/>",
                    lambda mark, remaining=remaining: with_tooltip(mark, next(remaining, None)),  # type: ignore[misc]
                    svg[start:],
                    count=len(texts),
                )
            )
    svg = re.sub(r' (?:d|x|y)="[^"]*"', lambda place: FINE.sub(r"\1", place.group()), svg)
    svg = MARKS.sub(lambda group: with_shared_style(group.group()), svg)
    svg = re.sub(r'\bid="', f'id="{id}-', svg)
    svg = re.sub(r'href="#', f'href="#{id}-', svg)
    svg = svg.replace("url(#", f"url(#{id}-")
    svg = re.sub(r'(<svg [^>]*?)\s+width="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg [^>]*?)\s+height="[^"]*"', r"\1", svg, count=1)
    return re.sub(r"\n\s*", "\n", svg).strip()


def with_shared_style(group: str) -> str:
    """Return a group of marks with the style that they share on the group, which makes a cloud a third of its size."""
    styles = set(re.findall(r' style="([^"]*)"', group))
    return f'<g style="{styles.pop()}"' + STYLE.sub("", group[2:]) if len(styles) == 1 else group


def with_tooltip(mark: re.Match[str], text: str | None) -> str:
    """Return a mark with its tooltip inside."""
    return mark.group(0) if text is None else f"<use {mark.group(1)}><title>{escape(text)}</title></use>"
