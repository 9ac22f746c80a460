"""Candidates, and what countermeasures prevent together."""

from __future__ import annotations

import math

import pytest

from tallystick.analyse import analyse_risk, remaining_minor
from tallystick.decide.controls import (
    COVER_MAX,
    COVER_UNIT,
    applicable_requirements,
    cover_of,
    find_candidates,
    needed_cover,
    remaining_shares,
)
from tallystick.decide.controls.candidates import burden_of
from tallystick.describe import service_facts
from tallystick.ground.errors import Defect
from tallystick.standard import Cost, Interval, Layer, Nature
from tests.rooms.decide.small import catalogue, control, requirement, small_service, threat

FACTS = service_facts(small_service())
PROCESS, APPLICATION, INFRASTRUCTURE = Layer


def shares(*controls: object) -> float:
    analysis = analyse_risk(small_service(), catalogue([threat("T-A")]))
    (share,) = remaining_shares(analysis.scenarios, controls).values()  # type: ignore[arg-type]
    return share


def test_inside_a_layer_only_the_strongest_counts() -> None:
    weak = control("C-A", effects={"T-A": 0.5})
    strong = control("C-B", effects={"T-A": 0.8})
    assert shares(weak, strong) == shares(strong) == pytest.approx(0.2)


def test_layers_multiply() -> None:
    assert shares(
        control("C-A", effects={"T-A": 0.5}),
        control("C-B", effects={"T-A": 0.8}, layer=PROCESS),
        control("C-C", effects={"T-A": 0.9}, layer=INFRASTRUCTURE),
    ) == pytest.approx(0.5 * 0.2 * 0.1)


def test_nothing_prevents_more_than_999_of_1000() -> None:
    every = [control(f"C-{layer}", effects={"T-A": 0.999}, layer=layer) for layer in Layer]
    assert shares(*every) == 0.001
    assert cover_of(every[0], "T-A") == COVER_MAX


def test_the_low_end_of_an_effect_is_reckoned_with() -> None:
    vague = control("C-A").__class__(
        **{**_parts(control("C-A")), "effects": {"T-A": Interval(low=0.3, high=0.9)}}
    )
    assert shares(vague) == pytest.approx(0.7)


def _parts(value: object) -> dict[str, object]:
    return {name: getattr(value, name) for name in value.__slots__}  # type: ignore[attr-defined]


def test_covers_are_rounded_to_the_safe_side() -> None:
    cover = cover_of(control("C-A", effects={"T-A": 0.5}), "T-A")
    assert cover == math.floor(math.log(2) * COVER_UNIT)
    assert cover_of(control("C-A"), "T-A") == 0
    assert needed_cover(expected_minor=2_000, appetite_minor=1_000) == cover + 1
    assert needed_cover(expected_minor=1_000, appetite_minor=1_000) == 0


def test_burden_spreads_building_over_three_years_and_counts_friction() -> None:
    heavy = control("C-A")
    assert burden_of(heavy) == 10_000
    costly = heavy.__class__(
        **{**_parts(heavy), "cost": Cost(build_days=10, run_days=2, friction=5)}
    )
    assert burden_of(costly) == 3_334 + 2_000 + 5_000


def test_what_does_not_apply_takes_what_requires_it_along() -> None:
    made = catalogue(
        controls=[
            control("C-NFC", applies='channels has "nfc"'),
            control("C-ON-IT", requires=("C-NFC",)),
            control("C-ON-THAT", requires=("C-ON-IT",)),
            control("C-ELSE"),
        ]
    )
    candidates, away = find_candidates(made, FACTS)
    assert [candidate.id for candidate in candidates] == ["C-BASE", "C-ELSE"]
    assert away["C-NFC"] == 'not for this service: needs channels has "nfc"'
    assert away["C-ON-THAT"].endswith("needs C-ON-IT, which is not for it")


def test_descriptions_are_never_assessed() -> None:
    made = catalogue(
        requirements=[
            requirement("R-7-02", nature=Nature.RECOMMENDATION),
            requirement("R-7-03", nature=Nature.DESCRIPTION),
            requirement("R-7-04", applies="agents.count = 0"),
        ]
    )
    assert [r.id for r in applicable_requirements(made, FACTS)] == ["R-7-01", "R-7-02"]


def test_the_row_of_a_shock_asks_for_enough_and_never_for_less() -> None:
    # The selection credits a shock with its own controls alone; those of its members come on top.
    shock = threat("T-SHOCK", shock={"T-A": Interval(low=40.0, high=40.0)})
    analysis = analyse_risk(small_service(), catalogue([threat("T-A"), shock]))
    scenario = analysis.scenario("T-SHOCK")
    for own, member in ((0.2, 0.9), (0.8, 0.0), (0.999, 0.999), (0.0, 0.5)):
        chosen = [
            control("C-A", effects={"T-SHOCK": own} if own else {}),
            control("C-B", effects={"T-A": member} if member else {}),
        ]
        left = remaining_minor(scenario, remaining_shares(analysis.scenarios, chosen))
        cover = cover_of(chosen[0], "T-SHOCK")
        appetite = math.ceil(left)
        need = needed_cover(expected_minor=scenario.expected_minor.mid, appetite_minor=appetite)
        # Whatever keeps the row keeps the appetite: the truth never needs more than the row.
        promised = scenario.expected_minor.mid * math.exp(-cover / COVER_UNIT)
        assert left <= promised * 1.0001
        assert need >= cover - 1


def test_effects_count_by_the_state_of_their_evidence() -> None:
    analysis = analyse_risk(small_service(), catalogue([threat("T-A")]))
    one = control("C-A", effects={"T-A": 0.8})

    def left(standing: dict[str, str] | None) -> float:
        (share,) = remaining_shares(analysis.scenarios, [one], standing).values()
        return share

    assert left(None) == left({"C-A": "certified"}) == pytest.approx(0.2)
    assert left({"C-A": "tested"}) == pytest.approx(1 - 0.8 * 0.9)
    assert left({"C-A": "self_declared"}) == pytest.approx(1 - 0.8 * 0.5)
    assert left({}) == left({"C-A": "planned"}) == left({"C-A": "expired"}) == 1
    with pytest.raises(Defect, match="hearsay"):
        left({"C-A": "hearsay"})


def test_an_expired_certificate_raises_the_loss() -> None:
    analysis = analyse_risk(small_service(), catalogue([threat("T-A")]))
    one = control("C-A", effects={"T-A": 0.8})
    before, after = (
        analysis.residual(remaining_shares(analysis.scenarios, [one], {"C-A": state}))
        for state in ("certified", "expired")
    )
    assert after.mean_minor > 4 * before.mean_minor
    assert after.var_95_minor > before.var_95_minor
