"""Mixed-integer programmes as plain data, and HiGHS to solve them to proven optimum."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

import highspy
import numpy as np

from tallystick.ground.errors import Defect

INFINITE = float("inf")


@dataclass(frozen=True, slots=True)
class Row:
    """low <= sum of factor * column <= high."""

    terms: Mapping[int, float]
    low: float
    high: float


@dataclass(slots=True)
class Programme:
    """Minimise a sum of columns under rows that bound sums of columns. Columns are numbered."""

    lowers: list[float] = field(default_factory=list)
    uppers: list[float] = field(default_factory=list)
    whole: list[bool] = field(default_factory=list)
    objective: dict[int, float] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)

    def column(self, *, lower: float = 0.0, upper: float = 1.0, whole: bool = False) -> int:
        """A new column; gives its number."""
        self.lowers.append(lower)
        self.uppers.append(upper)
        self.whole.append(whole)
        return len(self.uppers) - 1

    def at_least(self, terms: Mapping[int, float], bound: float) -> int:
        """A new row; gives its number."""
        self.rows.append(Row(terms, bound, INFINITE))
        return len(self.rows) - 1

    def at_most(self, terms: Mapping[int, float], bound: float) -> int:
        """A new row; gives its number."""
        self.rows.append(Row(terms, -INFINITE, bound))
        return len(self.rows) - 1

    def move(self, row: int, bound: float) -> None:
        """Give an `at_most` row another bound."""
        self.rows[row] = Row(self.rows[row].terms, -INFINITE, bound)

    def lift(self, row: int) -> None:
        """Let a row bound nothing any more."""
        self.rows[row] = Row({}, -INFINITE, INFINITE)

    def settle(self, column: int, value: float) -> None:
        """Leave a column one value."""
        self.lowers[column] = self.uppers[column] = value

    def minimise(self, terms: Mapping[int, float]) -> None:
        self.objective = dict(terms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Optimum:
    """A solution with the proof that none is better: `bound` is what HiGHS proved."""

    values: tuple[float, ...]
    objective: float
    bound: float
    work: int
    """Steps of the simplex method: a measure of effort that no clock blurs."""

    def taken(self, column: int) -> bool:
        return self.values[column] > 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Relaxed:
    """The bound that the relaxed programme gives, and by how much each column moves it."""

    objective: float
    costs: tuple[float, ...]


def solve(programme: Programme) -> Optimum | None:
    """The proven optimum, or None when there is provably no solution.

    One thread, fixed seed, no gap, no time limit: the same programme gives the same answer.
    Refuses:  Defect when HiGHS stops for any other reason.
    """
    if not programme.uppers:
        return _empty(programme)
    highs = _quiet()
    highs.passModel(_model(programme))
    highs.run()
    status = highs.getModelStatus()
    if status in (
        highspy.HighsModelStatus.kInfeasible,
        highspy.HighsModelStatus.kUnboundedOrInfeasible,
    ):
        return None
    if status != highspy.HighsModelStatus.kOptimal:
        raise Defect(f"HiGHS stopped with {highs.modelStatusToString(status)}")
    info = highs.getInfo()
    return Optimum(
        values=tuple(highs.getSolution().col_value),
        objective=float(info.objective_function_value),
        bound=float(info.mip_dual_bound if any(programme.whole) else info.objective_function_value),
        work=max(int(info.simplex_iteration_count), 0),
    )


def relax(programme: Programme) -> Relaxed | None:
    """The optimum when columns need not be whole, or None when there is provably none."""
    if not programme.uppers:
        return None
    highs = _quiet()
    lp = _model(programme)
    lp.integrality_ = [highspy.HighsVarType.kContinuous] * len(programme.uppers)
    highs.passModel(lp)
    highs.run()
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    costs = tuple(highs.getSolution().col_dual)
    return Relaxed(objective=float(highs.getInfo().objective_function_value), costs=costs)


def _empty(programme: Programme) -> Optimum | None:
    """No columns: every sum is nought."""
    if all(row.low <= 0 <= row.high for row in programme.rows):
        return Optimum(values=(), objective=0.0, bound=0.0, work=0)
    return None


def _quiet() -> highspy.Highs:
    _greet()
    highs = highspy.Highs()
    for option, value in (
        ("output_flag", False),
        ("threads", 1),
        ("random_seed", 0),
        ("mip_rel_gap", 0.0),
        ("mip_abs_gap", 0.0),
        ("mip_feasibility_tolerance", 1e-9),
        ("primal_feasibility_tolerance", 1e-9),
    ):
        highs.setOptionValue(option, value)
    return highs


@cache
def _greet() -> None:
    """Make a first instance with file descriptor 1 turned away.

    HiGHS greets there once in a process, whatever its options say, and our output may be data.
    """
    try:
        kept = os.dup(1)
    except OSError:
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        highspy.Highs()
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


def _model(programme: Programme) -> highspy.HighsLp:
    lp = highspy.HighsLp()
    count = len(programme.uppers)
    lp.num_col_, lp.num_row_ = count, len(programme.rows)
    costs = np.zeros(count)
    for column, cost in programme.objective.items():
        costs[column] = cost
    lp.col_cost_ = costs
    lp.col_lower_, lp.col_upper_ = np.array(programme.lowers), np.array(programme.uppers)
    kinds = highspy.HighsVarType
    lp.integrality_ = [kinds.kInteger if whole else kinds.kContinuous for whole in programme.whole]
    lp.row_lower_ = np.array([row.low for row in programme.rows])
    lp.row_upper_ = np.array([row.high for row in programme.rows])
    starts, index, value = [0], list[int](), list[float]()
    for row in programme.rows:
        index.extend(row.terms)
        value.extend(row.terms.values())
        starts.append(len(index))
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.array(starts, dtype=np.int32)
    lp.a_matrix_.index_ = np.array(index, dtype=np.int32)
    lp.a_matrix_.value_ = np.array(value, dtype=np.float64)
    return lp
