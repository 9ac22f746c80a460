"""When no choice keeps every promise: the fewest that clash, and the best that can be reached.

The smallest clash is found by implicit hitting sets. Whatever set of promises can be kept together,
a clash has one promise outside it. So the fewest promises that hit the outside of every such set
found so far are a lower bound; when they cannot be kept together themselves they are the smallest
clash, and the first one in the order of promises. When they can, they give another set. Where the
work that is allowed does not tell whether promises can be kept together, no clash is named.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from tallystick.analyse import AnnualLoss
from tallystick.decide.controls import COVER_UNIT
from tallystick.decide.selection.formulation import Formulation, demands
from tallystick.decide.selection.paths import explain_paths, path_told, paths_matter, violated_paths
from tallystick.decide.selection.portfolio import WorstYears
from tallystick.decide.selection.problem import Problem
from tallystick.decide.selection.search import BLOCK, Search
from tallystick.decide.selection.solver import Programme, solve
from tallystick.ground.errors import Defect, Misconfigured
from tallystick.ground.money import Amount

PORTFOLIO = "portfolio"
"""The name of the promise about the worst years."""
PATHS = "paths"
"""The name of the promise about attack paths."""
_NAMED_MAX = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One promise of a clash, and what giving way on it alone would do.

    `enough`: without it all others are known to be kept. `reachable_minor`: when it is an appetite,
    the least that it would have to accept then (for the portfolio, the worst year of 20).
    `settled`: false when the work that is allowed did not tell whether it is enough.
    """

    promise: str
    enough: bool
    reachable_minor: int | None
    settled: bool = True


class Unsettled(Misconfigured):
    """Neither a choice that keeps every promise was found, nor a proof that there is none."""

    def __init__(self) -> None:
        super().__init__(
            "whether every promise can be kept is not settled within the work that is allowed",
            where="appetite",
            allowed="a higher appetite for the worst years, which would settle it",
        )


class Clash(Misconfigured):
    """No choice keeps every promise. `promises`: a smallest set of which not all can be kept."""

    def __init__(
        self,
        problem: str,
        *,
        where: str,
        allowed: str,
        promises: Sequence[str],
        ways: Sequence[Way] = (),
    ) -> None:
        super().__init__(problem, where=where, allowed=allowed)
        self.promises = tuple(promises)
        self.ways = tuple(ways)


def explain_conflict(problem: Problem, worst: WorstYears, *, proven: bool = True) -> Clash:
    """The refusal that names what cannot be kept; nothing is relaxed silently.

    Takes:    whether it is known already that no choice keeps every promise.
    Refuses:  Unsettled when it is not known whether there is a clash, or which is the smallest.
    """
    unmet = [name for name, controls in problem.mandatory.items() if not controls]
    if unmet:
        return Clash(
            f"no countermeasure for this service meets {_some(unmet)}",
            where=problem.service.id,
            allowed="a service to which the requirement's countermeasures apply",
            promises=unmet[:1],
        )
    alone = problem.keeping(requirements=(), scenarios=(), portfolio=False)
    reach = {name: _best_cover(alone, name) for name, need in problem.needs.items() if need}
    beyond = {name: cover for name, cover in reach.items() if cover < problem.needs[name]}
    if beyond:
        return _out_of_reach(problem, worst, beyond)
    promises = smallest_clash(problem, worst, proven=proven)
    if promises == (PORTFOLIO,):
        return _portfolio_alone(problem, worst)
    if promises == (PATHS,):
        return _paths_alone(problem, worst)
    return _clash(problem, worst, promises)


def promises_of(problem: Problem) -> tuple[str, ...]:
    """What every choice must keep: requirements, scenarios that need cover, the portfolio."""
    scenarios = [name for name, need in problem.needs.items() if need]
    portfolio = [PORTFOLIO] if problem.portfolio else []
    paths = [PATHS] if problem.paths and paths_matter(problem) else []
    scenarios.sort(key=lambda name: (problem.scenarios[name].threat, name))
    return (*sorted(problem.mandatory), *scenarios, *portfolio, *paths)


