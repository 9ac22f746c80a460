"""What describe says about the components and flows that the owner draws."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tallystick.cli.showing import counted, make_table, show_heading, show_table

if TYPE_CHECKING:
    from rich.console import Console

    from tallystick.describe import Component, Flow, Service

DRAWN_SHOWN = 30
"""So many components, and so many flows, are shown; a drawing may have a thousand."""


def show_drawing(console: Console, service: Service) -> None:
    """The components and flows of the file in its order; nothing when it draws none."""
    if service.components:
        _show_components(console, service.components)
    if service.flows:
        _show_flows(console, service.flows)


def _show_components(console: Console, components: tuple[Component, ...]) -> None:
    show_heading(console, f"{counted(len(components), 'component')} of your own")
    table = make_table("component", "kind", "zone", "holds", wrap=("component", "holds"))
    for one in components[:DRAWN_SHOWN]:
        table.add_row(one.id, _plain(one.kind), one.zone, _all(one.holds))
    show_table(console, table)
    _show_rest(console, len(components))


def _show_flows(console: Console, flows: tuple[Flow, ...]) -> None:
    show_heading(console, f"{counted(len(flows), 'flow')} of your own")
    table = make_table("from", "to", "by", "carries", "protected", wrap=("from", "to", "carries"))
    for one in flows[:DRAWN_SHOWN]:
        table.add_row(one.source, one.target, one.channel, _all(one.carries), one.protected)
    show_table(console, table)
    _show_rest(console, len(flows))


def _show_rest(console: Console, count: int) -> None:
    if count > DRAWN_SHOWN:
        said = f"... and {count - DRAWN_SHOWN} more: --format json has them all"
        console.print(said, style="dim")


def _all(assets: Iterable[str]) -> str:
    return ", ".join(_plain(one) for one in assets) or "nothing"


def _plain(name: str) -> str:
    return name.replace("_", " ")
