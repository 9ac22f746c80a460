"""The efficient frontier: what a year may cost for how much work, and where the choice stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tallystick.prove.report import svg
from tallystick.prove.report.words import days, tick

_MARK = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A burden a year in thousandths of a person-day, and the losses of a year that remain.

    `kept`: no promise is broken.
    """

    burden_millidays: int
    mean_minor: int
    var_95_minor: int
    kept: bool = True


def frontier_chart(
    points: Sequence[Point],
    *,
    chosen: Point,
    budget: Point | None,
    accepted: int,
    currency: str,
    width: int,
    height: int,
) -> str:
    """Two lines over the burden: the average year and the worst of 20.

    Takes: `chosen`, what the plan takes; `budget`, what a given budget buys; `accepted`, the loss
           accepted in the worst year of 20.
    """
    marked = [("chosen", chosen)] + ([("budget", budget)] if budget else [])
    plane = _Plane(points, marked, accepted, currency, width=width, height=height)
    return svg.picture(
        *plane.grid(),
        plane.limit(accepted),
        plane.line("worst", [(one, one.var_95_minor) for one in points]),
        plane.line("mean", [(one, one.mean_minor) for one in points]),
        *(plane.mark(kind, point) for kind, point in marked),
        *plane.legend(marked),
        label="What a year may cost after countermeasures, for how much work a year",
        width=width,
        height=height,
        class_="chart",
        told="; ".join(
            f"{days(one.burden_millidays)} person-days leave {tick(one.mean_minor, currency)} in "
            f"an average year and {tick(one.var_95_minor, currency)} in the worst of 20"
            for one in (chosen, *points)
        ),
    )


class _Plane:
    """Work a year to the right from about the least; loss of a year upwards from nought."""

    def __init__(
        self,
        points: Sequence[Point],
        marked: Sequence[tuple[str, Point]],
        accepted: int,
        currency: str,
        *,
        width: int,
        height: int,
    ) -> None:
        self.currency, self.small = currency, width < 500
        self.left, self.right = 70.0, float(width - 24)
        rows = (3 if self.small else 1) + (2 if self.small else 1)
        self.top, self.bottom = 14.0 + 24 * rows, float(height - 54)
        every = [*points, *(point for _, point in marked)]
        self.most_days = max((one.burden_millidays for one in every), default=0) or 1
        least = min((one.burden_millidays for one in every), default=0)
        self.least_days = max(least - (self.most_days - least) // 10 - 1, 0)
        losses = [one.var_95_minor for one in every] + [one.mean_minor for one in every]
        self.most_loss = max(*losses, accepted, 1)

    def x(self, burden: int) -> float:
        share = (burden - self.least_days) / ((self.most_days - self.least_days) * 1.06)
        return self.left + share * (self.right - self.left)

    def y(self, loss: int) -> float:
        return self.bottom - loss / (self.most_loss * 1.08) * (self.bottom - self.top)

    def grid(self) -> list[str]:
        drawn = [self._across(loss) for loss in _round_steps(0, self.most_loss, 5)]
        drawn += [
            self._down(burden)
            for burden in _round_steps(self.least_days, self.most_days, 4 if self.small else 8)
        ]
        middle = (self.left + self.right) / 2
        words = f"person-days a year; losses in {self.currency}"
        return [
            *drawn,
            svg.text(words, x=middle, y=self.bottom + 44, class_="axis", text_anchor="middle"),
        ]

    def _across(self, loss: int) -> str:
        y = self.y(loss)
        return svg.group(
            svg.element("line", x1=self.left, x2=self.right, y1=y, y2=y, class_="grid"),
            svg.text(
                tick(loss, self.currency), x=self.left - 8, y=y + 4, class_="tick",
                text_anchor="end",
            ),
        )  # fmt: skip

    def _down(self, burden: int) -> str:
        x = self.x(burden)
        return svg.group(
            svg.element("line", x1=x, x2=x, y1=self.top, y2=self.bottom, class_="grid"),
            svg.text(days(burden), x=x, y=self.bottom + 20, class_="tick", text_anchor="middle"),
        )

    def limit(self, accepted: int) -> str:
        y = self.y(accepted)
        return svg.path([(self.left, y), (self.right, y)], class_="appetite")

    def line(self, kind: str, points: Sequence[tuple[Point, int]]) -> str:
        """A line with a dot for each point; hollow where a promise is broken."""
        ranked = sorted(points, key=lambda pair: (pair[0].burden_millidays, pair[1]))
        spots = [(self.x(point.burden_millidays), self.y(loss)) for point, loss in ranked]
        dots = [
            svg.element(
                "circle", cx=x, cy=y, r=4, class_=f"dot {kind}" + ("" if point.kept else " hollow")
            )
            for (x, y), (point, _) in zip(spots, ranked, strict=True)
        ]
        return svg.group(svg.path(spots, class_=f"curve {kind}") if spots else "", *dots)

    def mark(self, kind: str, point: Point) -> str:
        x = self.x(point.burden_millidays)
        spots = [(x, self.y(point.mean_minor)), (x, self.y(point.var_95_minor))]
        line = svg.element("line", x1=x, x2=x, y1=self.top, y2=self.bottom, class_=f"stand {kind}")
        return svg.group(line, *(_sign(kind, at, y) for at, y in spots))

    def legend(self, marked: Sequence[tuple[str, Point]]) -> list[str]:
        """Who is who, above the plane: in two rows, or one below the other where it is narrow."""
        told = {
            "chosen": "this plan",
            "budget": "the budget asked about",
        }
        first = [
            ("worst", "worst year of 20"),
            ("mean", "average year"),
            ("limit", "accepted in the worst year of 20"),
        ]
        second = [
            (kind, f"{told[kind]}: {days(point.burden_millidays)} days") for kind, point in marked
        ]
        drawn, y = [], 20.0
        for row in (first, second):
            x = 6.0
            for kind, words in row:
                drawn.append(svg.group(*_key(kind, x, y)))
                drawn.append(svg.text(words, x=x + 34, y=y + 4, class_="legend"))
                if self.small:
                    y += 24
                else:
                    x += 34 + svg.text_width(words, 13) + 24
            y += 0 if self.small else 24
        return drawn


def _sign(kind: str, x: float, y: float) -> str:
    if kind == "chosen":
        around = [(x, y - _MARK), (x + _MARK, y), (x, y + _MARK), (x - _MARK, y)]
        return svg.path(around, closed=True, class_="mark")
    size = 2 * _MARK - 2
    return svg.element(
        "rect", x=x - size / 2, y=y - size / 2, width=size, height=size, class_="mark"
    )


def _key(kind: str, x: float, y: float) -> list[str]:
    if kind == "limit":
        return [svg.path([(x, y), (x + 26, y)], class_="appetite")]
    if kind in ("worst", "mean"):
        line = svg.path([(x, y), (x + 26, y)], class_=f"curve {kind}")
        return [line, svg.element("circle", cx=x + 13, cy=y, r=3.5, class_=f"dot {kind}")]
    return [_sign(kind, x + 13, y)]


def _round_steps(least: int, most: int, number: int) -> list[int]:
    """Round numbers from the least to the most, about so many.

    >>> _round_steps(0, 1_015_688, 4), _round_steps(780_000, 1_300_000, 4)
    ([0, 500000, 1000000], [800000, 1000000, 1200000])
    """
    rough = max((most - least) // number, 1)
    unit = 10 ** (len(str(rough)) - 1)
    step = next(unit * factor for factor in (1, 2, 5, 10) if unit * factor >= rough)
    return list(range(-(-least // step) * step, most + 1, step))
