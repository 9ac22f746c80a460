"""How long planning takes: import, analysis, the loss of a year, selection, in CPU time.

Each measure is a function that gives one row. The loss of a year is set beside a simulation of a
million years, with the noise that the simulation itself has. Prints a table; nothing here is a test
of time.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
from generated import generated_portfolio

from tallystick.analyse import analyse_risk
from tallystick.analyse.risk import Portfolio, weigh_uncertainty
from tallystick.analyse.risk.severity import Severity
from tallystick.decide import compile_policy
from tallystick.decide.selection import select_controls
from tallystick.describe import load_service
from tallystick.standard import load_catalogue
from tallystick.testing.drawings import drawn_service
from tallystick.testing.instances import generated_problem

EXAMPLES = Path(__file__).parents[1] / "examples"
YEARS = 1_000_000
_REPEATS = 5
_Given = TypeVar("_Given")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table."""

    what: str
    target: str
    measured: str


def import_time() -> Row:
    """A process of its own that imports the package and says what that took."""
    code = "import time; t = time.process_time(); import tallystick; print(time.process_time() - t)"
    taken = [
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)
        for _ in range(_REPEATS)
    ]
    return Row(what="import of tallystick", target="150 ms", measured=_ms(min(taken)))


def plans_of_examples() -> Row:
    """Every example from its file to its policy; the slowest is shown."""
    load_catalogue()
    taken = {}
    for file in sorted(EXAMPLES.glob("*.toml")):
        _, taken[file.stem] = _timed(partial(_plan, file), repeats=2)
    slowest = max(taken, key=lambda name: taken[name])
    told = f"{taken[slowest]:.2f} s ({slowest}, of {len(taken)})"
    return Row(what="plan of an example, after import", target="0.5 s", measured=told)


def analysis_of_the_wallet() -> Row:
    """Scenarios and three annual losses."""
    service = load_service(EXAMPLES / "wallet.toml")
    analysis, taken = _timed(lambda: analyse_risk(service))
    what = f"analysis of {len(analysis.scenarios)} scenarios, three annual losses"
    return Row(what=what, target="100 ms", measured=_ms(taken))


def residual_of_the_wallet() -> Row:
    """One more annual loss, as the selection asks for."""
    analysis = analyse_risk(load_service(EXAMPLES / "wallet.toml"))
    shares = {scenario.id: 0.1 for scenario in analysis.scenarios}
    _, taken = _timed(lambda: analysis.residual(shares))
    return Row(what="one more annual loss, shocks and all", target="3 ms", measured=_ms(taken))


def uncertainty_of_the_wallet() -> Row:
    """All inputs drawn 400 times, the year for each."""
    analysis = analyse_risk(load_service(EXAMPLES / "wallet.toml"))
    _, taken = _timed(lambda: weigh_uncertainty(analysis.scenarios, {}))
    return Row(what="intervals from 400 draws", target="150 ms", measured=_ms(taken))


def year_of_sixty(years: int = YEARS) -> Row:
    """The portfolio built and one annual loss, beside a million simulated years."""
    severities, rates = generated_portfolio(60)
    loss, taken = _timed(lambda: Portfolio(severities).annual_loss(rates))
    simulated = np.sort(_simulated(severities, rates, years))
    worst = float(np.quantile(simulated, 0.99))
    noise = _noise(simulated, 0.99) / worst
    told = (
        f"{_ms(taken)}; VaR99 {loss.var_99_minor / worst - 1:+.3%} off {years:,} simulated years "
        f"(their own noise {noise:.3%})"
    )
    return Row(what="loss of 60 scenarios, built and added up", target="40 ms, 0.1 %",
               measured=told)  # fmt: skip


def year_of_1260() -> Row:
    """The same for very many scenarios."""
    severities, rates = generated_portfolio(1260)
    _, taken = _timed(lambda: Portfolio(severities).annual_loss(rates))
    return Row(what="loss of 1,260 scenarios", target="500 ms", measured=_ms(taken))


def selection_of_200_by_300() -> Row:
    """A generated problem of 200 scenarios and 300 countermeasures to its proven optimum."""
    problem = generated_problem(1)
    selection, taken = _timed(lambda: select_controls(problem), repeats=1)
    told = f"{taken:.2f} s, {len(selection.chosen)} chosen, {selection.solves} solves"
    return Row(what="200 scenarios x 300 countermeasures", target="1 s", measured=told)


def analysis_of_a_large_drawing() -> Row:
    """A service drawn with 500 components and 760 flows: scenarios, paths, annual losses."""
    service = load_service(EXAMPLES / "wallet.toml")
    drawn = drawn_service(service, components=500, flows=760)
    _, taken = _timed(lambda: analyse_risk(drawn), repeats=2)
    return Row(what="analysis of 1,260 components and flows", target="1 s", measured=_ms(taken))


MEASURES: list[Callable[..., Row]] = [
    import_time,
    plans_of_examples,
    analysis_of_the_wallet,
    residual_of_the_wallet,
    uncertainty_of_the_wallet,
    year_of_sixty,
    year_of_1260,
    selection_of_200_by_300,
    analysis_of_a_large_drawing,
]


def print_planning(rows: list[Row]) -> None:
    """The table, target beside measured."""
    print(f"{'planning (CPU time of one process)':48}{'target':>14}  measured")
    for row in rows:
        print(f"{row.what:48}{row.target:>14}  {row.measured}")


def _plan(file: Path) -> None:
    service = load_service(file)
    compile_policy(service, analyse_risk(service))


def _timed(work: Callable[[], _Given], *, repeats: int = _REPEATS) -> tuple[_Given, float]:
    """What the work gives, and the least CPU time of some runs."""
    taken = []
    for _ in range(repeats):
        start = time.process_time()
        result = work()
        taken.append(time.process_time() - start)
    return result, min(taken)


def _simulated(severities: list[Severity], rates: list[float], years: int) -> np.ndarray:
    chance = np.random.Generator(np.random.SFC64(11))
    totals = np.zeros(years)
    for severity, rate in zip(severities, rates, strict=True):
        counts = chance.poisson(rate, years)
        losses = np.exp(chance.normal(severity.mu, severity.sigma, int(counts.sum())))
        if severity.cap is not None:
            np.minimum(losses, severity.cap, out=losses)
        sums, ends = np.concatenate(([0.0], np.cumsum(losses))), np.cumsum(counts)
        totals += sums[ends] - sums[ends - counts]
    return totals


def _noise(ordered: np.ndarray, level: float) -> float:
    """The standard error of a quantile: the spread of its rank, read off the sample."""
    rank, spread = level * len(ordered), (level * (1 - level) * len(ordered)) ** 0.5
    return float(ordered[int(rank + spread)] - ordered[int(rank - spread)]) / 2


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--years", type=int, default=YEARS, help="years that are simulated")
    years = parser.parse_args().years
    print_planning([m(years) if m is year_of_sixty else m() for m in MEASURES])


if __name__ == "__main__":
    main()
