"""Reading a page as its readers do."""

from __future__ import annotations

import re
from xml.etree import ElementTree


def tree(page: str) -> ElementTree.Element:
    return ElementTree.fromstring(page)  # noqa: S314 - our own page


def spoken(node: ElementTree.Element) -> str:
    """The words that a reader sees; runs of blanks are one, the kept ones stay."""
    return re.sub("[ \\n]+", " ", "".join(node.itertext())).strip()


def section(page: str, name: str) -> ElementTree.Element:
    return next(node for node in tree(page).iter("section") if node.get("id") == name)