def smallest_clash(problem: Problem, worst: WorstYears, *, proven: bool = True) -> tuple[str, ...]:
    """The fewest promises that cannot be kept together, the first ones when there are several.

    Refuses:  Unsettled when the work that is allowed does not tell, or when all can be kept though
              nobody had proven the contrary; Defect when somebody had.
    """
    promises = promises_of(problem)
    outside: list[frozenset[str]] = []
    while True:
        hitting = _first_hitting(promises, outside)
        kept = _most_kept(problem, worst, hitting)
        if kept is None:
            return hitting
        if len(kept) == len(promises):
            raise Defect("the promises do not clash") if proven else Unsettled
        outside.append(frozenset(promises) - kept)


def kept_by(problem: Problem, worst: WorstYears, chosen: Collection[str]) -> frozenset[str]:
    """The promises that a choice keeps."""
    kept = {name for name, options in problem.mandatory.items() if set(options) & set(chosen)}
    kept |= {n for n, need in problem.needs.items() if need and problem.cover(n, chosen) >= need}
    if problem.portfolio and worst.within(worst.after(chosen)):
        kept.add(PORTFOLIO)
    if PATHS in promises_of(problem) and not violated_paths(problem, chosen):
        kept.add(PATHS)
    return frozenset(kept)


def keeping(problem: Problem, promises: Collection[str]) -> Problem:
    """The same choice with these promises alone."""
    return problem.keeping(
        requirements=promises,
        scenarios=promises,
        portfolio=PORTFOLIO in promises,
        paths=PATHS in promises,
    )


def _most_kept(problem: Problem, worst: WorstYears, hard: Collection[str]) -> frozenset[str] | None:
    """The promises kept by a choice that keeps these and as many others as possible.

    Leaves:   None when these are known not to be kept together.
    Refuses:  Unsettled.
    """
    search = Search(keeping(problem, hard), worst)
    if search.form.impossible:
        return None
    broken = soften(search.form, problem, hard)
    search.form.programme.minimise(dict.fromkeys(broken, 1.0))
    chosen = search.accepted(search.form)
    if chosen is None and search.exhausted:
        raise Unsettled
    return None if chosen is None else kept_by(problem, worst, chosen)


def soften(form: Formulation, problem: Problem, hard: Collection[str]) -> list[int]:
    """A column for each other promise that is 1 when it is broken."""
    broken = []
    for name, sets in _asked(form, problem).items():
        if name not in hard and sets:
            broken.append(form.programme.column(whole=True))
            for names in sets:
                form.demand(names, unless=broken[-1])
    return broken


def _asked(form: Formulation, problem: Problem) -> dict[str, list[frozenset[str]]]:
    """What each promise still asks for: of each set one control."""
    asked = {
        name: [form.reduction.open_to(controls)]
        for name, controls in problem.mandatory.items()
        if form.reduction.sure.isdisjoint(controls)
    }
    for name, need in problem.needs.items():
        asked[name] = demands(form.ladders(name), need) if need else []
    return asked


def _first_hitting(promises: Sequence[str], outside: Iterable[frozenset[str]]) -> tuple[str, ...]:
    """The fewest promises of which each of these sets has one; the first in order of those."""
    programme = Programme()
    column = {name: programme.column(whole=True) for name in promises}
    for names in outside:
        programme.at_least({column[name]: 1.0 for name in promises if name in names}, 1)
    programme.minimise(dict.fromkeys(column.values(), 1.0))
    taken = _taken(programme, column)
    programme.at_most(dict.fromkeys(column.values(), 1.0), len(taken))
    for start in range(0, len(promises), BLOCK):
        block = promises[start : start + BLOCK]
        programme.minimise({column[n]: -(2.0 ** (len(block) - p)) for p, n in enumerate(block, 1)})
        taken = _taken(programme, column)
        for name in block:
            programme.settle(column[name], float(name in taken))
    return tuple(name for name in promises if name in taken)


