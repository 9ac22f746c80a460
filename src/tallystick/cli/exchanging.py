"""export: plan and dossier as the documents that other tools read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from tallystick.cli.files import read_at_most
from tallystick.ground.errors import Misconfigured

if TYPE_CHECKING:
    from tallystick.decide import Plan
    from tallystick.prove.exchange import Material

DOSSIER_OCTETS_MAX = 64 * 1024 * 1024

Format = Literal["oscal", "sarif", "cyclonedx", "ciso-assistant", "soa-csv", "soa-xlsx"]


def add_commands(app: typer.Typer) -> None:
    """Hang the commands into the application."""
    app.command()(export)


def export(
    file: Annotated[Path, typer.Argument(help="The service file (TOML).")],
    as_: Annotated[
        Format,
        typer.Option(
            "--as",
            help="The format. soa: the statement of applicability. ciso-assistant and soa-xlsx "
            "need the extra [exchange].",
        ),
    ],
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="The folder to write into.")],
    dossier: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="dossier.json of `prove`: what the evidence closes."),
    ] = None,
    as_of: Annotated[
        str,
        typer.Option(
            metavar="DAY",
            help="The day (YYYY-MM-DD) that the documents carry; by default the dossier's, or "
            "1980-01-01 for none.",
        ),
    ] = "",
) -> None:
    """Write plan and dossier for other tools: the same files for the same input."""
    from tallystick.prove.exchange import export_files

    material = material_from(file, dossier=dossier, as_of=as_of)
    text = file.read_text(encoding="utf-8")
    for path in write_files(to, export_files(material, as_, text=text)):
        typer.echo(str(path))
    if as_ == "oscal" and dossier is None:
        typer.echo("no assessment-results: what evidence closed needs --dossier", err=True)


def material_from(file: Path, *, dossier: Path | None = None, as_of: str = "") -> Material:
    """A service file, planned, and its dossier. Refuses: Misconfigured."""
    from tallystick.cli.planning import plan_all
    from tallystick.prove.exchange import material_of, read_dossier

    plan: Plan = plan_all(file)
    proven = None
    if dossier is not None:
        octets = read_limited(dossier, DOSSIER_OCTETS_MAX)
        proven = read_dossier(octets, plan, where=str(dossier))
    return material_of(plan, dossier=proven, made_at=as_of, source=told_path(file))


def told_path(file: Path) -> str:
    """How documents name a file: as it was named, but never by where one machine keeps it."""
    return file.name if file.is_absolute() else file.as_posix()


def read_limited(path: Path, octets_max: int) -> bytes:
    """A file of at most so many octets. Refuses: Misconfigured."""
    octets = read_at_most(path, octets_max)
    if len(octets) > octets_max:
        raise Misconfigured("the file is too long", where=str(path), allowed=f"{octets_max} octets")
    return octets


def write_files(folder: Path, contents: dict[str, bytes]) -> list[Path]:
    """Write files into a folder, which is made when it is not there. Refuses: Misconfigured."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, octets in contents.items():
            (folder / name).write_bytes(octets)
    except OSError as error:
        raise Misconfigured(f"cannot be written: {error.strerror}", where=str(folder)) from None
    return [folder / name for name in contents]
