"""keys: the inventory as a bill of materials, held against a list, and the plan of migration."""

from __future__ import annotations

import datetime
import json
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from tallystick.cli.keys.ceremony import PassphraseOption
from tallystick.cli.keys.opening import opened_module
from tallystick.ground.errors import Misconfigured, Refused

HomeArgument = Annotated[Path, typer.Argument(metavar="HOME", help="The folder of the keys.")]


class NotReconciled(Refused):
    """The inventory and the list do not agree."""

    code, clause = "keys.not_reconciled", "8"


def add_inventory(keys: typer.Typer) -> None:
    """Hang the commands into `tallystick keys`."""
    for command in (inventory, plan, reconcile):
        keys.command()(command)


def inventory(
    home: HomeArgument,
    to: Annotated[Path | None, typer.Option("--to", help="The file to write.")] = None,
    passphrase: PassphraseOption = None,
) -> None:
    """Write the inventory of keys as a bill of materials (CycloneDX 1.6): no key is in it."""
    from tallystick.crypto.keys import inventory_bom

    with opened_module(home, passphrase) as module:
        now = module.state()
        document = inventory_bom(
            _lines(module),
            module=now.master,
            secured_by=f"payment module at assurance level {now.level}",
            at_ms=time.time_ns() // 1_000_000,
        )
    text = json.dumps(document, indent=1)
    if to is None:
        typer.echo(text)
    else:
        to.write_text(text + "\n", encoding="utf-8")
        typer.echo(f"{to} lists {len(document['dependencies'])} keys")


def plan(
    home: HomeArgument,
    on: Annotated[
        str, typer.Option("--on", metavar="DATE", help="As of this day; today if not said.")
    ] = "",
    passphrase: PassphraseOption = None,
) -> None:
    """Plan which keys are replaced, by what and in which order, while their mechanism lasts."""
    from tallystick.crypto.keys import plan_migration

    today = _day(on)
    with opened_module(home, passphrase) as module:
        moves = plan_migration(_lines(module), today)
    if not moves:
        typer.echo("no key is made for a mechanism with a last year")
    for number, move in enumerate(moves, 1):
        line = move.key
        to = f"{move.usage} {move.to}" if move.to else "the card scheme says what"
        typer.echo(f"{number:>3} {move.due:<8} {line.id}  {line.usage} {line.algorithm} -> {to}")
        typer.echo(f"             {line.label + ': ' if line.label else ''}{move.why}")


def reconcile(
    home: HomeArgument,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Lines of a handle and a check value.")
    ],
    passphrase: PassphraseOption = None,
) -> None:
    """Hold the inventory against a list that custodians keep; exit 1 when they do not agree."""
    from tallystick.crypto.keys import reconcile as hold_against

    written = _written(file)
    with opened_module(home, passphrase) as module:
        found = hold_against(_lines(module), written)
    for name, handles in (
        ("not on the list", found.unknown),
        ("not in the module", found.missing),
        ("another check value", found.different),
    ):
        for handle in handles:
            typer.echo(f"{handle}  {name}")
    if not found.agrees:
        raise NotReconciled("the inventory and the list do not agree")
    typer.echo(f"{len(written)} keys agree")


def _lines(module: Any) -> list[Any]:
    from tallystick.cli.keys.showing import every_key
    from tallystick.crypto.keys import KeyLine

    return [
        KeyLine(
            id=view.key,
            **{name: getattr(view, name) for name in KeyLine.__slots__ if name != "id"},
        )
        for view in every_key(module)
    ]


def _day(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text) if text else datetime.date.today()
    except ValueError:
        raise Misconfigured("not a day", where="--on", allowed="YYYY-MM-DD") from None


def _written(file: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if len(words) < 2 or words[0] in found:
            raise Misconfigured("a handle and a check value, once each", where=f"{file}:{number}")
        found[words[0]] = words[1]
    return found
