"""The 5 x 5 picture: a projection of the figures for people who read colours, and nothing more.

Classes are cut from events a year and from what one event costs, or a year of them where they are
many; the rating is looked up. It never falls when frequency or severity rises. Nothing is ever
calculated from classes or ratings: they leave out what the figures say.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass

from tallystick.analyse.risk.analysis import RiskAnalysis
from tallystick.analyse.risk.scenarios import PPM, Scenario
from tallystick.analyse.risk.shocks import remaining_minor

LIKELIHOODS = (
    "less than once in 100 years",
    "once in 10 to 100 years",
    "once in 1 to 10 years",
    "yearly to monthly",
    "monthly or more",
)
LIKELIHOOD_CUTS_PPM = (10_000, 100_000, 1_000_000, 12_000_000)
"""Events a year from which the next class begins."""
IMPACTS = (
    "below a permille of the appetite",
    "from a permille of the appetite",
    "from a hundredth of the appetite",
    "from a tenth of the appetite",
    "the appetite of a year or more",
)
IMPACT_CUTS_PERMILLE = (1, 10, 100, 1000)
"""Mean loss of one event, or of all in a year where there are several, in permille of what the
owner accepts of one scenario in a year, from which the next class begins."""
RATINGS = ("low", "moderate", "elevated", "high", "critical")
_L, _M, _E, _H, _C = RATINGS
RATING_TABLE = (  # one row for each likelihood, the rarest first; impacts from left to right
    (_L, _L, _L, _M, _E),
    (_L, _L, _L, _M, _E),
    (_L, _L, _M, _E, _H),
    (_L, _M, _E, _H, _C),
    (_L, _M, _E, _H, _C),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell: classes from 1 to 5, its rating, the ids of the scenarios in it."""

    likelihood: int
    impact: int
    rating: str
    scenarios: tuple[str, ...]


def risk_matrix(
    analysis: RiskAnalysis, shares: Mapping[str, float] | None = None
) -> tuple[Cell, ...]:
    """All 25 cells, the rarest likelihood first, impacts rising inside it.

    Takes: the share of each scenario's events that remains; without it, all remain.
    """
    found: dict[tuple[int, int], list[str]] = {}
    for scenario in analysis.scenarios:
        place = classes_of(scenario, shares or {}, appetite_minor=analysis.appetite_minor)
        found.setdefault(place, []).append(scenario.id)
    return tuple(
        Cell(
            likelihood=likelihood,
            impact=impact,
            rating=RATING_TABLE[likelihood - 1][impact - 1],
            scenarios=tuple(sorted(found.get((likelihood, impact), ()))),
        )
        for likelihood in range(1, 6)
        for impact in range(1, 6)
    )


def classes_of(
    scenario: Scenario, shares: Mapping[str, float], *, appetite_minor: int
) -> tuple[int, int]:
    """Likelihood and impact class of a scenario, each from 1 to 5.

    Takes: what the owner accepts of one scenario in a year, in minor units.
    """
    often_ppm = scenario.frequency_ppm.mid * shares.get(scenario.id, 1.0)
    each = float(scenario.event_minor)
    if scenario.shock and often_ppm:
        each = remaining_minor(scenario, shares) / (often_ppm / PPM)
    dearer = each * max(often_ppm / PPM, 1.0)
    permille = dearer * 1000 / max(appetite_minor, 1)
    likelihood = bisect_right(LIKELIHOOD_CUTS_PPM, often_ppm) + 1
    return likelihood, bisect_right(IMPACT_CUTS_PERMILLE, permille) + 1
