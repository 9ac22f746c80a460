"""A study of a plan as the page asks for it, made by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tallystick.decide import Plan


@dataclass(frozen=True, kw_only=True)
class MadePrice:
    requirement: str
    title: str
    burden_millidays: int
    instead: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class MadePoint:
    burden_millidays: int
    expected_after_minor: int
    var_95_after_minor: int
    controls: int


@dataclass(frozen=True, kw_only=True)
class MadeSwing:
    control: str
    chosen_at: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class MadeDeclined:
    control: str
    burden_millidays: int
    work_minor: int
    avoided_minor: int
    worth: bool


@dataclass(frozen=True, kw_only=True)
class MadeAlternative:
    chosen: tuple[str, ...]
    burden_millidays: int
    expected_after_minor: int
    var_95_after_minor: int
    unmet: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class MadeStudy:
    prices: tuple[MadePrice, ...] = ()
    binding: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    frontier: tuple[MadePoint, ...] = ()
    core: tuple[str, ...] = ()
    swing: tuple[MadeSwing, ...] = ()
    declined: tuple[MadeDeclined, ...] = ()


def study_of(plan: Plan) -> MadeStudy:
    """A study with something in each part; its figures are made up, its ids are the plan's."""
    policy = plan.policy
    chosen = [one.id for one in policy.controls]
    asked = [one for one in policy.requirements if one.controls][:6]
    burden, mean, worst = (
        int(policy.optimum[name])
        for name in ("burden_millidays", "expected_after_minor", "var_95_after_minor")
    )
    left = [name for name in policy.declined if name in plan.catalogue.countermeasures]
    return MadeStudy(
        prices=tuple(
            MadePrice(
                requirement=one.id,
                title=one.title,
                burden_millidays=place * 7_300,
                instead=one.controls[:place],
            )
            for place, one in enumerate(asked)
        ),
        binding={
            chosen[0]: (asked[0].id,),
            chosen[1]: (plan.analysis.scenarios[0].threat, "portfolio"),
        },
        frontier=tuple(
            MadePoint(
                burden_millidays=burden * tenths // 10,
                expected_after_minor=mean * 100 // (tenths * tenths),
                var_95_after_minor=worst * 100 // (tenths * tenths),
                controls=len(chosen) * tenths // 10,
            )
            for tenths in (7, 8, 9, 10, 11, 13, 16)
        ),
        core=tuple(chosen[5:]),
        swing=(
            MadeSwing(control=chosen[0], chosen_at=("low",)),
            MadeSwing(control=left[0], chosen_at=("mid", "high")),
        ),
    )


def budget_of(plan: Plan) -> MadeAlternative:
    """What two thirds of the plan's burden would buy; it does not keep everything."""
    optimum = plan.policy.optimum
    return MadeAlternative(
        chosen=tuple(one.id for one in plan.policy.controls[:40]),
        burden_millidays=int(optimum["burden_millidays"]) * 2 // 3,
        expected_after_minor=int(optimum["expected_after_minor"]) * 2,
        var_95_after_minor=int(optimum["var_95_after_minor"]) * 2,
        unmet=(plan.policy.requirements[0].id, "portfolio"),
    )
