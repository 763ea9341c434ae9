"""The outline of an HTML page: its headings, ids, links, pictures and text."""

import re
from html.parser import HTMLParser


class Outline(HTMLParser):
    """Collects what the tests ask of a page."""

    def __init__(self, text):
        super().__init__()
        self.levels, self.ids, self.links, self.pictures, self.tags, self.text = [], [], [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        fields = dict(attrs)
        self.tags.append((tag, fields))
        if re.fullmatch(r"h[1-6]", tag):
            self.levels.append(int(tag[1]))
        if "id" in fields:
            self.ids.append(fields["id"])
        self.links += [fields[name] for name in ("href", "src", "xlink:href", "action") if fields.get(name)]
        if tag in ("svg", "img"):
            self.pictures.append(fields)

    def handle_data(self, data):
        self.text.append(data)
