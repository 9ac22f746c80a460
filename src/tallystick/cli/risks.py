"""What the analysis says beyond its figures: how sure they are, and the 5 x 5 picture of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tallystick.cli.showing import make_table, rough_money, show_heading, show_table

if TYPE_CHECKING:
    from rich.console import Console

    from tallystick.analyse import Cell, RiskAnalysis, Uncertainty

_WORST = (
    ("mean_minor", "an average year"),
    ("var_95_minor", "the worst year of 20"),
    ("var_99_minor", "the worst year of 100"),
)
_DRIVERS_SHOWN = 5


def show_uncertainty(console: Console, unsure: Uncertainty, currency: str) -> None:
    """The intervals, and whose inputs they hang on."""
    points = ("5 %", "50 %", "95 %")
    show_heading(console, f"How sure that is: the inputs drawn {unsure.draws} times")
    table = make_table("annual loss", *points, right=points)
    for name, what in _WORST:
        band = getattr(unsure, name)
        table.add_row(
            what, *(rough_money(value, currency) for value in (band.low, band.mid, band.high))
        )
    show_table(console, table)
    named = ", ".join(
        f"{driver.threat} {_percent(driver.share_permille)}"
        for driver in unsure.drivers[:_DRIVERS_SHOWN]
    )
    if named:
        console.print("to know better first, by share of the mean's variance:", style="dim")
        console.print(named, style="dim")


def show_matrix(console: Console, cells: Sequence[Cell]) -> None:
    """How many scenarios stand in each cell, the most frequent in the first row."""
    from tallystick.analyse.risk import LIKELIHOODS

    show_heading(console, "A picture of it: scenarios by likelihood and impact")
    heads = ("< 0.1 %", "< 1 %", "< 10 %", "< 100 %", ">= 100 %")
    table = make_table("of the appetite of a year:", *heads, right=heads)
    for likelihood in range(len(LIKELIHOODS), 0, -1):
        row = [cell for cell in cells if cell.likelihood == likelihood]
        told = (f"{len(cell.scenarios) or '-'} {cell.rating}" for cell in row)
        table.add_row(LIKELIHOODS[likelihood - 1], *told)
    show_table(console, table)


def uncertainty_plain(analysis: RiskAnalysis) -> dict[str, object]:
    """Intervals, drivers and picture as canonical JSON material, tied to the analysis."""
    from tallystick.analyse import risk_matrix

    return {
        "artefact": "uncertainty",
        "version": 1,
        "service_id": analysis.service_id,
        "analysis": analysis.digest,
        "uncertainty": analysis.uncertainty.plain(),
        "matrix": [
            {
                "likelihood": cell.likelihood,
                "impact": cell.impact,
                "rating": cell.rating,
                "scenarios": list(cell.scenarios),
            }
            for cell in risk_matrix(analysis)
        ],
    }


def _percent(permille: int) -> str:
    return f"{permille / 10:.0f} %"
