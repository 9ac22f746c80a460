"""Charts as SVG: the loss exceedance curve, and bars whose width is a share of their cell.

Colours are classes (`templates/report.css`): a colour means one thing in the whole report.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tallystick.ground.money import EXPONENTS
from tallystick.prove.report import svg
from tallystick.prove.report.words import tick

Points = Sequence[tuple[int, int]]
"""A chance in ppm, and the loss in minor units that is exceeded so often."""

YEARS = (2, 5, 10, 20, 50, 100, 200, 500, 1000)
_SIZE = 13


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One exceedance curve with the curves of the lowest and the highest belief around it."""

    kind: str
    label: str
    low: Points
    mid: Points
    high: Points


def exceedance_chart(
    curves: Sequence[Curve], *, accepted: Points, currency: str, width: int, height: int, label: str
) -> str:
    """How likely a year is to cost more than so much.

    Takes: curves from the costliest on; `accepted`, the losses that the owner accepts at most.
    """
    frame = _Frame(curves, accepted, currency, width=width, height=height)
    return svg.picture(
        *frame.grid(),
        *(frame.band(curve) for curve in curves),
        *(frame.line(curve) for curve in curves),
        *frame.appetite(accepted),
        *frame.legend(curves),
        label=label,
        width=width,
        height=height,
        class_="chart",
        told="; ".join(_told(curve, currency) for curve in curves),
    )


def _told(curve: Curve, currency: str) -> str:
    """The middle of a curve in words."""
    points = ", ".join(
        f"1 year in {1_000_000 // chance} more than {tick(loss, currency)}"
        for chance, loss in curve.mid
    )
    return f"{curve.label}, in {currency}: {points}"


