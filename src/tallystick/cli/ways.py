"""What analyse says about ways through a service: exposed assets, costliest attack paths."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tallystick.cli.showing import counted, make_table, rate, rough_money, show_heading, show_table

if TYPE_CHECKING:
    from rich.console import Console

    from tallystick.analyse import RiskAnalysis

PATHS_SHOWN = 6
_ASSETS_NAMED = 4


def show_ways(console: Console, analysis: RiskAnalysis, *, everything: bool) -> None:
    """The costliest attack paths in words, and how exposed each asset is."""
    _show_paths(console, analysis, everything=everything)
    _show_exposure(console, analysis)


def _show_paths(console: Console, analysis: RiskAnalysis, *, everything: bool) -> None:
    paths, currency = analysis.paths, analysis.currency
    shown = paths if everything else paths[:PATHS_SHOWN]
    titles = {scenario.threat: scenario.title for scenario in analysis.scenarios}
    show_heading(
        console, f"{counted(len(paths), 'attack path')}, the costliest first, in {currency}"
    )
    table = make_table(
        "path", "one thing leads to another", "times a year", "a year",
        right=("times a year", "a year"), wrap=("one thing leads to another",),
    )  # fmt: skip
    for path in shown:
        cost = rough_money(path.expected_minor, currency).removesuffix(f" {currency}")
        table.add_row(path.id, path.in_words(titles), rate(path.frequency_ppm), cost)
    show_table(console, table)
    if len(shown) < len(paths):
        console.print(f"... and {len(paths) - len(shown)} more: --all shows them", style="dim")
    if paths:
        said = "events of the scenarios seen as chains: nothing to add to what a year costs"
        console.print(said, style="dim")


def _show_exposure(console: Console, analysis: RiskAnalysis) -> None:
    show_heading(console, "Where assets live, and what lies between them and the outside")
    table = make_table(
        "asset", "lives in", "flows", "trust boundaries", "steps of attack",
        right=("flows", "trust boundaries", "steps of attack"), wrap=("lives in",),
    )  # fmt: skip
    for asset in analysis.assets:
        more = len(asset.elements) - _ASSETS_NAMED
        named = ", ".join(asset.elements[:_ASSETS_NAMED])
        table.add_row(
            asset.id.replace("_", " "),
            f"{named} and {more} more" if more > 0 else named or "nowhere",
            str(len(asset.flows)),
            _count(asset.boundaries),
            _count(asset.steps),
        )
    show_table(console, table)


def _count(number: int | None) -> str:
    return "out of reach" if number is None else str(number)
