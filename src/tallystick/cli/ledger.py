"""ledger verify, backup, restore, prepare: what books prove, and how they are kept safe."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from tallystick.assembly import Invariant

HomeOption = Annotated[Path, typer.Option("--home", help="The home directory of the platform.")]
SHOWN = 5
"""So many findings of one invariant are named; --format json has them all."""


def add_commands(app: typer.Typer) -> None:
    room = typer.Typer(
        name="ledger",
        help="What the books prove, and copies of them.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    for command in (verify, dormant, backup, restore, prepare):
        room.command()(command)
    app.add_typer(room)


def verify(
    home: HomeOption,
    form: Annotated[
        Literal["text", "json"],
        typer.Option("--format", help="text, for people; json, for programs."),
    ] = "text",
) -> None:
    """Work the six invariants of the ledger out anew, from the database alone."""
    from tallystick.assembly import verify_ledger

    invariants = verify_ledger(home)
    if form == "json":
        typer.echo(json.dumps([_plain(one) for one in invariants], indent=2))
    else:
        for one in invariants:
            _show(one)
    if not all(one.holds for one in invariants):
        raise typer.Exit(1)


def dormant(
    home: HomeOption,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="DAY", help="YYYY-MM-DD; by default today.")
    ] = None,
) -> None:
    """List the accounts that sleep: since when, whose, and with how much in them."""
    from tallystick.assembly import sleeping_accounts
    from tallystick.ground.clock import SystemClock, day_of
    from tallystick.ground.days import is_day
    from tallystick.ground.errors import Misconfigured
    from tallystick.ground.money import format_minor

    today = as_of or day_of(SystemClock().now_ms())
    if not is_day(today):
        raise Misconfigured("not a day", where="--as-of", allowed="such as 2027-06-30")
    found = sleeping_accounts(home, today=today)
    for one in found:
        amount = f"{format_minor(one.balance_minor, one.currency)} {one.currency}"
        typer.echo(f"{one.last_day}  {one.account}  {one.holder}  {amount}")
    typer.echo(f"{len(found)} account(s) sleep on {today}")


def backup(
    home: HomeOption,
    to: Annotated[Path, typer.Option("--to", help="The directory to make.")],
    with_keys: Annotated[
        bool, typer.Option("--with-keys", help="Also the keys: guard such a backup like the home.")
    ] = False,
) -> None:
    """Copy a home, whole and consistent, even while it is served."""
    from tallystick.assembly import back_up

    made = back_up(home, to=to, keys=with_keys)
    typer.echo(f"{to}: {len(made.files)} files, the log at {made.size} leaves")
    if not with_keys:
        typer.echo("without keys: a home that is to be served again needs them from elsewhere")


def restore(
    source: Annotated[Path, typer.Argument(metavar="BACKUP", help="A directory of ledger backup.")],
    home: HomeOption,
    books: Annotated[
        str | None,
        typer.Option(help="The empty database for books that were kept in one (postgresql://...)."),
    ] = None,
) -> None:
    """Bring a home back from a backup, and check it from end to end."""
    from tallystick.assembly import restore as bring_back

    made = bring_back(source, home=home, books=books)
    typer.echo(f"{home}: {made.size} leaves, sound, at the checkpoint of the backup")


def prepare(
    books: Annotated[str, typer.Option(help="The database, as the role that shall own the books.")],
    writer: Annotated[
        str | None, typer.Option(help="The role that serve uses: it may append, and no more.")
    ] = None,
) -> None:
    """Make the tables of the books in a database, or bring them up to date."""
    from tallystick.assembly import prepare_books

    version = prepare_books(books, writer=writer)
    typer.echo(f"the books have schema version {version}")
    if writer is not None:
        typer.echo(f"{writer} may append and read, and neither change nor remove what is written")


def _show(one: Invariant) -> None:
    typer.echo(f"{one.code} {'holds' if one.holds else 'BROKEN'}: {one.says}")
    for name, number in one.numbers.items():
        typer.echo(f"     {name}: {number}")
    for finding in one.findings[:SHOWN]:
        typer.echo(f"   ! {finding}")
    if len(one.findings) > SHOWN:
        typer.echo(f"   ! ... and {len(one.findings) - SHOWN} more")


def _plain(one: Invariant) -> dict[str, object]:
    return {
        "invariant": one.code,
        "says": one.says,
        "holds": one.holds,
        "numbers": dict(one.numbers),
        "findings": list(one.findings),
    }
