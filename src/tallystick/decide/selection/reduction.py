"""What follows from the promises without any search: controls that every choice has, or none.

A requirement that one control alone answers settles that control, what it requires, and that what
it excludes stays out. On a real catalogue this settles most candidates; the programme is left with
the few that are truly open. Each step follows from a promise, so no allowed choice is lost.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from tallystick.decide.selection.problem import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Reduction:
    """`sure` are in every allowed choice, `never` in none, `free` may be either, sorted.

    `open_requirements`: those not yet met by what is sure, with the free controls that meet them.
    `impossible`: the promises contradict each other already.
    """

    sure: frozenset[str]
    never: frozenset[str]
    free: tuple[str, ...]
    open_requirements: Mapping[str, tuple[str, ...]]
    impossible: bool

    def open_to(self, names: Collection[str]) -> frozenset[str]:
        """Those of these that are free."""
        return frozenset(self.free).intersection(names)


def reduce_problem(
    problem: Problem, *, sure: Collection[str] = (), never: Collection[str] = ()
) -> Reduction:
    """Follow the promises, and what is known already, until nothing more is settled."""
    work = _Settling(problem, sure, never)
    while work.step():
        pass
    free = tuple(n for n in sorted(problem.candidates) if n not in work.sure | work.never)
    return Reduction(
        sure=frozenset(work.sure),
        never=frozenset(work.never),
        free=free,
        open_requirements={
            name: tuple(control for control in controls if control not in work.never)
            for name, controls in problem.mandatory.items()
            if not work.sure.intersection(controls)
        },
        impossible=work.impossible,
    )


class _Settling:
    def __init__(self, problem: Problem, sure: Collection[str], never: Collection[str]) -> None:
        self.problem = problem
        self.sure, self.never = set(sure), set(never)

    @property
    def impossible(self) -> bool:
        unmet = any(self.never.issuperset(names) for names in self.problem.mandatory.values())
        return unmet or bool(self.sure & self.never)

    def step(self) -> bool:
        """Settle what follows at once; gives whether something did."""
        before = len(self.sure) + len(self.never)
        for controls in self.problem.mandatory.values():
            left = [name for name in controls if name not in self.never]
            if len(left) == 1:
                self.sure.add(left[0])
        for name in tuple(self.sure):
            control = self.problem.candidates[name].control
            self.sure.update(control.requires)
        for name, candidate in self.problem.candidates.items():
            barred = self.problem.barred.get(name, ())
            if not self.sure.isdisjoint(barred) or not self.never.isdisjoint(
                candidate.control.requires
            ):
                self.never.add(name)
        return len(self.sure) + len(self.never) > before
