"""report: the page of a plan, from a service file alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tallystick.ground.errors import Misconfigured

if TYPE_CHECKING:
    from tallystick.decide import Plan
    from tallystick.prove.report import Study


def add_commands(app: typer.Typer) -> None:
    app.command()(report)


def report(
    file: Annotated[Path, typer.Argument(help="The service file (TOML).")],
    to: Annotated[
        Path, typer.Option("--to", help="Where to write the page; what is there is replaced.")
    ] = Path("report.html"),
    study: Annotated[
        bool, typer.Option("--study/--no-study", help="Look at the choice from all sides as well.")
    ] = True,
    as_of: Annotated[
        str, typer.Option("--as-of", metavar="DATE", help="Judge ends against this day.")
    ] = "",
) -> None:
    """Write the plan as one page that a board can read: no script, nothing from elsewhere."""
    page = page_of(file, study=study, as_of=as_of)
    try:
        to.write_text(page, encoding="utf-8", newline="\n")
    except OSError as error:
        raise Misconfigured(f"cannot be written: {error.strerror}", where=str(to)) from None
    typer.echo(f"{to}: open it in a browser, or print it to PDF")


def page_of(file: Path, *, study: bool = True, as_of: str = "") -> str:
    """The page of the plan that follows from a service file. Refuses: Misconfigured."""
    from tallystick.decide import plan_service
    from tallystick.describe import load_service
    from tallystick.prove.report import render_plan

    plan = plan_service(load_service(file))
    return render_plan(plan, study=_study(plan) if study else None, as_of=as_of)


def _study(plan: Plan) -> Study | None:
    """The study of the choice, where this version makes one."""
    from tallystick import decide

    make = getattr(decide, "study_selection", None)
    return make(plan) if make else None
