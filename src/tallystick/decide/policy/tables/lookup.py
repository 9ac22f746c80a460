"""A table made ready to be asked: one dictionary for its words, one bisection for its number."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass

from tallystick.decide.policy.tables.grid import lay_out
from tallystick.decide.policy.tables.model import DecisionTable, Row
from tallystick.ground.errors import Defect

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lookup:
    """By the words of a question, in the order of the table's domains, the row of each interval."""

    cuts: tuple[int, ...]
    rows: Mapping[Words, tuple[Row, ...]]

    def find(self, words: Words, number: int = 0) -> Row | None:
        """The row that answers; None for words or a number that the table does not know."""
        found = self.rows.get(words)
        if found is None or number < self.cuts[0]:
            return None
        return found[bisect_right(self.cuts, number) - 1]

    def row(self, words: Words, number: int = 0) -> Row:
        """The row that answers. Refuses: Defect for a question outside the table."""
        found = self.find(words, number)
        if found is None:
            raise Defect(f"no table answers {', '.join(words)}, {number}")
        return found


def compile_table(table: DecisionTable) -> Lookup:
    """Lay the table out for asking; at most one domain is a number, and it comes last.

    Refuses: Defect for a gap or for two answers to one question, naming the question.
    """
    grid = lay_out(table)
    for finding in (*grid.conflicts(), *grid.gaps()):
        raise Defect(str(finding))
    numbers = [domain for domain in table.domains if domain.cuts]
    if numbers not in ([], [table.domains[-1]]):
        raise Defect(f"{table.name}: one number at most, and it comes last")
    cuts = numbers[0].cuts if numbers else (0,)
    rows: dict[Words, list[Row]] = {}
    for cell in grid.every_cell():
        words = tuple(
            domain.words[index]
            for domain, index in zip(table.domains, cell, strict=True)
            if domain.words
        )
        rows.setdefault(words, []).append(grid.cells[cell])
    return Lookup(cuts=cuts, rows={words: tuple(found) for words, found in rows.items()})
