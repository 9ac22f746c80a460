"""import: files to go on with, from what other tools and catalogues know."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tallystick.cli import importing_entries
from tallystick.cli.files import give, read_at_most

importing = typer.Typer(
    no_args_is_help=True,
    help="Write files to go on with from what other tools and catalogues know.",
    rich_markup_mode=None,
)


def add_commands(app: typer.Typer) -> None:
    """Hang the commands into the application."""
    app.add_typer(importing, name="import")


@importing.callback()
def formats() -> None:
    """Write files to go on with from what other tools and catalogues know."""


@importing.command()
def threagile(
    model: Annotated[Path, typer.Argument(help="The Threagile model (YAML).")],
    like: Annotated[
        str, typer.Option(help="The kind of service that it is most like.")
    ] = "e-wallet",
    output: Annotated[
        Path | None,
        typer.Option(help="Where to write; never over something. Standard output when left out."),
    ] = None,
) -> None:
    """Components and flows from a model; the rest from the kind, listed as yours to state."""
    from tallystick.describe.imports import MODEL_MAX, import_threagile

    made = import_threagile(read_at_most(model, MODEL_MAX), like=like, where=str(model))
    give(
        made.text,
        output,
        (
            ("guessed, to be checked by you", made.guessed),
            ("left out, as a service file has no place for it", made.left_out),
            ("to be stated by you, taken from the kind of service", made.to_state),
        ),
        shown=None,
    )


importing_entries.add_commands(importing)
