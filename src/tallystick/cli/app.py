"""The application: every command in one place, each imported only when it is called."""

from __future__ import annotations

import os
import sys

import typer
from rich.console import Console

from tallystick import __version__
from tallystick.cli import (
    accessing,
    asking,
    attacking,
    bank,
    checking,
    deciding,
    exchanging,
    handset,
    hardware,
    importing,
    keys,
    ledger,
    partnering,
    planning,
    proving,
    rehearsing,
    releasing,
    reporting,
    running,
    sharding,
    tokens,
    walking,
)
from tallystick.ground.errors import Defect, Misconfigured, Refused

app = typer.Typer(
    name="tallystick",
    help="Security of mobile financial services: from one service file to a verified certificate.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
ROOMS = (
    planning,
    checking,
    reporting,
    deciding,
    importing,
    asking,
    running,
    handset,
    sharding,
    partnering,
    accessing,
    ledger,
    rehearsing,
    attacking,
    walking,
    proving,
    releasing,
    keys,
    hardware,
    tokens,
    exchanging,
    bank,
)
for room in ROOMS:
    room.add_commands(app)


def show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"tallystick {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: bool = typer.Option(
        False, "--version", callback=show_version, is_eager=True, help="Show the version."
    ),
) -> None:
    """Tallystick."""


def main() -> None:
    """Run one command; errors are sentences on standard error, never a traceback of ours."""
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
    try:
        app()
    except Misconfigured as error:
        errors.print(f"tallystick: {error}", style="red", markup=False)
        sys.exit(2)
    except Refused as refusal:
        errors.print(f"tallystick: refused ({refusal.code}): {refusal}", style="red", markup=False)
        sys.exit(1)
    except Defect as defect:
        errors.print(f"tallystick: this is our fault: {defect}", style="red", markup=False)
        if os.environ.get("TALLYSTICK_DEBUG"):
            raise
        sys.exit(70)
    except BrokenPipeError:
        sys.exit(0)
