"""report: the page of a plan, from a service file alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tallystick.cli import planning
from tallystick.cli.planning import FileArgument
from tallystick.cli.showing import announce
from tallystick.ground.errors import Misconfigured


def add_commands(app: typer.Typer) -> None:
    app.command()(report)


def report(
    file: FileArgument,
    to: Annotated[
        Path, typer.Option("--to", help="Where to write the page; what is there is replaced.")
    ] = Path("report.html"),
    study: Annotated[
        bool, typer.Option("--study/--no-study", help="Look at the choice from all sides as well.")
    ] = True,
    budget: Annotated[
        int | None,
        typer.Option("--budget", metavar="DAYS", min=0, help="Say what so many days would buy."),
    ] = None,
    as_of: Annotated[
        str, typer.Option("--as-of", metavar="DATE", help="Judge ends against this day.")
    ] = "",
) -> None:
    """Write the plan as one page that a board can read: no script, nothing from elsewhere."""
    from tallystick.cli.pages import page_of

    if study:
        announce("looking at the choice from all sides, some ten seconds; --no-study skips it ...")
    page = page_of(planning.plan_all(file), study=study, budget_days=budget, as_of=as_of)
    try:
        to.write_text(page, encoding="utf-8", newline="\n")
    except OSError as error:
        raise Misconfigured(f"cannot be written: {error.strerror}", where=str(to)) from None
    typer.echo(f"{to}: open it in a browser, or print it to PDF")
