"""The worst years: whether a choice keeps the portfolio appetite, and what to learn when not.

The loss of the worst year of 20 or of 100 is no linear matter: it is reckoned exactly for one
choice at a time. But it only falls when controls are added. So when a choice loses too much, every
choice within it does, and so does every choice within a larger set that still loses too much. An
allowed choice must have a control outside that set: a row of the programme that cuts off nothing
that keeps the appetite. The larger the set, the more the row says.

A normal approximation from two moments guesses how large the set may be; the exact reckoning
decides.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import numpy as np

from tallystick.analyse import AnnualLoss
from tallystick.decide.controls import remaining_shares
from tallystick.decide.selection.problem import Problem
from tallystick.standard.model import Layer

_SPARE = (0.0, 0.005, 0.015, 0.04)
"""How much more than the appetite the guess must stay; the next is tried when one was too bold."""
_Z_95, _Z_99 = 1.645, 2.326
_LAYERS = {layer: place for place, layer in enumerate(Layer)}


class WorstYears:
    """The portfolio of one set of candidates; remembers what was reckoned and learnt."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.learnt: list[frozenset[str]] = []
        self._shares: dict[frozenset[str], tuple[float, ...]] = {}
        self._after: dict[tuple[float, ...], AnnualLoss] = {}
        self._guess: _Guess | None = None

    def after(self, chosen: Collection[str]) -> AnnualLoss:
        """The loss of a year that remains under a choice, exactly."""
        names = frozenset(chosen)
        if names not in self._shares:
            analysis = self.problem.analysis
            shares = remaining_shares(analysis.scenarios, self.problem.controls(names))
            self._shares[names] = key = tuple(shares.values())
            if key not in self._after:
                self._after[key] = analysis.residual(shares)
        return self._after[self._shares[names]]

    def within(self, after: AnnualLoss) -> bool:
        appetite = self.problem.service.appetite
        return (
            after.var_95_minor <= appetite.annual_95_minor
            and after.var_99_minor <= appetite.annual_99_minor
        )

    def learn(self, chosen: frozenset[str]) -> frozenset[str]:
        """Controls of which every accepted choice has one at least; `chosen` has none of them."""
        outside = frozenset(self.problem.candidates) - self._widened(chosen)
        self.learnt.append(outside)
        return outside

    def near(
        self, chosen: frozenset[str], names: Iterable[str]
    ) -> list[tuple[dict[str, float], float]]:
        """What the worst years would be near a choice, about, in shares of what is accepted.

        For each of the two: by how much each of these alone eases it when it is added, or spoils it
        when it goes; and by how much it has to be eased (negative: may be spoilt).
        """
        after, appetite = self.after(chosen), self.problem.service.appetite
        eased = self.guess.eased(chosen, names)
        years = (
            (after.var_95_minor, max(appetite.annual_95_minor, 1)),
            (after.var_99_minor, max(appetite.annual_99_minor, 1)),
        )
        return [
            (
                {n: abs(gains[level]) / accepted for n, gains in eased.items() if gains[level]},
                loses / accepted - 1,
            )
            for level, (loses, accepted) in enumerate(years)
        ]

    @property
    def guess(self) -> _Guess:
        if self._guess is None:
            self._guess = _Guess(self.problem)
        return self._guess

    def _widened(self, chosen: frozenset[str]) -> frozenset[str]:
        """A refused choice made as large as it can be guessed to stay refused."""
        after = self.after(chosen)
        for spare in _SPARE:
            wide = self.guess.widen(chosen, after, spare)
            if not self.within(self.after(wide)):
                return wide
        return self._bisected(chosen)

    def _bisected(self, chosen: frozenset[str]) -> frozenset[str]:
        """The same without a guess of how much: the least helpful first, as many as are refused."""
        order = self.guess.order(chosen)
        refused, accepted = 0, len(order) + 1
        while accepted - refused > 1:
            middle = (refused + accepted) // 2
            if self.within(self.after(chosen.union(order[:middle]))):
                accepted = middle
            else:
                refused = middle
        return chosen.union(order[:refused])


class _Guess:
    """The worst years from mean and deviation, set right by one exact reckoning."""

    def __init__(self, problem: Problem) -> None:
        scenarios = problem.analysis.scenarios
        frequency = np.array([s.frequency_ppm.mid / 1e6 for s in scenarios])
        self._mean = frequency * np.array([s.severity.mean for s in scenarios])
        self._square = frequency * np.array([s.severity.second_moment for s in scenarios])
        self._places = {s.threat: place for place, s in enumerate(scenarios)}
        self._accepted = (
            problem.service.appetite.annual_95_minor,
            problem.service.appetite.annual_99_minor,
        )
        self._problem = problem
        self._effects = {n: self._effects_of(n) for n in problem.candidates}

    def _effects_of(self, name: str) -> tuple[int, list[int], list[float]]:
        control = self._problem.candidates[name].control
        here = [t for t in control.effects if t in self._places]
        places = [self._places[threat] for threat in here]
        return _LAYERS[control.layer], places, [control.effects[threat].low for threat in here]

    def eased(self, chosen: frozenset[str], names: Iterable[str]) -> dict[str, tuple[float, float]]:
        """By how much each control alone eases the worst years, or spoils them when it goes."""
        open_ = self._open(chosen)
        start = self._worst(open_)
        found = {}
        for name in names:
            gone = name in chosen
            then = self._worst(self._open(chosen - {name}) if gone else self._with(open_, name))
            found[name] = (start[0] - then[0], start[1] - then[1])
        return found

    def order(self, chosen: frozenset[str]) -> list[str]:
        """What is not chosen, the least helpful first."""
        names = sorted(self._problem.candidates.keys() - chosen)
        eased = self.eased(chosen, names)

        def help_of(name: str) -> tuple[float, str]:
            gains = zip(eased[name], self._accepted, strict=True)
            return sum(gain / (most or 1) for gain, most in gains), name

        return sorted(names, key=help_of)

    def widen(self, chosen: frozenset[str], after: AnnualLoss, spare: float) -> frozenset[str]:
        """Add control after control, the least helpful first, while the guess stays refused."""
        open_ = self._open(chosen)
        loses = (after.var_95_minor, after.var_99_minor)
        off = [real / (guess or 1) for real, guess in zip(loses, self._worst(open_), strict=True)]
        limits = [accepted * (1 + spare) for accepted in self._accepted]
        wide = set(chosen)
        for name in self.order(chosen):
            eased = self._with(open_, name)
            figures = zip(self._worst(eased), off, limits, strict=True)
            if any(figure * more > most for figure, more, most in figures):
                wide.add(name)
                open_ = eased
        return frozenset(wide)

    def _open(self, chosen: Iterable[str]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
        """By layer and scenario: the share that passes."""
        passes = np.ones((len(_LAYERS), len(self._mean)))
        for name in chosen:
            passes = self._with(passes, name)
        return passes

    def _with(
        self, passes: np.ndarray[tuple[int, int], np.dtype[np.float64]], name: str
    ) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
        layer, places, effects = self._effects[name]
        eased = passes.copy()
        eased[layer, places] = np.minimum(eased[layer, places], 1 - np.array(effects))
        return eased

    def _worst(
        self, passes: np.ndarray[tuple[int, int], np.dtype[np.float64]]
    ) -> tuple[float, float]:
        shares = passes.prod(axis=0)
        mean, deviation = float(shares @ self._mean), float(shares @ self._square) ** 0.5
        return mean + _Z_95 * deviation, mean + _Z_99 * deviation