def _taken(programme: Programme, column: dict[str, int]) -> frozenset[str]:
    optimum = solve(programme)
    if optimum is None:
        raise Defect("nothing hits what has to be hit")
    return frozenset(name for name, place in column.items() if optimum.taken(place))


def _out_of_reach(problem: Problem, worst: WorstYears, reach: dict[str, int]) -> Clash:
    names = sorted(
        reach, key=lambda name: (reach[name] - problem.needs[name], problem.scenarios[name].threat)
    )
    best = {name: _held(problem, name, reach[name]) for name in names}
    told = [
        f"{problem.scenarios[name].threat} (best reachable {_money(problem, best[name])} a year)"
        for name in names
    ]
    accepted = _money(problem, problem.appetites[names[0]])
    return Clash(
        f"no countermeasures bring these scenarios down to {accepted}: {_some(told)}",
        where="appetite.scenario_expected_loss",
        allowed="a higher appetite, lower limits, or a stronger catalogue",
        promises=names[:1],
        ways=[_easing(problem, worst, names[0], best[names[0]])],
    )


def _portfolio_alone(problem: Problem, worst: WorstYears) -> Clash:
    """Even the choice of least expected loss loses too much in the worst years."""
    alone = Search(keeping(problem, ()), worst)
    mildest = alone.mildest(alone.form)
    if mildest is None:
        raise Defect("nothing can be chosen although nothing is promised")
    best, appetite = worst.after(mildest), problem.service.appetite
    return Clash(
        f"the choice of least expected loss still loses {_worst_of(problem, best)}; accepted are "
        f"{_money(problem, appetite.annual_95_minor)} and "
        f"{_money(problem, appetite.annual_99_minor)}",
        where="appetite",
        allowed="a higher appetite, lower limits, or a stronger catalogue",
        promises=(PORTFOLIO,),
        ways=[_easing(problem, worst, PORTFOLIO, best.var_95_minor)],
    )


def _paths_alone(problem: Problem, worst: WorstYears) -> Clash:
    """Even the choice of least expected loss leaves an attack path that costs too much."""
    alone = Search(keeping(problem, ()), worst)
    mildest = alone.mildest(alone.form)
    if mildest is None:
        raise Defect("nothing can be chosen although nothing is promised")
    left = explain_paths(problem, violated_paths(problem, mildest))
    return Clash(
        left.problem,
        where=left.where,
        allowed=left.allowed,
        promises=(PATHS,),
        ways=[Way(promise=PATHS, enough=True, reachable_minor=None)],
    )


def _excluding(problem: Problem, promises: Iterable[str]) -> str:
    """The countermeasures that the promises ask for and that exclude each other, in words."""
    asked = sorted({one for name in promises for one in problem.mandatory.get(name, ())})
    pairs = [
        f"{one} and {two} exclude each other"
        for one, two in combinations(asked, 2)
        if two in problem.barred.get(one, frozenset())
    ]
    return "".join(f"; {pair}" for pair in pairs[:_NAMED_MAX])


def _clash(problem: Problem, worst: WorstYears, promises: tuple[str, ...]) -> Clash:
    """Each promise can be kept alone, not all together."""
    ways = [_way(problem, worst, name) for name in promises]
    names = [_named(problem, name) for name in promises]
    if PATHS in promises:
        names[promises.index(PATHS)] += _left_open(problem, worst, promises)
    told = [_told(problem, way) for way in ways if way.enough]
    return Clash(
        f"these cannot be kept together: {_some(names)}{_excluding(problem, promises)}",
        where=problem.service.id,
        allowed=f"giving way on one of them, which is enough: {'; '.join(told)}"
        if told
        else _more_than_one(ways),
        promises=promises,
        ways=ways,
    )


