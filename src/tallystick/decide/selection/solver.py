"""Mixed-integer programmes as plain data, and HiGHS to solve them to proven optimum."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

import highspy

from tallystick.ground.errors import Defect


@dataclass(slots=True)
class Programme:
    """Minimise a sum of columns under rows that bound sums of columns. Columns are numbered."""

    uppers: list[float] = field(default_factory=list)
    whole: list[bool] = field(default_factory=list)
    objective: dict[int, float] = field(default_factory=dict)
    rows: list[tuple[Mapping[int, float], float, float]] = field(default_factory=list)

    def column(self, *, upper: float = 1.0, whole: bool = False) -> int:
        """A new column from 0 to upper; gives its number."""
        self.uppers.append(upper)
        self.whole.append(whole)
        return len(self.uppers) - 1

    def at_least(self, terms: Mapping[int, float], bound: float) -> None:
        self.rows.append((terms, bound, highspy.kHighsInf))

    def at_most(self, terms: Mapping[int, float], bound: float) -> int:
        """A new row; gives its number."""
        self.rows.append((terms, -highspy.kHighsInf, bound))
        return len(self.rows) - 1

    def move(self, row: int, bound: float) -> None:
        """Give an `at_most` row another bound."""
        terms, low, _ = self.rows[row]
        self.rows[row] = (terms, low, bound)


@dataclass(frozen=True, slots=True, kw_only=True)
class Optimum:
    """A solution with the proof that none is better: `bound` is what HiGHS proved."""

    values: tuple[float, ...]
    objective: float
    bound: float

    def taken(self, column: int) -> bool:
        return self.values[column] > 0.5


def solve(programme: Programme) -> Optimum | None:
    """The proven optimum, or None when there is provably no solution.

    One thread, fixed seed, no gap, no time limit: the same programme gives the same answer.
    Refuses:  Defect when HiGHS stops for any other reason.
    """
    highs = _quiet()
    _load(highs, programme)
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
    )


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


def _load(highs: highspy.Highs, programme: Programme) -> None:
    lp = highspy.HighsLp()
    count = len(programme.uppers)
    lp.num_col_, lp.num_row_ = count, len(programme.rows)
    lp.col_cost_ = [programme.objective.get(column, 0.0) for column in range(count)]
    lp.col_lower_, lp.col_upper_ = [0.0] * count, list(programme.uppers)
    kinds = highspy.HighsVarType
    lp.integrality_ = [kinds.kInteger if whole else kinds.kContinuous for whole in programme.whole]
    lp.row_lower_ = [low for _, low, _ in programme.rows]
    lp.row_upper_ = [high for _, _, high in programme.rows]
    starts, index, value = [0], list[int](), list[float]()
    for terms, _, _ in programme.rows:
        index.extend(terms.keys())
        value.extend(float(factor) for factor in terms.values())
        starts.append(len(index))
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = starts, index, value
    highs.passModel(lp)
