"""The service as a picture: who takes part, over which channels, where keys live, what bounds what.

Everything in it is in the service file. Two layouts: side by side, and one below the other where
the page is narrow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tallystick.describe import Service
from tallystick.prove.report import svg
from tallystick.prove.report.words import count, counted, percent, say

WIDE, NARROW = 940, 360
_PEOPLE = ("merchant", "agent", "customer")
_PAD, _GAP = 14, 10
_TITLE, _LINE = 14, 12.5
_CAPTION = 40


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


def service_diagram(service: Service, *, width: int = WIDE) -> str:
    """Draw a service; at `NARROW` width one zone below the other."""
    zones = (_hands(service), _provider(service), _others(service))
    arrows = [say(channel) for channel in service.channels]
    label = f"{service.name}: {', '.join(zone.title for zone in zones)}"
    return _stacked(zones, arrows, label) if width < 500 else _abreast(zones, arrows, label)


def _hands(service: Service) -> Zone:
    """Customers and those who use a handset like them, and the handsets."""
    people = [Card(title="Customers", lines=(count(service.volumes.customers),))]
    for party in service.parties:
        if party.role in _PEOPLE:
            many = party.role == "agent" and service.agents.count
            lines = (party.name, count(service.agents.count)) if many else (party.name,)
            people.append(Card(title=f"{say(party.role)}s", lines=lines))
    handsets = [
        Card(
            title=f"{say(handset.kind)}, {percent(handset.share_permille)}",
            lines=(f"keys {say(handset.secure_environment)}",),
            keys=handset.secure_environment,
        )
        for handset in service.handsets
    ]
    return Zone(
        title="In people's hands",
        subtitle="mobile devices and who holds them",
        kind="outside",
        columns=(tuple(people), tuple(handsets)),
    )


def _provider(service: Service) -> Zone:
    offered = Card(title=service.name, lines=tuple(say(word) for word in service.services))
    modules = [
        Card(
            title=f"Crypto module: {module.name}",
            lines=(
                f"keys {say(module.kind)}",
                f"certificate: {module.certificate or 'none'}",
            ),
            keys=module.kind,
        )
        for module in service.modules
    ]
    evidence = Card(title="Evidence log", lines=(f"vouched for by {say(service.witness).lower()}",))
    return Zone(
        title=service.provider.name,
        subtitle=f"provider, {service.provider.jurisdiction}",
        kind="inside",
        columns=((offered, *modules, evidence),),
    )


def _others(service: Service) -> Zone:
    cards = [
        Card(title=say(party.role), lines=(party.name,))
        for party in service.parties
        if party.role not in _PEOPLE
    ]
    none = Card(title="Nobody else", lines=("is named in the service file",))
    return Zone(
        title="Others who take part",
        subtitle=counted(len(cards), "institution"),
        kind="others",
        columns=(tuple(cards) or (none,),),
    )


def _abreast(zones: Sequence[Zone], arrows: Sequence[str], label: str) -> str:
    """Hands, channels, provider, others: from left to right."""
    places = ((0, 362), (458, 268), (762, 178))
    heights = [_height(zone, width) for zone, (_, width) in zip(zones, places, strict=True)]
    height = max(*heights, 60 + 48 * len(arrows) + 30)
    drawn = [
        _zone(zone, x=x + 1, y=1, width=width - 2, height=height)
        for zone, (x, width) in zip(zones, places, strict=True)
    ]
    drawn.append(_channels_across(arrows, left=362, right=458, height=height))
    drawn.append(_arrow((726, height / 2), (762, height / 2)))
    return _framed(drawn, label, width=WIDE, height=height)


def _stacked(zones: Sequence[Zone], arrows: Sequence[str], label: str) -> str:
    """The same from top to bottom, the channels beside the arrow between the first two."""
    drawn, y = [], 1.0
    for place, zone in enumerate(map(_in_one_column, zones)):
        height = _height(zone, NARROW)
        drawn.append(_zone(zone, x=1, y=y, width=NARROW - 2, height=height))
        y += height
        words = [f"over {', '.join(arrows)}"] if place == 0 else [""]
        if place < len(zones) - 1:
            drawn.append(_arrow((40, y), (40, y + 46)))
            drawn += _lines(words[0], x=58, y=y + 20, width=NARROW - 70, class_="channel")
            y += 46
    return _framed(drawn, label, width=NARROW, height=y)


def _framed(drawn: Sequence[str], label: str, *, width: float, height: float) -> str:
    y = height + 24
    key = svg.group(
        svg.path([(2, y), (36, y)], class_="boundary"),
        svg.text("trust boundary", x=44, y=y + 4, class_="card-line"),
    )
    return svg.picture(
        *drawn, key, label=label, width=width, height=height + _CAPTION, class_="diagram"
    )


def _zone(zone: Zone, *, x: float, y: float, width: float, height: float) -> str:
    inner = width - 2 * _PAD
    each = _each(zone, inner)
    head = svg.wrap(zone.title, width=inner, size=15, lines_max=2)
    drawn = [
        svg.element(
            "rect", x=x, y=y, width=width, height=height - 2, rx=10,
            class_=f"boundary zone {zone.kind}",
        )
    ]  # fmt: skip
    at = y + 26
    for line in head:
        drawn.append(svg.text(line, x=x + _PAD, y=at, class_="zone-title"))
        at += 19
    drawn.append(svg.text(zone.subtitle, x=x + _PAD, y=at, class_="card-line"))
    for place, column in enumerate(zone.columns):
        drawn += _column(column, x=x + _PAD + place * (each + _GAP), y=at + 12, width=each)
    return svg.group(svg.title(zone.title), *drawn)


def _column(cards: Sequence[Card], *, x: float, y: float, width: float) -> list[str]:
    drawn = []
    for card in cards:
        drawn.append(_card(card, x=x, y=y, width=width))
        y += _card_height(card, width) + _GAP
    return drawn


def _in_one_column(zone: Zone) -> Zone:
    return replace(zone, columns=(tuple(card for column in zone.columns for card in column),))


def _each(zone: Zone, inner: float) -> float:
    """How wide one of a zone's columns is."""
    return (inner - _GAP * (len(zone.columns) - 1)) / len(zone.columns)


