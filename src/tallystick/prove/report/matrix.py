"""The heat map: how often against how much, in five steps each, before and after.

What is drawn is a projection with declared cut points: colours stand for steps, and nothing is
reckoned from them. A cell says how many scenarios fall into it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tallystick.analyse import RATINGS, Cell
from tallystick.prove.report import svg
from tallystick.prove.report.words import counted

STEPS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """What the steps of one axis mean, from the least on; five short texts."""

    name: str
    steps: Sequence[str]


def heat_maps(
    before: Sequence[Cell], after: Sequence[Cell], *, often: Scale, much: Scale, width: int
) -> str:
    """Two maps: side by side, or one below the other where the page is narrow."""
    small = width < 500
    size = width if small else (width - 24) / 2
    parts = []
    height = 0.0
    for place, (title, cells) in enumerate((("before", before), ("after", after))):
        x, y = (0.0, place * (height + 18)) if small else (place * (size + 24), 0.0)
        plane = _Plane(x=x, y=y, width=size, often=often, much=much)
        parts.append(plane.drawn(title, cells))
        height = plane.height
    return svg.picture(
        *parts,
        label="How many scenarios are how frequent and how costly, before and after",
        width=width,
        height=2 * height + 18 if small else height,
        class_="heat",
        told=f"Before: {_told(before)}. After: {_told(after)}.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plane:
    x: float
    y: float
    width: float
    often: Scale
    much: Scale

    @property
    def left(self) -> float:
        return self.x + 84

    @property
    def cell(self) -> float:
        return (self.x + self.width - 2 - self.left) / STEPS

    @property
    def tall(self) -> float:
        return min(self.cell, 58.0)

    @property
    def height(self) -> float:
        return 62 + STEPS * self.tall + 58

    def drawn(self, title: str, cells: Sequence[Cell]) -> str:
        total = sum(len(cell.scenarios) for cell in cells)
        head = f"{title.capitalize()} countermeasures: {counted(total, 'scenario')}"
        return svg.group(
            svg.text(head, x=self.x + 2, y=self.y + 20, class_="zone-title"),
            svg.text(self.often.name, x=self.x + 2, y=self.y + 46, class_="tick"),
            *(self._cell(cell) for cell in cells),
            *self._scales(),
        )

    def _cell(self, cell: Cell) -> str:
        x = self.left + (cell.impact - 1) * self.cell
        y = self.y + 58 + (STEPS - cell.likelihood) * self.tall
        number = len(cell.scenarios)
        middle, base = x + self.cell / 2, y + self.tall / 2
        told = f"{cell.rating}: {counted(number, 'scenario')}"
        drawn = [
            svg.title(told),
            svg.element(
                "rect", x=x + 1, y=y + 1, width=self.cell - 2, height=self.tall - 2, rx=4,
                class_=f"rating {cell.rating}" + ("" if number else " empty"),
            ),
        ]  # fmt: skip
        if number:
            shown = str(number)
            drawn.append(
                svg.text(
                    shown, x=middle, y=base + 7, class_=f"heat-count {cell.rating}",
                    text_anchor="middle",
                )
            )  # fmt: skip
        return svg.group(*drawn)

    def _scales(self) -> list[str]:
        bottom = self.y + 58 + STEPS * self.tall
        drawn = []
        for step in range(STEPS):
            middle = self.y + 58 + (STEPS - step - 0.5) * self.tall
            drawn.append(
                svg.text(
                    self.often.steps[step], x=self.left - 8, y=middle + 4, class_="tick",
                    text_anchor="end",
                )
            )  # fmt: skip
            across = self.left + (step + 0.5) * self.cell
            drawn.append(
                svg.text(
                    self.much.steps[step], x=across, y=bottom + 18, class_="tick",
                    text_anchor="middle",
                )
            )  # fmt: skip
        drawn.append(
            svg.text(
                self.much.name, x=self.x + self.width - 2, y=bottom + 42, class_="tick",
                text_anchor="end",
            )
        )  # fmt: skip
        return drawn


def _told(cells: Sequence[Cell]) -> str:
    return ", ".join(f"{number} {rating}" for rating, number in count_ratings(cells).items())


def count_ratings(cells: Sequence[Cell]) -> Mapping[str, int]:
    """How many scenarios have each rating, the worst first."""
    return {
        rating: sum(len(cell.scenarios) for cell in cells if cell.rating == rating)
        for rating in reversed(RATINGS)
    }
