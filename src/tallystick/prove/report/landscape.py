"""The picture of an architecture: zones in four columns, an arrow for each numbered crossing.

Zones beside one another are joined in the gap between them; others by a way that runs below. Where
the page is narrow the zones stand below one another and the arrows between neighbours only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tallystick.analyse import RiskAnalysis
from tallystick.describe import Service
from tallystick.prove.report import svg
from tallystick.prove.report.cards import (
    GAP,
    PAD,
    Card,
    Zone,
    card_height,
    draw_arrow,
    draw_zone,
    zone_height,
)
from tallystick.prove.report.scene import Crossing, Part, Scene, scene_of
from tallystick.prove.report.svg import NARROW, WIDE

_COLUMNS = (("customer",), ("public",), ("edge", "inside", "secure"), ("partner",))
_WIDTHS = {"customer": 172.0, "public": 126.0, "edge": 300.0, "partner": 166.0}
_KINDS = {"customer": "outside", "public": "between", "partner": "others"}
_GAP_ACROSS = 66.0
_GAP_DOWN = 44.0
_LANE = 32.0
_STEP = 46.0
_BADGES = (
    ("none", "no"),
    ("transport", "hop by hop"),
    ("message", "end to end"),
)
"""How a badge says how the flows under it are protected in themselves; the weakest counts."""
_OUTER_HEAD, _OUTER_PAD = 34.0, 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """The picture for each width, and what the numbers on its arrows stand for."""

    pictures: dict[int, str]
    crossings: tuple[Crossing, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Box:
    """A zone in its place."""

    part: Part
    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    def drawn(self) -> str:
        zone = _zone(self.part, width=self.width, columns=_columns_of(self.part))
        return draw_zone(zone, x=self.x, y=self.y, width=self.width, height=self.height)


def draw_service(service: Service, analysis: RiskAnalysis) -> Drawn:
    """The picture of a service's architecture for each width."""
    scene = scene_of(service, analysis.architecture)
    label = f"{service.name}: {', '.join(part.title for part in scene.parts)}"
    return Drawn(
        pictures={width: draw_scene(scene, width=width, label=label) for width in (WIDE, NARROW)},
        crossings=scene.crossings,
    )


def draw_scene(scene: Scene, *, width: int, label: str) -> str:
    """Draw a scene; at `NARROW` width one zone below the other."""
    return _stacked(scene, label) if width < 500 else _Abreast(scene).drawn(label)


def _zone(part: Part, *, width: float, columns: int = 1) -> Zone:
    """The zone of a part; each card goes under the shortest of the columns."""
    kind = _KINDS.get(part.id, "inside")
    stacks: list[list[Card]] = [[] for _ in range(min(columns, len(part.cards)))]
    each = (width - 2 * PAD - GAP * (len(stacks) - 1)) / len(stacks)
    for card in part.cards:
        min(stacks, key=lambda stack: sum(card_height(one, each) for one in stack)).append(card)
    cards = tuple(tuple(stack) for stack in stacks)
    return Zone(title=part.title, subtitle=part.subtitle, kind=kind, columns=cards)


def _columns_of(part: Part) -> int:
    return 2 if part.id in _COLUMNS[2] else 1


