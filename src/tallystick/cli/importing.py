"""import: files to go on with, from what other tools and catalogues know."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tallystick.cli import importing_entries
from tallystick.ground.errors import Misconfigured

if TYPE_CHECKING:
    from tallystick.describe.imports import Imported

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
    from tallystick.describe.imports import import_threagile

    imported = import_threagile(_octets(model), like=like, where=str(model))
    if output is None:
        typer.echo(imported.text, nl=False)
    else:
        _write(output, imported.text)
    _tell(imported)


def _octets(model: Path) -> bytes:
    from tallystick.describe.imports import MODEL_MAX

    try:
        with model.open("rb") as file:
            return file.read(MODEL_MAX + 1)
    except OSError as error:
        raise Misconfigured(error.strerror or "cannot be read", where=str(model)) from None


def _write(output: Path, text: str) -> None:
    try:
        with output.open("x", encoding="utf-8") as written:
            written.write(text)
    except FileExistsError:
        raise Misconfigured(
            "is there already; nothing was written", where=str(output), allowed="another name"
        ) from None
    except OSError as error:
        raise Misconfigured(f"cannot be written: {error.strerror}", where=str(output)) from None


def _tell(imported: Imported) -> None:
    """On standard error: the file itself may be standard output."""
    for head, lines in (
        ("guessed, to be checked by you", imported.guessed),
        ("left out, as a service file has no place for it", imported.left_out),
        ("to be stated by you, taken from the kind of service", imported.to_state),
    ):
        typer.echo(f"{head}: {len(lines)}", err=True)
        for line in lines:
            typer.echo(f"  {line}", err=True)


importing_entries.add_commands(importing)