def _more_than_one(ways: Sequence[Way]) -> str:
    if all(way.settled for way in ways):
        return (
            "dropping or easing one of them; more clashes with others, so one alone is not enough"
        )
    return "dropping or easing some of them; whether one alone is enough is not settled"


def _left_open(problem: Problem, worst: WorstYears, promises: tuple[str, ...]) -> str:
    """In words, a path that stays too costly when the other promises of a clash are kept."""
    search = Search(keeping(problem, [name for name in promises if name != PATHS]), worst)
    chosen = search.mildest(search.form)
    rows = [] if chosen is None else violated_paths(problem, chosen)
    return f" ({path_told(problem, rows[0])})" if rows else ""


def _easing(problem: Problem, worst: WorstYears, name: str, alone_minor: int) -> Way:
    """What easing an appetite would do that nothing reaches; the best alone when not enough."""
    way = _way(problem, worst, name)
    return way if way.enough else replace(way, reachable_minor=alone_minor)


def _way(problem: Problem, worst: WorstYears, name: str) -> Way:
    others = [other for other in promises_of(problem) if other != name]
    search = Search(keeping(problem, others), worst)
    if name in problem.mandatory or name == PATHS:
        search.form.programme.minimise({})
        return _judged(search, name, search.accepted(search.form), None)
    if name == PORTFOLIO:
        mildest = search.mildest(search.form)
        best = None if mildest is None else worst.after(mildest).var_95_minor
        return _judged(search, name, mildest, best)
    search.form.programme.minimise(_negative(search.form.covering(name)))
    chosen = search.accepted(search.form)
    best = None if chosen is None else _held(problem, name, problem.cover(name, chosen))
    return _judged(search, name, chosen, best)


def _judged(search: Search, name: str, chosen: frozenset[str] | None, best: int | None) -> Way:
    settled = chosen is not None or not search.exhausted
    return Way(promise=name, enough=chosen is not None, reachable_minor=best, settled=settled)


def _best_cover(problem: Problem, scenario: str) -> int:
    """The greatest cover of one scenario."""
    form = Formulation(problem)
    form.programme.minimise(_negative(form.covering(scenario)))
    optimum = solve(form.programme)
    if optimum is None:
        raise Defect("nothing can be chosen although nothing is promised")
    return problem.cover(scenario, form.taken(optimum))


def _negative(terms: Mapping[int, float]) -> dict[int, float]:
    return {column: -factor for column, factor in terms.items()}


def _held(problem: Problem, scenario: str, cover: int) -> int:
    """The expected loss under a cover; an appetite of as much is kept."""
    expected = problem.scenarios[scenario].expected_minor.mid
    return math.ceil(expected * math.exp(-cover / COVER_UNIT))


def _named(problem: Problem, name: str) -> str:
    if name == PORTFOLIO:
        return "the appetite for the worst years"
    if name == PATHS:
        return "the appetite for attack paths"
    return problem.scenarios[name].threat if name in problem.scenarios else name


def _told(problem: Problem, way: Way) -> str:
    if way.promise == PATHS:
        return "accept attack paths beyond the appetite"
    if way.reachable_minor is None:
        return f"drop {way.promise}"
    money = _money(problem, way.reachable_minor)
    if way.promise == PORTFOLIO:
        return f"accept {money} in the worst year of 20"
    return f"accept {money} a year of {_named(problem, way.promise)}"


def _worst_of(problem: Problem, loss: AnnualLoss) -> str:
    return (
        f"{_money(problem, loss.var_95_minor)} in the worst year of 20 and "
        f"{_money(problem, loss.var_99_minor)} in the worst of 100"
    )


def _money(problem: Problem, minor: int) -> str:
    return str(Amount(minor=minor, currency=problem.service.currency))


def _some(names: Sequence[str]) -> str:
    more = len(names) - _NAMED_MAX
    return ", ".join(names[:_NAMED_MAX]) + (f" and {more} more" if more > 0 else "")