def _card(card: Card, *, x: float, y: float, width: float) -> str:
    """A box with its lines; a bar on its left edge where keys live in it, by how well."""
    height = _card_height(card, width)
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


def _title_lines(card: Card, width: float) -> list[str]:
    return svg.wrap(card.title, width=width - 26, size=_TITLE, lines_max=2)


def _detail_lines(card: Card, width: float) -> list[str]:
    return [
        line
        for words in card.lines
        for line in svg.wrap(words, width=width - 26, size=_LINE, lines_max=3)
    ]


def _card_height(card: Card, width: float) -> float:
    return 14 + 18 * len(_title_lines(card, width)) + 17 * len(_detail_lines(card, width))


def _height(zone: Zone, width: float) -> float:
    inner = width - 2 - 2 * _PAD
    head = 26 + 19 * len(svg.wrap(zone.title, width=inner, size=15, lines_max=2)) + 12
    each = _each(zone, inner)
    columns = [sum(_card_height(card, each) + _GAP for card in column) for column in zone.columns]
    return head + max(columns) + 8


def _channels_across(arrows: Sequence[str], *, left: float, right: float, height: float) -> str:
    """Each channel an arrow that goes both ways, under its name."""
    middle = (left + right) / 2
    start = (height - 48 * (len(arrows) - 1)) / 2
    drawn = [
        svg.text("channels", x=middle, y=start - 44, class_="card-line", text_anchor="middle"),
    ]
    for place, words in enumerate(arrows):
        y = start + 48 * place
        drawn.append(svg.text(words, x=middle, y=y - 9, class_="channel", text_anchor="middle"))
        drawn.append(_arrow((left, y), (right, y)))
    return svg.group(*drawn)


def _arrow(start: tuple[float, float], end: tuple[float, float]) -> str:
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


def _lines(words: str, *, x: float, y: float, width: float, class_: str) -> list[str]:
    lines = svg.wrap(words, width=width, size=_LINE, lines_max=2)
    return [
        svg.text(line, x=x, y=y + 17 * place, class_=class_) for place, line in enumerate(lines)
    ]
