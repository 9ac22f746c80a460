"""import attack-stix, import oscal-catalog: own entries of the catalogue from public ones."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from tallystick.cli.files import give, read_at_most

if TYPE_CHECKING:
    from tallystick.describe.imports import OwnEntries


OutputOption = Annotated[
    Path | None,
    typer.Option(help="Where to write; never over something. Standard output when left out."),
]


def add_commands(importing: typer.Typer) -> None:
    """Hang the commands into the group."""
    importing.command("attack-stix")(attack_stix)
    importing.command("oscal-catalog")(oscal_catalog)


def attack_stix(
    bundle: Annotated[Path, typer.Argument(help="A bundle of ATT&CK for Mobile (STIX, JSON).")],
    like: Annotated[
        str,
        typer.Option(
            metavar="THREAT",
            help="The threat of the catalogue whose figures the new ones take. Without it the "
            "figures are yours to state.",
        ),
    ] = "",
    output: OutputOption = None,
) -> None:
    """Threats for the techniques that the catalogue does not have."""
    from tallystick.describe.imports import JSON_MAX, import_attack
    from tallystick.standard import load_catalogue

    made = import_attack(
        read_at_most(bundle, JSON_MAX), catalogue=load_catalogue(), like=like, where=str(bundle)
    )
    _finish(made, output)


def oscal_catalog(
    catalog: Annotated[Path, typer.Argument(help="An OSCAL catalog (JSON).")],
    clause: Annotated[str, typer.Option(help="The clause under which they are put.")] = "6",
    nature: Annotated[
        Literal["requirement", "recommendation"],
        typer.Option(help="Whether they must be met, or complied with or explained."),
    ] = "recommendation",
    layer: Annotated[
        Literal["process", "application", "infrastructure"],
        typer.Option(help="The layer of security management."),
    ] = "process",
    prefix: Annotated[
        str, typer.Option(help="The word of yours in their ids, such as R-6-OSCAL-AC-02.")
    ] = "OSCAL",
    only: Annotated[
        str, typer.Option(help="Beginnings of the controls' ids that are wanted, such as ac,ia.")
    ] = "",
    output: OutputOption = None,
) -> None:
    """Requirements or recommendations for the controls of a catalog."""
    from tallystick.describe.imports import JSON_MAX, import_oscal_catalog
    from tallystick.standard import load_catalogue

    made = import_oscal_catalog(
        read_at_most(catalog, JSON_MAX),
        catalogue=load_catalogue(),
        clause=clause,
        nature=nature,
        layer=layer,
        prefix=prefix,
        only=tuple(part for part in only.split(",") if part),
        where=str(catalog),
    )
    _finish(made, output)


def _finish(made: OwnEntries, output: Path | None) -> None:
    give(
        made.text,
        output,
        (
            ("entries written", made.written),
            ("not written, as the catalogue has them", made.covered),
            ("left out", made.left_out),
            ("to be stated by you before the file can be used", made.to_state),
        ),
    )