class _Frame:
    """The plane: losses to the right, logarithmic; rarer years further down, logarithmic too."""

    def __init__(
        self, curves: Sequence[Curve], accepted: Points, currency: str, *, width: int, height: int
    ) -> None:
        self.currency, self.width = currency, width
        self.small = width < 500
        self.left, self.right = (106 if self.small else 112), width - 22
        self.top, self.bottom = (96 if self.small else 58), height - 54
        scale = 10 ** EXPONENTS[currency]
        losses = [loss for curve in curves for part in _parts(curve) for _, loss in part]
        losses += [loss for _, loss in accepted]
        self.most = max(*losses, 10 * scale)
        least = min(loss for loss in losses if loss > 0) if any(losses) else scale
        self.least = max(least, self.most // 1000, 1)

    def x(self, loss: int) -> float:
        share = math.log(max(loss, self.least) / self.least) / math.log(self.most / self.least)
        return self.left + share * (self.right - self.left)

    def y(self, chance_ppm: int) -> float:
        share = math.log(500_000 / chance_ppm) / math.log(500_000 / 1_000)
        return self.top + share * (self.bottom - self.top)

    def grid(self) -> list[str]:
        """Lines for round losses and for every so-many-th year, with their labels."""
        drawn = [self._across(years) for years in YEARS]
        drawn += [self._down(loss) for loss in self._ticks()]
        middle = (self.left + self.right) / 2
        named = f"loss in one year ({self.currency})"
        return [
            *drawn,
            svg.text(named, x=middle, y=self.bottom + 44, class_="axis", text_anchor="middle"),
        ]

    def _across(self, years: int) -> str:
        at = self.y(1_000_000 // years)
        words = f"1 year in {years}"
        return svg.group(
            svg.element("line", x1=self.left, x2=self.right, y1=at, y2=at, class_="grid"),
            svg.text(words, x=self.left - 10, y=at + 4, class_="tick", text_anchor="end"),
        )

    def _down(self, loss: int) -> str:
        at = self.x(loss)
        return svg.group(
            svg.element("line", x1=at, x2=at, y1=self.top, y2=self.bottom, class_="grid"),
            svg.text(
                tick(loss, self.currency), x=at, y=self.bottom + 20, class_="tick",
                text_anchor="middle",
            ),
        )  # fmt: skip

    def _ticks(self) -> list[int]:
        """Round losses, far enough from one another and from the edges to be read."""
        found: list[int] = []
        for power in range(len(str(self.least)) - 1, len(str(self.most))):
            for digit in (1, 2, 5):
                loss = digit * 10**power
                inside = self.least <= loss <= self.most and self.x(loss) < self.right - 12
                if inside and (not found or self.x(loss) - self.x(found[-1]) > 46):
                    found.append(loss)
        return found

    def band(self, curve: Curve) -> str:
        """What lies between the lowest and the highest belief."""
        outline = [*self._points(curve.low), *reversed(self._points(curve.high))]
        return svg.path(outline, closed=True, class_=f"band {curve.kind}")

    def line(self, curve: Curve) -> str:
        return svg.path(self._points(curve.mid), class_=f"curve {curve.kind}")

    def appetite(self, accepted: Points) -> list[str]:
        """A dashed line through the losses that are accepted, and a mark at each."""
        spots = self._points(accepted)
        marks = [
            svg.path([(x, y - 7), (x + 7, y), (x, y + 7), (x - 7, y)], closed=True, class_="mark")
            for x, y in spots
        ]
        return [svg.path(spots, class_="appetite"), *marks]

    def legend(self, curves: Sequence[Curve]) -> list[str]:
        """Who is who, above the plane: in one row, or one below the other where it is narrow."""
        entries = [(curve.kind, curve.label) for curve in curves]
        entries.append(("accepted", "accepted at most"))
        drawn, x, y = [], 12.0, 22.0
        for kind, words in entries:
            drawn.append(_key(kind, x, y))
            drawn.append(svg.text(words, x=x + 34, y=y + 4, class_="legend"))
            if self.small:
                y += 24
            else:
                x += 34 + svg.text_width(words, _SIZE) + 28
        return drawn

    def _points(self, points: Points) -> list[tuple[float, float]]:
        return [(self.x(loss), self.y(chance)) for chance, loss in points]


def _key(kind: str, x: float, y: float) -> str:
    if kind == "accepted":
        line = svg.path([(x, y), (x + 26, y)], class_="appetite")
        at = x + 13
        mark = [(at, y - 6), (at + 6, y), (at, y + 6), (at - 6, y)]
        return svg.group(line, svg.path(mark, closed=True, class_="mark"))
    return svg.group(
        svg.element("rect", x=x, y=y - 7, width=26, height=14, class_=f"band {kind}"),
        svg.path([(x, y), (x + 26, y)], class_=f"curve {kind}"),
    )


def _parts(curve: Curve) -> tuple[Points, Points, Points]:
    return curve.low, curve.mid, curve.high


def interval_bar(
    *, low: int, mid: int, high: int, whole: int, kind: str, mark: int | None = None
) -> str:
    """A bar up to `mid`, a whisker from `low` to `high`; `mark` is what is accepted at most.

    The bar takes the width of its cell; the figures stand beside it, so it is hidden from readers.
    """
    drawn = [
        svg.element("rect", x=0, y="25%", width=_share(mid, whole), height="50%", class_=kind),
        _level(low, high, whole, class_="whisker"),
    ]
    drawn += [_upright(at, whole, "32%", "68%", class_="whisker") for at in (low, high)]
    if mark is not None:
        drawn.append(_upright(mark, whole, "0%", "100%", class_="limit"))
    return _bar(*drawn)


def stacked_bar(parts: Sequence[tuple[str, int]], *, whole: int) -> str:
    """Counts one after the other; `whole` is the count that fills the cell."""
    drawn, before = [], 0
    for kind, number in parts:
        if number:
            drawn.append(
                svg.element(
                    "rect", x=_share(before, whole), y="10%", width=_share(number, whole),
                    height="80%", class_=f"part {kind}",
                )
            )  # fmt: skip
        before += number
    return _bar(*drawn)


def _bar(*drawn: str) -> str:
    return svg.element(
        "svg", *drawn, class_="bar", width="100%", height=18, aria_hidden="true", focusable="false"
    )


def _level(start: int, end: int, whole: int, *, class_: str) -> str:
    return svg.element(
        "line", x1=_share(start, whole), x2=_share(end, whole), y1="50%", y2="50%", class_=class_
    )


def _upright(at: int, whole: int, top: str, bottom: str, *, class_: str) -> str:
    x = _share(at, whole)
    return svg.element("line", x1=x, x2=x, y1=top, y2=bottom, class_=class_)


def _share(part: int, whole: int) -> str:
    """A share of the cell's width.

    >>> _share(1, 3), _share(5, 0)
    ('33.33%', '0%')
    """
    if whole <= 0:
        return "0%"
    hundredths = min(part * 10_000 // whole, 10_000)
    return f"{hundredths / 100:.2f}".rstrip("0").rstrip(".") + "%"
