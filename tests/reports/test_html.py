"""The page: closed to the network, accessible, rows as data."""

import hashlib
import json
import re
from base64 import b64encode

from page_outline import Outline


def test_the_page_asks_the_network_for_nothing(page):
    outline = Outline(page)
    assert all(link.startswith("#") for link in outline.links)
    assert not re.search(r"url\((?!#)", page)
    assert "@import" not in page
    outside = {url for url in re.findall(r"https?://[^\s\"'<>]+", page) if "w3.org" not in url}
    assert not outside
    assert not [tag for tag, fields in outline.tags if any(name.startswith("on") for name in fields)]


def test_the_policy_admits_the_pages_own_script_and_no_other(page):
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page).group(1)
    script = re.search(r"<script>(.*?)</script>", page, re.DOTALL).group(1)
    digest = b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert "default-src 'none'" in policy
    assert f"script-src 'sha256-{digest}'" in policy
    assert page.count("<script>") == 1
    assert page.count("<script") == 2  # the other holds data, which no browser runs


def test_the_page_is_made_for_readers_of_every_kind(page):
    outline = Outline(page)
    assert re.search(r'<html lang="en">', page)
    assert outline.levels.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(outline.levels, outline.levels[1:], strict=False))
    assert len(outline.ids) == len(set(outline.ids))
    assert outline.pictures
    assert all(picture.get("aria-label") and picture.get("role") == "img" for picture in outline.pictures)
    labels = re.findall(r'role="region"[^>]*aria-label="([^"]+)"', page)
    assert len(labels) == len(set(labels)), "two landmarks of one name cannot be told apart"
    targets = {link[1:] for link in outline.links if link.startswith("#")}
    assert targets <= set(outline.ids)
    tables = page.count("<table")
    assert tables == page.count("<caption>") == page.count("<thead>")
    assert tables == page.count('tabindex="0"')  # a region that scrolls can be reached by keyboard
    assert page.count("<details>") == page.count("<figure ")


def test_long_audits_send_their_rows_as_data_and_show_the_decisive_ones_without_scripts(document, page):
    stored = json.loads(re.search(r'id="rows">(.*?)</script>', page, re.DOTALL).group(1))
    assert stored["rows"] == len(document.appendix.rows)
    for place, column in enumerate(stored["columns"]):
        assert column["values"][column["at"][-1]] == document.appendix.rows[-1][place].text
    table = page[page.index('<table id="appendix-table"') :]
    assert table[: table.index("</tbody>")].count('<th scope="row"') == len(document.decisive.rows) > 0
