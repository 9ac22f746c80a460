"""Boxes and arrows: a zone inside a trust boundary, the cards in it, what joins two of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tallystick.prove.report import svg

PAD, GAP = 14, 10
_TITLE, _LINE, _HEAD = 14, 12.5, 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One box: what it is, what there is to say, and where its keys live (`se`, `hsm` ...)."""

    title: str
    lines: tuple[str, ...] = ()
    keys: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """What lies inside one trust boundary: cards in one column or in two."""

    title: str
    subtitle: str
    kind: str
    columns: tuple[tuple[Card, ...], ...]


def draw_zone(zone: Zone, *, x: float, y: float, width: float, height: float) -> str:
    inner = width - 2 * PAD
    each = _each(zone, inner)
    head = svg.wrap(zone.title, width=inner, size=_HEAD, lines_max=2)
    drawn = [
        svg.element(
            "rect", x=x, y=y, width=width, height=height - 2, rx=10,
            class_=f"boundary zone {zone.kind}",
        )
    ]  # fmt: skip
    at = y + 26
    for line in head:
        drawn.append(svg.text(line, x=x + PAD, y=at, class_="zone-title"))
        at += 19
    for line in _subtitle_lines(zone, inner):
        drawn.append(svg.text(line, x=x + PAD, y=at, class_="card-line"))
        at += 17
    at -= 17
    for place, column in enumerate(zone.columns):
        drawn += _column(column, x=x + PAD + place * (each + GAP), y=at + 12, width=each)
    return svg.group(svg.title(zone.title), *drawn)


def _column(cards: Sequence[Card], *, x: float, y: float, width: float) -> list[str]:
    drawn = []
    for card in cards:
        drawn.append(_card(card, x=x, y=y, width=width))
        y += card_height(card, width) + GAP
    return drawn


def _each(zone: Zone, inner: float) -> float:
    """How wide one of a zone's columns is."""
    return (inner - GAP * (len(zone.columns) - 1)) / len(zone.columns)


def _card(card: Card, *, x: float, y: float, width: float) -> str:
    """A box with its lines; a bar on its left edge where keys live in it, by how well."""
    height = card_height(card, width)
    drawn = [
        svg.title(" · ".join((card.title, *card.lines))),
        svg.element("rect", x=x, y=y, width=width, height=height, rx=6, class_="card"),
    ]
    if card.keys:
        drawn.append(
            svg.element("rect", x=x, y=y, width=7, height=height, rx=3, class_=f"keys {card.keys}")
        )
    at = y + 21
    for line in _title_lines(card, width):
        drawn.append(svg.text(line, x=x + 16, y=at, class_="card-title"))
        at += 18
    for line in _detail_lines(card, width):
        drawn.append(svg.text(line, x=x + 16, y=at, class_="card-line"))
        at += 17
    return svg.group(*drawn)


def _subtitle_lines(zone: Zone, inner: float) -> list[str]:
    return svg.wrap(zone.subtitle, width=inner, size=_LINE, lines_max=3) or [""]


def _title_lines(card: Card, width: float) -> list[str]:
    return svg.wrap(card.title, width=width - 26, size=_TITLE, lines_max=2)


def _detail_lines(card: Card, width: float) -> list[str]:
    return [
        line
        for words in card.lines
        for line in svg.wrap(words, width=width - 26, size=_LINE, lines_max=3)
    ]


def card_height(card: Card, width: float) -> float:
    return 14 + 18 * len(_title_lines(card, width)) + 17 * len(_detail_lines(card, width))


def zone_height(zone: Zone, width: float) -> float:
    inner = width - 2 - 2 * PAD
    head = 26 + 19 * len(svg.wrap(zone.title, width=inner, size=_HEAD, lines_max=2)) + 12
    head += 17 * (len(_subtitle_lines(zone, inner)) - 1)
    each = _each(zone, inner)
    columns = [sum(card_height(card, each) + GAP for card in column) for column in zone.columns]
    return head + max(columns) + 8


def draw_arrow(start: tuple[float, float], end: tuple[float, float]) -> str:
    """A line with a head at both ends, level or upright."""
    (x1, y1), (x2, y2) = start, end
    level = y1 == y2
    ends = [_head(x1, y1, 1, level=level), _head(x2, y2, -1, level=level)]
    return svg.group(svg.path([(x1 + 3, y1), (x2 - 3, y2)] if level else [start, end],
                              class_="arrow"), *ends)  # fmt: skip


def _head(x: float, y: float, way: int, *, level: bool) -> str:
    tip = (x + 2 * way, y) if level else (x, y + 2 * way)
    wings = (
        [(x + 11 * way, y - 5), (x + 11 * way, y + 5)]
        if level
        else [(x - 5, y + 11 * way), (x + 5, y + 11 * way)]
    )
    return svg.path([tip, *wings], closed=True, class_="arrow-head")
