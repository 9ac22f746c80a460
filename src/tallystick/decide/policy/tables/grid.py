"""A table laid out cell by cell: every question once, with the rows that answer it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from tallystick.decide.policy.tables.model import (
    LATER,
    Condition,
    DecisionTable,
    Domain,
    Row,
    Span,
)
from tallystick.ground.errors import Defect

Cell = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is wrong with a table, and the smallest question that shows it."""

    table: str
    fault: str
    inputs: tuple[tuple[str, str | int], ...]
    rows: tuple[str, ...] = ()

    def __str__(self) -> str:
        asked = ", ".join(f"{name} {value}" for name, value in self.inputs)
        by = f" (rows {', '.join(self.rows)})" if self.rows else ""
        return f"table {self.table} {self.fault} at {asked}{by}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table with the first row that answers each cell, and the cells that two rows dispute."""

    table: DecisionTable
    cells: dict[Cell, Row]
    disputed: dict[Cell, tuple[Row, Row]]

    def every_cell(self) -> Iterator[Cell]:
        return product(*(range(domain.size) for domain in self.table.domains))

    def gaps(self) -> Iterator[Finding]:
        """Questions without an answer."""
        for cell in self.every_cell():
            if cell not in self.cells:
                yield self._finding("has no answer", cell)

    def conflicts(self) -> Iterator[Finding]:
        """Questions with two different answers."""
        for cell in sorted(self.disputed):
            rows = self.disputed[cell]
            yield self._finding("has two answers", cell, *rows)

    def reversals(self) -> Iterator[Finding]:
        """Questions where more risk is asked for less: each with its neighbour on the safe side."""
        for place, domain in enumerate(self.table.domains):
            if domain.stricter:
                yield from self._reversals_along(place, domain)

    def _reversals_along(self, place: int, domain: Domain) -> Iterator[Finding]:
        step = -1 if domain.stricter == LATER else 1
        for cell in self.every_cell():
            before = (*cell[:place], cell[place] + step, *cell[place + 1 :])
            if cell not in self.cells or before not in self.cells:
                continue
            row, safer = self.cells[cell], self.cells[before]
            if not self.table.at_least(row.then, safer.then):
                fault = f"asks less than for {domain.name} {domain.label(before[place])}"
                yield self._finding(fault, cell, row, safer)

    def _finding(self, fault: str, cell: Cell, *rows: Row) -> Finding:
        return Finding(
            table=self.table.name,
            fault=fault,
            inputs=tuple(
                (domain.name, domain.label(index))
                for domain, index in zip(self.table.domains, cell, strict=True)
            ),
            rows=tuple(row.id for row in rows),
        )


def lay_out(table: DecisionTable) -> Grid:
    """Lay a table out; each row visits its own cells only.

    Refuses: Defect for a row about an unknown domain or word, for one that ends inside an interval
             (the answer would then not be the same throughout), and for an unknown outcome.
    """
    cells: dict[Cell, Row] = {}
    disputed: dict[Cell, tuple[Row, Row]] = {}
    names = {domain.name for domain in table.domains}
    for row in table.rows:
        table.strength(row.then)
        if not row.when.keys() <= names:
            raise Defect(f"{table.name}: row {row.id} asks about something else")
        for cell in product(*(_cells(row, domain) for domain in table.domains)):
            first = cells.setdefault(cell, row)
            if first.then != row.then:
                disputed.setdefault(cell, (first, row))
    return Grid(table=table, cells=cells, disputed=disputed)


def _cells(row: Row, domain: Domain) -> list[int]:
    condition: Condition | None = row.when.get(domain.name)
    if condition is None:
        return list(range(domain.size))
    if isinstance(condition, Span):
        return _cells_of_span(row, domain, condition)
    if not set(condition) <= set(domain.words):
        raise Defect(f"row {row.id}: {domain.name} has no such word")
    return [domain.words.index(word) for word in condition]


def _cells_of_span(row: Row, domain: Domain, span: Span) -> list[int]:
    ends = [span.least] if span.most is None else [span.least, span.most + 1]
    if not set(ends) <= set(domain.cuts):
        raise Defect(f"row {row.id} ends inside an interval of {domain.name}")
    return [
        index
        for index, start in enumerate(domain.cuts)
        if start >= span.least and (span.most is None or start <= span.most)
    ]
