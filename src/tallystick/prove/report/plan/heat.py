"""The heat map of a plan: the projection that `analyse` declares, before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tallystick.analyse import IMPACTS, LIKELIHOODS, Cell, RiskAnalysis, risk_matrix
from tallystick.decide import Plan
from tallystick.decide.controls import remaining_shares
from tallystick.prove.report.matrix import Scale, count_ratings, heat_maps
from tallystick.prove.report.svg import NARROW, WIDE

_MOVES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A scenario whose rating changes, or stays at the top: before and after."""

    threat: str
    title: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Heat:
    """The two maps for each width, and the same in figures.

    `moves` are the costliest of the worst, `more` how many are not among them.
    `often` and `much` say in words what the five classes mean, from the least on.
    """

    drawn: dict[int, str]
    before: Mapping[str, int]
    after: Mapping[str, int]
    moves: tuple[Move, ...]
    more: int
    often: tuple[str, ...]
    much: tuple[str, ...]


def paint_heat(plan: Plan) -> Heat:
    """Both maps of a plan."""
    controls = [plan.catalogue.countermeasures[one.id] for one in plan.policy.controls]
    shares = remaining_shares(plan.analysis.scenarios, controls)
    return draw_heat(plan.analysis, risk_matrix(plan.analysis), risk_matrix(plan.analysis, shares))


def draw_heat(analysis: RiskAnalysis, before: Sequence[Cell], after: Sequence[Cell]) -> Heat:
    """Lay out two projections of one analysis."""
    often = Scale(name="how often", steps=("1 rarest", "2", "3", "4", "5"))
    much = Scale(
        name="how much one event costs, or a year of many", steps=("1 least", "2", "3", "4", "5")
    )
    drawn = {
        width: heat_maps(before, after, often=often, much=much, width=width)
        for width in (WIDE, NARROW)
    }
    moves = _moves(analysis, before, after)
    return Heat(
        drawn=drawn,
        before=count_ratings(before),
        after=count_ratings(after),
        moves=moves[:_MOVES],
        more=len(moves[_MOVES:]),
        often=LIKELIHOODS,
        much=IMPACTS,
    )


def _moves(
    analysis: RiskAnalysis, before: Sequence[Cell], after: Sequence[Cell]
) -> tuple[Move, ...]:
    """The scenarios that have one of the two worst ratings before, the costliest first."""
    was, now = _ratings(before), _ratings(after)
    ranked = sorted(analysis.scenarios, key=lambda one: (-one.expected_minor.mid, one.id))
    return tuple(
        Move(threat=one.threat, title=one.title, before=was[one.id], after=now[one.id])
        for one in ranked
        if was[one.id] in ("high", "critical")
    )


def _ratings(cells: Sequence[Cell]) -> dict[str, str]:
    return {name: cell.rating for cell in cells for name in cell.scenarios}
