"""The service as a picture: who takes part, over which channels, where keys live, what bounds what.

Everything in it is in the service file. Two layouts: side by side, and one below the other where
the page is narrow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tallystick.describe import Service
from tallystick.prove.report import svg
from tallystick.prove.report.cards import Card, Zone, draw_arrow, draw_zone, lines_of, zone_height
from tallystick.prove.report.words import count, counted, percent, say

WIDE, NARROW = 940, 360
_PEOPLE = ("merchant", "agent", "customer")
_CAPTION = 40


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
    heights = [zone_height(zone, width) for zone, (_, width) in zip(zones, places, strict=True)]
    height = max(*heights, 60 + 48 * len(arrows) + 30)
    drawn = [
        draw_zone(zone, x=x + 1, y=1, width=width - 2, height=height)
        for zone, (x, width) in zip(zones, places, strict=True)
    ]
    drawn.append(_channels_across(arrows, left=362, right=458, height=height))
    drawn.append(draw_arrow((726, height / 2), (762, height / 2)))
    return _framed(drawn, label, width=WIDE, height=height)


def _stacked(zones: Sequence[Zone], arrows: Sequence[str], label: str) -> str:
    """The same from top to bottom, the channels beside the arrow between the first two."""
    drawn, y = [], 1.0
    for place, zone in enumerate(map(_in_one_column, zones)):
        height = zone_height(zone, NARROW)
        drawn.append(draw_zone(zone, x=1, y=y, width=NARROW - 2, height=height))
        y += height
        words = [f"over {', '.join(arrows)}"] if place == 0 else [""]
        if place < len(zones) - 1:
            drawn.append(draw_arrow((40, y), (40, y + 46)))
            drawn += lines_of(words[0], x=58, y=y + 20, width=NARROW - 70, class_="channel")
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


def _in_one_column(zone: Zone) -> Zone:
    return replace(zone, columns=(tuple(card for column in zone.columns for card in column),))


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
        drawn.append(draw_arrow((left, y), (right, y)))
    return svg.group(*drawn)
