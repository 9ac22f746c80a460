"""shard: what the other shards of a service must know of this one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tallystick.cli.planning import plan


def add_commands(app: typer.Typer) -> None:
    app.command()(shard)


def shard(
    file: Annotated[Path, typer.Argument(help="The service file (TOML).")],
    home: Annotated[Path, typer.Option("--home", help="The home directory of this shard.")],
    number: Annotated[int, typer.Option(min=0, help="The number of this shard; the first is 0.")],
    url: Annotated[str, typer.Option(help="Where the other shards reach its link.")],
) -> None:
    """Print the table of this shard for the others' shards.toml; makes home and keys if needed."""
    from tallystick.assembly import peer_table

    typer.echo(peer_table(plan(file), home=home, number=number, url=url), nl=False)
