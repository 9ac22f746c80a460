"""What countermeasures prevent together.

Each prevents a share `e` of a threat's events. Countermeasures of one layer are taken to stop the
same events, so only the strongest of a layer counts; the layers are taken to be independent:

    share that remains = product over layers (1 - greatest e in the layer), at least 0.001

`e` is always the low end of what we believe: the plan holds when every effect is that small. A
*cover* is -ln(1 - e) in whole ten-thousandths, rounded down; covers of layers add up.

A common shock becomes rarer by its own countermeasures and smaller by those of what it brings. The
rows of the selection are linear in covers and credit the former only: they may ask for more than
is needed, never for less. `expected_after` and the loss of a year know both.

On the evidence of a day `e` is credited in part only: see STANDING_PERMILLE.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from tallystick.analyse import Scenario, remaining_minor
from tallystick.ground.errors import Defect
from tallystick.standard.model import Countermeasure, Layer

COVER_UNIT = 10_000
_REMAINS_MIN = 0.001
COVER_MAX = math.floor(-math.log(_REMAINS_MIN) * COVER_UNIT)
"""No set of countermeasures prevents more than 99.9 %."""


STANDING_PERMILLE: Mapping[str, int] = MappingProxyType(
    {"planned": 0, "self_declared": 500, "tested": 900, "certified": 1000, "expired": 0}
)
"""How much of its effect a countermeasure is credited with, by the state of its evidence.

A plan takes everything for certified: it says what the risk is when all is done and shown.
"""
PLANNED = "planned"


def cover_of(control: Countermeasure, threat: str) -> int:
    """The cover that one control gives against one threat; 0 when none."""
    effect = control.effects.get(threat)
    if effect is None:
        return 0
    return math.floor(-math.log(1 - min(effect.low, 1 - _REMAINS_MIN)) * COVER_UNIT)


def needed_cover(*, expected_minor: int, appetite_minor: int) -> int:
    """The cover that brings a scenario's expected loss down to the appetite; rounded up.

    More than COVER_MAX for an appetite that nothing reaches.
    """
    if expected_minor <= appetite_minor:
        return 0
    if appetite_minor <= 0:
        return COVER_MAX + 1
    return math.ceil(math.log(expected_minor / appetite_minor) * COVER_UNIT)


def remaining_shares(
    scenarios: Iterable[Scenario],
    controls: Iterable[Countermeasure],
    standing: Mapping[str, str] | None = None,
) -> dict[str, float]:
    """Scenario id -> share of its events that remains under these controls.

    Takes:    optionally the state of the evidence of each control (see STANDING_PERMILLE), for the
              risk on today's evidence; one that is not named is planned. Without, all stand.
    Refuses:  Defect for a state that nobody knows.
    """
    strongest = strongest_of(controls, standing)
    return {
        scenario.id: share_left(strongest.get((scenario.threat, layer), 0.0) for layer in Layer)
        for scenario in scenarios
    }


def share_left(prevented: Iterable[float]) -> float:
    """The share that remains when each layer prevents such a share of what reaches it."""
    return max(math.prod(1 - share for share in prevented), _REMAINS_MIN)


def expected_after(scenarios: Iterable[Scenario], shares: Mapping[str, float]) -> float:
    """Expected loss of a year over all scenarios when these shares of events remain."""
    return math.fsum(remaining_minor(scenario, shares) for scenario in scenarios)


def strongest_of(
    controls: Iterable[Countermeasure], standing: Mapping[str, str] | None = None
) -> dict[tuple[str, Layer], float]:
    """Threat and layer -> the greatest share that one of the controls prevents."""
    best: dict[tuple[str, Layer], float] = {}
    for control in controls:
        permille = 1000 if standing is None else _credited(standing.get(control.id, PLANNED))
        for threat, effect in control.effects.items():
            key = (threat, control.layer)
            prevented = min(effect.low, 1 - _REMAINS_MIN)
            if permille < 1000:
                prevented = prevented * permille / 1000
            best[key] = max(best.get(key, 0.0), prevented)
    return best


def _credited(state: str) -> int:
    if state not in STANDING_PERMILLE:
        raise Defect(f"nobody knows evidence that is {state!r}")
    return STANDING_PERMILLE[state]
