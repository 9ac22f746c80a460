"""Looking at drawings: their frame, where their words stand, and whether words meet."""

from __future__ import annotations

from itertools import combinations
from xml.etree import ElementTree

from tallystick.prove.report import svg

_SIZES = {"zone-title": 15, "heat-count": 19, "badge-number": 11.5, "card-line": 12.5}
Span = tuple[float, float, float, str]


def drawing(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text)  # noqa: S314 - our own drawing


def frame(drawn: ElementTree.Element) -> tuple[float, float]:
    _, _, width, height = map(float, drawn.attrib["viewBox"].split())
    return width, height


def spans(drawn: ElementTree.Element) -> list[Span]:
    """Every text with its left and right end, by its anchor, and its height."""
    found = []
    for node in drawn.iter("text"):
        size = _SIZES.get((node.get("class") or "").split(" ")[0], 14)
        wide = svg.text_width(node.text or "", size) * 0.9
        x = float(node.attrib["x"])
        left = {"middle": x - wide / 2, "end": x - wide}.get(node.get("text-anchor", ""), x)
        found.append((left, left + wide, float(node.attrib["y"]), node.text or ""))
    return found


def assert_inside(drawn: ElementTree.Element) -> None:
    """Words and boxes stay inside the frame."""
    wide, high = frame(drawn)
    for left, right, y, words in spans(drawn):
        assert left >= 0, words
        assert right <= wide, words
        assert 8 < y < high, words
    for box in drawn.iter("rect"):
        assert float(box.attrib["x"]) >= 0
        assert float(box.attrib["x"]) + float(box.attrib["width"]) <= wide
        assert float(box.attrib["y"]) + float(box.attrib["height"]) <= high


def assert_apart(drawn: ElementTree.Element) -> None:
    """No two texts stand on one another."""
    for one, other in combinations(spans(drawn), 2):
        if abs(one[2] - other[2]) < 10:
            assert one[1] <= other[0] or other[1] <= one[0], (one, other)