class _Abreast:
    """The wide picture."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        parts = {part.id: part for part in scene.parts}
        columns = [[parts[name] for name in names if name in parts] for names in _COLUMNS]
        self.columns = [column for column in columns if column]
        self.column = {
            part.id: place for place, column in enumerate(self.columns) for part in column
        }
        self.widths = self._widths()
        self.boxes = self._boxes()
        self.bottom = max(
            box.bottom + (_OUTER_PAD if name in _COLUMNS[2] else -2)
            for name, box in self.boxes.items()
        )

    def drawn(self, label: str) -> str:
        ways = self._ways()
        height = self.bottom + 14 + _LANE * len(ways) + 34
        return svg.picture(
            self._outer(),
            *(box.drawn() for box in self.boxes.values()),
            *self._across(),
            *self._down(),
            *(self._way(one, lane, len(ways)) for lane, one in enumerate(ways)),
            _key(WIDE, height - 14),
            label=label,
            width=WIDE,
            height=height,
            class_="diagram",
            told=_told(self.scene),
        )

    def _widths(self) -> list[float]:
        wanted = [_WIDTHS.get(column[0].id, _WIDTHS["edge"]) for column in self.columns]
        room = WIDE - 2 - _GAP_ACROSS * (len(self.columns) - 1)
        return [width * room / sum(wanted) for width in wanted]

    def _left(self, place: int) -> float:
        return 1 + sum(self.widths[:place]) + _GAP_ACROSS * place

    def _boxes(self) -> dict[str, _Box]:
        found: dict[str, _Box] = {}
        for place, column in enumerate(self.columns):
            outer = column[0].id in _COLUMNS[2]
            x = self._left(place) + (_OUTER_PAD if outer else 0)
            width = self.widths[place] - (2 * _OUTER_PAD if outer else 0)
            y = _OUTER_HEAD if outer else 1.0
            for part in column:
                zone = _zone(part, width=width, columns=_columns_of(part))
                height = zone_height(zone, width + 2)
                found[part.id] = _Box(part=part, x=x, y=y, width=width, height=height)
                y += height + _GAP_DOWN
        return self._levelled(found)

    def _levelled(self, boxes: dict[str, _Box]) -> dict[str, _Box]:
        """Columns of one zone become as high as the highest column, arrows counted in."""
        tall = max(box.bottom for box in boxes.values())
        tall = max([tall, *(_STEP * len(found) + 60 for found in self._gaps().values())])
        return {
            name: box
            if len(self.columns[self.column[name]]) > 1
            else _Box(
                part=box.part, x=box.x, y=box.y, width=box.width,
                height=tall + _OUTER_PAD + 2 - box.y,
            )
            for name, box in boxes.items()
        }  # fmt: skip

    def _gaps(self) -> dict[int, list[Crossing]]:
        """The gap between two columns -> what crosses it."""
        found: dict[int, list[Crossing]] = {}
        for one in self.scene.crossings:
            left, right = sorted(self.column[name] for name in one.zones)
            if right - left == 1:
                found.setdefault(left, []).append(one)
        return found

    def _outer(self) -> str:
        """The provider as a whole, around its own zones."""
        own = [box for name, box in self.boxes.items() if name in _COLUMNS[2]]
        if not own:
            return ""
        x, width = own[0].x - _OUTER_PAD, own[0].width + 2 * _OUTER_PAD
        title = svg.wrap(self.scene.provider, width=width - 24, size=15, lines_max=1)
        return svg.group(
            svg.element("rect", x=x, y=1, width=width, height=self.bottom - 1, rx=12, class_="own"),
            svg.text(" ".join(title), x=x + 12, y=23, class_="zone-title"),
        )

    def _across(self) -> list[str]:
        drawn = []
        for place, crossings in self._gaps().items():
            left = self._left(place) + self.widths[place]
            right = self._left(place + 1)
            y = 0.0
            for one in sorted(crossings, key=self._height_of):
                y = max(self._height_of(one), y + _STEP)
                drawn.append(_numbered(one, left, right, y))
        return drawn

    def _height_of(self, one: Crossing) -> float:
        """Where a crossing would best stand: at the upper part of the lower of its two zones."""
        return max(self.boxes[name].y for name in one.zones) + 44

    def _down(self) -> list[str]:
        drawn = []
        for one in self.scene.crossings:
            upper, lower = sorted((self.boxes[name] for name in one.zones), key=lambda box: box.y)
            if self.column[upper.part.id] != self.column[lower.part.id]:
                continue
            x = upper.x + 40 + 70 * (one.number % 3)
            between = any(
                upper.bottom < box.y < lower.y and box.x == upper.x for box in self.boxes.values()
            )
            if not between:
                drawn.append(draw_arrow((x, upper.bottom), (x, lower.y)))
                drawn.append(_badge(one, x + 22, (upper.bottom + lower.y) / 2))
        return drawn

    def _ways(self) -> list[Crossing]:
        """Crossings of zones that do not stand beside one another, the shortest first."""
        far = [
            one
            for one in self.scene.crossings
            if abs(self.column[one.zones[0]] - self.column[one.zones[1]]) > 1
        ]
        return sorted(far, key=lambda one: (self._span(one), one.number))

    def _span(self, one: Crossing) -> int:
        return abs(self.column[one.zones[0]] - self.column[one.zones[1]])

    def _way(self, one: Crossing, lane: int, lanes: int) -> str:
        """Down from one column, along below, and up into the other."""
        left, right = sorted(self.column[name] for name in one.zones)
        y = self.bottom + 14 + _LANE * lane + 8
        share = (lanes - lane) / (lanes + 1)
        x1 = self._left(left) + self.widths[left] * (0.25 + 0.6 * share)
        x2 = self._left(right) + self.widths[right] * (0.75 - 0.6 * share)
        foot = self.bottom
        return svg.group(
            svg.path([(x1, foot + 10), (x1, y), (x2, y), (x2, foot + 10)], class_="arrow"),
            _tip(x1, foot),
            _tip(x2, foot),
            _badge(one, x2 - 22, y),
            svg.text(one.channel, x=x2 - 38, y=y - 6, class_="channel", text_anchor="end"),
        )


def _stacked(scene: Scene, label: str) -> str:
    """One below the other, with the crossings of neighbours beside the arrow."""
    drawn, y = [], 1.0
    for place, part in enumerate(scene.parts):
        zone = _zone(part, width=NARROW - 2)
        height = zone_height(zone, NARROW)
        drawn.append(draw_zone(zone, x=1, y=y, width=NARROW - 2, height=height))
        y += height
        if place + 1 < len(scene.parts):
            pair = {part.id, scene.parts[place + 1].id}
            between = [one for one in scene.crossings if set(one.zones) == pair]
            drawn += _beside(between, y)
            y += 46
    return svg.picture(
        *drawn,
        _key(NARROW, y + 24),
        label=label,
        width=NARROW,
        height=y + 64,
        class_="diagram",
        told=_told(scene),
    )


def _told(scene: Scene) -> str:
    """The flows in words, by number."""
    return "; ".join(
        f"{one.number}: {one.channel}, {one.between}, carrying {one.carries}, "
        f"protected in itself: {one.protected}"
        for one in scene.crossings
    )


def _beside(crossings: Sequence[Crossing], y: float) -> list[str]:
    if not crossings:
        return []
    drawn = [draw_arrow((34, y), (34, y + 46))]
    x = 62.0
    for one in crossings:
        words = one.channel
        if x + 14 + svg.text_width(words, 12.5) > NARROW - 8:
            break
        drawn.append(_badge(one, x, y + 23))
        drawn.append(svg.text(words, x=x + 15, y=y + 27, class_="channel"))
        x += 40 + svg.text_width(words, 12.5)
    return drawn


def _numbered(one: Crossing, left: float, right: float, y: float) -> str:
    """An arrow both ways with its number on it and its channel under it."""
    middle = (left + right) / 2
    lines = svg.wrap(one.channel, width=right - left, size=12, lines_max=2)
    return svg.group(
        draw_arrow((left, y), (right, y)),
        _badge(one, middle, y),
        *(
            svg.text(line, x=middle, y=y + 22 + 13 * place, class_="channel", text_anchor="middle")
            for place, line in enumerate(lines)
        ),
    )


def _badge(one: Crossing, x: float, y: float) -> str:
    return svg.group(
        svg.element("circle", cx=x, cy=y, r=10, class_=f"badge {one.weakest}"),
        svg.text(
            str(one.number), x=x, y=y + 4, class_=f"badge-number {one.weakest}",
            text_anchor="middle",
        ),
    )  # fmt: skip


def _tip(x: float, y: float) -> str:
    wings = [(x, y + 2), (x - 5, y + 11), (x + 5, y + 11)]
    return svg.path(wings, closed=True, class_="arrow-head")


def _key(width: float, y: float) -> str:
    """What the dashes and the badges mean; on a narrow page in two lines."""
    small = width < 500
    x, drawn = 44.0, [
        svg.path([(2, y), (36, y)], class_="boundary"),
        svg.text("trust boundary", x=44, y=y + 4, class_="card-line"),
    ]  # fmt: skip
    x, y = (2.0, y + 24) if small else (160.0, y)
    drawn.append(svg.text("protected in itself:", x=x, y=y + 4, class_="card-line"))
    x += svg.text_width("protected in itself:", 12.5) + 8
    for kind, words in _BADGES:
        drawn.append(svg.element("circle", cx=x + 10, cy=y, r=8, class_=f"badge {kind}"))
        drawn.append(svg.text(words, x=x + 24, y=y + 4, class_="card-line"))
        x += 24 + svg.text_width(words, 12.5) + (10 if small else 20)
    return svg.group(*drawn)
